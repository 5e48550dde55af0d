"""Vertical federated learning: the party with the labels, and those with further columns."""
