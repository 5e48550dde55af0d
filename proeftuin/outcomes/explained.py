"""What each kind of facts that a centre pools adds alone, and the mildest sharing that gives it.

Milder is what tells exact facts about fewer persons, then noisy ones, then fewer facts about each,
and then a smaller epsilon.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from proeftuin.metrics import ALL
from proeftuin.outcomes.contribution import GAME
from proeftuin.outcomes.intervals import difference_interval, ratio_interval

FACTS = "facts"  #: what such players are called in a study's contributions
COST = ("persons_named", "persons_disclosed", "fields_disclosed", "epsilon")
COLUMNS = (*GAME[:1], *GAME[2:], "kind", "alone", "low", "high", "way", "kept", "kept_low",
           "kept_high", "enough")  # fmt: skip


def kinds_of(regime: Mapping[str, Any], tells: Mapping[str, str]) -> frozenset[str]:
    """Return the kinds of facts that an arm shares beyond today; none if it pools everything.

    Args:
        regime: its settings as plain values.
        tells: the kind of facts that an instrument tells, by its name.
    """
    if regime["learning"] in ("pooled", "vertical"):
        return frozenset()
    rows = {"rows"} if regime["learning"] == "federated" else set()
    return frozenset(rows | {tells[name] for name in regime["instruments"]})


def explained(
    coalitions: pd.DataFrame,
    outcomes: pd.DataFrame,
    arms: Mapping[str, frozenset[str]],
    *,
    baseline: str,
    share: float,
    confidence: float,
) -> pd.DataFrame:
    """Return what every kind of facts adds alone, and the mildest arm that gives a share of it.

    Args:
        coalitions: of kinds of facts, as of :func:`proeftuin.outcomes.contribution.contributions`.
        outcomes: the tidy table of the study.
        arms: the kinds of facts that each arm shares beyond the baseline, by arm.
        baseline: the arm that shares nothing beyond today.
        share: of the kind's gain, as best estimate.
        confidence: level of the intervals; those of the kinds hold together.

    Returns:
        ``arm, fraud_form, metric, kind, alone, low, high, way, kept, kept_low, kept_high, enough``:
        the mildest of the arms that give enough, or else the one that gives most; no arm where the
        worlds show no gain or no arm tells that kind alone.
    """
    rows = outcomes[outcomes["partner"] == ALL]
    level = rows.pivot_table(index=["fraud_form", "metric", "arm"], columns="seed", values="value")
    cost = {arm: _cost(level, arm) for arm in arms}
    found = []
    for (arm, _, form, metric), games in coalitions.groupby(GAME, sort=False):
        wide = games.pivot(index="coalition", columns="seed", values="value")
        kinds = [name for name in wide.index if name and "+" not in name]
        for kind in kinds:
            alone = (wide.loc[kind] - wide.loc[""]).to_numpy(float)
            low, high = difference_interval(alone, confidence, comparisons=len(kinds))
            row = [arm, form, metric, kind, float(np.nanmean(alone)), float(low), float(high)]
            ways = [way for way, shared in arms.items() if shared == {kind}] if low > 0 else []
            gains = [level.loc[form, metric, way] - level.loc[form, metric, baseline] for way in ways]
            found.append((*row, *_mildest(ways, gains, alone, cost, share, confidence)))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _mildest(
    ways: list[str],
    gains: Iterable[pd.Series],
    alone: np.ndarray,
    cost: Mapping[str, tuple[float, ...]],
    share: float,
    confidence: float,
) -> tuple[str, float, float, float, bool]:
    """Return the arm, the share of the kind's gain that it keeps with interval, and if enough."""
    kept = {
        way: float(np.nanmean(gain) / np.nanmean(alone))
        for way, gain in zip(ways, gains, strict=True)
    }
    if not kept:
        return "", np.nan, np.nan, np.nan, False
    enough = [way for way in ways if kept[way] >= share]
    way = min(enough, key=cost.__getitem__) if enough else max(kept, key=kept.__getitem__)
    gain = dict(zip(ways, gains, strict=True))[way].to_numpy(float)
    low, high = ratio_interval(gain[None], alone[None], confidence)
    return way, kept[way], float(low[0]), float(high[0]), bool(enough)


def _cost(level: pd.DataFrame, arm: str) -> tuple[float, ...]:
    """Return what an arm costs in privacy, mildest first in order; no guarantee is the most."""
    means = [level.loc[ALL, metric, arm].mean() if (ALL, metric, arm) in level.index else np.nan
             for metric in COST]  # fmt: skip
    return tuple(np.inf if np.isnan(mean) else float(mean) for mean in means)
