"""The value of sharing: means, paired uplifts and retained value over worlds.

Every seed is one world that all arms saw, so arms are compared within a seed. Share metrics are
averaged as per-seed shares: each world counts once, however much fraud it holds. The interval of an
uplift is that of :mod:`proeftuin.outcomes.comparison`, and nowhere else.
"""

import math

import numpy as np
import pandas as pd

from proeftuin.metrics import METRICS
from proeftuin.outcomes.intervals import interval, ratio_interval

CELL = ["partner", "fraud_form", "metric"]


def summarise(
    outcomes: pd.DataFrame, *, baseline: str, ceiling: str, confidence: float
) -> pd.DataFrame:
    """Summarise outcomes over seeds, one row per arm, partner, fraud form and metric.

    Missing values drop out seed by seed: ``seeds`` counts the values behind ``mean``, ``pairs``
    those behind ``uplift``. An interval that the number of seeds does not allow is NaN.

    Args:
        outcomes: the tidy table of :mod:`proeftuin.metrics`, of one study.
        baseline: arm that uplift is measured against.
        ceiling: arm whose uplift is the whole; retained value is an arm's part of it.
        confidence: level of the intervals, e.g. 0.95.

    Returns:
        Columns arm, partner, fraud_form, metric; mean, low, high; uplift (mean of arm minus
        baseline); retained, retained_low, retained_high (ratio of mean uplifts and its interval;
        NaN where the interval of the ceiling's own uplift holds 0); seeds, pairs.

    Raises:
        ValueError: ``baseline`` or ``ceiling`` is no arm of the table, or a number occurs twice.
    """
    arms = outcomes["arm"].unique()
    for role, arm in (("baseline", baseline), ("ceiling", ceiling)):
        if arm not in arms:
            raise ValueError(f"{role}={arm}: not in the outcomes; the arms are {', '.join(arms)}")
    wide = outcomes.pivot(index=["arm", *CELL], columns="seed", values="value").astype(float)
    gain = wide - _same_cell(wide, baseline)
    whole = _same_cell(gain, ceiling)
    summary = pd.concat(
        [
            mean_interval(wide, confidence),
            gain.mean(axis=1).rename("uplift"),
            _ratio(gain, whole, confidence),
        ],
        axis=1,
    )
    summary["seeds"] = wide.count(axis=1)
    summary["pairs"] = gain.count(axis=1)
    return summary.reset_index()


def relative(outcomes: pd.DataFrame, *, baseline: str, confidence: float) -> pd.DataFrame:
    """Return by how much every arm exceeds the baseline, as a part of the baseline's own mean.

    Args:
        outcomes: the tidy table of one metric, with the baseline in it.
        baseline: arm that the others are held against.
        confidence: level of the intervals.

    Returns:
        Columns gain, low, high by ``arm, partner, fraud_form, metric``; NaN where the interval of
        the baseline itself holds 0.
    """
    wide = outcomes.pivot(index=["arm", *CELL], columns="seed", values="value").astype(float)
    base = _same_cell(wide, baseline)
    found = _ratio(wide - base, base, confidence)
    return found.set_axis(["gain", "low", "high"], axis=1)


def _same_cell(wide: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Repeat one arm's rows for every arm, in the row order of ``wide``."""
    keys = wide.index.to_frame().assign(arm=arm)
    return wide.reindex(pd.MultiIndex.from_frame(keys)).set_axis(wide.index)


def mean_interval(values: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return ``mean, low, high`` over the columns (seeds), per row.

    Values without any spread give an interval without width, fewer than three none (NaN).
    """
    low, high = interval(values.to_numpy(float), confidence)
    ends = {"mean": values.mean(axis=1), "low": low, "high": high}
    return pd.DataFrame(ends, index=values.index)


def _ratio(part: pd.DataFrame, whole: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return the ratio of two paired means and its interval; NaN where it may be any number."""
    both = part.notna() & whole.notna()
    low, high = ratio_interval(part.to_numpy(float), whole.to_numpy(float), confidence)
    ratio = part.where(both).mean(axis=1) / whole.where(both).mean(axis=1)
    ends = {"retained": ratio.where(~np.isnan(low)), "retained_low": low, "retained_high": high}
    return pd.DataFrame(ends, index=part.index)


def within_possible(summary: pd.DataFrame) -> pd.DataFrame:
    """Cut the intervals of levels, ``low`` and ``high``, off where a metric cannot go."""
    share = summary["metric"].map(lambda metric: METRICS[metric].unit == "share")
    top = share.map({True: 1.0, False: math.inf})
    return summary.assign(**{end: summary[end].clip(0, top) for end in ("low", "high")})
