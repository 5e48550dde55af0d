"""Leaks, part two: across tables, over time, in labels, and against a world without fraud."""

import math
from itertools import combinations

import numpy as np
import pandas as pd

from proeftuin.inspection.checks import Check, judged, skipped
from proeftuin.inspection.evidence import Evidence, added, columns_of
from proeftuin.inspection.leaks import told
from proeftuin.inspection.measures import (
    Array,
    Bools,
    Finding,
    auc,
    binned,
    mutual_information,
    rate_ratio,
    ratio_finding,
    separation,
)
from proeftuin.settings import Settings
from scenarios.base import Phase
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.codes import ENTITY_BITS
from synthetic_data.schema import TABLES

#: Joins that partners make: (table, column) and the register column it should be found in.
JOINS = (
    ("payments", "payer", "accounts", "account"),
    ("payments", "payee", "accounts", "account"),
    ("payments", "payer", "traders", "account"),
    ("payments", "device", "orders", "device"),
    ("checkouts", "account", "accounts", "account"),
    ("checkouts", "device", "payments", "device"),
    ("contacts", "account", "accounts", "account"),
    ("orders", "address", "customers", "address"),
    ("transfers", "account", "accounts", "account"),
    ("calls", "number", "subscribers", "phone"),
    ("calls", "subscriber", "accounts", "phone"),
)
EDGE = 0.05  #: share of the horizon at either end
LAGS = (-1, 0, 1)


def joint_leaks(evidence: Evidence, settings: Settings) -> list[Check]:
    """L7, L10 and L13 to L29, but for those that take a model (L20 in part, L27, L28, L30)."""
    if not evidence.payments["fraud"].any():
        return [skipped("L7", "leaks across tables", "no fraud in this world"), *_twin(evidence)]
    return [
        _joins(evidence),
        *_balances(evidence),
        _one_shot(evidence, settings),
        *_fraud_only_days(evidence),
        _everybody(evidence),
        *_edges(evidence),
        *_streams(evidence),
        _months(evidence),
        *_identities(evidence),
        *_labels(evidence),
        _text(evidence),
        _repeats(evidence),
        *_sampling(evidence, settings),
        _straddling(evidence, settings),
        *_twin(evidence),
    ]


def _joins(evidence: Evidence) -> Check:
    """L7: a key that the other partner does not know."""
    findings = []
    for table, column, other, key in JOINS:
        if table not in evidence.event_tables or other not in evidence.world.tables:
            continue
        sample = evidence.sample(table)
        asked = sample.rows[column].to_numpy()
        missing = (asked >= 0) & ~np.isin(asked, evidence.world.tables[other][key].unique())
        if missing.any():
            where = f"{table}.{column} not in {other}"
            findings.append(rate_ratio(where, missing, sample.fraud, 0.3, 3))
    return told("L7", "fraud among rows unknown at the other partner, times the base",
                findings, 0.3, 3, 1)  # fmt: skip


def running_balance(evidence: Evidence) -> pd.DataFrame:
    """Return every payment's row number with the payer's balance before and after, in cents.

    Opening balance and all payments, savings and cash of the account, as its bank can add up.
    """
    tables = evidence.world.tables
    paid, done = tables["payments"], tables["actions"]
    cents = np.rint(paid["amount_eur"] * 100).astype(np.int64)
    moved = np.rint(done["amount_eur"] * 100).astype(np.int64).where(done["kind"] == 1, 0)
    cash = np.rint(done["amount_eur"] * 100).astype(np.int64).where(done["kind"] == 2, 0)
    row = np.arange(len(paid))
    book = pd.concat(
        [
            pd.DataFrame(
                {"account": paid["payer"], "time": paid["time"], "cents": -cents, "row": row}
            ),
            pd.DataFrame(
                {"account": paid["payee"], "time": paid["time"], "cents": cents, "row": -1}
            ),
            pd.DataFrame(
                {"account": done["account"], "time": done["time"], "cents": moved - cash, "row": -1}
            ),
        ]
    ).sort_values(["account", "time"], kind="stable")
    opening = np.rint(tables["accounts"].set_index("account")["opening_eur"] * 100)
    start = book["account"].map(opening).fillna(0).astype(np.int64)
    book["after"] = start + book.groupby("account")["cents"].cumsum()
    book["before"] = book["after"] - book["cents"]
    return book[book["row"] >= 0].set_index("row").sort_index()


def _balances(evidence: Evidence) -> list[Check]:
    """L10: balances that only fraud leaves, and whether statements add up."""
    book, fraud = running_balance(evidence), evidence.payments["transfer"].to_numpy()
    after, before = book["after"].to_numpy(), book["before"].to_numpy()
    chosen = {
        "emptied to the cent": after == 0,
        "over 95 % of the balance": (after >= 0) & (after < 0.05 * before),
        "overdrawn": after < 0,
    }
    findings = [rate_ratio(name, rows, fraud, 0, 10) for name, rows in chosen.items() if rows.any()]
    share = float((after == 0).mean())
    return [
        told("L10", "fraud among payments that empty an account, times the base", findings,
             None, 10, 1)
        if any(one.counts for one in findings)
        else judged("L10", "fraud among payments that empty an account, times the base", 1, None,
                    10, f"no more than chance; {share:.2g} of payments leave exactly nothing"),
        judged("L10", "statements whose balance does not follow from the one before",
               broken_statements(evidence), 0, 0),
    ]  # fmt: skip


def broken_statements(evidence: Evidence) -> int:
    """Count statements that are not opening (or previous) balance plus in minus out, in cents."""
    rows = evidence.world.tables["statements"].sort_values(["account", "day"])
    cents = {
        name: np.rint(rows[name] * 100).astype(np.int64)
        for name in ("in_eur", "out_eur", "balance_eur")
    }
    accounts = evidence.world.tables["accounts"].set_index("account")["opening_eur"]
    opening = np.rint(rows["account"].map(accounts).fillna(0) * 100)
    before = cents["balance_eur"].groupby(rows["account"]).shift(1)
    before = before.fillna(opening).astype(np.int64)
    return int((before + cents["in_eur"] - cents["out_eur"] != cents["balance_eur"]).sum())


def _one_shot(evidence: Evidence, settings: Settings) -> Check:
    """L13: whether a victim before the cut is never, or always, one after it."""
    name = "fraud among earlier victims, times the base"
    cut = settings.evaluation.cutoff_day * DAY
    rows = evidence.payments[["time", "payer", "case", "transfer"]]
    hit = rows[rows["transfer"]]
    first = hit.groupby("case")["time"].transform("min")
    before = hit.loc[first < cut, "payer"].unique()
    after = hit.loc[first >= cut, "payer"].unique()
    active = rows.loc[rows["time"] >= cut, "payer"].unique()
    again = np.isin(before, active)
    expected = again.sum() * len(after) / max(len(active), 1)
    seen = int(np.isin(before, after).sum())
    return told("L13", name, [ratio_finding(
        f"{len(before)} victims before day {settings.evaluation.cutoff_day}, {expected:.1f} "
        f"expected again, {seen} seen", seen, float(expected), 0.5, 20)], 0.5, 20, 1)  # fmt: skip


def _fraud_only_days(evidence: Evidence) -> list[Check]:
    """L14: whether a victim also lives an ordinary life on the day of the fraud."""
    checks = []
    for table, entity in (("payments", "payer"), ("calls", "subscriber")):
        if table not in evidence.event_tables:
            continue
        rows, fraud = evidence.world.tables[table], evidence.fraud(table)
        if table == "payments":
            fraud = evidence.payments["transfer"].to_numpy()
        key = rows[entity].astype(np.int64) * 4096 + rows["time"].astype(np.int64) // DAY
        days = key[fraud].unique()
        value = (
            np.isin(days, key[~evidence.fraud(table)].unique()).mean() if len(days) else math.nan
        )
        checks.append(
            judged(
                "L14", f"share of a victim's fraud days with ordinary {table} too", value, 0.3, None
            )
        )
    return checks


def _everybody(evidence: Evidence) -> Check:
    """L15: whether almost every account or number meets fraud."""
    shares = {}
    for table, entity in (("payments", "payer"), ("calls", "subscriber"), ("orders", "customer")):
        if table in evidence.event_tables:
            codes, fraud = evidence.world.tables[table][entity], evidence.fraud(table)
            shares[f"{entity}s"] = codes[fraud].nunique() / max(codes.nunique(), 1)
    top = max(shares, key=lambda name: shares[name])
    return judged("L15", "share of entities with any fraud", shares[top], None, 0.15, top)


def _edges(evidence: Evidence) -> list[Check]:
    """L16: fraud at the start and the end of the horizon against the same stretch in between.

    Campaigns come in waves, so chance is what the stretches in between show (three sigma).
    """
    rows = evidence.payments
    stretch = np.minimum(rows["time"] / (evidence.world.days * DAY) / EDGE, 1 / EDGE - 1).astype(
        int
    )
    total = np.bincount(stretch, minlength=round(1 / EDGE))
    fraud = np.bincount(stretch[rows["transfer"]], minlength=round(1 / EDGE))
    rate = fraud / np.maximum(total, 1)
    middle, spread = rate[1:-1].mean(), rate[1:-1].std()
    checks = []
    for name, value in (("first", rate[0]), ("last", rate[-1])):
        ratio = value / middle if middle else math.nan
        noise = f"the stretches in between vary by {spread / middle:.0%}" if middle else ""
        measurable = bool(middle) and (spread / middle < 0.25 / 3 or abs(value - middle) > 3 * spread)
        checks.append(
            judged("L16", f"share of fraud in the {name} 5 % of the horizon over the rest", ratio,
                   0.8, 1.25, noise if measurable else f"{noise}: chance alone leaves the band",
                   applies=measurable)
        )  # fmt: skip
    return checks


def _streams(evidence: Evidence) -> list[Check]:
    """L17: columns that are independent by design, in the same row and its neighbours."""
    top, where, bins = 0.0, "no table is large enough", 8
    for table in evidence.event_tables:
        sample = evidence.sample(table)
        rows = sample.rows[~sample.fraud]
        if len(rows) < 20_000:
            continue
        free = {"seconds": binned(rows["time"].to_numpy() % 60, bins)}
        if (event := TABLES[table].event) is not None:
            free["code"] = binned(rows[event].to_numpy(), bins)
        other = {
            name: binned(rows[name].to_numpy(), bins)
            for name in columns_of(table, "values")
            if name != "time"
        }
        for mine, left in free.items():
            for name, right in (other | {k: v for k, v in free.items() if k != mine}).items():
                for lag in LAGS:
                    value = mutual_information(left[1:-1], np.roll(right, lag)[1:-1])
                    if value > top:
                        top, where = value, f"{table}: {mine} and {name}, lag {lag}"
    return [judged("L17", "mutual information of independent columns", top, None, 0.01, where)]


def _months(evidence: Evidence) -> Check:
    """L18: journeys are made by the month; no month may show its seams."""
    time = evidence.truth.cases["contact_time"].to_numpy()
    whole = evidence.world.days // MONTH_DAYS * MONTH_DAYS * DAY
    time = time[(time >= 0) & (time < whole)]
    part = time % (MONTH_DAYS * DAY) / (MONTH_DAYS * DAY)
    even = (np.arange(20_000) + 0.5) / 20_000
    is_case = np.arange(len(part) + len(even)) < len(part)
    finding = separation(f"{len(part)} contacts", np.concatenate([part, even]), is_case, 0.02)
    return told("L18", "AUC of the place of a contact within its month", [finding], 0.48, 0.52)


def _identities(evidence: Evidence) -> list[Check]:
    """L19: no internal numbers in the tables, and pseudonyms that differ per partner."""
    low = 4 * evidence.truth.persons
    raw, shared = [], []
    for table, rows in evidence.world.tables.items():
        for name, column in columns_of(table, "codes").items():
            codes = pd.unique(rows[name])
            codes = codes[codes >= 0]
            chance = len(codes) * low / 2**ENTITY_BITS
            small = int((codes < low).sum())
            if len(codes) and small > 5 + 4 * chance:
                raw.append(f"{table}.{name}")
            if not column.key and column.entity is not None and name != TABLES[table].event:
                shared += _shared(table, name, rows)
    return [
        judged("L19", "columns with internal numbers", len(raw), 0, 0, ", ".join(raw)),
        judged("L19", "pseudonyms that two partners have in common", len(shared), 0, 0,
               ", ".join(sorted(set(shared)))),
    ]  # fmt: skip


def _shared(table: str, name: str, rows: pd.DataFrame) -> list[str]:
    holder = TABLES[table].holders[0]
    owned = [set(part[name].unique()) - {-1} for _, part in rows.groupby(holder)]
    return [f"{table}.{name}" for left, right in combinations(owned, 2) for _ in left & right]


def _labels(evidence: Evidence) -> list[Check]:
    """L20: no report before the event; L21: no report or column that equals the truth."""
    labels = evidence.world.labels
    early = 0
    for table in evidence.event_tables:
        event = TABLES[table].event
        if event is None:
            continue
        rows = evidence.world.tables[table]
        about = labels[labels["kind"] == event]
        when = rows.set_index(event)["time"].reindex(about["value"]).to_numpy()
        early += int((about["known_at"].to_numpy() < when).sum())
    payments = evidence.payments
    reported = payments["payment"].isin(labels.loc[labels["kind"] == "payment", "value"]).to_numpy()
    fraud = payments["transfer"].to_numpy()
    agreement = {"reports": _jaccard(reported, fraud)}
    for table in evidence.event_tables:
        sample = evidence.sample(table)
        for name in columns_of(table, "values"):
            values = sample.rows[name].to_numpy()
            if name != "time" and len(np.unique(values)) == 2:
                high = values == values.max()
                agreement[f"{table}.{name}"] = max(
                    _jaccard(high, sample.fraud), _jaccard(~high, sample.fraud)
                )
    top = max(agreement, key=lambda name: agreement[name])
    return [
        judged("L20", "reports that arrive before what they report", early, 0, 0),
        judged("L21", "agreement of a report or column with the truth", agreement[top], None, 0.98,
               f"{top}; shared rows over rows in either, as nearly all rows are ordinary"),
    ]  # fmt: skip


def _jaccard(left: Bools, right: Bools) -> float:
    either = int((left | right).sum())
    return int((left & right).sum()) / either if either else 0.0


def _text(evidence: Evidence) -> Check:
    """L22: spaces, case and length of text columns."""
    findings = []
    for table in evidence.event_tables:
        sample = evidence.sample(table)
        for name in sample.rows.columns:
            if pd.api.types.is_numeric_dtype(sample.rows[name]):
                continue
            text = sample.rows[name].astype(str)
            features: dict[str, Array] = {
                "length": text.str.len().to_numpy(),
                "spaces": (text != text.str.strip()).to_numpy(),
                "capitals": text.str.count("[A-Z]").to_numpy(),
            }
            findings += [
                separation(f"{table}.{name} {kind}", score, sample.fraud, 0.02)
                for kind, score in features.items()
            ]
    name = "AUC of length, spaces and capitals of text"
    if not findings:
        return skipped("L22", name, "tables hold no text, only numbers", 0.48, 0.52)
    return told("L22", name, findings, 0.48, 0.52)


def _repeats(evidence: Evidence) -> Check:
    """L24: rows that are there twice, or twice within a day but for their code."""
    findings: list[Finding] = []
    for table in evidence.event_tables:
        sample = evidence.sample(table)
        names = [name for name in sample.rows if name not in ("time", TABLES[table].event)]
        day = sample.rows["time"] // DAY
        twice = sample.rows[names].assign(day=day).duplicated(keep=False).to_numpy()
        if twice.any():
            findings.append(rate_ratio(table, twice, sample.fraud, 0.5, 2))
    name = "fraud among rows that are there twice in a day, times the base"
    if not findings:
        return judged("L24", name, 1, 0.5, 2, "no row is there twice")
    return told("L24", name, findings, 0.5, 2, 1)


def _sampling(evidence: Evidence, settings: Settings) -> list[Check]:
    """L25: as many victims as configured, and the weight that undoes the enrichment."""
    truth, checks = evidence.truth, []
    wrong = 0.0
    for name, form in settings.scenario.forms.items():
        who, cases = form.orientation, truth.cases[truth.cases["form"] == name]
        if len(cases):
            wrong = max(wrong, float((cases["real_weight"] * who.enrichment - 1).abs().max()))
        ramp = form.preparation
        if ramp.starts_day or ramp.ramp_days:
            continue
        expected = who.victims_per_1000_year * who.enrichment / 1000
        expected *= truth.persons * truth.days / 365
        seen = int(cases["succeeded"].sum())
        finding = ratio_finding(name, seen, expected, 0.8, 1.25)
        note = f"{seen} seen, {expected:.0f} configured; waves of campaigns add to chance"
        checks.append(
            judged("L25", f"victims of {name} over what is configured", finding.value, 0.8, 1.25, note,
                   applies=finding.counts)
        )  # fmt: skip
    return [*checks, judged("L25", "largest error of a case's weight", wrong, 0, 1e-9)]


def _straddling(evidence: Evidence, settings: Settings) -> Check:
    """L26: cases with payments both in the training and in the test period."""
    rows, evaluation = evidence.transfers, settings.evaluation
    day = rows["time"] // DAY
    learned = day < evaluation.warm_up_days + evaluation.train_days
    tested = day >= evaluation.test_day
    both = np.intersect1d(rows.loc[learned, "case"], rows.loc[tested, "case"])
    forms = rows[rows["case"].isin(both)].drop_duplicates("case")["form"].value_counts()
    note = ", ".join(f"{form} {count}" for form, count in forms.items())
    groups = "criminal groups act in both by design: that is what there is to learn"
    return judged("L26", "cases with payments to learn from and to test on", len(both), 0, 0,
                  f"{note}; {groups}" if note else groups)  # fmt: skip


def _twin(evidence: Evidence) -> list[Check]:
    """L29: the same seed without fraud has the same ordinary rows."""
    name = "ordinary rows that differ from the same world without fraud"
    if evidence.twin is None:
        return [skipped("L29", name, "needs the world without fraud", 0, 0)]
    different, where = 0, []
    for table, before in evidence.twin.tables.items():
        now = evidence.world.tables.get(table)
        if table == "statements" or now is None:
            continue  # balances carry the money that fraud moved
        if table in evidence.event_tables and table != "actions":
            now = now[~evidence.fraud(table)]
            count = int(added(now, before).sum() + added(before, now).sum())
        else:
            count = int(added(before, now).sum())
        if count:
            different += count
            where.append(f"{table} {count}")
    note = ", ".join(where) or "statements excepted: balances carry the money that fraud moved"
    return [judged("L29", name, different, 0, 0, note)]
