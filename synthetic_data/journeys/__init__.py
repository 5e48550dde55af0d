"""Fraud journeys: groups run campaigns, reuse resources until abandoned, and move the money.

``scenarios/`` defines the steps of a form; this package draws how often they happen, to whom, when,
from which device and number, to which account, and where the money goes next. Like ordinary life,
it supplies intents to the row writer.
"""
