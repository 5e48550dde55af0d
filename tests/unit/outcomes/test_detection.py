"""Detection outcomes on a case small enough to count on one's fingers."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from proeftuin.metrics import ALL, METRICS
from scenarios.base import Phase
from synthetic_data.clock import DAY
from synthetic_data.schema import UNKNOWN_AGE
from synthetic_data.world import Truth, World
from tests.fixtures.counted_world import make_truth, make_world, outcome

#: Five fraud payments (1, 2, 3, 10, 11), a mule's spending (20) and four honest payments, all at
#: bank_a; payer and age by payment.
PAYERS = {1: 75, 2: 75, 3: 75, 10: 30, 11: 60, 20: 21, 30: 40, 31: 72, 32: 73, 33: 25}
SCORES = dict(
    zip(PAYERS, (0.1, 0.9, 0.2, 0.8, 0.0, 0.7, 0.6, 0.5, 0.05, 0.01), strict=True)
)  # fmt: skip
ALERTS = {("payments", payment) for payment in (2, 10, 20, 30, 31)}


@pytest.fixture(scope="module")
def world() -> World:
    payments = [
        {"time": DAY + 60 * number, "payment": payment, "payer": age, "payee": 900 + payment,
         "amount_eur": 100.0, "payer_bank": 0, "payee_bank": 1}
        for number, (payment, age) in enumerate(PAYERS.items())
    ]  # fmt: skip
    accounts = [{"account": age, "bank": 0, "age": age} for age in {*PAYERS.values()}]
    quiet = {"time": DAY, "payment": 40, "payer": 50, "payee": 901, "payer_bank": 1,
             "amount_eur": 1.0}  # fmt: skip
    other = {"account": 50, "bank": 1, "age": 50}
    return make_world({"payments": [*payments, quiet], "accounts": [*accounts, other]})


@pytest.fixture(scope="module")
def truth(world: World) -> Truth:
    cases = [{"case": c, "form": "dating", "real_weight": 0.1} for c in (1, 2, 3)]
    fraud = {("payments", p): (1, Phase.TRANSFER) for p in (1, 2, 3)}
    fraud |= {("payments", 10): (2, Phase.TRANSFER), ("payments", 11): (3, Phase.TRANSFER)}
    return make_truth(world, cases, {**fraud, ("payments", 20): (-1, Phase.SPENDING)})


@pytest.fixture(scope="module")
def found(world: World, truth: Truth) -> pd.Series:
    return outcome(world, truth, ALERTS, scores=SCORES)


def test_a_mules_spending_is_neither_a_hit_nor_a_false_alarm(found: pd.Series) -> None:
    at_bank = found["bank_a", ALL]
    assert at_bank["recall_at_budget"] == pytest.approx(2 / 5)
    assert at_bank["precision"] == pytest.approx(2 / 4)
    assert at_bank["alerts_per_1000"] == 500


def test_a_mules_spending_with_a_high_score_costs_no_average_precision(found: pd.Series) -> None:
    """By falling score the nine judged rows are F F h h F F h h F: 0.7 of the mule is left out."""
    ranks = [1, 2, 5, 6, 9]
    expected = sum(hit / rank for hit, rank in enumerate(ranks, start=1)) / len(ranks)
    assert found["bank_a", ALL, "average_precision"] == pytest.approx(expected)


def test_precision_is_restated_at_the_real_fraud_rate(found: pd.Series) -> None:
    """Every case stands for a tenth of one: the world is ten times enriched."""
    assert found["bank_a", ALL, "precision_real"] == pytest.approx(0.2 / (0.2 + 2))


def test_a_budget_below_the_fraud_rate_caps_even_a_perfect_detector(found: pd.Series) -> None:
    """The budget is 1.5 alerts per 1,000 payments; half of the ten are fraud."""
    assert found["bank_a", ALL, "recall_ceiling"] == pytest.approx(0.0015 * 10 / 5)


def test_false_alarms_are_counted_against_the_customers_of_that_age(found: pd.Series) -> None:
    """Payments 30 (age 40) and 31 (72), in 10 of 30 days."""
    at_bank = found["bank_a", ALL]
    assert at_bank["false_alarms_per_10k"] == pytest.approx(30_000 * 2 / 8)
    assert at_bank["false_alarms_per_10k[35-54]"] == pytest.approx(30_000 * 1 / 1)
    assert at_bank["false_alarms_per_10k[70+]"] == pytest.approx(30_000 * 1 / 3)
    assert at_bank["false_alarms_per_10k[18-34]"] == 0


def test_a_bank_without_fraud_gets_no_recall_instead_of_a_zero(found: pd.Series) -> None:
    assert np.isnan(found["bank_b", ALL, "recall_at_budget"])
    assert np.isnan(found["bank_b", ALL, "average_precision"])
    assert np.isnan(found["bank_b", ALL, "recall_ceiling"])
    together, alone = found[ALL, ALL, "average_precision"], found["bank_a", ALL]
    assert together == alone["average_precision"]


def test_a_form_is_found_as_often_as_its_own_rows_are_alerted(found: pd.Series) -> None:
    assert found[ALL, "dating", "recall_at_budget"] == pytest.approx(2 / 5)


def test_every_outcome_has_a_unit_and_a_meaning(found: pd.Series) -> None:
    assert set(found.index.get_level_values("metric")) <= set(METRICS)


def test_chances_are_held_against_what_the_rows_were(found: pd.Series) -> None:
    """Nine payments without the mule's, five of them fraud; each is a group of its own."""
    at_bank = found["bank_a", ALL]
    chances = np.array([score for payment, score in SCORES.items() if payment != 20])
    fraud = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0])
    off = np.abs(chances - fraud)
    assert at_bank["brier_score"] == pytest.approx(np.mean(off**2))
    assert at_bank["expected_calibration_error"] == pytest.approx(np.mean(off))
    assert at_bank["expected_to_observed"] == pytest.approx(chances.sum() / 5)


def test_a_bank_that_ranks_by_rules_takes_no_chances_from_the_others(
    world: World, truth: Truth
) -> None:
    """Bank b has no model, so none of its rows has a chance; bank a's are all that is judged."""
    found = outcome(world, truth, ALERTS, scores=SCORES | {40: np.nan})
    for metric in ("brier_score", "expected_calibration_error", "expected_to_observed"):
        assert found[ALL, ALL, metric] == found["bank_a", ALL, metric]
        assert np.isnan(found["bank_b", ALL, metric])


def test_an_unknown_age_is_in_no_group_and_its_alarms_count(world: World, truth: Truth) -> None:
    accounts = world.tables["accounts"].assign(age=UNKNOWN_AGE)
    nobody_told = replace(world, tables=world.tables | {"accounts": accounts})
    found, known = (
        outcome(one, truth, ALERTS, scores=SCORES)["bank_a", ALL] for one in (nobody_told, world)
    )
    by_age = found[[name for name in found.index if re.search(r"\[\d\d[+-]", name)]]
    assert len(by_age) >= 8
    assert by_age.isna().all()
    for metric in ("recall_at_budget", "false_alarms_per_10k"):
        assert found[metric] == known[metric] > 0
