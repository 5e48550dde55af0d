from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from scenarios.base import Phase
from synthetic_data.clock import DAY
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population
from synthetic_data.rows import CASH_OUT, INTENTS
from synthetic_data.schema import TABLES
from synthetic_data.settings import WorldSettings
from tests.fixtures.journey_forms import (
    ALL,
    BY_PHONE,
    DEPOSITS,
    FAKE_SELLER,
    FAKE_SHOP,
    ORDERS,
    Story,
    case_of,
    form_of,
    of_cases,
    tell_story,
)

Tell = Callable[..., Story]


@pytest.fixture(scope="module")
def tell(small: WorldSettings, people: Population) -> Tell:
    return partial(tell_story, world=small, people=people)


@pytest.mark.parametrize("name", ALL)
def test_rows_that_the_ledger_cannot_write_stop_a_run(tell: Tell, name: str) -> None:
    story = tell(form_of(ALL[name]))
    assert story.rows
    for table, rows in story.rows.items():
        event = TABLES[table].event
        expected = {*INTENTS[table], "case", "phase"} | ({event} if event else set())
        expected |= {"spoofed"} if table == "calls" else set()
        assert set(rows.columns) == expected
        assert (rows["time"] >= 0).all()
        assert (rows["time"] < 112 * DAY).all()
        assert rows["case"].max() < 2**30
        if event:
            assert len(np.unique(rows[event])) == len(rows)
    for register, rows in story.openings.items():
        assert set(rows.columns) == TABLES[register].columns.keys()
        first = next(iter(TABLES[register].columns))
        assert len(np.unique(rows[first])) == len(rows)
    assert len(np.unique(story.cases["case"])) == len(story.cases)


@pytest.mark.parametrize(
    ("name", "table", "column", "register"),
    [
        ("shop", "checkouts", "merchant", "merchants"),
        ("shop", "clicks", "advertiser", "advertisers"),
        ("seller", "listings", "seller", "users"),
        ("seller", "contacts", "seller", "users"),
        ("orders", "orders", "customer", "customers"),
    ],
)
def test_an_account_used_before_it_was_opened_is_an_error_in_a_partners_books(
    tell: Tell, name: str, table: str, column: str, register: str
) -> None:
    story = tell(form_of(ALL[name], taken_over_share=0.0))
    rows, opened = story.rows[table], story.openings[register]
    number = opened[next(iter(opened.columns))]
    order = np.argsort(number)
    at = order[np.searchsorted(number, rows[column], sorter=order)]
    assert (number[at] == rows[column]).all()
    age = rows["time"] // DAY - opened["opened_day"][at]
    assert (age >= 5).all()
    partner = TABLES[register].holders[0]
    assert (opened[partner][at] == rows[partner]).all()
    served = np.unique(rows[column], return_counts=True)[1]
    assert served.max() > 1  # resources are used again


def test_accounts_that_occur_only_in_fraud_would_give_it_away(
    tell: Tell, small: WorldSettings, people: Population
) -> None:
    members, persons = Memberships(small, people), people.persons
    offers = tell(form_of(FAKE_SELLER, taken_over_share=1.0))
    listings = offers.rows["listings"]
    opened = members.user_opened(listings["place"], listings["seller"] % (2 * persons))
    assert (opened <= listings["time"] // DAY).all()
    assert "users" not in offers.openings

    orders = tell(form_of(ORDERS, taken_over_share=1.0)).rows["orders"]
    customer = np.minimum(orders["customer"] % (2 * persons), persons - 1)
    opened = members.customer_opened(orders["shop"], customer)
    assert (opened <= orders["time"]).mean() > 0.9
    # somebody who never shops would have fraud as the only trace of the account
    assert np.median(people.shopping.relative(customer)) > 1.5

    bought = tell(form_of(FAKE_SHOP, taken_over_share=1.0)).rows["checkouts"]
    bought = bought.take(bought["merchant"] < people.businesses)
    assert len(bought) > 0
    assert (bought["merchant"] >= len(small.market.webshop)).all()
    assert (people.shop_psp[bought["merchant"]] == bought["psp"]).all()
    account = people.first_business_account + bought["merchant"]
    assert (people.account_opened[account] <= bought["time"] // DAY).all()


@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
def test_as_many_numbers_are_somebody_elses_as_configured(
    tell: Tell, people: Population, share: float
) -> None:
    form = form_of(BY_PHONE, taken_over_share=share, contacts_per_number=1.0)
    caller = tell(form).cases["caller"]
    shown = caller[caller >= 0]
    known = (shown >= people.first_business_phone) & (shown < people.next_phone)
    assert known.mean() == pytest.approx(share, abs=0.08)
    assert (known | (shown >= people.next_phone)).all()
    assert not np.isin(shown, people.bank_phone).any()


def test_mules_are_accounts_of_the_population_and_never_the_victims_own(
    tell: Tell, people: Population
) -> None:
    young = form_of(
        BY_PHONE, share_under_35=1.0, share_70_plus=0.0, enrichment=10.0, business_mule_share=0.0
    )
    story = tell(young)
    paid = of_cases(story.rows["payments"])
    payee, owner = paid["payee"], people.owner(paid["payee"])
    assert (people.account_bank[payee] >= 0).all()
    assert (owner >= 0).all()
    assert (owner != case_of(story, paid, "person")).all()
    served = np.unique(payee, return_counts=True)[1]
    assert served.max() >= 4


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_mules_are_recruited_or_opened_for_the_purpose_as_configured(
    tell: Tell, people: Population, share: float
) -> None:
    form = form_of(BY_PHONE, recruited_mule_share=share, older_mule_share=0.0,
                   business_mule_share=0.0)  # fmt: skip
    paid = of_cases(tell(form).rows["payments"])
    payee, order = np.unique(paid["payee"], return_index=True)
    age_days = paid["time"][order] // DAY - people.account_opened[payee]
    assert age_days.min() >= 1
    young = people.age[people.owner(payee)] <= 30
    if share == 1:
        assert young.mean() > 0.85
        assert (people.account_opened[payee] <= -30).all()
    else:
        assert young.mean() < 0.4
        assert 0.1 < (age_days > 60).mean() < 0.4


def test_businesses_serve_as_mules_as_often_as_configured_and_move_the_money_on(
    tell: Tell, people: Population
) -> None:
    story = tell(form_of(BY_PHONE, business_mule_share=0.3))
    paid = of_cases(story.rows["payments"])
    payee = np.unique(paid["payee"])
    company = payee[people.owner(payee) < 0]
    assert len(company) / len(payee) == pytest.approx(0.3, abs=0.1)
    moved = story.rows["payments"].take(np.isin(story.rows["payments"]["payer"], company))
    assert len(moved) > 0
    office = people.office_device(moved["payer"] - people.first_business_account)
    assert (moved["device"] == office).all()


def test_calls_cover_the_payments_as_often_as_configured(tell: Tell) -> None:
    story = tell(form_of(BY_PHONE))
    calls, paid = story.rows["calls"], of_cases(story.rows["payments"])
    last = np.zeros(paid["case"].max() + 1, dtype=np.int64)
    np.maximum.at(last, paid["case"], paid["time"])
    calls = calls.take(case_of(story, calls, "succeeded"))
    end = calls["time"] + calls["duration_s"]
    assert (end > last[calls["case"]]).mean() == pytest.approx(0.75, abs=0.08)
    assert (calls["incoming"] == 1).all()
    seen = np.isin(story.cases["case"], story.rows["calls"]["case"])
    assert seen.mean() == pytest.approx(0.8, abs=0.05)


def test_a_spoofed_call_shows_the_victims_bank_and_no_other_number(
    tell: Tell, people: Population
) -> None:
    story = tell(form_of(BY_PHONE, taken_over_share=0.0))
    calls = story.rows["calls"]
    own = np.isin(calls["number"], people.bank_phone)
    assert own.mean() == pytest.approx(0.5, abs=0.06)
    assert (
        calls["number"][own] == people.bank_phone[case_of(story, calls.take(own), "bank")]
    ).all()
    shown = calls.take(~own)
    assert (shown["number"] >= people.next_phone).all()
    assert (case_of(story, shown, "caller") == shown["number"]).all()


def test_a_checkout_and_its_bank_payment_are_one_purchase(tell: Tell, people: Population) -> None:
    story = tell(form_of(FAKE_SHOP))
    checkouts, payments = story.rows["checkouts"], story.rows["payments"]
    bought = payments.take(np.isin(payments["payee"], people.psp_account))
    bought = bought.take(bought["phase"] != Phase.SPENDING)
    for rows in (checkouts, bought):
        assert (rows["case"] == -1).sum() > 0  # honest orders that are delivered
    keys = [
        np.lexsort((rows["time"], rows["amount_eur"], rows["case"])) for rows in (checkouts, bought)
    ]
    one, other = checkouts.take(keys[0]), bought.take(keys[1])
    for column in ("time", "case", "amount_eur", "device"):
        assert (one[column] == other[column]).all()
    assert (one["account"] == other["payer"]).all()
    assert (people.psp_account[one["psp"]] == other["payee"]).all()


def test_payouts_of_a_fake_shop_never_exceed_its_takings(tell: Tell, people: Population) -> None:
    story = tell(form_of(FAKE_SHOP, taken_over_share=0.0))
    payments = story.rows["payments"]
    out = payments.take(np.isin(payments["payer"], people.psp_account))
    assert (out["case"] == -1).all()
    assert np.isin(out["payee"], story.openings["merchants"]["payout_account"]).all()
    taken, paid = story.rows["checkouts"]["amount_eur"].sum(), out["amount_eur"].sum()
    assert 0.8 * taken < paid <= taken + 0.01


@pytest.mark.parametrize("name", ["phone", "shop"])
def test_mules_pass_on_no_more_than_they_received(
    tell: Tell, people: Population, name: str
) -> None:
    story = tell(form_of(ALL[name]))
    payments, actions = story.rows["payments"], story.rows["actions"]
    cash = actions.take(actions["kind"] == CASH_OUT)
    assert (cash["amount_eur"] % 10 == 0).all()
    same = np.stack([cash["account"], cash["time"] // DAY, cash["amount_eur"]])
    repeated = np.unique(same, axis=1, return_counts=True)[1] - 1
    assert repeated.sum() < 0.05 * len(cash)  # else equal sums in a row would give mules away
    spent = payments.take((payments["phase"] == Phase.SPENDING) & (payments["case"] < 0))
    spent = spent.take(spent["payer"] < 2 * people.persons)
    held = np.zeros(len(people.account_bank))
    victims = (payments["case"] >= 0) | (payments["phase"] == Phase.SPENDING)
    received = payments.take(victims)
    np.add.at(held, received["payee"], received["amount_eur"])
    np.subtract.at(held, spent["payer"], spent["amount_eur"])
    np.subtract.at(held, cash["account"], cash["amount_eur"])
    assert held.min() > -0.01
    assert spent["amount_eur"].sum() > 0.3 * of_cases(payments)["amount_eur"].sum()
    assert (people.owner(spent["payer"]) != people.owner(spent["payee"])).all()


@pytest.mark.parametrize(("hops", "most"), [(1.0, 0), (3.0, 2)])
@pytest.mark.parametrize("other", [0.0, 1.0])
def test_chains_have_the_length_and_the_banks_that_are_configured(
    tell: Tell, people: Population, hops: float, most: int, other: float
) -> None:
    form = form_of(
        BY_PHONE, hops_mean=hops, moved_share=1.0, other_bank_share=other, crypto_share=0.0
    )
    payments = tell(form).rows["payments"]
    moved = payments.take(payments["phase"] == Phase.SPENDING)
    received = of_cases(payments)["amount_eur"].sum()
    assert moved["amount_eur"].sum() / received == pytest.approx(0.92 * most, abs=0.12)
    banks = people.account_bank[moved["payer"]] != people.account_bank[moved["payee"]]
    if most:
        assert banks.mean() == pytest.approx(other, abs=0.05)


def test_criminals_sit_at_the_device_as_often_as_configured(tell: Tell, people: Population) -> None:
    paid = of_cases(tell(form_of(BY_PHONE)).rows["payments"])
    person, device = people.owner(paid["payer"]), paid["device"]
    phone = (device < 2 * people.persons) & (device % people.persons == person)
    own = phone | (device == 2 * people.persons + people.household[person])
    assert 1 - own.mean() == pytest.approx(0.3, abs=0.08)
    assert (device[~own] >= 2 * people.persons).all()


def test_a_device_or_wallet_that_occurs_only_in_fraud_would_give_it_away(
    tell: Tell, people: Population
) -> None:
    orders = tell(form_of(ORDERS)).rows["orders"]
    alone = np.unique(orders["device"]) >= people.next_device
    assert 0 < alone.mean() < 0.25
    wallet = tell(form_of(DEPOSITS)).rows["transfers"]["wallet"]
    alone = np.unique(wallet[wallet >= 0]) >= people.persons
    assert 0 < alone.mean() < 0.8  # few services, and every other wallet is one of its own
    assert (wallet[wallet >= 0] >= people.persons).mean() < 0.25


def test_money_moves_through_an_exchange_in_one_piece(tell: Tell, people: Population) -> None:
    story = tell(form_of(DEPOSITS, cash_share=0.0))
    payments, transfers = story.rows["payments"], story.rows["transfers"]
    bought = payments.take(np.isin(payments["payee"], people.exchange_account))
    deposits = transfers.take(transfers["withdrawal"] == 0)
    sent = transfers.take(transfers["withdrawal"] == 1)
    assert len(bought) == pytest.approx(len(deposits), abs=2)
    assert bought["amount_eur"].sum() == pytest.approx(deposits["amount_eur"].sum(), rel=0.05)
    assert (deposits["wallet"] == -1).all()
    assert len(sent) == pytest.approx(0.5 * len(deposits), rel=0.15)
    assert len(np.unique(sent["wallet"])) < len(sent)  # a wallet serves several victims
    opened = story.openings["traders"]
    theirs = transfers["trader"] % (2 * people.persons) >= people.persons
    assert np.isin(transfers["trader"][theirs], opened["trader"]).all()


def test_a_fake_offer_is_there_before_it_is_answered(tell: Tell) -> None:
    story = tell(form_of(FAKE_SELLER))
    listings, contacts = story.rows["listings"], story.rows["contacts"]
    assert (listings["case"] == -1).all()
    assert (listings["phase"] == Phase.PREPARATION).all()
    late = contacts.take(contacts["time"] > 20 * DAY)  # offers before the world are not in it
    sellers, first = np.unique(late["seller"], return_index=True)
    assert np.isin(sellers, listings["seller"]).mean() > 0.95
    assert len(first) == len(sellers)
    given = contacts.take(contacts["account"] >= 0)
    paid = of_cases(story.rows["payments"])
    both = np.isin(given["case"] * 10**7 + given["account"], paid["case"] * 10**7 + paid["payee"])
    assert both.mean() > 0.6  # a quarter of the payments goes to the second mule


def test_an_account_number_in_every_answer_would_give_fake_sellers_away(tell: Tell) -> None:
    story = tell(form_of(FAKE_SELLER))
    contacts = story.rows["contacts"].take(story.rows["contacts"]["time"] < 80 * DAY)
    given, succeeded = contacts["account"] >= 0, case_of(story, contacts, "succeeded")
    assert not given[~succeeded].any()
    assert given[succeeded].mean() == pytest.approx(0.75, abs=0.08)


def test_a_shop_as_victim_is_no_person(tell: Tell, people: Population) -> None:
    story = tell(form_of(ORDERS))
    for column in ("person", "account", "bank"):
        assert (story.cases[column] == -1).all()
    orders = story.rows["orders"]
    assert (case_of(story, orders, "shop") == orders["shop"]).all()
    assert set(story.rows) == {"orders"}  # nothing is paid
    assert (orders["device"] >= 2 * people.persons).all()
    point = orders["address"] >= people.households
    assert (point == (orders["pick_up"] == 1)).all()
