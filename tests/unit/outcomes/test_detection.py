"""Outcomes on a case small enough to count on one's fingers."""

import numpy as np
import pandas as pd
import pytest

from proeftuin.outcomes.detection import ScoredBank, measure
from proeftuin.outcomes.schema import ALL, METRICS
from scenarios.base import Phase
from synthetic_data.world import Truth

#: Case 1 pays 100, 200, 300 at bank_a and is alerted at the second; case 2 pays 50 and is alerted
#: at once; case 3 pays 350 and is missed. Payment 20 is a mule spending, 30 to 33 are honest.
TRUTH = Truth(
    events=pd.DataFrame(),
    calls=pd.DataFrame(),
    links=pd.DataFrame(),
    payments=pd.DataFrame(
        {
            "payment": [1, 2, 3, 10, 11, 20],
            "case": [1, 1, 1, 2, 3, -1],
            "phase": [Phase.TRANSFER] * 5 + [Phase.SPENDING],
            "bank": [0, 0, 0, 0, 0, 0],
            "time": [600, 1200, 1800, 5000, 7000, 9000],
            "amount_eur": [100.0, 200.0, 300.0, 50.0, 350.0, 500.0],
        }
    ),
    cases=pd.DataFrame(
        {
            "case": [1, 2, 3],
            "age": [75, 30, 60],
            "bank": [0, 0, 0],
            "succeeded": [True, True, True],
            "contact_time": [0, 4400, 6000],
            "real_weight": [0.1, 0.1, 0.1],
        }
    ),
    persons=1000,
    days=365,
)
BANK = ScoredBank(
    bank="bank_a",
    payment=np.array([1, 2, 3, 10, 11, 20, 30, 31, 32, 33]),
    amount_eur=np.full(10, 1.0),
    age=np.array([75, 75, 75, 30, 60, 20, 40, 72, 72, 25]),
    score=np.array([0.1, 0.9, 0.2, 0.8, 0.0, 0.7, 0.6, 0.5, 0.05, 0.01]),
    alerted=np.array([0, 1, 0, 1, 0, 1, 1, 1, 0, 0], dtype=bool),
    customer_ages=np.array([75, 30, 60, 20, 40, 72, 25, 80]),
)


@pytest.fixture
def outcome() -> pd.Series:
    rows = measure([BANK], TRUTH, test_days=30, alerts_per_1000=300.0)
    return rows[rows["partner"] == ALL].set_index("metric")["value"]


def test_an_alert_stops_the_payment_and_later_ones_but_not_earlier_ones(
    outcome: pd.Series,
) -> None:
    assert outcome["loss_eur"] == 1000
    assert outcome["stopped_eur"] == 200 + 300 + 50
    assert outcome["stopped_share"] == 0.55


def test_a_victim_is_spared_only_if_the_first_payment_is_alerted(outcome: pd.Series) -> None:
    assert outcome["victims"] == 3
    assert outcome["victims_spared"] == 1
    assert outcome["victims_warned_share"] == pytest.approx(2 / 3)


def test_first_alarm_is_told_by_rank_and_by_clock(outcome: pd.Series) -> None:
    assert outcome["first_alarm_payment"] == 1.5
    assert outcome["lead_minutes"] == (10 + 0) / 2
    assert outcome["minutes_after_contact"] == (20 + 10) / 2


def test_a_mules_spending_is_neither_a_hit_nor_a_false_alarm(outcome: pd.Series) -> None:
    assert outcome["recall_at_budget"] == pytest.approx(2 / 5)
    assert outcome["precision"] == pytest.approx(2 / 4)
    assert outcome["alerts_per_1000"] == 500


def test_precision_is_restated_at_the_real_fraud_rate(outcome: pd.Series) -> None:
    """Every case stands for a tenth of one: the world is ten times enriched."""
    assert outcome["precision_real"] == pytest.approx(0.2 / (0.2 + 2))


def test_a_budget_below_the_fraud_rate_caps_even_a_perfect_detector() -> None:
    rows = measure([BANK], TRUTH, test_days=30, alerts_per_1000=100.0)
    ceiling = rows[(rows["partner"] == ALL) & (rows["metric"] == "recall_ceiling")]["value"]
    assert ceiling.item() == pytest.approx(1 / 5)


def test_false_alarms_are_counted_against_the_customers_of_that_age(outcome: pd.Series) -> None:
    assert outcome["false_alarms_per_10k"] == pytest.approx(10_000 * 2 / 8)
    assert outcome["false_alarms_per_10k[35-54]"] == pytest.approx(10_000 * 1 / 1)
    assert outcome["false_alarms_per_10k[70+]"] == pytest.approx(10_000 * 1 / 3)
    assert outcome["false_alarms_per_10k[18-34]"] == 0


def test_a_bank_without_fraud_gets_no_recall_instead_of_a_zero() -> None:
    quiet = ScoredBank(
        bank="bank_b",
        payment=np.array([30, 31]),
        amount_eur=np.ones(2),
        age=np.array([40, 50]),
        score=np.array([0.3, 0.1]),
        alerted=np.array([True, False]),
        customer_ages=np.array([40, 50]),
    )
    rows = measure([BANK, quiet], TRUTH, test_days=30, alerts_per_1000=300.0)
    of_quiet = rows[rows["partner"] == "bank_b"].set_index("metric")["value"]
    assert np.isnan(of_quiet["recall_at_budget"])
    assert np.isnan(of_quiet["average_precision"])
    together = rows[rows["partner"] == ALL].set_index("metric")["value"]
    alone = rows[rows["partner"] == "bank_a"].set_index("metric")["value"]
    assert together["average_precision"] == alone["average_precision"]


def test_every_outcome_has_a_unit_and_a_meaning(outcome: pd.Series) -> None:
    assert set(outcome.index) <= set(METRICS)
