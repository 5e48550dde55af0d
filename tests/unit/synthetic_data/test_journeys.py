import dataclasses
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from proeftuin.paths import conf_dir
from scenarios.base import (
    Drift,
    Event,
    FraudForm,
    Money,
    Orientation,
    Phase,
    Preparation,
    Reporting,
    Spending,
    Step,
    Wait,
)
from scenarios.registry import FORMS
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.codes import RowNumbers
from synthetic_data.journeys import Journeys
from synthetic_data.ledger import CASH_OUT, INTENTS
from synthetic_data.population import Population, populate
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

MONTHS = 4  # 112 days
ORIENTATION = Orientation(
    victims_per_1000_year=100.0,
    enrichment=3.0,
    attempts_per_victim=2.0,
    aborted_share=0.5,
    share_under_35=0.1,
    share_70_plus=0.6,
)
PREPARATION = Preparation(
    groups_per_million=2000.0,
    campaigns_per_group_year=24.0,
    campaign_days=10.0,
    script_spread=0.5,
    partner_focus=0.5,
    reuse_share=0.5,
    victims_per_mule=4.0,
    victims_per_device=3.0,
    contacts_per_number=10.0,
    victims_per_web_account=5.0,
    recruited_mule_share=0.5,
    second_mule_share=0.25,
    starts_day=0.0,
    ramp_days=0.0,
)
SPENDING = Spending(
    moved_share=0.9,
    hops_mean=2.0,
    other_bank_share=0.7,
    hours_median=2.0,
    cash_share=0.5,
    crypto_share=0.3,
)
REPORTING = Reporting(
    bank_share=0.5,
    police_share=0.5,
    platform_share=0.5,
    helpdesk_share=0.5,
    loss_slope=0.5,
    delay_days_median=1.0,
    delay_days_p90=7.0,
    withdrawn_share=0.0,
    withdrawn_days_median=1.0,
    wrong_form_share=0.0,
)
MINUTES, HOURS, DAYS = (partial(Wait, sigma=0.5, median_s=s) for s in (600.0, 7_200.0, 86_400.0))
AMOUNT = Money(median_eur=500.0, sigma=1.0)
BY_PHONE = (
    Step(
        phase=Phase.CONTACT,
        event=Event.CALL,
        wait=Wait(median_s=0.0, sigma=0.0),
        length=MINUTES(),
        covers=0.75,
        spoofed=0.5,
        hidden=0.2,
    ),
    Step(phase=Phase.PERSUASION, event=Event.LIMIT_RAISE, share=0.4, wait=MINUTES()),
    Step(
        phase=Phase.TRANSFER,
        event=Event.PAYMENT,
        wait=MINUTES(),
        times_mean=2.0,
        times_max=4,
        gap=MINUTES(),
        money=AMOUNT,
        criminal_device=0.3,
    ),
)
FAKE_SHOP = (
    Step(phase=Phase.CONTACT, event=Event.ADVERT, wait=MINUTES()),
    Step(phase=Phase.TRANSFER, event=Event.CHECKOUT, wait=HOURS(), money=AMOUNT),
)
FAKE_SELLER = (
    Step(phase=Phase.PREPARATION, event=Event.LISTING, share=0.2, wait=MINUTES()),
    Step(phase=Phase.CONTACT, event=Event.CONTACT, wait=HOURS()),
    Step(phase=Phase.TRANSFER, event=Event.PAYMENT, wait=HOURS(), money=AMOUNT),
)
ORDERS = (Step(phase=Phase.TRANSFER, event=Event.ORDER, wait=MINUTES(), money=AMOUNT),)
DEPOSITS = (
    Step(phase=Phase.CONTACT, event=Event.TEXT, wait=MINUTES()),
    Step(
        phase=Phase.TRANSFER,
        event=Event.DEPOSIT,
        wait=DAYS(),
        times_mean=2.0,
        times_max=3,
        gap=DAYS(),
        money=AMOUNT,
    ),
)
ALL = {
    "phone": BY_PHONE,
    "shop": FAKE_SHOP,
    "seller": FAKE_SELLER,
    "orders": ORDERS,
    "deposits": DEPOSITS,
}


def form_of(script: tuple[Step, ...], *, drift: Drift | None = None, **figures: Any) -> FraudForm:
    """A form with these steps, and other figures than the ones above by name."""

    class Trial(FraudForm):
        VICTIM = "shop" if script is ORDERS else "person"

        def steps(self) -> tuple[Step, ...]:
            return script

    def with_figures(phase: Any) -> Any:
        names = {field.name for field in dataclasses.fields(phase)} & figures.keys()
        return dataclasses.replace(phase, **{name: figures[name] for name in names})

    return Trial(
        name=figures.get("name", "purchase"),
        about="for tests",
        orientation=with_figures(ORIENTATION),
        preparation=with_figures(PREPARATION),
        spending=with_figures(SPENDING),
        reporting=REPORTING,
        drift=drift,
    )


@dataclasses.dataclass
class Story:
    """All months of one form together."""

    rows: dict[str, Batch]
    openings: dict[str, Batch]
    cases: Batch


Tell = Callable[..., Story]


@pytest.fixture(scope="module")
def tell(small: WorldSettings, people: Population) -> Tell:
    def told(form: FraudForm, seed: int = 1) -> Story:
        journeys = Journeys(form, small, people, RowNumbers(Seeds(5)), Seeds(seed))
        months = [journeys.month(index) for index in range(journeys.first_month, MONTHS)]
        for index, month in enumerate(months, journeys.first_month):
            for rows in month.rows.values():
                assert rows["time"].min() >= index * MONTH_DAYS * DAY
        return Story(
            rows=_together([month.rows for month in months]),
            openings=_together([month.openings for month in months]),
            cases=joined(month.cases for month in months),
        )

    return told


def _together(parts: list[dict[str, Batch]]) -> dict[str, Batch]:
    tables = {table for part in parts for table in part}
    return {table: joined(part[table] for part in parts if table in part) for table in tables}


def _of_cases(rows: Batch) -> Batch:
    return rows.take(rows["case"] >= 0)


def _case_of(story: Story, rows: Batch, column: str) -> np.ndarray:
    order = np.argsort(story.cases["case"])
    index = order[np.searchsorted(story.cases["case"], rows["case"], sorter=order)]
    assert (story.cases["case"][index] == rows["case"]).all()
    return story.cases[column][index]


def test_more_or_fewer_victims_than_configured_would_misstate_every_outcome(tell: Tell) -> None:
    form = form_of(BY_PHONE)
    counts = np.array([tell(form, seed).cases["succeeded"].sum() for seed in range(8)])
    assert counts.mean() == pytest.approx(4000 * 0.3 * 112 / 365, rel=0.08)
    failed = (~tell(form).cases["succeeded"]).sum()
    assert failed == pytest.approx(2 * counts.mean(), rel=0.2)


def test_a_quiet_start_or_end_of_the_world_would_give_the_horizon_away(tell: Tell) -> None:
    times = np.concatenate(
        [tell(form_of(BY_PHONE, enrichment=10.0), seed).cases["contact_time"] for seed in range(6)]
    )
    times = times[times >= 0]  # the others were contacted before the world and paid in it
    days = np.bincount(times // DAY, minlength=112) / len(times) * 112
    assert 0.8 < days[:7].mean() < 1.25
    assert 0.8 < days[105:].mean() < 1.25
    assert days[:3].mean() > 0.6  # whole days, the first ones included


def test_failed_attempts_that_lose_money_would_be_false_victims(tell: Tell) -> None:
    for steps in ALL.values():
        story = tell(form_of(steps))
        for table in ("payments", "checkouts", "orders", "transfers"):
            if table in story.rows:
                rows = _of_cases(story.rows[table])
                assert _case_of(story, rows, "succeeded").all()
    actions = _of_cases(tell(form_of(BY_PHONE)).rows["actions"])
    lost = _case_of(tell(form_of(BY_PHONE)), actions, "succeeded")
    assert 0.2 < 1 - lost.mean() < 0.7  # aborted attempts got as far as persuasion


@pytest.mark.parametrize("name", ALL)
def test_rows_that_the_ledger_cannot_write_stop_a_run(tell: Tell, name: str) -> None:
    story = tell(form_of(ALL[name]))
    assert story.rows
    for table, rows in story.rows.items():
        event = TABLES[table].event
        expected = {*INTENTS[table], "case", "phase"} | ({event} if event else set())
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
    story = tell(form_of(ALL[name]))
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


def test_mules_are_accounts_of_the_population_and_never_the_victims_own(
    tell: Tell, people: Population
) -> None:
    story = tell(form_of(BY_PHONE))
    paid = _of_cases(story.rows["payments"])
    payee, owner = paid["payee"], people.owner(paid["payee"])
    assert (people.account_bank[payee] >= 0).all()
    assert (owner >= 0).all()
    assert (owner != _case_of(story, paid, "person")).all()
    age = paid["time"] // DAY - people.account_opened[payee]
    assert (age >= 1).all()
    fresh = age <= 100
    assert (fresh | (people.age[owner] <= 27)).all()
    assert 0.2 < fresh.mean() < 0.6  # half is recruited; some windows hold no fresh account
    served = np.unique(payee, return_counts=True)[1]
    assert served.max() >= 4


@pytest.mark.parametrize(("reuse", "low", "high"), [(0.0, 0.0, 0.03), (1.0, 0.3, 1.0)])
def test_reuse_between_campaigns_follows_its_setting(
    tell: Tell, reuse: float, low: float, high: float
) -> None:
    form = form_of(BY_PHONE, reuse_share=reuse, contacts_per_number=100.0, enrichment=1.0)
    cases = tell(form).cases
    shown = cases.take(cases["caller"] >= 0)
    number, first = np.unique(shown["caller"], return_index=True)
    campaigns = np.unique(np.stack([shown["caller"], shown["campaign"]]), axis=1)[0]
    shared = (np.unique(campaigns, return_counts=True)[1] > 1).mean()
    assert low <= shared <= high
    groups = np.unique(np.stack([shown["caller"], shown["group"]]), axis=1)
    assert groups.shape[1] == len(number)  # groups never share a number
    assert len(first)


def test_calls_cover_the_payments_as_often_as_configured(tell: Tell) -> None:
    story = tell(form_of(BY_PHONE))
    calls, paid = story.rows["calls"], _of_cases(story.rows["payments"])
    last = np.zeros(paid["case"].max() + 1, dtype=np.int64)
    np.maximum.at(last, paid["case"], paid["time"])
    calls = calls.take(_case_of(story, calls, "succeeded"))
    end = calls["time"] + calls["duration_s"]
    assert (end > last[calls["case"]]).mean() == pytest.approx(0.75, abs=0.08)
    assert (calls["incoming"] == 1).all()
    seen = np.isin(story.cases["case"], story.rows["calls"]["case"])
    assert seen.mean() == pytest.approx(0.8, abs=0.05)


def test_a_spoofed_call_shows_the_victims_bank_and_no_other_number(
    tell: Tell, people: Population
) -> None:
    story = tell(form_of(BY_PHONE))
    calls = story.rows["calls"]
    own = np.isin(calls["number"], people.bank_phone)
    assert own.mean() == pytest.approx(0.5, abs=0.06)
    assert (
        calls["number"][own] == people.bank_phone[_case_of(story, calls.take(own), "bank")]
    ).all()
    shown = calls.take(~own)
    assert (shown["number"] >= people.next_phone).all()
    assert (_case_of(story, shown, "caller") == shown["number"]).all()


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
    story = tell(form_of(FAKE_SHOP))
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
    spent = payments.take((payments["phase"] == Phase.SPENDING) & (payments["case"] < 0))
    spent = spent.take(spent["payer"] < 2 * people.persons)
    held = np.zeros(len(people.account_bank))
    victims = (payments["case"] >= 0) | (payments["phase"] == Phase.SPENDING)
    received = payments.take(victims)
    np.add.at(held, received["payee"], received["amount_eur"])
    np.subtract.at(held, spent["payer"], spent["amount_eur"])
    np.subtract.at(held, cash["account"], cash["amount_eur"])
    assert held.min() > -0.01
    assert spent["amount_eur"].sum() > 0.3 * _of_cases(payments)["amount_eur"].sum()
    assert (people.owner(spent["payer"]) != people.owner(spent["payee"])).all()


def test_money_moves_through_an_exchange_in_one_piece(tell: Tell, people: Population) -> None:
    story = tell(form_of(DEPOSITS, cash_share=0.0))
    payments, transfers = story.rows["payments"], story.rows["transfers"]
    bought = payments.take(np.isin(payments["payee"], people.exchange_account))
    deposits = transfers.take(transfers["withdrawal"] == 0)
    sent = transfers.take(transfers["withdrawal"] == 1)
    assert len(bought) == pytest.approx(len(deposits), abs=2)
    assert bought["amount_eur"].sum() == pytest.approx(deposits["amount_eur"].sum(), rel=0.05)
    assert (deposits["wallet"] == -1).all()
    assert (sent["wallet"] >= people.persons).all()
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
    given = contacts.take(_case_of(story, contacts, "succeeded"))
    paid = _of_cases(story.rows["payments"])
    both = np.isin(given["case"] * 10**7 + given["account"], paid["case"] * 10**7 + paid["payee"])
    assert both.mean() > 0.6  # a quarter of the payments goes to the second mule


def test_a_shop_as_victim_is_no_person(tell: Tell, people: Population) -> None:
    story = tell(form_of(ORDERS))
    for column in ("person", "account", "bank"):
        assert (story.cases[column] == -1).all()
    orders = story.rows["orders"]
    assert (_case_of(story, orders, "shop") == orders["shop"]).all()
    assert set(story.rows) == {"orders"}  # nothing is paid
    assert (orders["device"] >= people.next_device).all()
    point = orders["address"] >= people.households
    assert (point == (orders["pick_up"] == 1)).all()


def test_the_same_seed_gives_the_same_crime(tell: Tell) -> None:
    for steps in ALL.values():
        one, other = tell(form_of(steps), 3), tell(form_of(steps), 3)
        for table, rows in one.rows.items():
            for column, values in rows.columns.items():
                assert (values == other.rows[table][column]).all()
    assert len(tell(form_of(BY_PHONE), 4).cases) != len(tell(form_of(BY_PHONE), 3).cases)


def test_forms_that_share_phones_or_devices_would_be_linked_by_accident(
    tell: Tell, people: Population
) -> None:
    one, other = (tell(form_of(BY_PHONE, name=name)) for name in ("purchase", "invoice"))
    for table, column, first in (
        ("calls", "number", people.next_phone),
        ("payments", "device", people.next_device),
        ("payments", "payment", 0),
    ):
        theirs = [story.rows[table][column] for story in (one, other)]
        theirs = [values[values >= first] for values in theirs]
        assert len(theirs[0]) > 0
        assert not np.intersect1d(*theirs).size
    assert not np.intersect1d(one.cases["case"], other.cases["case"]).size


def test_an_emerging_form_is_absent_before_its_day_and_grows_after_it(tell: Tell) -> None:
    story = tell(form_of(BY_PHONE, starts_day=40.0, ramp_days=40.0, enrichment=10.0))
    day = story.cases["contact_time"] / DAY
    assert day.min() >= 40
    assert (day > 80).sum() / 32 > 1.5 * (day < 70).sum() / 30


NOTHING = Drift(
    from_day=0.0, only_bank=None, amount_factor=1.0, wait_factor=1.0, visible_factor=1.0
)
EXACT = (
    BY_PHONE[0],
    dataclasses.replace(BY_PHONE[2], money=Money(median_eur=500.0, sigma=1.0, rounding=0.0)),
)


def test_drift_changes_amounts_of_later_campaigns_only(tell: Tell) -> None:
    before = tell(form_of(EXACT))
    drift = dataclasses.replace(NOTHING, from_day=60.0, amount_factor=2.0)
    after = tell(form_of(EXACT, drift=drift))
    one, other = _of_cases(before.rows["payments"]), _of_cases(after.rows["payments"])
    for column in ("time", "payer", "payee", "device", "case"):
        assert (one[column] == other[column]).all()
    ratio = other["amount_eur"] / one["amount_eur"]
    doubled = np.isclose(ratio, 2, atol=0.01)
    assert (doubled | np.isclose(ratio, 1)).all()
    assert not doubled[one["time"] < 60 * DAY].any()
    assert doubled[one["time"] > 95 * DAY].all()


def test_drift_at_one_bank_leaves_the_others_alone(tell: Tell, small: WorldSettings) -> None:
    name = small.market.partners("bank")[1]
    drift = dataclasses.replace(NOTHING, only_bank=name, visible_factor=0.0)
    plain, story = tell(form_of(EXACT)), tell(form_of(EXACT, drift=drift))
    calls = [
        each.rows["calls"].take(each.rows["calls"]["time"] > 30 * DAY) for each in (plain, story)
    ]
    kept = calls[0].take(_case_of(plain, calls[0], "bank") != 1)
    for column, values in kept.columns.items():
        assert (values == calls[1][column]).all()


def test_drift_in_waits_keeps_the_contacts_where_they_are(tell: Tell) -> None:
    story = tell(form_of(EXACT, drift=dataclasses.replace(NOTHING, wait_factor=3.0)))
    plain = tell(form_of(EXACT))
    starts = [each.rows["calls"] for each in (plain, story)]
    assert len(np.intersect1d(starts[0]["time"], starts[1]["time"])) > 0.98 * len(starts[0])
    waits = []
    for each in (plain, story):
        paid = _of_cases(each.rows["payments"])
        waits.append(np.median(paid["time"] - _case_of(each, paid, "contact_time")))
    assert waits[1] == pytest.approx(3 * waits[0], rel=0.1)


def test_targets_have_the_ages_and_the_bank_that_the_form_says(
    tell: Tell, people: Population
) -> None:
    cases = tell(form_of(BY_PHONE, partner_focus=1.0, enrichment=10.0)).cases
    age = people.age[cases["person"]]
    assert (age >= 70).mean() == pytest.approx(0.6, abs=0.04)
    assert (age < 35).mean() == pytest.approx(0.1, abs=0.03)
    for campaign in np.unique(cases["campaign"])[:20]:
        here = cases["person"][cases["campaign"] == campaign]
        assert len(np.unique(people.bank[here])) == 1


def test_victims_of_purchase_fraud_are_hit_again_as_often_as_surveys_say(
    large: WorldSettings,
) -> None:
    world = dataclasses.replace(large, days=365)
    form = form_of(
        FAKE_SELLER, victims_per_1000_year=72.0, enrichment=1.0, groups_per_million=150.0
    )
    people = populate(world, Seeds(2))
    journeys = Journeys(form, world, people, RowNumbers(Seeds(5)), Seeds(2))
    months = [journeys.month(index).cases for index in range(journeys.first_month, 13)]
    cases = joined(months)
    times = np.unique(cases["person"][cases["succeeded"]], return_counts=True)[1]
    assert 0.2 < (times > 1).mean() < 0.4


@pytest.mark.parametrize("name", FORMS)
def test_every_form_that_ships_runs_with_its_own_figures(tell: Tell, name: str) -> None:
    figures = yaml.safe_load((conf_dir() / "form" / f"{name}.yaml").read_text("utf-8"))
    figures["orientation"]["enrichment"] = 20.0
    form = TypeAdapter(FORMS[name]).validate_json(json.dumps(figures))
    story = tell(form)
    succeeded = story.cases["succeeded"]
    assert succeeded.sum() > 0
    lost = [table for table in ("payments", "orders") if table in story.rows]
    victims = np.concatenate([_of_cases(story.rows[table])["case"] for table in lost])
    assert np.array_equal(np.unique(victims), np.sort(story.cases["case"][succeeded]))


SHARE = st.floats(0, 1)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(ALL)),
    seed=st.integers(0, 1000),
    figures=st.fixed_dictionaries(
        {
            "enrichment": st.floats(0.01, 10),
            "attempts_per_victim": st.floats(0, 5),
            "aborted_share": SHARE,
            "share_70_plus": SHARE,
            "share_under_35": st.just(0.0),
            "groups_per_million": st.floats(0.1, 2000),
            "campaigns_per_group_year": st.floats(1, 52),
            "campaign_days": st.floats(1, 180),
            "script_spread": st.floats(0, 2),
            "partner_focus": SHARE,
            "reuse_share": SHARE,
            "victims_per_mule": st.floats(1, 500),
            "victims_per_device": st.floats(1, 500),
            "victims_per_web_account": st.floats(1, 1000),
            "recruited_mule_share": SHARE,
            "second_mule_share": SHARE,
            "starts_day": st.floats(0, 200),
            "moved_share": SHARE,
            "hops_mean": st.floats(1, 3),
            "other_bank_share": SHARE,
            "hours_median": st.floats(0.1, 240),
            "cash_share": st.floats(0, 0.5),
            "crypto_share": st.floats(0, 0.5),
        }
    ),
)
def test_no_allowed_figures_break_the_books(
    tell: Tell, people: Population, name: str, seed: int, figures: dict[str, float]
) -> None:
    story = tell(form_of(ALL[name], **figures), seed)
    for rows in story.rows.values():
        assert ((rows["time"] >= 0) & (rows["time"] < 112 * DAY)).all()
        assert np.isin(rows["case"], np.append(story.cases["case"], -1)).all()
    if "payments" in story.rows:
        paid = story.rows["payments"]
        assert (paid["amount_eur"] > 0).all()
        assert (paid["payer"] != paid["payee"]).all()
        for side in ("payer", "payee"):
            assert (people.account_bank[paid[side]] >= 0).all()
            assert (people.account_opened[paid[side]] <= paid["time"] // DAY).all()
