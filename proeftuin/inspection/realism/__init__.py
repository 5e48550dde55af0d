"""Acceptance bands: whether fraud is as frequent, linked and hard to detect as in reality."""
