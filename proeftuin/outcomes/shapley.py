"""Shapley values over sectors, instruments or channels, and smallest coalitions.

A *game* is the value of every coalition in one world: the fraud that the arm stops when only
its members take part. The Shapley value divides the whole over the players so that equal players
get equal parts and nothing is left over (Shapley 1953).
"""

from collections.abc import Callable, Mapping

import numpy as np

from synthetic_data.arrays import Bools, Floats

MOST_EXACT = 9  #: players up to which every coalition is looked at: at most 512
SAMPLED = 512  #: coalitions looked at beyond that
Coalition = frozenset[str]
Game = Mapping[Coalition, float]
DECIMALS = 12  #: what is below is rounding, which would make a part of nothing look like something


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

    def game(masks: Bools) -> Floats:
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
    values = np.round(found.get_n_order_values(1), DECIMALS) + 0.0  # no minus zero
    return dict(zip(players, map(float, values), strict=True))


def smallest_coalition(
    game: Game, *, share: float, size: Callable[[Coalition], float] = len
) -> tuple[Coalition, float]:
    """Return the smallest coalition that keeps a share of the whole gain, and the share it keeps.

    Among coalitions of one size the one that keeps most; all players where the whole gains nothing.

    Args:
        game: mean value of every coalition.
        share: of the gain of all players over none.
        size: measure of a coalition: its members, or for example the fields that cross.
    """
    none, everybody = frozenset[str](), max(game, key=len)
    whole = game[everybody] - game[none]
    if whole <= 0:
        return everybody, np.nan
    kept = {coalition: (value - game[none]) / whole for coalition, value in game.items()}
    enough = [coalition for coalition in kept if kept[coalition] >= share] or [everybody]
    best = min(enough, key=lambda each: (size(each), -kept[each], *sorted(each)))
    return best, float(kept[best])
