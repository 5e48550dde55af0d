"""Ordinary life, by sector."""
