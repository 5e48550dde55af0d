"""Forms of sharing: what crosses between which parties, and what the receiver learns from it."""
