"""Journeys on a world small enough to count on one's fingers.

Case 1 (dating, customer of bank_a): answers an offer, pays 100 and 200 to account 50 at bank_b.
Case 2 (purchase, customer of bank_b): buys for 40 at a fake shop through the payment provider.
Case 3 (investment, bank_a): deposits 500 at the exchange, which goes on to wallet 70; pays 300
before the test period. Case 4 (sales): the shop delivers an order of 80 that is never paid.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from proeftuin.decisions.actions import actions_of
from proeftuin.decisions.holds import no_holds
from proeftuin.metrics import ALL
from proeftuin.outcomes.journeys import NATION, VALUE, cases_of, follow, value_of
from proeftuin.outcomes.reference import Reference
from scenarios.base import Phase
from synthetic_data.clock import DAY, HOUR
from synthetic_data.world import Truth, World
from tests.fixtures.counted_world import (
    TEST_DAY,
    blocks,
    interventions,
    make_truth,
    make_world,
    outcome,
    scored,
)

PAID, BOUGHT = Phase.TRANSFER, 2 * DAY
CASES = [
    {"case": 1, "form": "dating", "contact_time": DAY},
    {"case": 2, "form": "purchase", "contact_time": BOUGHT - 600},
    {"case": 3, "form": "investment", "contact_time": 60, "real_weight": 0.5},
    {"case": 4, "form": "sales", "contact_time": 3 * DAY},
]
FRAUD = {
    ("contacts", 1): (1, Phase.CONTACT), ("payments", 1): (1, PAID), ("payments", 2): (1, PAID),
    ("checkouts", 1): (2, PAID), ("payments", 3): (2, PAID),
    ("payments", 4): (3, PAID), ("payments", 5): (3, PAID),
    ("transfers", 1): (3, PAID), ("transfers", 2): (3, PAID),
    ("orders", 1): (4, PAID),
}  # fmt: skip


def payment(number: int, time: int, payer: int, payee: int, eur: float, bank: int = 0) -> dict:
    return {"time": time, "payment": number, "payer": payer, "payee": payee, "amount_eur": eur,
            "payer_bank": bank, "payee_bank": 1}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(
        {
            "contacts": [{"time": DAY + HOUR, "contact": 1, "seller": 7, "buyer": 8}],
            "payments": [
                payment(1, DAY + 2 * HOUR, 10, 50, 100),
                payment(2, DAY + 5 * HOUR, 10, 50, 200),
                payment(3, BOUGHT, 11, 60, 40, bank=1),
                payment(4, 3600, 12, 51, 300),
                payment(5, 4 * DAY, 12, 61, 500),
            ],
            "checkouts": [
                {"time": BOUGHT, "checkout": 1, "merchant": 5, "account": 11, "amount_eur": 40.0}
            ],
            "transfers": [
                {"time": 4 * DAY + 30, "transfer": 1, "trader": 3, "amount_eur": 500.0,
                 "account": 12, "wallet": -1},
                {"time": 4 * DAY + HOUR, "transfer": 2, "trader": 3, "amount_eur": 497.0,
                 "withdrawal": 1, "account": -1, "wallet": 70},
            ],
            "orders": [{"time": 3 * DAY + 60, "order": 1, "customer": 9, "amount_eur": 80.0}],
            "accounts": [
                {"account": 10, "bank": 0, "age": 40}, {"account": 11, "bank": 1, "age": 40},
                {"account": 12, "bank": 0, "age": 70}, {"account": 50, "bank": 1, "age": 20},
            ],
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def truth(world: World) -> Truth:
    return make_truth(world, CASES, FRAUD)


def test_without_any_action_every_loss_of_the_test_period_is_counted_once(
    world: World, truth: Truth
) -> None:
    """A checkout and a deposit have the payment behind them; 300 was lost before the test."""
    found = outcome(world, truth)[ALL, ALL]
    assert found["loss_eur"] == 100 + 200 + 40 + 500 + 80
    assert (found["stopped_eur"], found["journeys_stopped"]) == (0, 0)
    assert (found["journeys"], found["victims"]) == (4, 3)


def test_earlier_money_is_lost_and_later_money_is_saved(world: World, truth: Truth) -> None:
    found = outcome(world, truth, {("payments", 2)})[ALL, "dating"]
    assert (found["loss_eur"], found["stopped_eur"]) == (300, 200)
    assert found["stopped_share_per_case"] == pytest.approx(2 / 3)
    assert (found["journeys_stopped"], found["victims_spared"]) == (1, 0)
    assert found["stopped_in[transfer]"] == 1
    assert found["lead_minutes"] == 0
    assert found["minutes_after_contact"] == 5 * 60


def test_an_action_at_another_partner_earlier_in_the_journey_spares_the_victim(
    world: World, truth: Truth
) -> None:
    found = outcome(world, truth, {("contacts", 1), ("payments", 2)})
    assert found[ALL, "dating", "stopped_eur"] == 300
    assert found[ALL, "dating", "victims_spared"] == 1
    assert found[ALL, "dating", "stopped_in[contact]"] == 1
    assert found[ALL, "dating", "lead_minutes"] == 4 * 60
    assert found["place", ALL, "stopped_by_own_action_eur"] == 300
    assert found["bank_a", ALL, "stopped_eur"] == 300
    assert found["bank_a", ALL, "stopped_by_own_action_eur"] == 0


def test_a_payment_provider_that_freezes_a_checkout_saves_the_payment_behind_it(
    world: World, truth: Truth
) -> None:
    found = outcome(world, truth, {("checkouts", 1)})
    assert found["bank_b", "purchase", "stopped_eur"] == 40
    assert found["psp_1", "purchase", "journeys_stopped_by_own_action"] == 1


@pytest.mark.parametrize("transfer", [1, 2])
def test_an_exchange_that_holds_a_transfer_still_has_the_money_of_that_deposit(
    world: World, truth: Truth, transfer: int
) -> None:
    found = outcome(world, truth, {("transfers", transfer)})[ALL, "investment"]
    assert found["stopped_eur"] == 500
    assert found["victims"] == 0, "this victim had lost money before the test period"


def test_a_shop_that_asks_to_pay_first_loses_nothing(world: World, truth: Truth) -> None:
    found = outcome(world, truth, {("orders", 1)})
    assert found["shop", "sales", "stopped_eur"] == 80
    assert found["shop", "sales", "victims_spared"] == 1


def test_a_block_stops_nothing_before_it_stands_nor_after_it_is_lifted(
    world: World, truth: Truth
) -> None:
    between = ("bank", 0, "account", 50, DAY + 3 * HOUR, 9 * DAY)
    later = ("bank", 0, "account", 50, DAY + 6 * HOUR, 9 * DAY)
    lifted = ("bank", 0, "account", 50, 0, DAY + 2 * HOUR)

    def stopped(*block: tuple[str, int, str, int, int, int]) -> float:
        return outcome(world, truth, refused=blocks(*block))[ALL, "dating", "stopped_eur"]

    assert stopped(between) == 200
    assert stopped(later) == 0
    assert stopped(lifted) == 0


def test_the_bank_that_is_to_receive_refuses_for_its_own_accounts_only(
    world: World, truth: Truth
) -> None:
    own = outcome(world, truth, refused=blocks(("bank", 1, "account", 50, 0, 9 * DAY)))
    assert own["bank_b", "dating", "stopped_by_own_action_eur"] == 300
    assert own["bank_a", "dating", "stopped_eur"] == 300
    of_another = outcome(world, truth, refused=blocks(("bank", 1, "account", 61, 0, 9 * DAY)))
    assert of_another[ALL, ALL, "stopped_eur"] == 0


def test_an_action_that_never_succeeds_stops_nothing(world: World, truth: Truth) -> None:
    alerts = {key for key in FRAUD if key[0] != "listings"}
    in_vain = interventions(
        **dict.fromkeys(("bank", "webshop", "psp", "marketplace", "exchange"), 0.0)
    )
    found = outcome(world, truth, alerts, actions=in_vain)[ALL, ALL]
    assert (found["stopped_eur"], found["journeys_stopped"], found["victims_spared"]) == (0, 0, 0)


def many(size: int) -> tuple[World, Truth]:
    """So many victims who pay 1 EUR three times."""
    world = make_world(
        {
            "payments": [
                payment(3 * victim + turn, DAY + HOUR * (turn + 1), victim, 10_000 + victim, 1)
                for victim in range(size)
                for turn in range(3)
            ]
        }
    )
    fraud = {("payments", p): (p // 3, PAID) for p in range(3 * size)}
    return world, make_truth(world, [{"case": c, "form": "dating"} for c in range(size)], fraud)


def test_asking_a_victim_twice_saves_no_more_than_asking_once() -> None:
    """Whoever does not listen at the second payment does not listen at the third either."""
    world, truth = many(200)
    half = interventions(bank=0.5)
    second = {("payments", 3 * victim + 1) for victim in range(200)}
    third = {("payments", 3 * victim + 2) for victim in range(200)}

    for alerts in (second, third, second | third):
        found = outcome(world, truth, alerts, actions=half)[ALL, ALL]
        assert found["journeys_stopped"] == pytest.approx(100)


def test_renaming_everything_changes_no_outcome(world: World, truth: Truth) -> None:
    """Codes of rows and cases become others, which do not fit in a float."""
    big = (1 << 61) + 12345
    rename = {"payments": "payment", "transfers": "transfer", "checkouts": "checkout",
              "contacts": "contact", "orders": "order"}  # fmt: skip
    tables = {
        name: table.assign(**{rename[name]: big - table[rename[name]]}) if name in rename else table
        for name, table in world.tables.items()
    }
    renamed = dataclasses.replace(
        truth,
        events=truth.events.assign(
            event=big - truth.events["event"], case=1_000 - truth.events["case"]
        ),
        payments=truth.payments.assign(payment=big - truth.payments["payment"]),
        cases=truth.cases.assign(case=1_000 - truth.cases["case"]),
    )
    half = interventions(bank=0.5, exchange=0.5, marketplace=0.5)
    alerts = {("payments", 2), ("transfers", 2), ("orders", 1), ("contacts", 1)}
    before = outcome(world, truth, alerts, actions=half)
    after = outcome(
        dataclasses.replace(world, tables=tables),
        renamed,
        {(table, big - event) for table, event in alerts},
        actions=half,
    )
    pd.testing.assert_series_equal(before, after)


def test_figures_for_the_country_are_scaled_by_rate_persons_and_days(
    world: World, truth: Truth
) -> None:
    """1,000 persons, 10 test days; the investment case counts half, its form is enriched twice."""
    found = outcome(world, truth, {("payments", 2), ("orders", 1)})[ALL, ALL]
    scale = NATION / 1_000 * 365 / 10
    assert found["national_loss_eur"] == pytest.approx(scale * (300 + 40 + 500 / 2 + 80))
    assert found["national_stopped_eur"] == pytest.approx(scale * (200 + 80))
    assert found["national_journeys_stopped"] == pytest.approx(scale * 2)
    assert found["national_victims"] == pytest.approx(scale * 3)
    assert found["national_victims_spared"] == pytest.approx(scale * 1)


def test_forms_add_up_to_all_of_them(world: World, truth: Truth) -> None:
    found = outcome(world, truth, {("payments", 2), ("transfers", 1)})[ALL].unstack("metric")
    for metric in ("loss_eur", "stopped_eur", "journeys", "victims", "national_victims"):
        assert found.loc[found.index != ALL, metric].sum() == pytest.approx(found.loc[ALL, metric])


def test_what_nothing_was_lost_to_has_no_share(world: World, truth: Truth) -> None:
    quiet = make_truth(world, [{"case": 1, "form": "dating"}], {})
    found = outcome(world, quiet)[ALL, "dating"]
    assert found["loss_eur"] == 0
    assert np.isnan(found["stopped_share"])


@pytest.mark.parametrize(
    "alerts", [set(), {("payments", 2)}, {("contacts", 1), ("transfers", 1)}, set(FRAUD)]
)
def test_coalitions_are_valued_by_the_outcomes_of_the_arms(
    world: World, truth: Truth, alerts: set[tuple[str, int]]
) -> None:
    cases = cases_of(Reference(world, truth, interventions(), TEST_DAY))
    followed = follow(cases, actions_of(scored(world, alerts), blocks(), world), no_holds())
    value = value_of(followed, cases).set_index(["fraud_form", "metric"])["value"].sort_index()
    found = outcome(world, truth, alerts)[ALL]
    of_coalitions = found[found.index.get_level_values("metric").isin(VALUE)]
    pd.testing.assert_series_equal(value, of_coalitions)
