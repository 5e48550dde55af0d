"""Outcomes of arms; with inspection, the only package that reads the truth."""
