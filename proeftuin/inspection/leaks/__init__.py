"""Leak checks: whether a column alone gives the fraud away."""
