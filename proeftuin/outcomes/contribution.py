"""Contributions from the values of coalitions: of each player, small coalitions, three channels.

Contributions are computed in every world and averaged, with an interval over the worlds.
Those of federated learning, signals and shared reports follow from eight arms of a study, one for
every combination, each trained anew.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Any

import numpy as np
import pandas as pd

from proeftuin.metrics import ALL
from proeftuin.outcomes.intervals import difference_interval
from proeftuin.outcomes.shapley import Coalition, shapley, smallest_coalition

GAME = ["arm", "players", "fraud_form", "metric"]
#: The three channels of value: a joint model, a signal or list, reports to learn from.
CHANNELS = ("model", "signal", "label")
LABELS = "shared_labels"
FACTS = "facts"  #: kinds of facts as players; how many fields raw tables have says nothing of them
#: Decimals of the ends of an interval: one below a thousandth of a point, as where a player adds a
#: few cents in some worlds and nothing in the others, is 0 and no evidence of a part above 0.
ENDS = 5
TOGETHER = "+"  #: between the names of a coalition


def contributions(coalitions: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Return every player's Shapley value, mean over worlds.

    Args:
        coalitions: ``arm, players, seed, coalition, fraud_form, metric, value, fields`` (facts per
            person that cross in the coalition).
        confidence: level of the intervals.

    Returns:
        ``arm, players, player, fraud_form, metric, part, low, high``; NaN where a value is not
        defined in any world.
    """
    rows = []
    for key, games in coalitions.groupby(GAME, sort=False):
        parts = [
            _parts(_game(world))
            for _, world in games.groupby("seed")
            if world["value"].notna().all()
        ]
        players = _players(games["coalition"])
        rows += [(*key, *each) for each in _averaged(players, parts, confidence)]
    table = pd.DataFrame(rows, columns=[*GAME, "player", "part", "low", "high"])
    return table[["arm", "players", "player", "fraud_form", "metric", "part", "low", "high"]]


def smallest(
    coalitions: pd.DataFrame, shares: Mapping[Any, float], *, confidence: float
) -> list[Any]:
    """Return the smallest coalition that keeps a share of the mean gain, per game and measure.

    Its size is measured by its ``members``, and by the ``fields`` that cross about a person.

    Given only where the worlds show a gain of all players together: a part of a gain that may be
    zero means nothing.

    Args:
        coalitions: as of :func:`contributions`.
        shares: share to keep, by arm and kind of players.
        confidence: level of the interval that must lie above no gain.
    """
    found = []
    for key, games in coalitions.groupby(GAME, sort=False):
        arm, kind, form, metric = key
        players = _players(games["coalition"])
        wide = games.pivot(index="coalition", columns="seed", values="value").dropna(axis=1)
        gain = wide.loc[TOGETHER.join(players)].to_numpy(float) - wide.loc[""].to_numpy(float)
        if not difference_interval(gain, confidence)[0] > 0:
            continue
        game = {_members(name): float(value) for name, value in wide.mean(axis=1).items()}
        share = shares[arm, kind]
        told = games.drop_duplicates("coalition").set_index("coalition")["fields"]
        fields = {_members(name): int(count) for name, count in told.items()}
        sizes: dict[str, Any] = {"members": len, "fields": fields.__getitem__}
        for measure, size in sizes.items():
            if (kind, measure) == (FACTS, "fields"):
                continue
            coalition, kept = smallest_coalition(game, share=share, size=size)
            found.append(
                {"arm": arm, "players": kind, "fraud_form": form, "metric": metric, "share": share,
                 "fewest": measure, "coalition": sorted(coalition), "fields": fields[coalition],
                 "kept": kept}
            )  # fmt: skip
    return found


def channels_of(regime: Mapping[str, Any]) -> Coalition | None:
    """Return the channels that a regime uses; None if it pools or learns vertically, or some miss.

    Args:
        regime: its settings as plain values.
    """
    if regime["learning"] in ("pooled", "vertical") or regime["coalition"] != "all":
        return None
    used = {"model"} if regime["learning"] == "federated" else set()
    names = set(regime["instruments"])
    used |= {"label"} if LABELS in names else set()
    used |= {"signal"} if names - {LABELS} else set()
    return frozenset(used)


def decompose(
    outcomes: pd.DataFrame, arms: Mapping[Coalition, str], metrics: Iterable[str], confidence: float
) -> pd.DataFrame:
    """Share the gain of all three channels together out over them, exactly.

    Args:
        outcomes: the tidy table of a study.
        arms: the arm of every combination of channels; all eight, or nothing is decomposed.
        metrics: which outcomes.
        confidence: level of the intervals.

    Returns:
        ``channel, fraud_form, metric, part, low, high``.
    """
    rows = outcomes[(outcomes["partner"] == ALL) & outcomes["metric"].isin(list(metrics))]
    found = []
    wanted = [*map(frozenset, chain(*(combinations(CHANNELS, size) for size in range(4))))]
    if all(each in arms for each in wanted):
        for key, cell in rows.groupby(["fraud_form", "metric"], sort=False):
            wide = cell.pivot(index="seed", columns="arm", values="value")
            wide = wide[[arms[each] for each in wanted]].dropna()
            games = [{each: row[arms[each]] for each in wanted} for _, row in wide.iterrows()]
            parts = [shapley(CHANNELS, game.__getitem__, seed=0) for game in games]
            found += [
                (channel, *key, *numbers)
                for channel, *numbers in _averaged(CHANNELS, parts, confidence)
            ]
    columns = ["channel", "fraud_form", "metric", "part", "low", "high"]
    return pd.DataFrame(found, columns=columns)


def _parts(game: Mapping[Coalition, float]) -> dict[str, float]:
    players = tuple(sorted(frozenset[str]().union(*game)))
    return shapley(players, game.__getitem__, seed=0)


def _game(world: pd.DataFrame) -> dict[Coalition, float]:
    return {
        _members(name): float(value)
        for name, value in zip(world["coalition"], world["value"], strict=True)
    }


def _members(coalition: object) -> Coalition:
    return frozenset(name for name in str(coalition).split(TOGETHER) if name)


def _players(coalitions: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(frozenset[str]().union(*map(_members, coalitions))))


def _averaged(
    players: Sequence[str], parts: Sequence[Mapping[str, float]], confidence: float
) -> Iterator[tuple[str, float, float, float]]:
    """Yield every player with its mean over the worlds and intervals that hold together."""
    for player in players:
        values = np.array([part[player] for part in parts])
        if not len(values):
            yield player, np.nan, np.nan, np.nan
            continue
        ends = difference_interval(values, confidence, comparisons=len(players))
        low, high = np.round(ends, ENDS) + 0.0  # no minus zero
        yield player, float(values.mean()), float(low), float(high)
