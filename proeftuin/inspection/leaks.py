"""Leaks, part one: does a column of a partner's own tables give fraud away (L1 to L12)?

A leak is something that tells fraud from ordinary life only because the world was made by a
programme. Every check takes all fraud of a table and compares it with the rest; a deviation counts
if it leaves its band and chance does not explain it (four sigma), so small worlds neither fail by
luck nor pass what they cannot show.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from proeftuin.inspection.checks import Check, judged, skipped
from proeftuin.inspection.evidence import Evidence, Sample, columns_of
from proeftuin.inspection.measures import (
    Array,
    Bools,
    Finding,
    as_numbers,
    auc,
    binned,
    encoded_auc,
    mutual_information,
    rate_ratio,
    ratio_finding,
    separation,
    within_groups,
    worst,
)
from synthetic_data.clock import DAY, HOUR
from synthetic_data.schema import TABLES

TRUTH_WORDS = (
    "journey", "step", "pattern", "model", "persona", "label", "fraud", "case", "phase", "form",
    "scam", "victim", "mule", "campaign", "truth", "legit",
)  # fmt: skip
PREFIX = 4  #: leading digits of a code
ENOUGH = 20  #: rows below which a pure group means nothing


def column_leaks(evidence: Evidence) -> list[Check]:
    """L1 to L12: every check that looks at the columns of one table at a time."""
    samples = [evidence.sample(table) for table in evidence.event_tables]
    samples = [sample for sample in samples if sample.fraud.any()]
    if not samples:
        return [skipped("L1", "leaks in columns", "no fraud in this world")]
    return [
        *_identifiers(samples),
        *_order(evidence, samples),
        *_truth_columns(evidence, samples),
        *_births(evidence),
        _exclusive(evidence, samples),
        _missing(samples),
        *_arithmetic(samples),
        *_thresholds(samples),
        *_clock(samples),
    ]


def told(
    id: str,
    name: str,
    findings: Sequence[Finding],
    low: float | None,
    high: float | None,
    middle: float = 0.5,
) -> Check:
    """Turn findings into one check: the worst that counts, and where it is."""
    found = worst(findings, middle)
    if found is None:
        return judged(id, name, math.nan, low, high, "too little fraud to tell from chance")
    measured = sum(one.counts for one in findings)
    note = f"worst: {found.where}; {measured} of {len(findings)} can be told from chance"
    return judged(id, name, found.value, low, high, note)


def _codes(sample: Sample) -> Iterator[tuple[str, Array, Bools]]:
    """Yield every code column with each code once, fraud if it is in any fraud row."""
    for name in columns_of(sample.table, "codes"):
        values = sample.rows[name].to_numpy()
        codes, which = np.unique(values, return_inverse=True)
        fraud = np.zeros(len(codes), dtype=bool)
        fraud[which[sample.fraud]] = True
        real = codes >= 0
        yield f"{sample.table}.{name}", codes[real], fraud[real]


def _identifiers(samples: list[Sample]) -> list[Check]:
    """L1: codes that say something by their size, length or first digits."""
    size, length, prefix, ratio = [], [], [], []
    for sample in samples:
        for where, codes, fraud in _codes(sample):
            digits = np.floor(np.log10(np.maximum(codes, 1))).astype(np.int64) + 1
            first = codes // 10 ** np.maximum(digits - PREFIX, 0)
            size.append(separation(where, codes, fraud, 0.03))
            length.append(separation(where, digits, fraud, 0.03))
            prefix.append(separation(where, *encoded_auc(first, fraud), 0.03))
            rates = pd.DataFrame({"first": first, "fraud": fraud}).groupby("first")["fraud"]
            stats = rates.agg(["sum", "size"])
            stats = stats[
                (stats["size"] >= ENOUGH) & (stats["sum"] > 5 * fraud.mean() * stats["size"])
            ]
            ratio += [
                ratio_finding(f"{where} {name}…", int(row["sum"]), fraud.mean() * row["size"], 0, 5)
                for name, row in stats.iterrows()
            ]
    return [
        told("L1", "AUC of a code as a number", size, 0.47, 0.53),
        told("L1", "AUC of the length of a code", length, 0.47, 0.53),
        told("L1", "AUC of the first four digits of a code", prefix, 0.47, 0.53),
        told("L1", "fraud among codes with the same first digits, times the base", ratio, None, 5, 1)
        if any(one.counts for one in ratio)
        else judged("L1", "fraud among codes with the same first digits, times the base", 1, None, 5,
                    "no first digits with 20 codes and five times the fraud"),
    ]  # fmt: skip


def _order(evidence: Evidence, samples: list[Sample]) -> list[Check]:
    """L2 and L18: where a row stands, in the file and at each partner, beyond what its time says."""
    whole, ties, inside, seams = [], [], [], []
    for sample in samples:
        time, fraud = sample.rows["time"].to_numpy(), sample.fraud
        whole.append(separation(sample.table, _moved(time), fraud, 0.03))
        tied = within_groups(time, sample.position)
        ties.append(separation(sample.table, tied, fraud, 0.03))
        for name in TABLES[sample.table].holders:
            partner = sample.rows[name].to_numpy()
            for each in np.unique(partner):
                part = partner == each
                where = f"{sample.table} of {name} {each}"
                seams.append(separation(where, _moved(time[part]), fraud[part], 0.02))
        if sample.table == "payments":
            payer = sample.rows["payer"].to_numpy()
            moved = within_groups(payer, sample.position) - within_groups(payer, time)
            inside.append(separation("payments of a payer", moved, fraud, 0.03))
    registers = [one for table in evidence.registers for one in _register_order(evidence, table)]
    return [
        told("L2", "AUC of the place in the file, given the time", whole, 0.47, 0.53),
        told("L2", "AUC of the place among rows of the same second", ties, 0.47, 0.53),
        told("L2", "AUC of the place among the payer's rows, given the time", inside, 0.47, 0.53),
        told("L2", "AUC of the place in a register", registers, 0.47, 0.53)
        if registers
        else skipped("L2", "AUC of the place in a register", "no registers", 0.47, 0.53),
        told("L18", "AUC of the place in a partner's file, given the time", seams, 0.48, 0.52),
    ]


def _moved(time: Array) -> Array:
    """Return how far each row stands from its place in order of time; 0 if all are in order."""
    place = np.empty(len(time), dtype=np.int64)
    place[np.argsort(time, kind="stable")] = np.arange(len(time))
    return np.arange(len(time)) - place


def _register_order(evidence: Evidence, table: str) -> Iterator[Finding]:
    """Entries of entities that occur in fraud, by their place in a register."""
    rows = evidence.world.tables[table]
    entity = next(iter(columns_of(table, "codes")))
    kind = TABLES[table].columns[entity].entity
    guilty: set[int] = set()
    for other in evidence.event_tables:
        for name, column in columns_of(other, "codes").items():
            if column.entity == kind:
                codes = evidence.world.tables[other][name].to_numpy()
                guilty.update(codes[evidence.fraud(other)].tolist())
    fraud = rows[entity].isin(guilty).to_numpy()
    yield separation(table, np.arange(len(rows)), fraud, 0.03)


def _truth_columns(evidence: Evidence, samples: list[Sample]) -> list[Check]:
    """L3: columns that are not the partner's, or that know the answer."""
    strange = [
        f"{table}.{name}"
        for table, rows in evidence.world.tables.items()
        for name in rows.columns
        if name not in TABLES[table].columns or any(word in name for word in TRUTH_WORDS)
    ]
    known = {
        f"{sample.table}.{name}": mutual_information(
            binned(sample.rows[name].to_numpy()), sample.fraud
        )
        for sample in samples
        for name in columns_of(sample.table, "values")
    }
    top = max(known, key=lambda name: known[name], default="")
    return [
        judged("L3", "columns that are not in the schema or name the truth", len(strange), 0, 0,
               ", ".join(strange)),
        judged("L3", "highest mutual information of a column with the truth",
               known.get(top, 0.0), None, 0.9, top),
    ]  # fmt: skip


def _births(evidence: Evidence) -> list[Check]:
    """L4: entities that exist only for fraud, against ordinary ones that are as new."""
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
               min(ratios)[0] if ratios else math.nan, 5, None, min(ratios)[1] if ratios else ""),
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


def _exclusive(evidence: Evidence, samples: list[Sample]) -> Check:
    """L5: categories that only fraud uses."""
    hit, total, where = 0, 0, []
    for sample in samples:
        exclusive = np.zeros(int(sample.fraud.sum()), dtype=bool)
        ordinary = evidence.world.tables[sample.table][~evidence.fraud(sample.table)]
        for name, column in columns_of(sample.table, "values").items():
            values = sample.rows[name].to_numpy()
            if column.unit in ("s", "EUR", "days"):
                continue
            mine = ~np.isin(values[sample.fraud], ordinary[name].unique())
            exclusive |= mine
            if mine.any():
                where.append(f"{sample.table}.{name}")
        hit, total = hit + int(exclusive.sum()), total + len(exclusive)
    return judged(
        "L5", "share of fraud rows in a category of their own", hit / total, None, 0.05,
        ", ".join(where) or "no column",
    )  # fmt: skip


def _missing(samples: list[Sample]) -> Check:
    """L6: what is missing, per column and per pattern of missing columns."""
    findings = []
    for sample in samples:
        codes = columns_of(sample.table, "codes")
        gaps = {
            name: (
                sample.rows[name].isna() | ((sample.rows[name] < 0) & (name in codes))
            ).to_numpy()
            for name in TABLES[sample.table].columns
        }
        gaps = {name: gap for name, gap in gaps.items() if gap.any()}
        for name, gap in gaps.items():
            findings.append(rate_ratio(f"{sample.table}.{name}", gap, sample.fraud, 0.3, 3))
        if len(gaps) > 1:
            pattern = sum(gap.astype(np.int64) << index for index, gap in enumerate(gaps.values()))
            findings += [
                rate_ratio(f"{sample.table} pattern {each}", pattern == each, sample.fraud, 0.3, 3)
                for each in np.unique(pattern)
                if each
            ]
    name = "fraud among rows with a gap, times the base"
    if not findings:
        return judged("L6", name, 1, 0.3, 3, "nothing is missing in tables of events")
    return told("L6", name, findings, 0.3, 3, 1)


def _arithmetic(samples: list[Sample]) -> list[Check]:
    """L8: cents and digits of amounts, as they are and among equal amounts; L23: the cent grid."""
    plain, equal, grid = [], [], []
    for sample in samples:
        for name, column in columns_of(sample.table, "values").items():
            if column.unit != "EUR":
                continue
            amount = sample.rows[name].to_numpy(dtype=np.float64)
            positive = amount > 0
            amount, fraud = amount[positive], sample.fraud[positive]
            where = f"{sample.table}.{name}"
            matched = _matched(amount, fraud)
            for print_name, digits in fingerprints(amount).items():
                label = f"{where} {print_name}"
                plain.append(separation(label, *encoded_auc(digits, fraud), 0.05))
                equal.append(separation(label, *encoded_auc(digits[matched], fraud[matched]), 0.05))
            cents = amount * 100
            off = np.abs(cents - np.rint(cents)) > 1e-6 * np.maximum(cents, 1)
            grid.append(separation(where, off, fraud, 0.0))
    if not plain:
        return [skipped("L8", "arithmetic of amounts", "no amounts")]
    return [
        told("L8", "AUC of the digits of an amount", plain, None, 0.55),
        told("L8", "AUC of the digits among equal amounts", equal, None, 0.55),
        told("L23", "AUC of amounts that are no whole cents", grid, 0.5, 0.5),
    ]


def fingerprints(amount: Array) -> dict[str, Array]:
    """Return the arithmetic of amounts that a formula would leave its mark on."""
    cents = np.rint(amount * 100).astype(np.int64)
    scale = 10 ** np.floor(np.log10(np.maximum(cents, 1))).astype(np.int64)
    return {
        "last digit": cents % 10,
        "cents modulo 5": cents % 5,
        "cents modulo 100": cents % 100,
        "decimals": (cents % 10 > 0) + (cents % 100 > 0).astype(np.int64),
        "first digit": cents // scale,
    }


def _matched(amount: Array, fraud: Bools) -> Array:
    """Return all fraud and the ordinary rows nearest in amount, ten for each, in the table's order."""
    order = np.argsort(amount[~fraud], kind="stable")
    legit, sought = np.flatnonzero(~fraud)[order], np.flatnonzero(fraud)
    place = np.searchsorted(amount[legit], amount[sought])
    near = np.clip(place[:, None] + np.arange(-5, 5), 0, len(legit) - 1)
    return np.unique(np.concatenate([legit[near.ravel()], sought]))


def _thresholds(samples: list[Sample]) -> list[Check]:
    """L9: a rule of one or two columns that is nearly always right."""
    purest, where = 0.0, ""
    for sample in samples:
        names = list(columns_of(sample.table, "values"))
        values = np.column_stack([as_numbers(sample.rows[name].to_numpy()) for name in names])
        for weight in (None, "balanced"):
            tree = DecisionTreeClassifier(
                max_depth=2, min_samples_leaf=ENOUGH, class_weight=weight, random_state=0
            )
            leaf = tree.fit(values, sample.fraud).apply(values)
            hits = np.bincount(leaf, weights=sample.fraud)
            rest = np.bincount(leaf, weights=~sample.fraud) / sample.share
            share = np.max(hits / np.maximum(hits + rest, 1))
            if share > purest:
                purest, where = float(share), sample.table
        for name, column in zip(names, values.T, strict=True):
            ends = _purest_end(column, sample)
            if ends > purest:
                purest, where = ends, f"{sample.table}.{name}"
    return [
        judged("L9", "purest rule of one or two thresholds, share fraud", purest, None, 0.9, where)
    ]


def _purest_end(column: Array, sample: Sample) -> float:
    """Return the highest share of fraud among the highest or lowest 20 rows or more."""
    best = 0.0
    order = np.argsort(column, kind="stable")
    for one in (order, order[::-1]):
        ends = np.flatnonzero(np.diff(column[one]) != 0)
        ends = ends[ends + 1 >= ENOUGH]
        if len(ends):
            hits = np.cumsum(sample.fraud[one])[ends]
            rest = (ends + 1 - hits) / sample.share
            best = max(best, float((hits / (hits + rest)).max()))
    return best


def _clock(samples: list[Sample]) -> list[Check]:
    """L11: seconds and minutes; L12: the hour of the day."""
    parts: dict[str, Callable[[Array], Array]] = {
        "seconds": lambda time: time % 60,
        "whole minutes": lambda time: time % 60 == 0,
        "minutes": lambda time: time // 60 % 60,
        "edge of the day": lambda time: (time % DAY < 60) | (time % DAY >= DAY - 60),
    }
    small, hours = [], []
    for sample in samples:
        time = sample.rows["time"].to_numpy().astype(np.int64)
        small += [
            separation(f"{sample.table}, {name}", of(time), sample.fraud, 0.02)
            for name, of in parts.items()
        ]
        score, fraud = encoded_auc(time % DAY // HOUR, sample.fraud)
        hours.append((auc(score, fraud), sample.table))
    known = [each for each in hours if not math.isnan(each[0])]
    top = max(known, default=(math.nan, ""))
    return [
        told("L11", "AUC of seconds, minutes and the edge of the day", small, 0.48, 0.52),
        judged("L12", "AUC of the hour alone", top[0], None, 0.62, top[1]),
    ]
