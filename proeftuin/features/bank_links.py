"""Columns on what links payments: payer and payee together, the device and the network."""

import numpy as np
import pandas as pd

from proeftuin.features.account_book import AccountBook
from proeftuin.features.asof import SPAN, History, Lookups, first_of_pair
from proeftuin.features.columns import MONTH, WEEK, log_hours, log_total, reported_by
from proeftuin.features.table import DAY, Bounds, ints
from proeftuin.features.views import DeskView
from synthetic_data.arrays import Floats, Ints
from synthetic_data.reports import PAYMENT

PAIR: Bounds = {
    "new_payee": (0, 1),
    "log_pair_days": (0, 6),
    "log_hours_since_pair": (0, 8),
    "log_pair_24h": (0, 14),
    "log_pair_28d": (0, 14),
    "log_amount_to_pair_usual": (-6, 6),
    "log_payments_back": (0, 5),
}


def thing_bounds(thing: str) -> Bounds:
    """Return the public bounds of the columns of :func:`thing_columns`."""
    return {
        f"{thing}_new": (0, 1),
        f"log_{thing}_days": (0, 6),
        f"log_payer_{thing}_days": (0, 6),
        f"log_payer_{thing}_count": (0, 6),
        f"log_{thing}_new_payers_7d": (0, 5),
        f"log_{thing}_new_payers_28d": (0, 5),
        f"{thing}_reported": (0, 3),
    }


def pair_columns(book: AccountBook, rows: Ints) -> dict[str, Floats]:
    """Return the columns on the payer and this payee, of the book's payments at some places."""
    time, amount = book.time[rows], book.amount[rows]
    past = book.pairs.before(Lookups(book.pair[rows], time))
    count, usual = past.count(), past.total() / 100 / np.maximum(past.count(), 1)
    back = book.pairs.before(Lookups(book.back[rows], time))
    return {
        "new_payee": book.first[rows].astype(np.float64),
        "log_pair_days": np.nan_to_num(np.log1p(past.since_first() / DAY)),
        "log_hours_since_pair": log_hours(past.since_last()),
        "log_pair_24h": log_total(past, DAY),
        "log_pair_28d": log_total(past, MONTH),
        "log_amount_to_pair_usual": np.where(
            count > 0, np.log1p(amount / 100) - np.log1p(usual), 0.0
        ),
        "log_payments_back": np.log1p(back.count()),
    }


def thing_columns(view: DeskView, every: pd.DataFrame, rows: Ints, thing: str) -> dict[str, Floats]:
    """Return the columns on the device or network that payments are made with.

    Args:
        view: gives the reports.
        every: the payments by the bank's own customers: it sees no other's devices.
        rows: places of those that the columns are about.
        thing: ``device`` or ``network``.
    """
    payer, used, time = (ints(every[column]) for column in ("payer", thing, "time"))
    first, asked = first_of_pair(payer, used), Lookups(used[rows], time[rows])
    users = History(used[first], time[first]).before(asked)
    pair = np.where(used >= 0, pd.factorize(payer * SPAN + used)[0], -1)
    together = History(pair, time).before(Lookups(pair[rows], time[rows]))
    by_payment = every.set_index("payment")[thing]
    return {
        f"{thing}_new": first[rows].astype(np.float64),
        f"log_{thing}_days": np.nan_to_num(np.log1p(users.since_first() / DAY)),
        f"log_payer_{thing}_days": np.nan_to_num(np.log1p(together.since_first() / DAY)),
        f"log_payer_{thing}_count": np.log1p(together.count()),
        f"log_{thing}_new_payers_7d": np.log1p(users.count(WEEK)),
        f"log_{thing}_new_payers_28d": np.log1p(users.count(MONTH)),
        f"{thing}_reported": reported_by(view.labels, (PAYMENT,), asked, by_payment),
    }
