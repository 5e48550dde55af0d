"""Contributions held against their definition: the mean over all orders of joining."""

from itertools import chain, combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.outcomes.shapley import Coalition, shapley, smallest_coalition

PLAYERS = ("bank", "police", "telecom", "webshop")


def coalitions(players: tuple[str, ...]) -> list[Coalition]:
    sizes = range(len(players) + 1)
    return [*map(frozenset, chain(*(combinations(players, size) for size in sizes)))]


def by_orders(players: tuple[str, ...], game: dict[Coalition, float]) -> dict[str, float]:
    total = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            total[player] += game[before | {player}] - game[before]
    return {player: value / len(orders) for player, value in total.items()}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=16, max_size=16))
def test_parts_are_the_mean_gain_over_all_orders_and_add_up_to_the_whole(
    values: list[float],
) -> None:
    game = dict(zip(coalitions(PLAYERS), values, strict=True))
    parts = shapley(PLAYERS, game.__getitem__, seed=0)
    assert parts == pytest.approx(by_orders(PLAYERS, game), abs=1e-9)
    whole = game[frozenset(PLAYERS)] - game[frozenset()]
    assert sum(parts.values()) == pytest.approx(whole, abs=1e-9)


def test_beyond_nine_players_a_sample_comes_near_the_exact_parts() -> None:
    players = tuple(f"p{n}" for n in range(10))
    worth = {player: float(n) for n, player in enumerate(players)}

    def value(coalition: Coalition) -> float:
        both = 5.0 * ({"p0", "p1"} <= coalition)
        return sum(worth[player] for player in coalition) + both

    parts = shapley(players, value, seed=1)
    exact = {**worth, "p0": 2.5, "p1": 3.5}
    assert parts == pytest.approx(exact, abs=1.0)
    assert sum(parts.values()) == pytest.approx(50.0, abs=1e-6)


def test_nine_instruments_get_exact_parts_and_what_changes_nothing_gets_nothing() -> None:
    players = tuple(f"p{n}" for n in range(9))
    worth = {player: n / 7 for n, player in enumerate(players)}

    def value(coalition: Coalition) -> float:
        pair = 0.1 * ({"p1", "p2"} <= coalition)
        return 0.3 + sum(worth[player] for player in coalition) + pair

    parts = shapley(players, value, seed=0)
    worth |= {"p1": worth["p1"] + 0.05, "p2": worth["p2"] + 0.05}
    assert parts == pytest.approx(worth, abs=1e-9)
    assert parts["p0"] == 0


def test_each_coalition_is_valued_once() -> None:
    asked: list[Coalition] = []

    def value(coalition: Coalition) -> float:
        asked.append(coalition)
        return float(len(coalition))

    assert shapley(PLAYERS, value, seed=0) == pytest.approx(dict.fromkeys(PLAYERS, 1.0))
    assert len(asked) == len(set(asked)) == 16


def test_the_smallest_coalition_leaves_out_who_adds_nothing() -> None:
    game = {each: 10.0 * ({"bank", "telecom"} <= each) for each in coalitions(PLAYERS)}
    assert smallest_coalition(game, share=0.9) == (frozenset({"bank", "telecom"}), 1.0)


def test_where_sharing_gains_nothing_no_coalition_is_praised() -> None:
    game = dict.fromkeys(coalitions(PLAYERS), 3.0)
    coalition, kept = smallest_coalition(game, share=0.9)
    assert coalition == frozenset(PLAYERS)
    assert np.isnan(kept)


def test_fewest_facts_can_mean_more_parties() -> None:
    fields = {"bank": 5, "police": 1, "telecom": 1, "webshop": 9}
    enough = ({"bank"}, {"police", "telecom"})
    game = {each: float(any(some <= each for some in enough)) for each in coalitions(PLAYERS)}
    facts, _ = smallest_coalition(game, share=0.9, size=lambda some: sum(map(fields.get, some)))
    assert facts == frozenset({"police", "telecom"})
    assert smallest_coalition(game, share=0.9)[0] == frozenset({"bank"})
