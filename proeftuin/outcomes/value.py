"""The value of sharing: means, paired uplifts and retained value over seeds, with intervals.

Every seed is one world that all arms saw, so arms are compared within a seed. Share metrics are
averaged as per-seed shares: each world counts once, however much fraud it holds.
"""

import math

import pandas as pd
from scipy import stats

from proeftuin.metrics import METRICS

CELL = ["partner", "fraud_form", "metric"]
FEWEST_WORLDS = 3  #: of fewer worlds no interval is given, of a level or of a difference


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
        Columns arm, partner, fraud_form, metric; mean, low, high (t interval); uplift,
        uplift_low, uplift_high (paired t interval of arm minus baseline); retained, retained_low,
        retained_high (ratio of mean uplifts, Fieller's interval; NaN where the ceiling's own uplift
        is not shown to differ from 0); seeds, pairs.

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
            mean_interval(gain, confidence, prefix="uplift"),
            _fieller(gain, whole, confidence),
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
        Columns gain, low, high (Fieller's interval) by ``arm, partner, fraud_form, metric``; NaN
        where the baseline itself is not shown to differ from 0.
    """
    wide = outcomes.pivot(index=["arm", *CELL], columns="seed", values="value").astype(float)
    base = _same_cell(wide, baseline)
    found = _fieller(wide - base, base, confidence)
    return found.set_axis(["gain", "low", "high"], axis=1)


def _same_cell(wide: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Repeat one arm's rows for every arm, in the row order of ``wide``."""
    keys = wide.index.to_frame().assign(arm=arm)
    return wide.reindex(pd.MultiIndex.from_frame(keys)).set_axis(wide.index)


def mean_interval(values: pd.DataFrame, confidence: float, prefix: str = "") -> pd.DataFrame:
    """Return the mean over the columns (seeds) with its two-sided t interval, per row.

    Columns are mean, low and high; with a prefix they are prefix, prefix_low and prefix_high.
    Values without any spread give an interval without width, fewer than three none (NaN).
    """
    mean, count = values.mean(axis=1), values.count(axis=1)
    count = count.where(count >= FEWEST_WORLDS)
    margin = stats.t.ppf(0.5 + confidence / 2, count - 1) * values.sem(axis=1)
    names = (prefix, f"{prefix}_low", f"{prefix}_high") if prefix else ("mean", "low", "high")
    return pd.DataFrame(dict(zip(names, (mean, mean - margin, mean + margin), strict=True)))


def _fieller(part: pd.DataFrame, whole: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Ratio of two paired means with Fieller's interval (Fieller 1954, J. R. Stat. Soc. B 16:175).

    The interval holds every ratio r for which a paired t test of ``part - r * whole`` against 0
    does not reject: the roots of a quadratic in r, finite when ``whole`` itself differs from 0.
    """
    shown = mean_interval(whole, confidence)
    both = part.notna() & whole.notna()
    part, whole = part.where(both), whole.where(both)
    a, b, n = part.mean(axis=1), whole.mean(axis=1), both.sum(axis=1)
    t_squared = pd.Series(stats.t.ppf(0.5 + confidence / 2, n - 1), n.index) ** 2
    off_a, off_b = part.sub(a, axis=0), whole.sub(b, axis=0)

    def moment(product: pd.DataFrame) -> pd.Series:
        return t_squared * product.sum(axis=1) / (n * (n - 1))

    square = b**2 - moment(off_b * off_b)
    middle = a * b - moment(off_a * off_b)
    constant = a**2 - moment(off_a * off_a)
    root = (middle**2 - square * constant).clip(lower=0) ** 0.5
    determined = (square > 0) & (shown["low"] * shown["high"] > 0)
    ratios = {
        "retained": a / b,
        "retained_low": (middle - root) / square,
        "retained_high": (middle + root) / square,
    }
    return pd.DataFrame(ratios).where(determined)


def within_possible(summary: pd.DataFrame) -> pd.DataFrame:
    """Cut intervals off where a metric, or a difference between two, cannot go."""
    share = summary["metric"].map(lambda metric: METRICS[metric].unit == "share")
    top = share.map({True: 1.0, False: math.inf})
    cut = {column: summary[column].clip(0, top) for column in ("low", "high")}
    cut |= {column: summary[column].clip(-top, top) for column in ("uplift_low", "uplift_high")}
    return summary.assign(**cut)
