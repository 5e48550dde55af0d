"""Acceptance bands: whether a world is as frequent, linked and difficult as life."""
