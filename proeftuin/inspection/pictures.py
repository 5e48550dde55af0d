"""The series behind the charts of an inspection: a few hundred numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proeftuin.inspection.evidence import Evidence
from synthetic_data.arrays import Array
from synthetic_data.clock import DAY, HOUR

AMOUNT_EDGES = np.logspace(-1, 6, 57)  #: EUR
DELAY_DAYS = np.array([0, 0.25, 0.5, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 180, 365])


@dataclass(frozen=True, eq=False)
class Pictures:
    """Series to draw.

    Attributes:
        amounts: share of the payments in each bin of ``AMOUNT_EDGES``, ordinary and fraud.
        hours: share of the payments by hour, ordinary and fraud.
        weekdays: share by weekday, likewise.
        degree: number of counterparties, and the share of accounts with at least that many.
        delays: by form, share of the reports that arrived within ``DELAY_DAYS``.
        coverage: by partner, share of all fraud cases that were reported to it.
        balances: by month (row), total of opening balances, in, out and closing balances in EUR.
    """

    amounts: tuple[Array, Array]
    hours: tuple[Array, Array]
    weekdays: tuple[Array, Array]
    degree: tuple[Array, Array]
    delays: dict[str, Array]
    coverage: dict[str, float]
    balances: pd.DataFrame


def pictures(evidence: Evidence) -> Pictures:
    """Return the series to draw for a world."""
    rows = evidence.payments
    parts = (rows[~rows["fraud"]], rows[rows["transfer"]])
    one = rows[["payer", "payee"]].drop_duplicates()
    degree = np.sort(pd.concat([one["payer"], one["payee"]]).value_counts().to_numpy())
    steps = np.unique(degree)
    cases = evidence.victims["case"].nunique()
    labels = evidence.case_labels
    first = labels.sort_values("known_at").drop_duplicates(["partner", "case"])
    delay = (first["known_at"] - first["happened"]) / DAY
    return Pictures(
        amounts=_both(parts, lambda part: np.histogram(part["amount_eur"], AMOUNT_EDGES)[0]),
        hours=_both(parts, lambda part: np.bincount(part["time"] % DAY // HOUR, minlength=24)),
        weekdays=_both(parts, lambda part: np.bincount(part["time"] // DAY % 7, minlength=7)),
        degree=(steps, 1 - np.searchsorted(degree, steps) / max(len(degree), 1)),
        delays={
            str(form): np.array([(group <= days).mean() for days in DELAY_DAYS])
            for form, group in delay.groupby(first["true_form"])
        },
        coverage={
            str(partner): group["case"].nunique() / max(cases, 1)
            for partner, group in labels.groupby("partner")
        },
        balances=_balances(evidence),
    )


def _both(
    parts: tuple[pd.DataFrame, pd.DataFrame], reduce: Callable[[pd.DataFrame], Array]
) -> tuple[Array, Array]:
    """Return the counts of ordinary rows and of fraud, each as shares of their sum."""
    ordinary, fraud = (np.asarray(reduce(part), dtype=np.float64) for part in parts)
    return ordinary / max(ordinary.sum(), 1), fraud / max(fraud.sum(), 1)


def _balances(evidence: Evidence) -> pd.DataFrame:
    """Return total balances per month; accounts opened in it add their opening balance."""
    statements, accounts = (evidence.world.tables[name] for name in ("statements", "accounts"))
    monthly = statements.groupby("day")[["in_eur", "out_eur", "balance_eur"]].sum()
    born = accounts["opened_day"].to_numpy()
    opening = [
        float(accounts.loc[(born > last) & (born <= day), "opening_eur"].sum())
        for last, day in zip([-(10**9), *monthly.index[:-1]], monthly.index, strict=True)
    ]
    before = monthly["balance_eur"].shift(1).fillna(0) + opening
    return monthly.assign(
        before=before,
        error=before + monthly["in_eur"] - monthly["out_eur"] - monthly["balance_eur"],
    )
