"""What is said about contributions, and what is not."""

from itertools import chain, combinations

import pandas as pd
import pytest

from proeftuin.outcomes.contribution import (
    CHANNELS,
    channels_of,
    contributions,
    decompose,
    smallest,
)

PLAYERS = ("bank", "police", "telecom")
WORLDS = [0.9, 1.0, 1.1, 1.05, 0.95]
SHARES = {("chain", "sectors"): 0.9}


def subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [*chain(*(combinations(names, size) for size in range(len(names) + 1)))]


def coalitions(worth: dict[str, float], scale: list[float]) -> pd.DataFrame:
    """Additive games: every player adds its worth, times the world's scale."""
    return pd.DataFrame(
        [
            ("chain", "sectors", seed, "+".join(some), "all", "stopped_share",
             size * sum(worth[player] for player in some), len(some))
            for seed, size in enumerate(scale)
            for some in subsets(PLAYERS)
        ],
        columns=["arm", "players", "seed", "coalition", "fraud_form", "metric", "value",
                 "fields"],
    )  # fmt: skip


def test_each_player_is_credited_with_what_it_adds_in_every_world() -> None:
    games = coalitions({"bank": 0.3, "police": 0.1, "telecom": 0.0}, WORLDS)
    parts = contributions(games, confidence=0.95).set_index("player")
    assert parts["part"].to_dict() == pytest.approx({"bank": 0.3, "police": 0.1, "telecom": 0.0})
    assert 0.25 < parts.loc["bank", "low"] < 0.3 < parts.loc["bank", "high"] < 0.35


def test_the_smallest_coalition_is_named_where_a_gain_is_shown() -> None:
    games = coalitions({"bank": 0.3, "police": 0.02, "telecom": 0.0}, WORLDS)
    found, fewest_facts = smallest(games, SHARES, confidence=0.95)
    assert found["coalition"] == fewest_facts["coalition"] == ["bank"]
    assert (found["fewest"], fewest_facts["fewest"]) == ("members", "fields")
    assert found["kept"] == pytest.approx(0.3 / 0.32)


def test_no_coalition_is_named_where_the_gain_may_be_none() -> None:
    games = coalitions({"bank": 0.3, "police": 0.02, "telecom": 0.0}, [1.0, -1.1, 0.5, -0.6, 0.3])
    assert smallest(games, SHARES, confidence=0.95) == []


def test_channels_share_out_the_gain_of_eight_arms_and_none_with_seven() -> None:
    worth = dict(zip(CHANNELS, (0.05, 0.0, 0.1), strict=True))
    arms = {frozenset(some): "+".join(some) or "silo" for some in subsets(CHANNELS)}
    rows = [
        ("s", name, seed, "all", "all", "stopped_share", size * sum(worth[c] for c in used))
        for used, name in arms.items()
        for seed, size in enumerate(WORLDS)
    ]
    columns = ["study", "arm", "seed", "partner", "fraud_form", "metric", "value"]
    outcomes = pd.DataFrame(rows, columns=columns)
    parts = decompose(outcomes, arms, ["stopped_share"], 0.95).set_index("channel")["part"]
    assert parts.to_dict() == pytest.approx(worth)
    arms.pop(frozenset({"model"}))
    assert decompose(outcomes, arms, ["stopped_share"], 0.95).empty


def test_channels_of_a_regime_are_read_from_its_settings() -> None:
    regime = {"learning": "federated", "coalition": "all", "instruments": {"shared_labels": {}}}
    assert channels_of(regime) == {"model", "label"}
    assert channels_of({**regime, "learning": "own", "instruments": {"x": {}}}) == {"signal"}
    assert channels_of({**regime, "learning": "pooled"}) is None
    assert channels_of({**regime, "coalition": ("bank_a",)}) is None


def test_a_part_of_a_few_cents_in_some_worlds_is_not_called_above_zero() -> None:
    games = coalitions({"bank": 0.3, "police": 0.0, "telecom": 0.0}, [1.0] * 6)
    cents = games["seed"].map(dict(enumerate([0.0, 0.0, 0.0, 3e-3, 1e-5, 1e-5])))
    games["value"] += cents * games["coalition"].str.contains("police")
    police = contributions(games, confidence=0.95).set_index("player").loc["police"]
    assert police["part"] > 0
    assert police["low"] <= 0
