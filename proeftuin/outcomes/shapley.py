"""Who adds how much: Shapley values over partners, instruments or channels, and small coalitions.

A *game* is the value of every coalition in one world: how much the arm stops when only these take
part. The Shapley value shares the whole out over the players so that equal players get equal parts
and nothing is left over (Shapley 1953).
"""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from proeftuin.features.asof import Floats

MOST_EXACT = 8  #: players up to which every coalition is looked at: at most 256
SAMPLED = 512  #: coalitions looked at beyond that
Coalition = frozenset[str]
Game = Mapping[Coalition, float]


def shapley(
    players: tuple[str, ...], value: Callable[[Coalition], float], *, seed: int
) -> dict[str, float]:
    """Return each player's Shapley value, exact up to ``MOST_EXACT`` players.

    Args:
        players: names, at least one.
        value: value of a coalition; asked once for each.
        seed: of the sampler beyond that many players (Castro et al. 2009), by shapiq.
    """
    import shapiq  # takes seconds to load

    known: dict[Coalition, float] = {}

    def game(masks: NDArray[np.bool_]) -> Floats:
        values = []
        for mask in np.atleast_2d(masks):
            coalition = frozenset(p for p, inside in zip(players, mask, strict=True) if inside)
            if coalition not in known:
                known[coalition] = value(coalition)
            values.append(known[coalition])
        return np.array(values)

    size = len(players)
    if size == 1:
        return {players[0]: value(frozenset(players)) - value(frozenset())}
    if size <= MOST_EXACT:
        found = shapiq.ExactComputer(game=game, n_players=size)("SV", order=1)
    else:
        sampler = shapiq.approximator.PermutationSamplingSV(n=size, random_state=seed)
        found = sampler.approximate(budget=SAMPLED, game=game)
    values = found.get_n_order_values(1)
    return dict(zip(players, map(float, values), strict=True))


def smallest_coalition(
    players: tuple[str, ...], game: Game, *, share: float
) -> tuple[Coalition, float]:
    """Return the smallest coalition that keeps a share of the whole gain, and the share it keeps.

    Among coalitions of one size the one that keeps most; everybody where the whole gains nothing.

    Args:
        players: names.
        game: mean value of every coalition.
        share: of the gain of all players over none.
    """
    none, everybody = frozenset[str](), frozenset(players)
    whole = game[everybody] - game[none]
    if whole <= 0:
        return everybody, np.nan
    for size in range(len(players) + 1):
        kept = {
            coalition: (game[coalition] - game[none]) / whole
            for coalition in map(frozenset, combinations(players, size))
        }
        best = max(kept, key=lambda coalition: (kept[coalition], *sorted(coalition)))
        if kept[best] >= share:
            return best, float(kept[best])
    return everybody, 1.0


def gain_by_size(players: tuple[str, ...], game: Game) -> dict[int, float]:
    """Return the mean gain over nobody of all coalitions of each size: 1, 2, 3 partners ..."""
    none = game[frozenset()]
    return {
        size: float(np.mean([game[frozenset(each)] - none for each in combinations(players, size)]))
        for size in range(len(players) + 1)
    }
