"""Harm to innocents on a world small enough to count on one's fingers.

Honest payments 1 to 6 at bank_a, 7 at bank_b; payment 8 is fraud. Person 101 has accounts 10 at
bank_a and 17 at bank_b. Account 50 was used for fraud; 60 and 61 had no part in it.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from proeftuin.metrics import ALL
from proeftuin.outcomes.equality import predictive_equality
from scenarios.base import Phase
from synthetic_data.clock import DAY
from synthetic_data.world import Truth, World
from tests.fixtures.counted_world import blocks, interventions, make_truth, make_world, outcome

AGES = {10: 40, 11: 40, 12: 75, 13: 75, 17: 40}
PAYMENTS = [  # number, payer, payee, bank, day
    (1, 10, 60, 0, 2), (2, 10, 60, 0, 3), (3, 11, 61, 0, 2), (4, 12, 61, 0, 2), (5, 13, 62, 0, 2),
    (6, 12, 60, 0, 4), (7, 17, 60, 1, 5), (8, 13, 50, 0, 2),
]  # fmt: skip
FALSE_REPORT = [
    {"partner": "bank_a", "case": 99, "kind": "payee", "value": 60, "known_at": DAY,
     "withdrawn_at": 4 * DAY},
]  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(
        {
            "payments": [
                {"time": day * DAY, "payment": number, "payer": payer, "payee": payee,
                 "payer_bank": bank, "payee_bank": 1, "amount_eur": 10.0}
                for number, payer, payee, bank, day in PAYMENTS
            ],
            "accounts": [
                {"account": account, "bank": int(account == 17), "age": age}
                for account, age in AGES.items()
            ],
        },
        FALSE_REPORT,
    )  # fmt: skip


@pytest.fixture(scope="module")
def truth(world: World) -> Truth:
    cases = [{"case": 1, "form": "dating", "real_weight": 0.25}]
    found = make_truth(world, cases, {("payments", 8): (1, Phase.TRANSFER)})
    persons = {10: 101, 17: 101, 11: 102, 12: 103, 13: 104}
    links = pd.DataFrame({"entity": "account", "code": persons.keys(), "person": persons.values()})
    return dataclasses.replace(found, links=links)


def test_a_person_counts_once_at_however_many_banks(world: World, truth: Truth) -> None:
    found = outcome(world, truth, {("payments", number) for number in (1, 2, 3, 7, 8)})
    assert found["bank_a", ALL, "people_stopped"] == 2
    assert found["bank_b", ALL, "people_stopped"] == 1
    assert found[ALL, ALL, "people_stopped"] == 2
    assert found[ALL, ALL, "people_called"] == 2


def test_harm_is_told_per_fraud_stopped_at_the_real_rate(world: World, truth: Truth) -> None:
    """The one case stands for a quarter."""
    found = outcome(world, truth, {("payments", number) for number in (1, 3, 8)})
    assert found[ALL, ALL, "people_stopped_per_fraud"] == 2 / 0.25
    none = outcome(world, truth, {("payments", 1)})
    assert np.isnan(none[ALL, ALL, "people_stopped_per_fraud"])


def test_whoever_is_refused_is_stopped_but_not_called(world: World, truth: Truth) -> None:
    found = outcome(world, truth, refused=blocks(("bank", 0, "account", 60, 0, 5 * DAY)))
    assert found["bank_a", ALL, "people_stopped"] == 2
    assert found["bank_a", ALL, "people_called"] == 0


def test_an_innocent_on_a_list_is_a_wrong_listing_and_a_mule_is_not(
    world: World, truth: Truth
) -> None:
    rows = blocks(
        ("bank", 0, "account", 60, 0, 3 * DAY), ("bank", 0, "account", 60, 2 * DAY, 4 * DAY),
        ("bank", 1, "account", 60, 5 * DAY, 6 * DAY), ("bank", 1, "account", 50, 0, 9 * DAY),
        ("bank", 0, "account", 61, 0, DAY),
    )  # fmt: skip
    found = outcome(world, truth, {("payments", 8)}, refused=rows)
    assert found[ALL, ALL, "wrong_listings"] == 1
    assert found["bank_a", ALL, "wrong_listing_days"] == 3, "days 1, 2 and 3: once each"
    assert found["bank_b", ALL, "wrong_listing_days"] == 1
    assert found[ALL, ALL, "wrong_listing_days"] == 2
    assert found[ALL, ALL, "wrong_listings_per_fraud"] == 1 / 0.25


def test_a_false_report_spreads_to_partners_that_were_not_told_while_it_stands(
    world: World, truth: Truth
) -> None:
    def spread(*days: int) -> float:
        listed = blocks(("bank", 1, "account", 60, days[0] * DAY, days[1] * DAY))
        return outcome(world, truth, refused=listed)[ALL, ALL, "wrong_report_partners"]

    assert outcome(world, truth)[ALL, ALL, "wrong_reports"] == 1
    assert spread(2, 3) == 1
    told = outcome(world, truth, {("payments", 1)})[ALL, ALL]
    assert told["wrong_report_partners"] == 0, "bank_a was told itself"
    late = outcome(world, truth, {("payments", 7)})[ALL, ALL]
    assert late["wrong_reports_felt_elsewhere"] == 0, "withdrawn on day 4, alerted on day 5"


def test_the_burden_of_an_age_group_is_compared_with_that_of_all_others(
    world: World, truth: Truth
) -> None:
    """Of 35-54: 1 of 4 honest payments (1 of 3 at bank_a), of 70+: 2 of 3."""
    found = outcome(world, truth, {("payments", number) for number in (1, 4, 6, 8)})[ALL, ALL]
    assert found["false_positive_rate[35-54]"] == 1 / 4
    assert found["false_positive_rate[70+]"] == 2 / 3
    assert found["predictive_equality[70+]"] == pytest.approx((2 / 3) / (1 / 4))
    assert np.isnan(found["false_positive_rate[18-34]"])


def test_payees_bear_a_burden_too_by_their_own_age_and_whatever_their_bank(truth: Truth) -> None:
    """Of honest payments to a firm 1 of 3 is alerted, to somebody of 75 both, to one of 20 none."""
    holders = {each: (age, int(each == 17)) for each, age in AGES.items()}
    holders |= {60: (-1, 1), 61: (75, 0), 62: (20, 1)}
    known = make_world(
        {
            "payments": [
                {"time": day * DAY, "payment": number, "payer": payer, "payee": payee,
                 "payer_bank": bank, "payee_bank": 1, "amount_eur": 10.0}
                for number, payer, payee, bank, day in PAYMENTS[:7]
            ],
            "accounts": [
                {"account": account, "bank": bank, "age": age}
                for account, (age, bank) in holders.items()
            ],
        },
    )  # fmt: skip
    found = outcome(known, truth, {("payments", number) for number in (1, 3, 4)})[ALL, ALL]
    assert found["false_positive_rate_payee[firm]"] == 1 / 4
    assert found["false_positive_rate_payee[70+]"] == 1
    assert found["false_positive_rate_payee[18-34]"] == 0
    assert found["predictive_equality_payee[70+]"] == pytest.approx(1 / (1 / 5))
    assert found["false_positive_rate_order[first]"] == 3 / 6
    assert found["false_positive_rate_order[later]"] == 0, "10 has paid 60 before"


def test_people_stopped_again_and_refusals_are_counted(world: World, truth: Truth) -> None:
    """12 is refused twice, 10 alerted twice at one bank and once at another: two people."""
    listed = blocks(
        ("bank", 0, "account", 61, 0, 5 * DAY), ("bank", 0, "account", 60, 4 * DAY, 5 * DAY)
    )
    found = outcome(world, truth, {("payments", number) for number in (1, 2, 7)}, refused=listed)
    assert found[ALL, ALL, "people_stopped_again"] == 2
    assert found["bank_b", ALL, "people_stopped_again"] == 0
    assert found[ALL, ALL, "refused_rows"] == 3


def test_accounts_that_banks_freeze_are_counted_and_innocents_days_added_up(truth: Truth) -> None:
    freeze, release = 3, 4
    known = make_world(
        {
            "payments": [
                {"time": 2 * DAY, "payment": 8, "payer": 13, "payee": 50, "payee_bank": 1}
            ],
            "accounts": [{"account": 12, "age": 75}, {"account": 50, "bank": 1, "age": 20}],
            "actions": [
                {"time": 2 * DAY, "account": 12, "kind": freeze},
                {"time": 4 * DAY, "account": 12, "kind": release},
                {"time": 3 * DAY, "account": 50, "bank": 1, "kind": freeze},
            ],
        }
    )
    found = outcome(known, truth)
    assert found[ALL, ALL, "accounts_frozen"] == 2
    assert found[ALL, ALL, "wrongly_frozen"] == 1, "50 is a mule"
    assert found["bank_a", ALL, "wrongly_frozen_days"] == 2
    assert found["bank_b", ALL, "wrongly_frozen"] == 0


def test_any_grouping_of_honest_rows_can_be_compared() -> None:
    acted = np.array([True, False, True, True])
    found = predictive_equality(acted, np.array([0, 0, 1, 1]), ("a", "b"), "")
    assert found["predictive_equality[a]"] == 0.5
    assert found["predictive_equality[b]"] == 2


def test_harm_does_not_depend_on_whether_an_action_succeeds(world: World, truth: Truth) -> None:
    in_vain = interventions(bank=0.0)
    found = outcome(world, truth, {("payments", 1)}, actions=in_vain)
    assert found[ALL, ALL, "people_stopped"] == 1
