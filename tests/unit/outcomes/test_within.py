"""Intervals within one world: campaigns are the units, and the cases add up to the outcomes."""

import numpy as np
import pandas as pd
import pytest

from proeftuin.metrics import ALL
from proeftuin.outcomes.journeys import follow, outcomes_of
from proeftuin.outcomes.within import (
    CASES,
    OFFERED,
    SHARES,
    compare_within,
    differences_within,
    expected_by_case,
    pseudo_values,
    units_of,
)
from tests.fixtures.counted_world import make_world
from tests.fixtures.expected_luck import random_tables


def made(saves: float, campaigns: int = 200, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Two arms in one world; the second spares so much more, by campaign more or less."""
    rng = np.random.default_rng(seed)
    size = rng.poisson(6, campaigns) + 1
    campaign = np.repeat(np.arange(campaigns), size)
    easy = rng.uniform(-0.2, 0.2, campaigns)[campaign]
    rows = pd.DataFrame(
        {
            "case": np.arange(len(campaign)), "form": "dating", "campaign": campaign,
            "weight": 1.0, "loss_eur": 100.0, "victim": 1.0,
        }
    )  # fmt: skip
    silo, sharing = 0.4 + easy, 0.4 + easy + saves + 0.5 * easy
    return {
        name: rows.assign(spared=each, saved_eur=100 * each)[list(CASES)].astype(CASES)
        for name, each in (("silo", silo), ("sharing", sharing))
    }


def test_the_cases_add_up_to_the_outcomes_of_the_arm() -> None:
    cases, actions, holds = random_tables(4)
    followed = follow(cases, actions, holds)
    campaigns = pd.DataFrame({"case": range(6), "campaign": [7, 7, 8, 8, -1, -1]})
    found = expected_by_case(followed, campaigns)
    outcomes = outcomes_of(followed, cases, make_world({}))
    outcomes = outcomes[(outcomes["partner"] == ALL) & (outcomes["fraud_form"] == ALL)]
    told = outcomes.set_index("metric")["value"]
    for metric, (part, whole) in SHARES.items():
        assert found[part].sum() / found[whole].sum() == pytest.approx(told[metric])
    assert found["campaign"].tolist() == [7, 7, 8, 8, -1, -1]


def test_a_case_without_a_campaign_stands_alone_and_forms_do_not_share_campaigns() -> None:
    cases = pd.DataFrame(
        {
            "case": [1, 2, 3, 4, 5],
            "form": ["dating", "dating", "dating", "dating", "sales"],
            "campaign": [7, 7, -1, -1, 7],
        }
    )
    units = units_of(cases)
    assert units[0] == units[1]
    assert units.nunique() == 4


def test_a_gain_is_shown_with_an_interval_that_shrinks_with_the_campaigns() -> None:
    large, small = (
        compare_within(made(0.1, size), baseline="silo", confidence=0.95).set_index("metric")
        for size in (800, 50)
    )
    for metric in OFFERED:
        assert large.loc[metric, "low"] < 0.1 < large.loc[metric, "high"]
        width = large["high"] - large["low"]
        assert width[metric] < 0.5 * (small["high"] - small["low"])[metric]
    assert large["units"].tolist() == [800, 800]
    assert large["low"].drop(list(OFFERED)).isna().all(), "euros get no interval"


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Cases instead of campaigns as units would be far too sure, and would fail here."""
    held = [
        low <= 0.1 <= high
        for seed in range(200)
        for low, high in differences_within(made(0.1, 25, seed), baseline="silo", confidence=0.95)
        .loc[:0, ["low", "high"]].to_numpy()
    ]  # fmt: skip
    assert np.mean(held) >= 0.91


def test_pseudo_values_of_a_mean_are_its_values() -> None:
    part = np.array([0.0, 2.0, 1.0, 0.0])
    np.testing.assert_allclose(pseudo_values(part, np.ones(4)), part)
    assert len(pseudo_values(part, np.array([1.0, 1.0, 1.0, 0.0]))) == 3


@pytest.mark.parametrize("campaigns", [1, 2, 14])
def test_a_few_campaigns_give_no_interval(campaigns: int) -> None:
    found = compare_within(made(0.1, campaigns), baseline="silo", confidence=0.95)
    assert found[["low", "high"]].isna().all(axis=None)
    assert found["difference"].notna().all()
