"""A name of dp-accounting that is not part of its public API; nothing else in the package uses one.

Tried with dp-accounting 0.6.0. ``tests/unit/test_internals.py`` fails when the name goes.
"""

from typing import Any

from dp_accounting.pld import PLDAccountant


def loss_distribution(accountant: PLDAccountant) -> Any:
    """Return the privacy loss distribution of everything the accountant has composed."""
    return accountant._pld
