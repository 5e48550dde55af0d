"""Synthetic worlds: persons, ordinary life, fraud journeys and reports."""
