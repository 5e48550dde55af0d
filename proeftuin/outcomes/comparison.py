"""Which differences between arms the worlds support, and how many worlds would settle the others.

Arms are compared within a world (the same people, frauds and luck), over the worlds of a study. A
difference is called only if its interval excludes zero *and* a paired test, corrected for the
number of arms compared, rejects: with few worlds the bootstrap alone is too sure of itself.
"""

import warnings
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.power import TTestPower

from proeftuin.metrics import AGE_GROUPS, ALL
from proeftuin.outcomes.value import FEWEST_WORLDS
from synthetic_data.arrays import Floats

CELL = ["partner", "fraud_form", "metric"]
#: Outcomes in which arms are compared for every partner, besides the study's primary one.
COMPARED = ("stopped_share", "victims_spared_share", "recall_at_budget", "false_alarms_per_10k")
#: Outcomes in which they are compared for all partners together only.
COMPARED_TOGETHER = (
    "average_precision",
    "journeys_stopped_share",
    "national_stopped_eur",
    "national_victims_spared",
    "national_journeys_stopped",
    *(f"false_alarms_per_10k[{group}]" for group in AGE_GROUPS),
)
RESAMPLES = 9_999
POWER = 0.8
TINY = 1e-12
MOST_WORLDS = 1_000  #: beyond so many worlds, more worlds are no practical answer
COLUMNS = (
    *("arm", *CELL, "worlds", "difference", "low", "high", "p", "p_holm", "verdict"),
    "worlds_needed",
)


def compare_all(
    outcomes: pd.DataFrame, *, baseline: str, primary: str, confidence: float
) -> pd.DataFrame:
    """Compare every arm of a study with the baseline in every outcome that the report compares.

    Args:
        outcomes: the tidy table of a study.
        baseline: arm that the others are held against.
        primary: outcome that the study is judged by.
        confidence: level of the intervals.

    Returns:
        As :func:`compare`.
    """
    each = dict.fromkeys([primary, *COMPARED])
    together = [metric for metric in COMPARED_TOGETHER if metric not in each]
    return pd.concat(
        [
            compare(outcomes, baseline=baseline, metrics=each, confidence=confidence),
            compare(
                outcomes[outcomes["partner"] == ALL],
                baseline=baseline, metrics=together, confidence=confidence,
            ),
        ],
        ignore_index=True,
    )  # fmt: skip


def compare(
    outcomes: pd.DataFrame, *, baseline: str, metrics: Iterable[str], confidence: float
) -> pd.DataFrame:
    """Compare every arm with the baseline, paired per world.

    Args:
        outcomes: the tidy table of :mod:`proeftuin.metrics`.
        baseline: arm that the others are held against.
        metrics: which outcomes.
        confidence: level of the intervals; the tests' level is ``1 - confidence``.

    Returns:
        One row per arm, partner, fraud form and metric, with ``worlds`` (pairs), ``difference``
        (mean), ``low`` and ``high`` (bias-corrected and accelerated bootstrap; Efron 1987), ``p``
        (paired t test), ``p_holm`` (Holm 1979, over the arms), ``verdict`` (``more``, ``less``,
        ``not_shown``; ``unknown`` below three worlds or where all worlds differ by the same) and
        ``worlds_needed`` for a power of 80 % if the difference and its spread are as they are
        (NaN where the verdict stands, or above 1,000).
    """
    rows = outcomes[outcomes["metric"].isin(list(metrics))]
    wide = rows.pivot(index=["arm", *CELL], columns="seed", values="value").astype(float)
    keys = wide.index.to_frame(index=False)
    base = wide.reindex(pd.MultiIndex.from_frame(keys.assign(arm=baseline)))
    gain = (wide.to_numpy() - base.to_numpy())[keys["arm"] != baseline]
    keys = keys[keys["arm"] != baseline].reset_index(drop=True)
    tested = [_tested(each[~np.isnan(each)], confidence) for each in gain]
    columns = ["worlds", "difference", "low", "high", "p", "spread"]
    table = pd.concat([keys, pd.DataFrame(tested, columns=columns, dtype=float)], axis=1)
    table["worlds"] = table["worlds"].astype(int)
    table["p_holm"] = _holm(table)
    alpha = 1 - confidence
    table["verdict"] = _verdicts(table, alpha)
    arms = table.groupby(CELL)["arm"].transform("size")
    table["worlds_needed"] = [
        _needed(difference / spread, alpha / count) if verdict == "not_shown" else np.nan
        for difference, spread, verdict, count in zip(
            table["difference"].to_numpy(),
            table["spread"].to_numpy(),
            table["verdict"],
            arms.to_numpy(),
            strict=True,
        )
    ]
    return table[list(COLUMNS)]


def _tested(gain: Floats, confidence: float) -> tuple[int, float, float, float, float, float]:
    """Return pairs, mean, BCa interval, p of the paired t test and spread of some differences."""
    size = len(gain)
    mean = float(gain.mean()) if size else np.nan
    spread = float(gain.std(ddof=1)) if size > 1 else np.nan
    if size < FEWEST_WORLDS or not spread > TINY:
        return size, mean, np.nan, np.nan, np.nan, spread
    p = float(stats.ttest_1samp(gain, 0.0).pvalue)
    return size, mean, *interval_of(gain, confidence), p, spread


def interval_of(values: Floats, confidence: float) -> tuple[float, float]:
    """Return the BCa bootstrap interval of a mean, NaN below three values or without spread."""
    if len(values) < FEWEST_WORLDS or not values.std() > TINY:
        return np.nan, np.nan
    with warnings.catch_warnings():  # a skew so extreme that BCa is undefined gives NaN, no message
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        interval = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=confidence,
            method="BCa",
            rng=np.random.default_rng(0),  # the same worlds give the same interval
        ).confidence_interval
    return float(interval.low), float(interval.high)


def _holm(table: pd.DataFrame) -> pd.Series:
    """Correct the p values of every cell for the number of arms in it (Holm 1979).

    For all cells at once; ``multipletests`` of statsmodels, which the tests hold this against,
    collects garbage at every call.
    """
    cells = table.dropna(subset=["p"]).sort_values("p", kind="stable").groupby(CELL)["p"]
    left = cells.transform("size") - cells.cumcount()
    steps = (table["p"] * left).reindex(left.index)
    keys = [table.loc[left.index, column] for column in CELL]
    return steps.groupby(keys).cummax().clip(upper=1.0).reindex(table.index)


def _verdicts(table: pd.DataFrame, alpha: float) -> pd.Series:
    shown = table["p_holm"] < alpha
    verdict = np.select(
        [
            table["low"].isna() | table["p_holm"].isna(),
            shown & (table["low"] > 0),
            shown & (table["high"] < 0),
        ],
        ["unknown", "more", "less"],
        "not_shown",
    )
    return pd.Series(verdict, table.index)


def _needed(effect: float, alpha: float) -> float:
    """Return how many worlds a paired t test needs to show an effect in standard deviations."""
    test = TTestPower()
    worlds = np.arange(3, MOST_WORLDS + 1)
    enough = test.power(abs(effect), worlds, alpha) >= POWER
    return float(worlds[enough][0]) if enough.any() else np.nan
