"""Kinds of model, and how one learner trains; no sharing here."""
