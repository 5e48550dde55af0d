"""Realism, part one: frequency of fraud, amounts, rhythm and change over time (A to D).

Each band is a judgement anchored in published figures (``docs/sources.md``); none is moved to make
a world pass.
"""

import math

import numpy as np
import pandas as pd

from proeftuin.inspection.checks import Check, excused, judged, skipped
from proeftuin.inspection.evidence import Evidence, columns_of
from proeftuin.inspection.statistics import (
    as_numbers,
    auc,
    autocorrelation,
    binned,
    burstiness,
    encoded_auc,
    hill,
    levels,
    mutual_information,
    weighted_quantile,
)
from proeftuin.sectors import DECIDING
from proeftuin.settings.study import Settings
from scenarios.base import Event
from synthetic_data.clock import DAY, HOUR, MONTH_DAYS, PAYDAYS

PURCHASE, SALES, HELPDESK, INVESTMENT = "purchase", "sales", "bank_helpdesk", "investment"
BANK_FORMS = (HELPDESK,)  #: forms in which criminals pose as the bank
#: Victims a year per person, by form: lowest and highest of the band. Bank helpdesk: a third either
#: way of just under 10,000 victims (NVB 2023) among 15.3 million people.
RATES = {PURCHASE: (0.05, 0.10), SALES: (0.01, 0.02), HELPDESK: (0.00043, 0.00087)}
#: Event that alone causes fraud in a table; payments and deposits follow from any form.
ROWS_OF = {"orders": Event.ORDER, "checkouts": Event.CHECKOUT, "contacts": Event.CONTACT}
#: Forms without which a scenario has no mix of frauds to hold against surveys of all online fraud.
MOST_FRAUD = {PURCHASE, SALES}


def mixed(settings: Settings) -> str:
    """Return why figures about all online fraud do not apply to a scenario; empty if they do."""
    lacking = sorted(MOST_FRAUD - set(settings.scenario.forms))
    return f"about all online fraud; this scenario lacks {' and '.join(lacking)}" if lacking else ""


def how_much(evidence: Evidence, settings: Settings) -> list[Check]:
    """A1 to A5: base rates, repetition, attempts and the mix of forms."""
    truth, victims = evidence.truth, evidence.victims
    forms = settings.scenario.forms
    happens = {step.event for form in forms.values() for step in form.steps()}
    checks = [
        excused(
            judged(
                "A1",
                f"share of {table} that fraud caused",
                evidence.fraud(table).mean(),
                0.0003,
                0.005,
                "as generated; fraud is enriched, see the assumptions",
            ),
            math.sqrt(evidence.fraud(table).sum()) / len(evidence.fraud(table)),
        )
        for table in (sector.rows for sector in DECIDING.values())
        if forms and table in evidence.event_tables and ROWS_OF.get(table) in (None, *happens)
    ]
    person_years = truth.persons * truth.days / 365
    per_year = victims.groupby("form")["real_weight"].sum() / person_years
    note = "restated at the Dutch rate (cases divided by their enrichment)"
    checks.append(
        judged("A2", "victims per person-year, any form", per_year.sum(), 0.07, 0.12,
               mixed(settings) or note, applies=not mixed(settings))
    )  # fmt: skip
    checks += [
        judged("A2", f"victims per person-year, {form}", per_year.get(form, 0.0), low, high, note)
        if form in settings.scenario.forms
        else skipped(
            "A2", f"victims per person-year, {form}", "form not in this scenario", low, high
        )
        for form, (low, high) in RATES.items()
    ]
    checks.append(
        skipped(
            "A2", "victims per person-year, payment fraud",
            "no form of this world is unauthorised card or payment fraud", 0.005, 0.015,
        )
    )  # fmt: skip
    return [*checks, _repeated(evidence), _attempts(evidence, settings), *_mix(evidence, settings)]


def _repeated(evidence: Evidence) -> Check:
    name = "share of purchase victims deceived twice or more within a year"
    rows = evidence.transfers
    cases = rows[(rows["form"] == PURCHASE) & (rows["person"] >= 0)].groupby("case")["person"]
    per_person = cases.first().value_counts()
    if evidence.truth.days < 365:
        note = f"the band is about a year; this world lasts {evidence.truth.days} days"
        value = float((per_person >= 2).mean()) if len(per_person) else math.nan
        return judged("A3", name, value, 0.2, 0.4, note, applies=False)
    return judged("A3", name, (per_person >= 2).mean(), 0.2, 0.4)


def _attempts(evidence: Evidence, settings: Settings) -> Check:
    weight = evidence.truth.cases.groupby("succeeded")["real_weight"].sum()
    value = weight.get(False, 0.0) / weight.get(True, math.nan)
    return judged("A4", "attempts that fail for every victim", value, 2, 10, mixed(settings),
                  applies=not mixed(settings))  # fmt: skip


def _mix(evidence: Evidence, settings: Settings) -> list[Check]:
    """A5: the mix of forms in reports to the police and in losses."""
    cases = evidence.case_labels
    filed = cases[cases["partner"] == "police"].drop_duplicates("case")
    share = filed.groupby("true_form")["real_weight"].sum()
    share = share / share.sum()
    rows = evidence.transfers
    loss = (rows["amount_eur"] * rows["real_weight"]).groupby(rows["form"]).sum()
    loss = loss / loss.sum()
    both = {PURCHASE, SALES, HELPDESK} <= set(settings.scenario.forms)
    note = "" if both else "this scenario lacks purchase, sales or bank-helpdesk fraud"

    def of(shares: pd.Series, *forms: str) -> float:
        return float(shares.reindex(list(forms)).fillna(0).sum()) if len(shares) else math.nan

    return [
        judged("A5", "purchase and sales fraud among reports to the police",
               of(share, PURCHASE, SALES), 0.6, None, note, applies=both),
        judged("A5", "bank-helpdesk fraud among reports to the police",
               of(share, HELPDESK), 0.08, 0.15, note, applies=both),
        judged("A5", "bank-helpdesk and investment fraud, share of losses",
               of(loss, HELPDESK, INVESTMENT), 0.5, None, note, applies=both),
    ]  # fmt: skip


def amounts(evidence: Evidence, settings: Settings) -> list[Check]:
    """B1 to B3: tails of ordinary amounts, spread of fraud, and how much the two overlap."""
    if not settings.scenario.forms:
        return [skipped("B1", "amounts of fraud", "no fraud in this scenario")]
    rows = evidence.payments
    legit = rows.loc[~rows["fraud"], "amount_eur"].to_numpy()
    fraud = rows.loc[rows["transfer"], "amount_eur"].to_numpy()
    if not len(fraud):
        return [judged("B1", "amounts of fraud", math.nan, None, None)]
    median, top = np.quantile(legit, [0.5, 0.99])
    transfers = evidence.transfers
    others = transfers[~transfers["form"].isin(BANK_FORMS)]
    lost = others.groupby("case").agg(eur=("amount_eur", "sum"), weight=("real_weight", "first"))
    spread = math.nan
    if len(lost):
        mean = np.average(lost["eur"], weights=lost["weight"])
        spread = mean / weighted_quantile(lost["eur"].to_numpy(), lost["weight"].to_numpy(), 0.5)
    outside = not set(settings.scenario.forms) <= set(BANK_FORMS)
    low, high = np.quantile(legit, [0.05, 0.95])
    both = np.concatenate([legit, fraud])
    is_fraud = np.arange(len(both)) >= len(legit)
    return [
        judged("B1", "Hill exponent of the highest 1 % of ordinary payments", hill(legit),
               1.3, 2.8),
        judged("B1", "99th percentile over median of ordinary payments", top / median, 8, 60),
        judged("B1", "highest ordinary payment over highest fraud", legit.max() / fraud.max(),
               1, None),
        judged("B2", "mean over median loss of fraud outside the bank's name", spread, 4, None,
               "per case, weighted by the Dutch rate of the forms" if outside else
               "every form of this scenario is in the bank's name", applies=outside),
        judged("B3", "share of fraud between the 5th and 95th percentile of ordinary payments",
               ((fraud >= low) & (fraud <= high)).mean(), 0.5, None),
        judged("B3", "AUC of the amount alone", _either_way(auc(both, is_fraud)), 0.5, 0.72),
        judged("B3", "recall of the amount alone at 1 % false positives",
               (fraud > np.quantile(legit, 0.99)).mean(), None, 0.12),
    ]  # fmt: skip


def _either_way(value: float) -> float:
    return max(value, 1 - value)


def rhythm(evidence: Evidence, settings: Settings) -> list[Check]:
    """C1 to C4: hour, weekday, payday, bursts, and columns that should be independent."""
    rows = evidence.payments
    legit = rows[~rows["fraud"]]
    time = legit["time"].to_numpy()
    hours = np.bincount(time % DAY // HOUR, minlength=24)
    days = np.bincount(time // DAY, minlength=evidence.world.days)
    number = np.arange(len(days))
    weekday = np.array([days[number % 7 == day].mean() for day in range(7)])
    payday = np.isin(number % MONTH_DAYS, PAYDAYS)
    bursts = burstiness(legit["payer"].to_numpy(), time)
    return [
        judged("C1", "busiest over quietest hour", hours.max() / max(hours.min(), 1), 5, 40),
        judged("C1", "distinct levels among the 24 hours", levels(hours), 12, None,
               "hours closer together than noise or 1 % of the peak count as one level"),
        judged("C2", "busiest over quietest weekday", weekday.max() / weekday.min(), 1.15, None),
        judged("C2", "payday over other days", days[payday].mean() / days[~payday].mean(),
               1.3, None),
        judged("C3", "burstiness of a person's ordinary payments (median)",
               float(np.median(bursts)) if len(bursts) else math.nan, 0.1, 0.6),
        judged("C3", "correlation of a group's victims per day with the day before",
               fraud_persistence(evidence), 0.0, None, "mean over criminal groups; above 0",
               applies=bool(settings.scenario.forms)),
        *_joints(evidence, legit),
    ]  # fmt: skip


def fraud_persistence(evidence: Evidence) -> float:
    """Return the mean autocorrelation, over groups with 10 victims or more, of victims per day."""
    victims, days = evidence.victims, evidence.world.days
    found = []
    for _, cases in victims.groupby(["form", "group"]):
        if len(cases) >= 10:
            day = np.clip(cases["contact_time"].to_numpy() // DAY, 0, days - 1)
            found.append(autocorrelation(np.bincount(day, minlength=days)))
    return float(np.nanmean(found)) if found else math.nan


def _joints(evidence: Evidence, legit: pd.DataFrame) -> list[Check]:
    month, hour = legit["time"] // DAY // MONTH_DAYS, legit["time"] % DAY // HOUR
    pairs = {
        "app or web, and hour": (legit["app"], hour),
        "app or web, and month": (legit["app"], month),
        "amount and bank": (binned(legit["amount_eur"].to_numpy(), 10), legit["payer_bank"]),
    }
    if "orders" in evidence.world.tables:
        orders = evidence.world.tables["orders"][~evidence.fraud("orders")]
        pairs["shop and month"] = (orders["shop"], orders["time"] // DAY // MONTH_DAYS)
    return [
        judged("C4", f"mutual information of {name}", mutual_information(*map(np.asarray, pair)),
               None, 0.05)
        for name, pair in pairs.items()
    ]  # fmt: skip


def change(evidence: Evidence, settings: Settings) -> list[Check]:
    """D1, D3 and D4: prevalence by month, emergence, stability of ordinary life (D2: detectors)."""
    rows = evidence.payments
    whole = evidence.world.days // MONTH_DAYS
    month = (rows["time"] // DAY // MONTH_DAYS).to_numpy()
    inside = month < whole
    total = np.bincount(month[inside], minlength=whole)
    fraud = np.bincount(month[inside & rows["transfer"].to_numpy()], minlength=whole)
    rate = fraud / np.maximum(total, 1)
    value = rate.max() / rate.min() if whole and rate.min() > 0 else math.inf
    note = f"{whole} whole months of 30 days, {int(fraud.sum())} fraud payments"
    seasons = any(len({*form.SEASON}) > 1 for form in settings.scenario.forms.values())
    seasons &= settings.world.days >= 2 * MONTH_DAYS
    error = value * math.sqrt(1 / fraud.max() + 1 / fraud.min()) if fraud.min() else math.nan
    check = judged(
        "D1",
        "highest over lowest monthly share of fraud",
        value,
        1.3,
        2.5,
        note if seasons else "no form of this scenario has a season, or no two months pass",
        applies=seasons,
    )
    return [
        excused(check, error),
        _emergence(evidence, settings, whole),
        *_stability(evidence),
    ]


def _emergence(evidence: Evidence, settings: Settings, whole: int) -> Check:
    """D3: over whole months, at least one of them with an emerging form at full strength."""
    name = "loss share, in its best month, of a form that was hardly there in the first"
    emerging = {
        form: one.preparation.starts_day + one.preparation.ramp_days
        for form, one in settings.scenario.forms.items()
        if one.preparation.starts_day >= MONTH_DAYS
    }
    if not emerging:
        note = (
            f"needs a form that emerges after the first month (preparation.starts_day={MONTH_DAYS}"
        )
        return skipped("D3", name, f"{note} or later): scenario=emerging", 0.2)
    days = (math.ceil(min(emerging.values()) / MONTH_DAYS) + 1) * MONTH_DAYS
    rows = evidence.transfers
    month = rows["time"] // DAY // MONTH_DAYS
    loss = (rows["amount_eur"] * rows["real_weight"]).groupby([month, rows["form"]]).sum().unstack()
    share = loss.div(loss.sum(axis=1), axis=0).fillna(0)
    share = share[share.index < whole]
    grown = {
        form: float(share[form].max())
        for form in emerging
        if form in share and share[form].get(0, 0.0) < 0.02
    }
    best = max(grown, key=lambda form: grown[form], default="")
    value, enough = grown.get(best, math.nan), evidence.world.days >= days
    note = best or f"none of {', '.join(emerging)} was below 2 % of the losses in the first month"
    if not enough:
        note = f"needs world.days={days}: a whole month at full strength (it is "
        note += f"{evidence.world.days})"
    return judged("D3", name, value, 0.2, None, note, applies=enough)


def _stability(evidence: Evidence) -> list[Check]:
    """D4: whether a classifier separates the first from the second half of the ordinary rows."""
    from sklearn.tree import DecisionTreeClassifier

    checks = []
    for table in evidence.event_tables:
        sample = evidence.sample(table)
        rows = sample.rows[~sample.fraud]
        columns = [name for name in columns_of(table, "values") if name not in ("time", "day")]
        if not columns or not len(rows):
            continue
        late = (rows["time"] > evidence.world.days * DAY / 2).to_numpy()
        values = np.column_stack([as_numbers(rows[name].to_numpy()) for name in columns])
        learn, judge = slice(0, None, 2), slice(1, None, 2)
        tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=100, random_state=0)
        tree.fit(values[learn], late[learn])
        value = _either_way(auc(tree.predict_proba(values[judge])[:, 1], late[judge]))
        checks.append(
            judged("D4", f"AUC of telling early from late ordinary {table}", value, 0.5, 0.65,
                   "depth-4 tree on the columns without time and codes")
        )  # fmt: skip
    return checks


def single_columns(evidence: Evidence, settings: Settings) -> list[Check]:
    """E1: how well a single raw column of the payments separates fraud."""
    title = "highest AUC of a single raw column of a payment"
    if not settings.scenario.forms:
        return [skipped("E1", title, "no fraud in this scenario", None, 0.75)]
    rows = evidence.payments[~(evidence.payments["fraud"] & ~evidence.payments["transfer"])]
    fraud = rows["transfer"].to_numpy()
    found = {}
    for name, column in columns_of("payments", "values").items():
        if column.answer:  # no bank's own
            continue
        values = rows[name].to_numpy()
        if name == "time":
            found["hour"] = auc(*encoded_auc(values % DAY // HOUR, fraud))
            continue
        found[name] = max(_either_way(auc(values, fraud)), auc(*encoded_auc(binned(values), fraud)))
    best = max(found, key=lambda name: found[name])
    return [
        judged("E1", title, found[best], None, 0.75,
               f"{best}; raw and by the fraud rate of 20 bins, learned on other rows")
    ]  # fmt: skip
