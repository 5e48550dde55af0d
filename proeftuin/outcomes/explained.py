"""What each kind of facts that a centre pools adds alone, and the mildest sharing that gives it.

Milder is what tells exact facts about fewer persons, then any facts about fewer persons, then fewer
facts about each; then what the study names first.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from proeftuin.metrics import ALL
from proeftuin.outcomes.contribution import ENDS, GAME, TOGETHER
from proeftuin.outcomes.intervals import difference_interval, ratio_interval
from synthetic_data.arrays import Floats

COST = ("persons_named", "persons_disclosed", "fields_disclosed")
COLUMNS = (
    "arm", "fraud_form", "metric", "kind", "alone", "low", "high", "way", "kept", "kept_low",
    "kept_high", "enough",
)  # fmt: skip


def kinds_of(regime: Mapping[str, Any], tells: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the kinds of facts that an arm shares beyond today; none if it pools everything.

    Args:
        regime: its settings as plain values.
        tells: the kinds of facts that an instrument tells, by its name.
    """
    if regime["learning"] in ("pooled", "vertical"):
        return frozenset()
    rows = {"rows"} if regime["learning"] == "federated" else set()
    return frozenset(rows.union(*(tells[name] for name in regime["instruments"])))


def explained(
    coalitions: pd.DataFrame,
    outcomes: pd.DataFrame,
    arms: Mapping[str, frozenset[str]],
    *,
    share: float,
    confidence: float,
) -> pd.DataFrame:
    """Return what every kind of facts adds alone, and the mildest arm that gives a share of it.

    Args:
        coalitions: of kinds of facts, as of :func:`proeftuin.outcomes.contribution.contributions`.
        outcomes: the tidy table of the study.
        arms: the kinds of facts that each arm shares beyond today, by arm; the detector and today's
            practice are those of the arm that pools.
        share: of the kind's gain, as best estimate.
        confidence: level of the intervals; those of the kinds hold together.

    Returns:
        ``arm, fraud_form, metric, kind, alone, low, high, way, kept, kept_low, kept_high, enough``:
        the mildest of the arms that give enough, or else the one that gives most; no arm where the
        worlds show no gain or no arm tells that kind alone.
    """
    of_all = outcomes[outcomes["partner"] == ALL]
    cost = {arm: _cost(of_all[of_all["arm"] == arm]) for arm in arms}
    found = []
    for (arm, _, form, metric), games in coalitions.groupby(GAME, sort=False):
        worth = games.pivot(index="seed", columns="coalition", values="value")
        here = of_all[(of_all["fraud_form"] == form) & (of_all["metric"] == metric)]
        level = here.pivot(index="seed", columns="arm", values="value")
        kinds = [name for name in map(str, worth) if name and TOGETHER not in name]
        for kind in kinds:
            alone = worth[kind] - worth[""]
            ends = difference_interval(_known(alone), confidence, comparisons=len(kinds))
            low, high = np.round(ends, ENDS) + 0.0  # no minus zero
            gains = {
                way: level[way] - worth[""]
                for way, shared in arms.items()
                if shared == {kind} and low > 0
            }
            mildest = _mildest(gains, alone, cost, share, confidence)
            found.append((arm, form, metric, kind, alone.mean(), float(low), float(high), *mildest))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _mildest(
    gains: Mapping[str, pd.Series],
    alone: pd.Series,
    cost: Mapping[str, tuple[float, ...]],
    share: float,
    confidence: float,
) -> tuple[str, float, float, float, bool]:
    """Return the arm, the share of the kind's gain that it keeps with interval, and if enough.

    Args:
        gains: (worlds,) over today, of every arm that tells the kind alone.
        alone: (worlds,) of the kind itself.
        cost: of an arm, the mildest least.
        share: what is enough.
        confidence: level of the interval.
    """
    if not gains:
        return "", np.nan, np.nan, np.nan, False
    kept = {way: float(gain.mean() / alone.mean()) for way, gain in gains.items()}
    enough = [way for way in kept if kept[way] >= share]
    way = min(enough, key=cost.__getitem__) if enough else max(kept, key=kept.__getitem__)
    low, high = ratio_interval(_known(gains[way])[None], _known(alone)[None], confidence)
    return way, kept[way], float(low[0]), float(high[0]), bool(enough)


def _known(worlds: pd.Series) -> Floats:
    return np.asarray(worlds, dtype=np.float64)


def _cost(outcomes: pd.DataFrame) -> tuple[float, ...]:
    """Return what an arm costs in privacy, mean over worlds; what is not known is the most."""
    mean = outcomes[outcomes["fraud_form"] == ALL].groupby("metric")["value"].mean()
    return tuple(float(cost) for cost in mean.reindex(list(COST)).fillna(np.inf))
