"""The first days of a world, as if nobody had looked at it later."""

from dataclasses import replace

import pandas as pd

from synthetic_data.clock import DAY
from synthetic_data.reports import NEVER
from synthetic_data.world import Truth, World


def first_days(world: World, truth: Truth, days: int) -> tuple[World, Truth]:
    """Return the first days of a world, as if nobody had looked at it later."""
    stop = days * DAY
    if days == world.days:
        return world, truth

    def before(rows: pd.DataFrame, moment: str = "time") -> pd.DataFrame:
        return rows[rows[moment] < stop].reset_index(drop=True) if moment in rows else rows

    tables = {
        name: rows[rows["day"] < days].reset_index(drop=True) if "day" in rows else before(rows)
        for name, rows in world.tables.items()
    }
    labels = before(world.labels, "known_at")
    stands = labels["withdrawn_at"] >= stop
    features = world.features
    if features.measures:
        left = features.values["payment"].isin(tables["payments"]["payment"])
        features = replace(features, values=features.values[left].reset_index(drop=True))
    labels = labels.assign(withdrawn_at=labels["withdrawn_at"].mask(stands, NEVER))
    return replace(world, days=days, tables=tables, labels=labels, features=features), replace(
        truth,
        days=days,
        events=before(truth.events),
        calls=before(truth.calls),
        payments=before(truth.payments),
        cases=before(truth.cases, "contact_time"),
    )
