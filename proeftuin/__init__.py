"""Proeftuin measures what sharing data against online fraud is worth, on synthetic people."""

__version__ = "0.4.0"
