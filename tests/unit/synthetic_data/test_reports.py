"""Labels: who reports, when, and what is named. Cases and rows are made by hand."""

import dataclasses
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.base import Event, FraudForm, Money, Phase, Step, Wait
from scenarios.phases import Orientation, Preparation, Reporting, Spending
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY
from synthetic_data.population import Population
from synthetic_data.reports import (
    CHANNELS,
    KIND_ENTITY,
    KINDS,
    NEVER,
    SHORTEST_DELAY_S,
    case_reports,
    label_frame,
)
from synthetic_data.schema import LABELS, SECTORS, TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

SEEDS = Seeds(11)
MEDIAN_EUR = 500.0
FORMS = ("other", "someform", "third")
CRIMINAL_PHONE = 10**6
GAP = Wait(median_s=60, sigma=1)
TWO = {"times_mean": 2.0, "times_max": 2, "gap": GAP}
REPORTING = {
    "bank_share": 0.6,
    "police_share": 0.4,
    "platform_share": 0.3,
    "helpdesk_share": 0.1,
    "loss_slope": 0.5,
    "delay_days_median": 2.0,
    "delay_days_p90": 9.0,
    "withdrawn_share": 0.2,
    "withdrawn_days_median": 14.0,
    "wrong_form_share": 0.1,
}
ALL_TELL = {f"{channel}_share": 1.0 for channel in CHANNELS}


class PersonForm(FraudForm):
    name: Literal["someform"]

    def steps(self) -> tuple[Step, ...]:
        return (_step(Event.PAYMENT),)


class ShopForm(PersonForm):
    VICTIM: ClassVar[Literal["person", "shop"]] = "shop"

    def steps(self) -> tuple[Step, ...]:
        return (_step(Event.ORDER),)


class OnceForm(PersonForm):
    """Most campaigns take one payment of 1,000; the others two, of 500 and 2,000."""

    ONCE: ClassVar[float] = 0.6

    def variants(self) -> dict[str, float]:
        return {"once": self.ONCE, "twice": 1 - self.ONCE}

    def steps(self) -> tuple[Step, ...]:
        once = Money(median_eur=1000.0, sigma=0.01)
        twice = Money(median_eur=500.0, sigma=0.01, growth=4.0)
        return (
            _step(Event.SAVINGS, phase=Phase.PERSUASION),
            _step(Event.PAYMENT, money=once, variant="once"),
            _step(Event.PAYMENT, money=twice, variant="twice", **TWO),
        )


class TwiceForm(OnceForm):
    ONCE: ClassVar[float] = 0.4


def _step(event: Event, **details: Any) -> Step:
    money = Money(median_eur=MEDIAN_EUR, sigma=1.2)
    return Step(**{"event": event, "phase": Phase.TRANSFER, "wait": GAP, "money": money, **details})


def a_form(kind: type[FraudForm] = PersonForm, **reporting: float) -> FraudForm:
    """A form whose other figures are as low as they may be."""

    def lowest(part: Any) -> Any:
        extra = {name: info.json_schema_extra for name, info in part.__pydantic_fields__.items()}
        return part(**{name: each["low"] for name, each in extra.items()})

    return kind(
        name="someform",
        about="a form",
        orientation=lowest(Orientation),
        preparation=lowest(Preparation),
        spending=lowest(Spending),
        reporting=Reporting(**{**REPORTING, **reporting}),
        drift=None,
    )


def some_cases(people: Population, size: int, *, spoofed: bool = False) -> Batch:
    person = np.arange(size) % people.persons
    caller = CRIMINAL_PHONE + np.arange(size)
    caller = people.bank_phone[people.bank[person]] if spoofed else caller
    return Batch({"case": 7 + np.arange(size), "person": person, "caller": caller})


def rows_of(table: str, cases: Batch, **columns: Any) -> Batch:
    """One lost row per case on day 3, with codes from 10**9 on."""
    made = {
        "time": 3 * DAY,
        "case": cases["case"],
        "phase": int(Phase.TRANSFER),
        str(TABLES[table].event): 10**9 + np.arange(len(cases)),
        **columns,
    }
    return Batch({name: np.broadcast_to(value, len(cases)) for name, value in made.items()})


def payments_of(cases: Batch, **columns: Any) -> Batch:
    paid = {"payer": cases["person"], "payee": 100, "amount_eur": MEDIAN_EUR, **columns}
    return rows_of("payments", cases, **paid)


def contacts_of(cases: Batch) -> Batch:
    return rows_of("contacts", cases, phase=int(Phase.CONTACT), place=1, seller=5)


@dataclasses.dataclass(frozen=True)
class Told:
    """Reports of hand-made cases."""

    world: WorldSettings
    people: Population

    def __call__(
        self, form: FraudForm, cases: Batch, seeds: Seeds = SEEDS, **rows: Batch
    ) -> pd.DataFrame:
        labels = case_reports(form, FORMS, self.world, cases, rows, self.people, seeds)
        frame = pd.DataFrame(dict(labels.columns))
        frame["sector"] = np.array(list(SECTORS))[frame["sector"]]
        frame["kind"] = np.array(KINDS)[frame["kind"]]
        return frame


@pytest.fixture
def told(small: WorldSettings, people: Population) -> Told:
    return Told(small, people)


def reporters(labels: pd.DataFrame, sector: str) -> int:
    return labels.loc[labels["sector"] == sector, "case"].nunique()


def test_nobody_knows_of_a_fraud_before_the_last_money_is_lost(told: Told) -> None:
    cases = some_cases(told.people, 2000)
    first, second = payments_of(cases), payments_of(cases, time=5 * DAY)
    second = second.plus(payment=second["payment"] + 10**6)
    form = a_form(**ALL_TELL, delay_days_median=0.01, delay_days_p90=30.0)
    labels = told(form, cases, payments=joined([first, second]))
    assert (labels["known_at"] >= 5 * DAY + SHORTEST_DELAY_S).all()
    assert (labels["withdrawn_at"] >= labels["known_at"]).all()
    payments = labels[(labels["sector"] == "bank") & (labels["kind"] == "payment")]
    assert payments.groupby("case")["value"].nunique().eq(2).all()


def test_shares_per_channel_are_as_configured_at_the_median_loss(told: Told) -> None:
    cases = some_cases(told.people, 4000)
    rows = {"payments": payments_of(cases), "contacts": contacts_of(cases)}
    labels = told(a_form(), cases, **rows)
    expected = {"bank": 0.6, "police": 0.4, "marketplace": 0.3, "helpdesk": 0.1}
    shares = {sector: reporters(labels, sector) / 4000 for sector in expected}
    assert shares == pytest.approx(expected, abs=0.03)  # 3.8 standard errors


def test_larger_losses_are_reported_more_by_the_configured_odds(told: Told) -> None:
    cases = some_cases(told.people, 4000)
    amount = np.where(np.arange(4000) % 2, MEDIAN_EUR * np.e**2, MEDIAN_EUR / np.e**2)
    labels = told(a_form(), cases, payments=payments_of(cases, amount_eur=amount))
    tells = np.isin(cases["case"], labels.loc[labels["sector"] == "bank", "case"])
    odds = 0.6 / 0.4 * np.exp(np.array([-1.0, 1.0]))  # slope 0.5 times two units of log-loss
    shares = [tells[0::2].mean(), tells[1::2].mean()]
    assert shares == pytest.approx(list(odds / (1 + odds)), abs=0.04)


@pytest.mark.parametrize(("kind", "median_eur"), [(OnceForm, 1000.0), (TwiceForm, 2500.0)])
def test_the_median_loss_follows_variants_repetitions_and_growth(
    told: Told, kind: type[FraudForm], median_eur: float
) -> None:
    cases = some_cases(told.people, 4000)
    form = a_form(kind, loss_slope=3.0, bank_share=0.5)
    labels = told(form, cases, payments=payments_of(cases, amount_eur=median_eur))
    assert reporters(labels, "bank") / 4000 == pytest.approx(0.5, abs=0.04)


def test_what_a_victim_tells_does_not_depend_on_what_others_lost(told: Told) -> None:
    cases = some_cases(told.people, 200)
    payments = payments_of(cases, amount_eur=MEDIAN_EUR * np.e**6)
    labels = told(a_form(bank_share=0.5), cases, payments=payments)
    assert reporters(labels, "bank") / 200 > 0.85  # logistic of 0.5 * 6 is 0.95


def test_delays_have_the_configured_median_and_p90_in_every_channel(told: Told) -> None:
    cases = some_cases(told.people, 4000)
    labels = told(a_form(**ALL_TELL), cases, payments=payments_of(cases))
    for sector in ("bank", "police", "helpdesk"):
        known_at = labels[labels["sector"] == sector].groupby("case")["known_at"].first()
        delay_days = (known_at - 3 * DAY) / DAY
        assert delay_days.quantile([0.5, 0.9]).tolist() == pytest.approx([2.0, 9.0], rel=0.12)


def test_a_victim_who_is_slow_is_slow_everywhere(told: Told) -> None:
    cases = some_cases(told.people, 1000)
    labels = told(a_form(**ALL_TELL), cases, payments=payments_of(cases))
    delay = labels.pivot_table(index="case", columns="sector", values="known_at") - 3 * DAY
    assert 0.8 < np.corrcoef(np.log(delay["bank"]), np.log(delay["police"]))[0, 1] < 0.97


def test_silent_victims_leave_no_label(told: Told) -> None:
    cases, silent = some_cases(told.people, 500), dict.fromkeys(ALL_TELL, 0.0)
    assert told(a_form(**silent), cases, payments=payments_of(cases)).empty


def test_a_case_without_a_loss_inside_the_horizon_leaves_no_label(told: Told) -> None:
    cases, form = some_cases(told.people, 4), a_form(**ALL_TELL)
    phase = [Phase.TRANSFER, Phase.PERSUASION, Phase.SPENDING, Phase.TRANSFER]
    time = [3 * DAY, 3 * DAY, 3 * DAY, told.world.days * DAY]
    rows = {"payments": payments_of(cases, phase=phase, time=time), "contacts": contacts_of(cases)}
    assert set(told(form, cases, **rows)["case"]) == {cases["case"][0]}
    assert told(form, cases, payments=payments_of(cases, case=-1)).empty
    assert told(form, cases).empty


def test_sectors_that_take_no_part_receive_nothing(told: Told) -> None:
    cases, form = some_cases(told.people, 200), a_form(**ALL_TELL)
    rows = {"payments": payments_of(cases), "contacts": contacts_of(cases)}
    rows["checkouts"] = rows_of("checkouts", cases, psp=0, merchant=9)
    everyone = set(told(form, cases, **rows)["sector"])
    assert everyone == {"bank", "police", "helpdesk", "marketplace", "psp"}
    for absent in everyone:
        market = dataclasses.replace(told.world.market, absent=(absent,))
        without = Told(dataclasses.replace(told.world, market=market), told.people)
        assert set(without(form, cases, **rows)["sector"]) == everyone - {absent}


def test_withdrawn_share_and_delay_are_as_configured_per_report(told: Told) -> None:
    cases = some_cases(told.people, 4000)
    labels = told(a_form(**ALL_TELL), cases, payments=payments_of(cases))
    per_report = labels.groupby(["sector", "case"])["withdrawn_at"]
    assert per_report.nunique().eq(1).all()
    gone = labels[(labels["sector"] == "bank") & (labels["kind"] == "payment")]
    stands = gone["withdrawn_at"] == NEVER
    assert 1 - stands.mean() == pytest.approx(0.2, abs=0.025)
    days = (gone["withdrawn_at"] - gone["known_at"])[~stands] / DAY
    assert days.median() == pytest.approx(14.0, rel=0.15)


def test_reports_are_recorded_under_other_forms_as_configured(told: Told) -> None:
    cases = some_cases(told.people, 4000)
    rows = {"payments": payments_of(cases)}
    labels = told(a_form(**ALL_TELL), cases, **rows)
    reports = labels.drop_duplicates(["sector", "case"])
    shares = reports["form"].value_counts(normalize=True).sort_index()
    assert shares.tolist() == pytest.approx([0.05, 0.9, 0.05], abs=0.01)
    alone = case_reports(a_form(), ("someform",), told.world, cases, rows, told.people, SEEDS)
    assert (alone["form"] == 0).all()


def test_every_partner_hears_only_what_it_can_recognise(told: Told) -> None:
    cases = some_cases(told.people, 300)
    rows = {"payments": payments_of(cases), "contacts": contacts_of(cases)}
    rows["checkouts"] = rows_of("checkouts", cases, psp=2, merchant=9)
    rows["transfers"] = rows_of("transfers", cases, exchange=1)
    labels = told(a_form(**ALL_TELL), cases, **rows)
    heard = labels.groupby("sector")["kind"].agg(set).to_dict()
    assert heard == {
        "bank": {"payment", "payee"},
        "police": {"payment", "payee", "caller"},
        "helpdesk": {"payee", "caller"},
        "marketplace": {"seller"},
        "psp": {"checkout", "merchant"},
        "exchange": {"transfer"},
    }
    assert set(heard) <= {name for name, sector in SECTORS.items() if sector.reported}
    others = labels[labels["sector"] != "bank"].groupby("sector")["partner"].agg(set).to_dict()
    assert others == {
        "police": {0}, "helpdesk": {0}, "marketplace": {1}, "psp": {2}, "exchange": {1},
    }  # fmt: skip
    bank = labels[(labels["sector"] == "bank") & (labels["kind"] == "payment")]
    person = bank["case"].to_numpy() - 7
    assert (bank["value"].to_numpy() == 10**9 + person).all()
    assert (bank["partner"].to_numpy() == told.people.bank[person]).all()


def test_nobody_reports_the_number_of_a_bank_or_the_account_through_which_all_pay(
    told: Told,
) -> None:
    cases = some_cases(told.people, 50, spoofed=True)
    payments = payments_of(cases, payee=told.people.psp_account[0])
    labels = told(a_form(**ALL_TELL), cases, payments=payments)
    assert set(labels["kind"]) == {"payment"}
    unseen = cases.plus(caller=np.full(50, -1))
    labels = told(a_form(**ALL_TELL), unseen, payments=payments_of(cases))
    assert set(labels["kind"]) == {"payment", "payee"}


def test_a_shop_finds_its_unpaid_invoice(told: Told) -> None:
    cases = some_cases(told.people, 1000).plus(caller=np.full(1000, -1))
    orders = rows_of("orders", cases, shop=2, customer=40, amount_eur=80.0)
    form = a_form(ShopForm, platform_share=1.0, police_share=0.3, loss_slope=0.0)
    labels = told(form, cases, orders=orders)
    own = labels[labels["sector"] == "webshop"]
    assert own["case"].nunique() == 1000
    assert set(own["kind"]) == {"order", "customer"}
    assert set(own["partner"]) == {2}
    assert own["known_at"].quantile(0.5) == pytest.approx(5 * DAY, rel=0.1)
    assert set(labels["sector"]) == {"webshop", "police"}
    assert reporters(labels, "police") / 1000 == pytest.approx(0.3, abs=0.05)


def test_the_same_seed_gives_the_same_labels_and_another_does_not(told: Told) -> None:
    cases = some_cases(told.people, 100)
    one, two, other = (
        told(a_form(), cases, Seeds(root), payments=payments_of(cases)) for root in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_a_change_in_one_channel_leaves_the_others_alone(told: Told) -> None:
    cases = some_cases(told.people, 300)
    one = told(a_form(police_share=0.1), cases, payments=payments_of(cases))
    other = told(a_form(police_share=0.9), cases, payments=payments_of(cases))
    pd.testing.assert_frame_equal(
        one[one["sector"] == "bank"].reset_index(drop=True),
        other[other["sector"] == "bank"].reset_index(drop=True),
    )


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0, 1), loss_slope=st.floats(0, 3), amount_eur=st.floats(0.01, 1e7))
def test_any_share_slope_and_loss_give_a_sound_set_of_reports(
    small: WorldSettings, people: Population, share: float, loss_slope: float, amount_eur: float
) -> None:
    cases = some_cases(people, 40)
    form = a_form(**dict.fromkeys(ALL_TELL, share), loss_slope=loss_slope)
    labels = Told(small, people)(form, cases, payments=payments_of(cases, amount_eur=amount_eur))
    assert labels["case"].isin(cases["case"]).all()
    assert (labels["value"] >= 0).all()
    assert labels["form"].isin(range(len(FORMS))).all()
    if share in (0, 1):
        assert reporters(labels, "bank") == 40 * share


def test_the_frame_has_the_columns_of_the_schema_in_order_of_arrival(told: Told) -> None:
    cases = some_cases(told.people, 300)
    rows = {"payments": payments_of(cases), "contacts": contacts_of(cases)}
    labels = case_reports(a_form(**ALL_TELL), FORMS, told.world, cases, rows, told.people, SEEDS)
    market, days = told.world.market, 6
    partners = {sector: market.partners(sector) for sector in market.present}
    frame = label_frame(joined([labels, labels]), partners, FORMS, days)
    empty = label_frame(labels.take(np.zeros(0, dtype=np.int64)), partners, FORMS, days)
    for each in (frame, empty):
        assert list(each.columns) == list(LABELS)
        for name, column in LABELS.items():
            assert each[name].dtype == pd.Series(dtype=column.dtype).dtype
    assert not frame.duplicated().any()
    assert frame["known_at"].is_monotonic_increasing
    assert 0 < len(frame) < len(labels)
    assert frame["known_at"].max() < days * DAY
    withdrawn = frame.loc[frame["withdrawn_at"] != NEVER, "withdrawn_at"]
    assert (withdrawn < days * DAY).all()
    assert set(frame["partner"]) == {*market.bank, "police", "helpdesk", "marketplace_2"}
    assert set(frame["form"]) == set(FORMS)
    assert set(frame["kind"]) == {"payment", "payee", "caller", "seller"}


def test_every_kind_of_label_refers_to_a_known_entity_or_row() -> None:
    known = {column.entity for table in TABLES.values() for column in table.columns.values()}
    assert set(KIND_ENTITY.values()) <= known
    assert set(KIND_ENTITY) == set(KINDS)
