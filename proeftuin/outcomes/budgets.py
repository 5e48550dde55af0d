"""Gains under privacy budgets: the part kept, and the budget from which there is a gain.

Everything is paired per world with an arm that needs no budget: the study's baseline, or the same
signals with all partners training alone.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from proeftuin.metrics import AGE_GROUPS, ALL
from proeftuin.outcomes.comparison import compare
from proeftuin.outcomes.intervals import interval
from proeftuin.outcomes.value import mean_interval
from proeftuin.settings.sweep import BudgetCurve
from synthetic_data.arrays import Bools, Floats

#: Outcomes of which more is better: a budget is judged by these.
GAINS = ("victims_spared_share", "stopped_share", "recall_at_budget")
#: Outcomes by age group, for all banks together.
BY_AGE = tuple(
    f"{metric}[{group}]"
    for metric in ("recall_at_budget", "false_alarms_per_10k")
    for group in AGE_GROUPS
)
CELL = ["partner", "fraud_form", "metric"]
COLUMNS = (
    *("regime", "unit", "role", "epsilon", "arm", *CELL),
    *("worlds", "mean", "low", "high", "difference", "difference_low", "difference_high"),
)
DECISION_KEY = ("regime", "unit", "reference", *CELL)


def points(
    outcomes: pd.DataFrame,
    curves: Sequence[BudgetCurve],
    *,
    baseline: str,
    ceiling: str,
    confidence: float,
) -> pd.DataFrame:
    """Return the curves: one row per budget, partner, fraud form and outcome, and their lines.

    By fraud form for all partners together, by partner for all forms.

    Args:
        outcomes: the tidy table of :mod:`proeftuin.metrics`.
        curves: the arms of each curve.
        baseline: arm that every point is held against.
        ceiling: arm in which everything is pooled.
        confidence: level of the intervals.

    Returns:
        ``COLUMNS``: ``role`` is ``private`` (a budget), ``without_noise``, ``alone``, ``baseline``
        or ``ceiling``; ``epsilon`` the budget, NaN of a line; mean over the worlds and difference
        from the baseline, each with its own interval: budgets are tested in a fixed order, which
        needs no correction for their number.
    """
    rows = _told(outcomes, _measured(outcomes))
    wide = rows.pivot(index=["arm", *CELL], columns="seed", values="value").astype(float)
    means = mean_interval(wide, confidence).assign(worlds=wide.count(axis=1))
    compared = compare(
        rows, baseline=baseline, metrics=_measured(outcomes), confidence=confidence, together=False
    )
    compared = compared.rename(columns={"low": "difference_low", "high": "difference_high"})
    differences = ["difference", "difference_low", "difference_high"]
    table = means.join(compared.set_index(["arm", *CELL])[differences]).reset_index()
    places = pd.DataFrame(_places(curves, baseline, ceiling))
    return places.merge(table, on="arm", how="inner")[list(COLUMNS)]


def decisions(
    outcomes: pd.DataFrame,
    curves: Sequence[BudgetCurve],
    *,
    baseline: str,
    share: float,
    confidence: float,
) -> list[dict[str, Any]]:
    """Return the conclusions from every curve, for each outcome in ``GAINS``.

    For all partners together by fraud form, and for every partner over all forms; against the
    baseline and, where there is one, against the same signals alone.

    Args:
        outcomes: the tidy table.
        curves: the arms of each curve.
        baseline: arm that the gain is measured against.
        share: part of the gain without noise that a budget must keep.
        confidence: level of the intervals.

    Returns:
        One record each, as :func:`decide` gives it, with ``DECISION_KEY``.
    """
    rows = _told(outcomes, GAINS)
    found = []
    for curve in curves:
        references = [("baseline", baseline)]
        references += [("alone", curve.alone)] if curve.alone is not None else []
        for role, reference in references:
            arms = [*curve.private.values(), curve.without_noise]
            some = rows[rows["arm"].isin([reference, *arms])]
            compared = compare(
                some, baseline=reference, metrics=GAINS, confidence=confidence, together=False
            )
            shown = compared["low"] > 0
            supported = {
                (arm, *cell): bool(one)
                for arm, *cell, one in zip(
                    compared["arm"], *(compared[key] for key in CELL), shown, strict=True
                )
            }
            for cell, values in some.groupby(CELL, sort=False):
                wide = values.pivot(index="arm", columns="seed", values="value").dropna(axis=1)
                gains = wide.loc[arms].to_numpy(float) - wide.loc[reference].to_numpy(float)
                decision = decide(
                    list(curve.private),
                    gains[:-1],
                    gains[-1],
                    [supported[arm, *cell] for arm in curve.private.values()],
                    helps=supported[curve.without_noise, *cell],
                    share=share,
                    confidence=confidence,
                )
                key = zip(DECISION_KEY, (curve.regime, curve.unit, role, *cell), strict=True)
                found.append(dict(key) | decision)
    return found


def decide(
    budgets: Sequence[float],
    gains: Floats,
    whole: Floats,
    supported: Sequence[bool],
    *,
    helps: bool,
    share: float,
    confidence: float,
) -> dict[str, Any]:
    """Find the budget from which there is a gain, and the smallest that keeps most of it.

    Budgets are tested from the largest to the smallest, and the first failure ends the walk. A
    fixed order needs no correction for the number of budgets (a fixed-sequence test), and a small
    budget that does well by luck below one that fails does not count.

    Args:
        budgets: in ascending order.
        gains: (budgets, worlds) gain of each budget in each world.
        whole: (worlds,) gain without noise.
        supported: whether each budget's gain is shown: its interval lies above 0.
        helps: whether the gain without noise is shown.
        share: part of the mean gain without noise that a budget must keep.
        confidence: level of the intervals.

    Returns:
        ``worlds``; ``gain`` (mean without noise); ``helps``; ``supported_from`` (smallest budget of
        the walk with a shown gain) and ``not_from`` (the next smaller one); of the budgets that
        keep the share, walked in the same order, ``smallest`` (the smallest that does in the
        mean), ``smallest_shown`` (that is shown to: what it gains beyond the share lies above 0)
        and ``smallest_possible`` (for which that is not excluded). A budget that does not exist is
        None; without a gain to keep, so are the last three.
    """
    down = list(budgets)[::-1]
    walked = _walked(np.array(supported, dtype=bool)[::-1])
    found: dict[str, Any] = {
        "worlds": len(whole),
        "gain": float(whole.mean()) if len(whole) else None,
        "helps": helps,
        "share": share,
        "supported_from": down[walked - 1] if walked else None,
        "not_from": down[walked] if walked < len(down) else None,
    }
    keys = ("smallest", "smallest_shown", "smallest_possible")
    if not helps:
        return found | dict.fromkeys(keys)
    beyond = (gains - share * whole)[::-1]
    low, high = interval(beyond, confidence)
    lengths = [_walked(passes) for passes in (beyond.mean(axis=1) >= 0, low >= 0, high >= 0)]
    return found | {
        key: down[length - 1] if length else None for key, length in zip(keys, lengths, strict=True)
    }


def _walked(passes: Bools) -> int:
    """Return how many of the first in a row pass."""
    return int(np.logical_and.accumulate(passes).sum())


def _told(outcomes: pd.DataFrame, metrics: Iterable[str]) -> pd.DataFrame:
    """Return some outcomes: by fraud form for all partners together, by partner for all forms."""
    together = (outcomes["partner"] == ALL) | (outcomes["fraud_form"] == ALL)
    return outcomes[outcomes["metric"].isin(list(metrics)) & together]


def _measured(outcomes: pd.DataFrame) -> list[str]:
    known = set(outcomes["metric"])
    return [metric for metric in (*GAINS, "false_alarms_per_10k", *BY_AGE) if metric in known]


def _places(
    curves: Iterable[BudgetCurve], baseline: str, ceiling: str
) -> Iterable[dict[str, str | float]]:
    """Return which role every arm has in every curve; the lines of all curves have no regime."""
    yield {"regime": "", "unit": "", "role": "baseline", "epsilon": math.nan, "arm": baseline}
    if ceiling != baseline:
        yield {"regime": "", "unit": "", "role": "ceiling", "epsilon": math.nan, "arm": ceiling}
    for curve in curves:
        named = {"regime": curve.regime, "unit": curve.unit}
        lines = {"without_noise": curve.without_noise, "alone": curve.alone}
        for role, arm in lines.items():
            if arm is not None:
                yield {**named, "role": role, "epsilon": math.nan, "arm": arm}
        for budget, arm in curve.private.items():
            yield {**named, "role": "private", "epsilon": budget, "arm": arm}
