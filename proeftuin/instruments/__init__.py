"""Forms of sharing as data: who tells whom what, when, how protected, on which legal ground."""
