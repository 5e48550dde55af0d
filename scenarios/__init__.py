"""Fraud forms as declarative data. Imports no other package of the project."""
