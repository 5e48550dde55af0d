"""Leaks, part three: across tables and over time (L4, L7, L10, L13 to L16)."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from proeftuin.inspection.checks import Check, judged, skipped, worst_of
from proeftuin.inspection.evidence import Evidence, columns_of
from proeftuin.inspection.leaks.design import design_leaks, unlike_twin
from proeftuin.inspection.statistics import (
    Separation,
    rate_ratio,
    ratio_finding,
)
from proeftuin.settings.study import Settings
from scenarios.base import Event
from synthetic_data.clock import DAY
from synthetic_data.schema import TABLES

#: Joins that partners make: table and column of a key, and the table and column that hold it.
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
ENOUGH = 20  #: minimum number of entities to judge a ratio


def joint_leaks(evidence: Evidence, settings: Settings) -> list[Check]:
    """Return L4, L7, L10, L13 to L16 and the design checks; without fraud only L29 applies."""
    if not evidence.payments["fraud"].any():
        return [
            skipped("L7", "leaks across tables", "no fraud in this world"),
            *unlike_twin(evidence),
        ]
    return [
        _joins(evidence),
        *_balances(evidence),
        _one_shot(evidence, settings),
        *_fraud_only_days(evidence, settings),
        _everybody(evidence),
        *_edges(evidence),
        *_births(evidence),
        *design_leaks(evidence, settings),
    ]


def _joins(evidence: Evidence) -> Check:
    """L7: keys that are unknown at the other partner."""
    findings = []
    for table, column, other, key in JOINS:
        if table not in evidence.event_tables or other not in evidence.world.tables:
            continue
        sample = evidence.sample(table)
        codes = sample.rows[column].to_numpy()
        missing = (codes >= 0) & ~np.isin(codes, evidence.world.tables[other][key].unique())
        if missing.any():
            where = f"{table}.{column} not in {other}"
            findings.append(rate_ratio(where, missing, sample.fraud, 0.3, 3))
    return worst_of("L7", "fraud among rows unknown at the other partner, times the base",
                findings, 0.3, 3, 1)  # fmt: skip


def running_balance(evidence: Evidence) -> pd.DataFrame:
    """Return every payment's row number with the payer's balance before and after, in cents.

    The balance is the opening balance plus all payments, savings and cash of the account, which its
    bank can sum.
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
        worst_of("L10", "fraud among payments that empty an account, times the base", findings,
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
    """L13: whether victims before the cut-off never, or always, become victims again after it."""
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
    return worst_of("L13", name, [ratio_finding(
        f"{len(before)} victims before day {settings.evaluation.cutoff_day}, {expected:.1f} "
        f"expected again, {seen} seen", seen, float(expected), 0.5, 20)], 0.5, 20, 1)  # fmt: skip


def _fraud_only_days(evidence: Evidence, settings: Settings) -> list[Check]:
    """L14: whether victims also have ordinary rows on the day of the fraud."""
    checks = []
    forms = settings.scenario.forms.values()
    called = any(step.event is Event.CALL for form in forms for step in form.steps())
    for table, entity in (("payments", "payer"), ("calls", "subscriber")):
        if table not in evidence.event_tables or (table == "calls" and not called):
            continue
        rows, fraud = evidence.world.tables[table], evidence.fraud(table)
        if table == "payments":
            fraud = evidence.payments["transfer"].to_numpy()
        key = rows[entity].astype(np.int64) * 4096 + rows["time"].astype(np.int64) // DAY
        days = key[fraud].unique()
        lived = key[key.isin(days) & ~evidence.fraud(table)].nunique()
        value = lived / len(days) if len(days) else math.nan
        checks.append(
            judged(
                "L14", f"share of a victim's fraud days with ordinary {table} too", value, 0.3, None
            )
        )
    return checks


def _everybody(evidence: Evidence) -> Check:
    """L15: whether almost every account or number occurs in fraud."""
    shares = {}
    for table, entity in (("payments", "payer"), ("calls", "subscriber"), ("orders", "customer")):
        if table in evidence.event_tables:
            codes, fraud = evidence.world.tables[table][entity], evidence.fraud(table)
            shares[f"{entity}s"] = codes[fraud].nunique() / max(codes.nunique(), 1)
    top = max(shares, key=lambda name: shares[name])
    return judged("L15", "share of entities with any fraud", shares[top], None, 0.15, top)


def _edges(evidence: Evidence) -> list[Check]:
    """L16: fraud at the start and the end of the horizon against the same stretch in between.

    Campaigns come in waves, so the stretches in between give the noise (three sigma).
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
        where = f"the stretches in between vary by {spread / max(middle, 1e-12):.0%}"
        finding = Separation(
            where,
            ratio,
            max(0.8 - ratio, ratio - 1.25, 0.0),
            spread < 0.25 / 3 * middle or abs(value - middle) > 3 * spread,
        )
        title = f"share of fraud in the {name} 5 % of the horizon over the rest"
        checks.append(worst_of("L16", title, [finding], 0.8, 1.25, 1))
    return checks


def _births(evidence: Evidence) -> list[Check]:
    """L4: entities that occur only in fraud, against ordinary ones that are equally new."""
    seen: dict[str, list[pd.DataFrame]] = {}
    for table in evidence.event_tables:
        rows, fraud = evidence.world.tables[table], evidence.fraud(table)
        for name, column in columns_of(table, "codes").items():
            if name == TABLES[table].event:
                continue
            part = pd.DataFrame({"code": rows[name], "fraud": fraud, "time": rows["time"]})
            part = part[part["code"] >= 0]
            found = part.groupby("code").agg(
                rows=("fraud", "size"), fraud=("fraud", "sum"), first=("time", "min")
            )
            seen.setdefault(column.entity or "", []).append(found)
    only: dict[str, pd.Index] = {}
    ratios = []
    quarter = evidence.world.days * DAY / 4
    for kind, parts in seen.items():
        both = (
            pd.concat(parts).groupby(level=0).agg({"rows": "sum", "fraud": "sum", "first": "min"})
        )
        born = both[both["rows"] == both["fraud"]]
        only[kind] = born.index
        fresh = int(((both["fraud"] == 0) & (both["first"] > quarter)).sum())
        if len(born) >= ENOUGH:
            ratios.append(
                (fresh / len(born), f"{kind}: {fresh} new ordinary, {len(born)} only in fraud")
            )
    shares = dict(_touched(evidence, only))
    total = sum(rows for _, rows in shares.values())
    touched = sum(hit for hit, _ in shares.values())
    worst_table = max(shares, key=lambda name: shares[name][0] / shares[name][1], default="")
    note = ", ".join(f"{name} {hit / rows:.0%}" for name, (hit, rows) in shares.items())
    return [
        judged("L4", "share of fraud rows with an entity that occurs only in fraud",
               touched / total if total else math.nan, None, 0.3, f"by table: {note}"),
        judged("L4", f"the same in the worst table ({worst_table})",
               shares[worst_table][0] / shares[worst_table][1] if shares else math.nan, None, 0.3),
        judged("L4", "new ordinary entities for every one that occurs only in fraud",
               *((least[0], 5, None, least[1]) if (least := min(ratios, default=None)) else
                 (math.inf, 5, None, f"no kind has {ENOUGH} that occur only in fraud"))),
    ]  # fmt: skip


def _touched(
    evidence: Evidence, only: dict[str, pd.Index]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield by table: fraud rows that name an entity of ``only``, and all fraud rows."""
    for table in evidence.event_tables:
        rows = evidence.world.tables[table][evidence.fraud(table)]
        hit = np.zeros(len(rows), dtype=bool)
        for name, column in columns_of(table, "codes").items():
            if name != TABLES[table].event:
                hit |= rows[name].isin(only[column.entity or ""]).to_numpy()
        if len(rows):
            yield table, (int(hit.sum()), len(rows))
