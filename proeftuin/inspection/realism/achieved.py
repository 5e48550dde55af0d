"""Configured parameters beside the same quantities measured in the world."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from proeftuin.inspection.evidence import Evidence
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import generated
from scenarios.base import FraudForm
from synthetic_data.clock import DAY


@dataclass(frozen=True)
class Achieved:
    """A configured parameter and the same quantity measured in the world.

    Attributes:
        key: key of the setting.
        about: what is measured, in words.
        target: configured value.
        value: measured value, NaN if there was nothing to measure.
    """

    key: str
    about: str
    target: float
    value: float


def achieved(evidence: Evidence, settings: Settings) -> list[Achieved]:
    """Measure the configured parameters, as far as the tables of a world show them."""
    found = [*_ordinary(evidence, settings), *_market(evidence, settings)]
    for name, form in settings.scenario.forms.items():
        found += _form(evidence, name, form)
    return found


def _ordinary(evidence: Evidence, settings: Settings) -> Iterator[Achieved]:
    world, tables = generated(settings.world), evidence.world.tables
    person_days = evidence.truth.persons * evidence.world.days
    ages = tables["accounts"]["age"]
    yield Achieved(
        "world.population.persons", "adults with an account", world.population.persons,
        evidence.truth.links.loc[evidence.truth.links["person"] >= 0, "person"].nunique(),
    )  # fmt: skip
    cash = (tables["actions"]["kind"] == 2).sum()
    yield Achieved(
        "world.payments.cash_per_person_day", "cash withdrawals per person per day",
        world.payments.cash_per_person_day, cash / person_days,
    )  # fmt: skip
    if "calls" in tables:
        calls = tables["calls"]
        texts = int((calls["duration_s"] == 0).sum())
        yield Achieved("world.calls.per_person_day", "calls per person per day",
                       world.calls.per_person_day, (len(calls) - texts) / person_days)  # fmt: skip
        yield Achieved(
            "world.calls.minutes_mean", "mean minutes of a call", world.calls.minutes_mean,
            float(calls["duration_s"].sum() / 60 / max(len(calls) - texts, 1)),
        )  # fmt: skip
        yield Achieved("world.calls.texts_per_person_day", "text messages per person per day",
                       world.calls.texts_per_person_day, texts / person_days)  # fmt: skip
    if "orders" in tables:
        shopping = world.shopping
        partner_share = sum(world.market.webshop.values())
        yield Achieved("world.shopping.per_person_day", "orders at partner shops a day per person",
                       shopping.per_person_day * partner_share,
                       len(tables["orders"]) / person_days)  # fmt: skip
        for column in ("pay_later", "pick_up"):
            yield Achieved(f"world.shopping.{column}_share", f"share of orders: {column}",
                           getattr(shopping, f"{column}_share"),
                           float(tables["orders"][column].mean()))  # fmt: skip
    if "traders" in tables:
        yield Achieved("world.crypto.customers_share", "share of adults at an exchange",
                       world.crypto.customers_share,
                       len(tables["traders"]) / evidence.truth.persons)  # fmt: skip
    opened = tables["accounts"].loc[ages >= 0, "opened_day"]
    yield Achieved(
        "world.population.fresh_account_share", "share of accounts opened per year",
        world.population.fresh_account_share,
        float((opened >= 0).mean() * 365 / evidence.world.days),
    )  # fmt: skip
    labels = evidence.world.labels
    labels = labels[labels["partner"].isin(evidence.world.partners["bank"])]
    true = labels["case"].isin(evidence.truth.cases["case"])
    reports = labels.loc[true, "case"].nunique()
    yield Achieved(
        "world.false_reports.per_true_report", "false reports to banks for every true one",
        world.false_reports.per_true_report,
        labels.loc[~true, "case"].nunique() / reports if reports else math.nan,
    )  # fmt: skip


def _market(evidence: Evidence, settings: Settings) -> Iterator[Achieved]:
    holders = {"bank": ("accounts", "bank"), "telecom": ("subscribers", "operator")}
    for sector, (table, column) in holders.items():
        if table not in evidence.world.tables:
            continue
        rows = evidence.world.tables[table]
        if table == "accounts":
            rows = rows[rows["age"] >= 0]
        share = rows[column].value_counts(normalize=True)
        for index, (partner, target) in enumerate(getattr(settings.world.market, sector).items()):
            yield Achieved(f"world.market.{sector}.{partner}", f"share of the {table}", target,
                           float(share.get(index, 0.0)))  # fmt: skip


def _form(evidence: Evidence, name: str, form: FraudForm) -> Iterator[Achieved]:
    cases = evidence.truth.cases[evidence.truth.cases["form"] == name]
    victims = cases[cases["succeeded"]]
    key = f"scenario.forms.{name}"
    person_years = evidence.truth.persons * evidence.world.days / 365

    def one(path: str, about: str, value: float) -> Achieved:
        target: object = form
        for part in path.split("."):
            target = getattr(target, part)
        if not isinstance(target, int | float):
            raise TypeError(f"{key}.{path} is no number")
        return Achieved(f"{key}.{path}", about, float(target), float(value))

    def share(part: int, whole: int) -> float:
        return part / whole if whole else math.nan

    rate = 1000 * victims["real_weight"].sum() / person_years
    yield one("orientation.victims_per_1000_year", "victims per 1,000 adults a year", rate)
    failed = cases.loc[~cases["succeeded"], "real_weight"].sum()
    yield one("orientation.attempts_per_victim", "failed attempts per victim",
              failed / victims["real_weight"].sum() if len(victims) else math.nan)  # fmt: skip
    if form.VICTIM == "person":
        young, old = (victims["age"] < 35).sum(), (victims["age"] >= 70).sum()
        yield one("orientation.share_under_35", "share of victims under 35",
                  share(int(young), len(victims)))  # fmt: skip
        yield one("orientation.share_70_plus", "share of victims aged 70 or over",
                  share(int(old), len(victims)))  # fmt: skip
    labels = evidence.case_labels
    labels = labels[labels["true_form"] == name]
    reports = labels.sort_values("known_at").drop_duplicates(["partner", "case"])
    for sector in ("bank", "police", "helpdesk"):
        names = evidence.world.partners.get(sector)
        if names is not None:
            reported = reports.loc[reports["partner"].isin(names), "case"].nunique()
            yield one(f"reporting.{sector}_share", f"share of victims who tell the {sector}",
                      share(reported, len(victims)))  # fmt: skip
    delay = (reports["known_at"] - reports["happened"]) / DAY
    for setting, part in (("delay_days_median", 0.5), ("delay_days_p90", 0.9)):
        value = float(delay.quantile(part)) if len(delay) else math.nan
        yield one(f"reporting.{setting}", "days from the last trace to a report", value)
    withdrawn = reports["withdrawn_at"] < evidence.world.days * DAY
    yield one("reporting.withdrawn_share", "share of reports withdrawn within the horizon",
              float(withdrawn.mean()) if len(reports) else math.nan)  # fmt: skip
    yield one("reporting.wrong_form_share", "share of reports under another form",
              float((reports["form"] != name).mean()) if len(reports) else math.nan)  # fmt: skip
    paid = evidence.transfers[evidence.transfers["form"] == name]
    per_mule = paid.groupby("payee")["case"].nunique()
    yield one("preparation.victims_per_mule", "victims per receiving account",
              float(np.mean(per_mule)) if len(per_mule) else math.nan)  # fmt: skip
