"""The report of a run, for those who decide on sharing data."""
