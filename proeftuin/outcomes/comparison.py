"""Which differences between arms the worlds support: one verdict for each, read off its interval.

Arms are compared within a world (the same people and frauds), over the worlds of a study. In every
outcome the intervals of all arms hold together (Bonferroni), so that a verdict that depends on
them errs in at most one study of twenty. One outcome, for all partners and forms together, is the
study's primary one, chosen before the run; the others are secondary, and not corrected for being
many. docs/statistics.md explains both.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from proeftuin.metrics import AGE_GROUPS, ALL, METRICS
from proeftuin.outcomes.intervals import difference_interval
from synthetic_data.arrays import Bools

CELL = ["partner", "fraud_form", "metric"]
#: Outcomes in which arms are compared for every partner, besides the study's primary one.
COMPARED = ("victims_spared_share", "stopped_share", "recall_at_budget", "false_alarms_per_10k")
#: Outcomes in which they are compared for all partners together only.
COMPARED_TOGETHER = (
    "average_precision",
    "stopped_share_per_case",
    "journeys_stopped_share",
    "national_stopped_eur",
    "national_victims_spared",
    "national_journeys_stopped",
    *(f"false_alarms_per_10k[{group}]" for group in AGE_GROUPS),
)
SHARES = [name for name, metric in METRICS.items() if metric.unit == "share"]
COLUMNS = (
    *("arm", *CELL, "worlds", "difference", "low", "high", "comparisons", "margin", "verdict"),
    "primary",
)
VERDICTS = ("more", "less", "no_relevant_difference", "undecided", "unknown")


def compare_all(
    outcomes: pd.DataFrame,
    *,
    baseline: str,
    primary: str,
    margins: Mapping[str, float],
    confidence: float,
) -> pd.DataFrame:
    """Compare every arm of a study with the baseline in every outcome that the report compares.

    Args:
        outcomes: the tidy table of a study.
        baseline: arm that the others are held against.
        primary: outcome that the study is judged by.
        margins: by outcome, the difference below which it is of no consequence.
        confidence: level of the intervals; those of all arms in an outcome hold together.

    Returns:
        As :func:`compare`, with ``primary``: whether the row is of the primary family.
    """
    each = dict.fromkeys([primary, *COMPARED])
    rest = [metric for metric in COMPARED_TOGETHER if metric not in each]
    of_all = outcomes[outcomes["partner"] == ALL]
    tables = [
        compare(
            rows, baseline=baseline, metrics=metrics, margins=margins, confidence=confidence
        )
        for rows, metrics in ((outcomes, each), (of_all, rest))
    ]  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    return table.assign(primary=(table["metric"] == primary) & _together(table))


def compare(
    outcomes: pd.DataFrame,
    *,
    baseline: str,
    metrics: Iterable[str],
    confidence: float,
    margins: Mapping[str, float] | None = None,
    together: bool = True,
) -> pd.DataFrame:
    """Compare every arm with the baseline, paired per world.

    Args:
        outcomes: the tidy table of :mod:`proeftuin.metrics`.
        baseline: arm that the others are held against.
        metrics: which outcomes.
        confidence: level of the intervals.
        margins: by outcome, the difference below which it is of no consequence, if declared.
        together: whether the intervals of all arms in an outcome are to hold together.

    Returns:
        One row per arm, partner, fraud form and metric, with ``worlds`` (pairs), ``difference``
        (mean), ``low`` and ``high`` (``intervals.difference_interval``),
        ``comparisons`` (intervals that hold together), ``margin`` (NaN without one) and
        ``verdict``: ``no_relevant_difference`` if the interval lies within the margin, else
        ``more`` or ``less`` if it leaves out 0, else ``undecided``; ``unknown`` below three worlds
        or where all worlds differ by the same.
    """
    rows = outcomes[outcomes["metric"].isin(list(metrics))]
    wide = rows.pivot(index=["arm", *CELL], columns="seed", values="value").astype(float)
    keys = wide.index.to_frame(index=False)
    base = wide.reindex(pd.MultiIndex.from_frame(keys.assign(arm=baseline)))
    gain = (wide.to_numpy() - base.to_numpy())[keys["arm"] != baseline]
    table = keys[keys["arm"] != baseline].reset_index(drop=True)
    known = ~np.isnan(gain)
    table["worlds"] = known.sum(axis=1)
    table["difference"] = pd.DataFrame(gain, index=table.index).mean(axis=1)
    measured = table["worlds"] > 0
    arms = measured.groupby([table[key] for key in CELL]).transform("sum")
    table["comparisons"] = arms.clip(lower=1) if together else 1
    ends = difference_interval(gain, confidence, comparisons=table["comparisons"].to_numpy())
    top = np.where(table["metric"].isin(SHARES), 1.0, np.inf)  # shares differ by 1 at most
    table["low"], table["high"] = (np.clip(end, -top, top) for end in ends)
    table["margin"] = table["metric"].map(dict(margins or {})).astype(float)
    table["verdict"] = _verdicts(table)
    return table.assign(primary=False)[list(COLUMNS)]


def within_one_world(table: pd.DataFrame, within: pd.DataFrame) -> pd.DataFrame:
    """Return comparisons of one world, with intervals from within it where there are any.

    Args:
        table: of :func:`compare_all`, of one world.
        within: of :func:`proeftuin.outcomes.within.compare_within`, which is of all partners and
            forms together.
    """
    ends = within.set_index(["arm", "metric"])[["low", "high"]]
    found = ends.reindex(pd.MultiIndex.from_frame(table[["arm", "metric"]])).set_axis(table.index)
    table = table.assign(**{end: found[end].where(_together(table)) for end in ("low", "high")})
    return table.assign(verdict=_verdicts(table))


def _together(table: pd.DataFrame) -> "pd.Series[bool]":
    """Mark the rows of all partners and all forms together, or of the only form."""
    forms = table["fraud_form"].unique()
    whole = ALL if ALL in forms or len(forms) != 1 else forms[0]
    return (table["partner"] == ALL) & (table["fraud_form"] == whole)


def _verdicts(table: pd.DataFrame) -> pd.Series:
    """Read verdicts off the intervals: the margin comes before the sign."""
    low, high, margin = (table[name] for name in ("low", "high", "margin"))
    cases: dict[str, Bools] = {
        "unknown": low.isna().to_numpy(),
        "no_relevant_difference": ((low > -margin) & (high < margin)).to_numpy(),
        "more": (low > 0).to_numpy(),
        "less": (high < 0).to_numpy(),
    }
    return pd.Series(np.select([*cases.values()], [*cases], "undecided"), table.index)
