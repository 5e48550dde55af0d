"""Measures without sharing, on payments that can be counted on one's fingers.

Bank_a's customer 10 pays 500, 600 and 300 to the new payee 50 on day 2; customer 11 pays 2,000 to a
payee known already, and 900 to the new payee 51.
"""

import numpy as np
import pandas as pd
import pytest

from proeftuin.decisions.holds import NEVER, BankPayments, holds, rule_score
from proeftuin.features.table import FeatureTable, Reports
from proeftuin.metrics import ALL
from proeftuin.settings.measures import LowerLimit, TimeLock
from scenarios.base import Phase
from synthetic_data.clock import DAY, HOUR
from synthetic_data.world import Truth, World
from tests.fixtures.counted_world import DESKS, TEST_DAY, blocks, make_truth, make_world, outcome

NOON = 2 * DAY + 12 * HOUR
#: number, time, payer, payee, euros, whether the payee is new, whether the limit was raised
PAYMENTS = [
    (1, NOON, 10, 50, 500.0, 1, 0), (2, NOON + HOUR, 10, 50, 600.0, 1, 0),
    (3, NOON + 2 * HOUR, 10, 50, 300.0, 1, 0), (4, NOON, 11, 52, 2000.0, 0, 1),
    (5, NOON, 11, 51, 900.0, 1, 0),
]  # fmt: skip
NOTHING = np.zeros(0, dtype=np.int64)


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    number, time, payer, payee, euros, new, raised = np.array(PAYMENTS).T
    return FeatureTable(
        sector="bank",
        names=("log_hours_since_limit",),
        bounds=np.array([[0.0, 8.0]]),
        values=np.where(raised, np.log1p(1), 8)[:, None].astype(np.float32),
        event=number.astype(int),
        time=time.astype(int),
        entities={"payer": payer.astype(int), "account": payee.astype(int)},
        amount_eur=euros,
        age=np.full(5, 40),
        partner=np.zeros(5, dtype=int),
        reports=Reports(NOTHING, NOTHING, NOTHING),
        new_payee=new > 0,
    )


def world_with(*labels: dict) -> World:
    return make_world(
        {
            "payments": [
                {"time": time, "payment": number, "payer": payer, "payee": payee,
                 "amount_eur": euros, "payee_bank": 1}
                for number, time, payer, payee, euros, _, _ in PAYMENTS
            ],
            "accounts": [
                {"account": 10, "age": 40}, {"account": 11, "age": 40},
                {"account": 50, "bank": 1, "age": 20},
            ],
        },
        list(labels),
    )  # fmt: skip


def fraud(world: World) -> Truth:
    """Customer 10 is deceived."""
    cases = [{"case": 1, "form": "dating"}]
    return make_truth(world, cases, {("payments", n): (1, Phase.TRANSFER) for n in (1, 2, 3)})


def lock(above_eur: float = 400.0, hours: float = 24.0) -> dict[str, TimeLock]:
    return {"time_lock": TimeLock(name="time_lock", about="", above_eur=above_eur, hours=hours)}


def held(
    table: FeatureTable, world: World, measures: dict, refused: pd.DataFrame | None = None
) -> pd.DataFrame:
    listed = blocks() if refused is None else refused
    return holds(BankPayments(DESKS[0], table, listed, world, TEST_DAY), measures)


def report(hour: float) -> dict:
    return {"partner": "bank_a", "case": 1, "kind": "payment", "value": 1,
            "known_at": NOON + int(hour * HOUR)}  # fmt: skip


def test_only_larger_payments_to_a_new_payee_are_held(table: FeatureTable) -> None:
    found = held(table, world_with(), lock())
    assert found["event"].tolist() == [1, 2, 5]
    assert found["until"].tolist() == [NOON + 24 * HOUR, NOON + 25 * HOUR, NOON + 24 * HOUR]
    assert found["found"].tolist() == [NEVER] * 3


@pytest.mark.parametrize(("hour", "saved"), [(10, 1_100), (24.5, 600), (26, 0), (0.5, 1_400)])
def test_a_report_in_time_saves_what_is_still_held_and_what_would_follow(
    table: FeatureTable, hour: float, saved: float
) -> None:
    """The 300 are not held: they are saved only if the report comes before them."""
    world = world_with(report(hour))
    found = outcome(world, fraud(world), held=held(table, world, lock()))
    assert found[ALL, ALL, "stopped_eur"] == saved
    assert found["bank_a", ALL, "stopped_by_own_action_eur"] == saved


def test_a_payee_blocked_while_a_payment_is_held_stops_it(table: FeatureTable) -> None:
    world = world_with()
    listed = blocks(("bank", 1, "account", 50, NOON + 5 * HOUR, 9 * DAY))
    found = outcome(world, fraud(world), held=held(table, world, lock(), listed), refused=listed)
    assert found[ALL, ALL, "stopped_eur"] == 1_100


def test_honest_people_who_wait_are_counted(table: FeatureTable) -> None:
    world = world_with(report(10))
    found = outcome(world, fraud(world), held=held(table, world, lock()))[ALL, ALL]
    assert found["people_delayed"] == 1
    assert found["people_delayed_per_fraud"] == 1
    assert found["people_stopped"] == 0


def test_a_limit_refuses_what_does_not_fit_in_the_day_and_lets_the_rest_through(
    table: FeatureTable,
) -> None:
    """500 fits in 1,000, 600 more does not, 300 does; a limit raised the day before is raised."""
    limit = LowerLimit(name="lower_limit", about="", daily_eur=1000.0)
    world = world_with()
    refused = held(table, world, {"lower_limit": limit})
    assert refused["event"].tolist() == [2]
    found = outcome(world, fraud(world), held=refused)
    assert found[ALL, ALL, "stopped_eur"] == 600
    assert found["bank_a", ALL, "stopped_by_own_action_eur"] == 600
    assert found[ALL, ALL, "victims_spared"] == 0


def test_without_measures_nothing_is_held(table: FeatureTable) -> None:
    assert held(table, world_with(), {}).empty


def test_the_rules_rank_by_amount_and_new_payees_only(table: FeatureTable) -> None:
    everything = np.ones(5, dtype=bool)
    assert rule_score(table, everything).tolist() == [500, 600, 300, 0, 900]
