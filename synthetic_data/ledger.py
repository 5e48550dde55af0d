"""The one code path that makes rows: ordinary life and journeys both hand over *intents*.

Intents name persons, accounts, phones and devices by number; the columns of every kind are listed
in ``INTENTS``. Rows carry the codes that partners see (``schema.py``), in order of time.
"""

import numpy as np

from synthetic_data.batch import Floats

LIMIT_RAISE, SAVINGS_IN, CASH_OUT = 0, 1, 2

#: Columns of the intents by table. Numbers are those of ``Population``; amounts are final
#: (:func:`neat`); ``device`` is a device number, before its fingerprint. A customer, user, trader
#: or member number is ``partner * 2 * persons + person``, beyond the persons (``+ persons + k``)
#: for accounts that criminals opened. A merchant or advertiser number is a business, and beyond
#: the businesses (``businesses + k``) a criminal's; a wallet is a person's, or ``persons + k``.
#: Journeys add ``case`` (-1 outside a case), ``phase`` and the row's own code
#: (``schema.TABLES[table].event``).
INTENTS: dict[str, tuple[str, ...]] = {
    "payments": ("time", "payer", "payee", "amount_eur", "device"),
    "actions": ("time", "account", "kind", "amount_eur"),
    "calls": ("time", "subscriber", "number", "duration_s", "incoming"),
    "orders": (
        "time", "shop", "customer", "amount_eur", "pay_later", "device", "address", "pick_up",
    ),
    "checkouts": ("time", "psp", "merchant", "account", "amount_eur", "device"),
    "listings": ("time", "place", "seller", "price_eur", "device"),
    "contacts": ("time", "place", "seller", "buyer", "account"),
    "transfers": ("time", "exchange", "trader", "withdrawal", "amount_eur", "account", "wallet"),
    "clicks": ("time", "platform", "member", "advertiser"),
}  # fmt: skip


def neat(rng: np.random.Generator, amount_eur: Floats, probability: Floats | float) -> Floats:
    """Round amounts as people do: to cents, or with some probability to a neat sum.

    Args:
        rng: stream of the caller.
        amount_eur: (rows,) raw amounts, positive.
        probability: (rows,) or one probability of a neat sum.

    Returns:
        (rows,) amounts in EUR with two decimals, at least 0.01.
    """
    amount = amount_eur.astype(np.float64)
    step = np.select([amount < 20, amount < 200, amount < 2000], [1.0, 5.0, 50.0], 100.0)
    is_neat = rng.random(len(amount)) < probability
    rounded = np.where(is_neat, np.maximum(step, np.rint(amount / step) * step), amount)
    return np.maximum(np.rint(rounded * 100), 1) / 100
