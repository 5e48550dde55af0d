"""Forms with known figures for the tests of the journeys engine, and everything they cause."""

import dataclasses
from functools import partial
from typing import Any

import numpy as np

from scenarios.base import Event, FraudForm, Money, Phase, Step, Wait
from scenarios.phases import Drift, Orientation, Preparation, Reporting, Spending
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.codes import RowNumbers
from synthetic_data.journeys import Journeys
from synthetic_data.population import Population
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
    taken_over_share=0.5,
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


def tell_story(form: FraudForm, world: WorldSettings, people: Population, seed: int = 1) -> Story:
    """Let all months of a form happen in a world of 112 days."""
    journeys = Journeys(form, world, people, RowNumbers(Seeds(5)), Seeds(seed))
    months = [journeys.month(index) for index in range(journeys.first_month, MONTHS)]
    for index, month in enumerate(months, journeys.first_month):
        for rows in month.rows.values():
            assert rows["time"].min() >= index * MONTH_DAYS * DAY
    return Story(
        rows=_together([month.rows for month in months]),
        openings=_together([month.openings for month in months]),
        cases=joined(month.cases for month in months),
    )


def _together(parts: list[dict[str, Batch]]) -> dict[str, Batch]:
    tables = {table for part in parts for table in part}
    return {table: joined(part[table] for part in parts if table in part) for table in tables}


def of_cases(rows: Batch) -> Batch:
    return rows.take(rows["case"] >= 0)


def case_of(story: Story, rows: Batch, column: str) -> np.ndarray:
    order = np.argsort(story.cases["case"])
    index = order[np.searchsorted(story.cases["case"], rows["case"], sorter=order)]
    assert (story.cases["case"][index] == rows["case"]).all()
    return story.cases[column][index]
