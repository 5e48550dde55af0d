"""Leak checks: whether an artefact of the generator reveals the fraud."""
