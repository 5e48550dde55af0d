"""The features of a payment, as its bank can compute them at the moment of payment.

One matrix per bank, the same columns at every bank.
"""

import numpy as np
import pandas as pd

from proeftuin.features.account_book import AccountBook
from proeftuin.features.asof import Lookups
from proeftuin.features.bank_accounts import PAYEE as PAYEE_BOUNDS
from proeftuin.features.bank_accounts import PAYER, payee_columns, payer_columns
from proeftuin.features.bank_links import PAIR, pair_columns, thing_bounds, thing_columns
from proeftuin.features.columns import (
    CLOCK,
    against_past,
    clock,
    highest_before,
    past_bounds,
    reported_by,
)
from proeftuin.features.table import Bounds, FeatureTable, ints, matrix, reports_about
from proeftuin.features.views import DeskView
from proeftuin.sectors import BANK
from synthetic_data.arrays import Floats, Ints
from synthetic_data.reports import PAYEE, PAYMENT
from synthetic_data.schema import BUSINESS

#: Columns that banks brought along begin so, so that none can be taken for one of ours.
OWN = "own_"
#: Name and public bounds of every column.
BOUNDS: Bounds = {
    **past_bounds("payer"),
    **PAYER,
    **PAYEE_BOUNDS,
    "payee_own_bank": (0, 1),
    "log_payer_reports": (0, 3),
    "log_payee_reports": (0, 3),
    "payee_reported": (0, 2),
    **PAIR,
    **thing_bounds("device"),
    **thing_bounds("network"),
    "app": (0, 1),
    **CLOCK,
}


def bank_features(view: DeskView) -> FeatureTable:
    """Compute the features of payments by private customers, in the view's order of rows."""
    seen, accounts, book = view.tables["payments"], view.tables["accounts"], AccountBook(view)
    private = accounts.loc[accounts["age"] != BUSINESS, "account"]
    own = np.flatnonzero(seen["payer"].isin(private))
    every = seen.iloc[own]
    event, moment = ints(every["payment"]), ints(every["time"])
    reports = reports_about(view.labels, PAYMENT, event)
    described = None if view.in_use is None else view.in_use.rows(event, moment, reports)
    rows = np.arange(len(every)) if described is None else np.flatnonzero(described)
    columns = _columns(view, book, every, own, rows)
    brought = {OWN + name: (each.low, each.high) for name, each in view.features.measures.items()}
    return FeatureTable(
        sector=BANK,
        **matrix(columns, BOUNDS | brought, len(rows)),
        event=event,
        time=moment,
        entities={
            "payer": ints(every["payer"]),
            "account": ints(every["payee"]),
            "device": ints(every["device"]),
            "network": ints(every["network"]),
        },
        amount_eur=every["amount_eur"].to_numpy(),
        age=ints(every["payer"].map(accounts.set_index("account")["age"])),
        partner=ints(every["payer_bank"]),
        reports=reports,
        described=described,
        new_payee=book.first[own],
        pair_age_s=book.pair_age_s[own],
    )


def _columns(
    view: DeskView, book: AccountBook, every: pd.DataFrame, own: Ints, rows: Ints
) -> dict[str, Floats]:
    """Return the columns of some payments by private customers.

    Args:
        view: of the bank.
        book: its histories.
        every: all payments by its private customers.
        own: their places in the book.
        rows: places, among these payments, of those to describe.
    """
    out = every.iloc[rows]
    payer, payee, time = (ints(out[column]) for column in ("payer", "payee", "time"))
    by_payer, by_payee = Lookups(payer, time), Lookups(payee, time)
    highest = highest_before(every, "payer")[rows]
    return {
        **against_past("payer", out["amount_eur"].to_numpy(), book.paid.before(by_payer), highest),
        **payer_columns(book, payer, out["amount_eur"].to_numpy(), by_payer),
        **payee_columns(book, payee, by_payee),
        "payee_own_bank": out["payee_bank"].isin(view.partners).to_numpy().astype(np.float64),
        **_reports(view, by_payer, by_payee),
        **pair_columns(book, own[rows]),
        **thing_columns(view, every, rows, "device"),
        **thing_columns(view, every, rows, "network"),
        "app": out["app"].to_numpy().astype(np.float64),
        **clock(time),
        **_own_columns(view, out),
    }


def _reports(view: DeskView, by_payer: Lookups, by_payee: Lookups) -> dict[str, Floats]:
    """Count standing reports: about earlier payments of either account, and naming the payee."""
    payments = view.tables["payments"].set_index("payment")
    payer, payee = (
        reported_by(view.labels, (PAYMENT,), asked, payments[side])
        for asked, side in ((by_payer, "payer"), (by_payee, "payee"))
    )
    return {
        "log_payer_reports": np.log1p(payer),
        "log_payee_reports": np.log1p(payee),
        "payee_reported": reported_by(view.labels, (PAYEE,), by_payee),
    }


def _own_columns(view: DeskView, out: pd.DataFrame) -> dict[str, Floats]:
    """Return columns that the payer's bank computed itself and brought along."""
    given = view.features.values.set_index("payment")
    return {
        OWN + name: given[name].loc[out["payment"]].to_numpy() for name in view.features.measures
    }
