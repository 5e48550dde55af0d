"""Synthetic worlds: persons, ordinary life, fraud journeys and reports."""

#: Version of proeftuin in which the worlds of the same settings and seed last became others.
WORLDS_SINCE = "0.3.0"
