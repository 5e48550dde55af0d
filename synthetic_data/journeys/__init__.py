"""Fraud journeys: groups run campaigns, reuse what they have until it burns, and move the money.

The steps of a form say what happens (``scenarios/``); here is how often, to whom, when, from which
device and number, to which account, and where the money goes next. Everything is handed to the
ledger as intents, as ordinary life does.
"""

from synthetic_data.journeys.engine import Happening, Journeys

__all__ = ["Happening", "Journeys"]
