"""Leaks, part four: what the design promises about streams, codes, reports and numbers (L17 on)."""

import math
from itertools import combinations

import numpy as np
import pandas as pd

from proeftuin.inspection.checks import Check, judged, skipped, told
from proeftuin.inspection.evidence import Evidence, added, columns_of
from proeftuin.inspection.statistics import (
    SIGMAS,
    Separation,
    binned,
    mutual_information,
    rate_ratio,
    ratio_finding,
    separation,
)
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import generated
from synthetic_data.arrays import Array, Bools
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.codes import ENTITY_BITS
from synthetic_data.schema import TABLES

LAGS = (-1, 0, 1)


def design_leaks(evidence: Evidence, settings: Settings) -> list[Check]:
    """L17 to L29, but for those that take a model (L20 in part, L27, L28)."""
    return [
        *_streams(evidence),
        _months(evidence),
        *_identities(evidence),
        *_labels(evidence),
        _text(evidence),
        _repeats(evidence),
        *_sampling(evidence, settings),
        _straddling(evidence, settings),
        *unlike_twin(evidence),
    ]


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
    """L18: journeys are made by the month; no month may show its seams.

    The AUC against moments spread evenly is the mean place. Contacts of a campaign are near each
    other, so chance is what campaigns show, not contacts.
    """
    cases = evidence.truth.cases
    whole = evidence.world.days // MONTH_DAYS * MONTH_DAYS * DAY
    cases = cases[(cases["contact_time"] >= 0) & (cases["contact_time"] < whole)]
    away = cases["contact_time"] % (MONTH_DAYS * DAY) / (MONTH_DAYS * DAY) - 0.5
    campaigns = away.groupby([cases["form"], cases["campaign"]]).sum()
    mean = float(away.mean()) if len(cases) else math.nan
    sigma = math.sqrt(float((campaigns**2).sum())) / max(len(cases), 1)
    finding = Separation(
        f"{len(cases)} contacts of {len(campaigns)} campaigns",
        0.5 + mean,
        max(abs(mean) - 0.02, 0.0),
        SIGMAS * sigma <= 0.02 or abs(mean) > SIGMAS * sigma,
    )
    return told("L18", "AUC of the place of a contact within its month", [finding], 0.48, 0.52)


def _identities(evidence: Evidence) -> list[Check]:
    """L19: no internal numbers in the tables, and pseudonyms that differ per partner."""
    low = 4 * evidence.truth.persons
    raw, shared = [], []
    for table, rows in evidence.world.tables.items():
        for name, column in columns_of(table, "codes").items():
            codes = rows[name].drop_duplicates().to_numpy()
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
    findings: list[Separation] = []
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
        first_month = generated(settings.world).first_month
        month = (first_month - 1 + np.arange(truth.days) // MONTH_DAYS) % 12
        expected *= truth.persons * truth.days / 365 * np.array(form.SEASON)[month].mean()
        seen = int(cases["succeeded"].sum())
        finding = ratio_finding(name, seen, expected, 0.8, 1.25)
        note = f"{seen} seen, {expected:.0f} configured; waves of campaigns add to chance"
        checks.append(
            judged("L25", f"victims of {name} over what is configured", finding.value,
                   0.8, 1.25, note, applies=finding.counts)
        )  # fmt: skip
    return [*checks, judged("L25", "largest error of a case's weight", wrong, 0, 1e-9)]


def _straddling(evidence: Evidence, settings: Settings) -> Check:
    """L26: cases that a report teaches in training and that have payments in the test period.

    A long fraud has payments on both sides of the split. A partner that trains on a split by time
    learns nothing from it as long as nobody has reported it: its payments are honest ones then.
    """
    rows, labels = evidence.transfers, evidence.world.labels
    evaluation, cutoff = settings.evaluation, settings.evaluation.cutoff_day * DAY
    day = rows["time"] // DAY
    learned = day < evaluation.warm_up_days + evaluation.train_days
    known = labels[(labels["kind"] == "payment") & (labels["known_at"] < cutoff)]
    reported = rows["payment"].isin(known.loc[known["withdrawn_at"] >= cutoff, "value"])
    tested = rows.loc[day >= evaluation.test_day, "case"]
    both = np.intersect1d(rows.loc[learned & reported, "case"], tested)
    silent = np.setdiff1d(np.intersect1d(rows.loc[learned, "case"], tested), both)
    note = f"split by time; {len(silent)} cases more go on in the test period, not yet reported"
    return judged("L26", "cases reported in the training period that go on in the test period",
                  len(both), 0, 0, f"{note}; criminal groups act in both by design")  # fmt: skip


def unlike_twin(evidence: Evidence) -> list[Check]:
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
            if now.reset_index(drop=True).equals(before.reset_index(drop=True)):
                continue
            count = int(added(now, before).sum() + added(before, now).sum())
        else:
            count = int(added(before, now).sum())
        if count:
            different += count
            where.append(f"{table} {count}")
    note = ", ".join(where) or "statements excepted: balances carry the money that fraud moved"
    return [judged("L29", name, different, 0, 0, note)]
