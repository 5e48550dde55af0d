"""What a curve allows to say, from outcomes whose answer is known beforehand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from proeftuin.metrics import ALL
from proeftuin.outcomes.budgets import COLUMNS, GAINS, decide, decisions, points
from proeftuin.outcomes.comparison import compare
from proeftuin.settings.sweep import BudgetCurve

BUDGETS = [1.0, 2.0, 4.0, 8.0]
CURVE = BudgetCurve(
    regime="joint",
    unit="record",
    without_noise="joint",
    alone="joint_alone",
    private={budget: f"joint_record_{budget:g}" for budget in BUDGETS},
)
WORLDS = 6
LUCK = np.linspace(-0.01, 0.01, WORLDS)


def outcomes(gains: dict[str, float], spread: float = 1.0) -> pd.DataFrame:
    """Outcomes of six worlds in which every arm gains so much on average over 0.3."""
    rows = []
    for place, (arm, gain) in enumerate({"silo": 0.0, "centre": 0.4, **gains}.items()):
        for seed in range(WORLDS):
            luck = 0.0 if arm == "silo" else spread * np.roll(LUCK, place)[seed]
            for partner, factor in ((ALL, 1.0), ("bank_a", 0.5)):
                for metric in GAINS:
                    value = 0.3 + factor * gain + luck + 0.05 * seed
                    rows.append(("tune", arm, seed, partner, ALL, metric, value))
    columns = ["study", "arm", "seed", "partner", "fraud_form", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


def decided(private: list[float], plain: float, **changed: Any) -> dict[str, Any]:
    arms = dict(zip(CURVE.private.values(), private, strict=True))
    table = outcomes({**arms, "joint": plain, "joint_alone": 0.05}, changed.pop("spread", 1.0))
    found = decisions(table, [CURVE], baseline="silo", share=0.9, confidence=0.95)
    cell = {"reference": "baseline", "partner": ALL, "metric": "stopped_share", **changed}
    (one,) = [each for each in found if cell.items() <= each.items()]
    return one


def test_a_gain_that_fades_ends_where_its_interval_reaches_zero() -> None:
    one = decided([-0.05, 0.0, 0.06, 0.22], 0.2)
    assert one["helps"]
    assert (one["supported_from"], one["not_from"]) == (4.0, 2.0)
    assert one["gain"] == pytest.approx(0.2)
    assert one["smallest"] == 8.0
    assert (one["smallest_shown"], one["smallest_possible"]) == (8.0, 8.0)


def test_a_gain_at_every_budget_has_no_end() -> None:
    one = decided([0.19, 0.2, 0.2, 0.2], 0.2)
    assert (one["supported_from"], one["not_from"]) == (1.0, None)
    assert one["smallest"] == 1.0


def test_no_budget_keeps_enough() -> None:
    one = decided([-0.1, -0.1, 0.05, 0.1], 0.2)
    assert (one["smallest"], one["smallest_shown"], one["smallest_possible"]) == (None,) * 3
    assert one["supported_from"] == 4.0


def test_no_budget_gains_though_learning_without_noise_does() -> None:
    one = decided([-0.1, -0.1, -0.05, 0.0], 0.2)
    assert (one["supported_from"], one["not_from"], one["smallest"]) == (None, 8.0, None)


def test_without_a_gain_there_is_none_to_keep() -> None:
    one = decided([-0.1, -0.1, -0.05, 0.0], 0.0)
    assert not one["helps"]
    assert (one["smallest"], one["smallest_possible"]) == (None, None)


def test_a_small_budget_that_does_well_below_one_that_fails_does_not_count() -> None:
    one = decided([0.2, 0.0, 0.2, 0.2], 0.2)
    assert (one["supported_from"], one["not_from"], one["smallest"]) == (4.0, 2.0, 4.0)


def test_what_the_signals_reach_alone_is_not_credited_to_learning_together() -> None:
    private = [0.05, 0.05, 0.05, 0.19]
    assert decided(private, 0.2, reference="baseline")["supported_from"] == 1.0
    alone = decided(private, 0.2, reference="alone")
    assert (alone["supported_from"], alone["gain"]) == (8.0, pytest.approx(0.15))


def test_a_partner_has_an_answer_of_its_own() -> None:
    assert decided([0.0, 0.0, 0.1, 0.2], 0.2, partner="bank_a")["gain"] == pytest.approx(0.1)


def test_the_smallest_budget_is_less_sure_when_worlds_differ_more() -> None:
    rng = np.random.default_rng(3)
    whole = 0.2 + rng.normal(scale=0.02, size=8)
    steady = np.outer([0.5, 0.8, 0.95, 1.0], whole)
    shaken = steady + rng.normal(scale=0.05, size=steady.shape)
    shown = {"supported": [True] * 4, "helps": True, "share": 0.9, "confidence": 0.95}
    sure, unsure = (decide(BUDGETS, gains, whole, **shown) for gains in (steady, shaken))
    assert (sure["smallest"], sure["smallest_shown"], sure["smallest_possible"]) == (4.0, 4.0, 4.0)
    assert unsure["smallest_shown"] is None
    assert unsure["smallest_possible"] < 4.0


def test_points_hold_every_budget_and_line_with_the_intervals_of_the_comparisons() -> None:
    arms = dict.fromkeys(CURVE.private.values(), 0.1)
    table = outcomes({**arms, "joint": 0.2, "joint_alone": 0.05})
    told = points(table, [CURVE], baseline="silo", ceiling="centre", confidence=0.95)
    assert tuple(told.columns) == COLUMNS
    roles = told.drop_duplicates("arm").set_index("arm")["role"]
    assert roles[["silo", "centre", "joint", "joint_alone", "joint_record_4"]].tolist() == [
        "baseline", "ceiling", "without_noise", "alone", "private"
    ]  # fmt: skip
    private = told[told["role"] == "private"]
    assert sorted(private["epsilon"].unique()) == BUDGETS
    compared = compare(table, baseline="silo", metrics=GAINS, confidence=0.95, together=False)
    one = compared[(compared["arm"] == "joint") & (compared["partner"] == ALL)].iloc[0]
    same = told[(told["arm"] == "joint") & (told["partner"] == ALL)]
    mine = same[same["metric"] == one["metric"]].iloc[0]
    assert (mine["difference_low"], mine["difference_high"]) == (one["low"], one["high"])
    assert told.loc[told["role"] == "baseline", "difference"].isna().all()
