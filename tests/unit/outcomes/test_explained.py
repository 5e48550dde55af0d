"""What a kind of facts adds alone, and the mildest way to it, by numbers put in by hand."""

from itertools import combinations
from typing import Any

import pandas as pd
import pytest

from proeftuin.outcomes.contribution import FACTS
from proeftuin.outcomes.explained import explained, kinds_of

WORLDS = range(6)
KINDS = ("calls", "payees", "rows")
#: Per world a little luck, so that there are intervals.
LUCK = (0.0, 0.004, -0.004, 0.002, -0.002, 0.001)
ADDS = {"calls": 0.10, "payees": 0.20, "rows": 0.0}
#: Gain over today, and people, by arm that shares.
ARMS = {
    "noisy": ("calls", 0.091, 0.0, 900.0, 1.0),
    "line": ("calls", 0.10, 300.0, 300.0, 1.0),
    "lines": ("calls", 0.10, 300.0, 300.0, 4.0),
    "weak": ("calls", 0.04, 1.0, 1.0, 1.0),
    "holder": ("payees", 0.08, 50.0, 50.0, 1.0),
    "age": ("payees", 0.05, 20.0, 20.0, 1.0),
    "joint": ("rows", 0.03, 0.0, 0.0, 0.0),
}


def coalitions() -> pd.DataFrame:
    rows = [
        ("centre", FACTS, seed, "+".join(some), "all", "victims_spared_share",
         0.5 + sum(ADDS[kind] + LUCK[seed] for kind in some), 1)
        for seed in WORLDS for size in range(4) for some in combinations(KINDS, size)
    ]  # fmt: skip
    columns = ["arm", "players", "seed", "coalition", "fraud_form", "metric", "value", "fields"]
    return pd.DataFrame(rows, columns=columns)


def outcomes() -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for seed in WORLDS:
        rows.append(("today", seed, "all", "all", "victims_spared_share", 0.5))
        for arm, (_, gain, named, disclosed, fields) in ARMS.items():
            told = {
                "victims_spared_share": 0.5 + gain + LUCK[seed], "persons_named": named,
                "persons_disclosed": disclosed, "fields_disclosed": fields,
            }  # fmt: skip
            rows += [(arm, seed, "all", "all", metric, value) for metric, value in told.items()]
    columns = ["arm", "seed", "partner", "fraud_form", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def found() -> pd.DataFrame:
    arms = {arm: frozenset({kind}) for arm, (kind, *_) in ARMS.items()}
    table = explained(
        coalitions(), outcomes(), {"today": frozenset(), **arms}, share=0.9, confidence=0.95
    )  # fmt: skip
    return table.set_index("kind")


def test_the_gain_of_a_kind_alone_is_that_over_no_kind_at_all(found: pd.DataFrame) -> None:
    luck = sum(LUCK) / len(LUCK)
    assert found["alone"].to_dict() == pytest.approx({k: v + luck for k, v in ADDS.items()})
    assert (found["low"] < found["alone"]).all()
    assert (found["alone"] < found["high"]).all()
    assert found["low"].gt(0).to_dict() == {"calls": True, "payees": True, "rows": False}


def test_the_mildest_tells_exact_facts_about_fewest_people(found: pd.DataFrame) -> None:
    calls = found.loc["calls"]
    assert (calls["way"], calls["enough"]) == ("noisy", True)
    luck = sum(LUCK) / len(LUCK)
    assert calls["kept"] == pytest.approx((0.091 + luck) / (0.10 + luck))
    assert 0.89 < calls["kept_low"] < calls["kept"] < calls["kept_high"] < 0.93


def test_where_nothing_gives_enough_what_gives_most_is_named(found: pd.DataFrame) -> None:
    payees = found.loc["payees"]
    assert (payees["way"], payees["enough"]) == ("holder", False)
    assert payees["kept"] == pytest.approx(0.4, abs=0.01)


def test_a_kind_without_a_shown_gain_has_no_mildest_way(found: pd.DataFrame) -> None:
    assert found.loc["rows", "way"] == ""
    assert not found.loc["rows", "enough"]


def test_an_arm_tells_the_kinds_of_its_instruments_and_rows_if_it_learns_together() -> None:
    tells = {"line_busy": ("calls",), "evr": ("lists",), "labels": ("reports", "lists")}

    def kinds(learning: str, *instruments: str) -> frozenset[str]:
        return kinds_of({"learning": learning, "instruments": dict.fromkeys(instruments)}, tells)

    assert kinds("own") == frozenset()
    assert kinds("own", "line_busy", "evr") == {"calls", "lists"}
    assert kinds("federated", "line_busy") == {"rows", "calls"}
    assert kinds("own", "labels") == {"reports", "lists"}
    assert kinds("pooled", "line_busy") == frozenset()
