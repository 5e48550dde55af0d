"""Leaks, part one: codes, the order of rows, and unexpected columns (L1 to L3).

A leak is an artefact of the generator that separates fraud from ordinary rows. Every check compares
all fraud of a table with the rest; a deviation counts if it leaves its band and chance does not
explain it (four sigma), so small worlds neither fail by chance nor pass what they cannot measure.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from proeftuin.inspection.checks import Check, judged, skipped, worst_of
from proeftuin.inspection.evidence import Evidence, Sample, columns_of
from proeftuin.inspection.leaks.values import value_leaks
from proeftuin.inspection.statistics import (
    Separation,
    binned,
    encoded_auc,
    mutual_information,
    ratio_finding,
    separation,
    within_groups,
)
from synthetic_data.arrays import Array, Bools
from synthetic_data.schema import TABLES

TRUTH_WORDS = (
    "journey", "step", "pattern", "model", "persona", "label", "fraud", "case", "phase", "form",
    "scam", "victim", "mule", "campaign", "truth", "legit",
)  # fmt: skip
PREFIX = 4  #: leading digits of a code
ENOUGH = 20  #: minimum number of codes with a prefix to judge it


def column_leaks(evidence: Evidence) -> list[Check]:
    """Return the checks of one table at a time: L1 to L3, part of L18, and those of values."""
    samples = [evidence.sample(table) for table in evidence.event_tables]
    samples = [sample for sample in samples if sample.fraud.any()]
    if not samples:
        return [skipped("L1", "leaks in columns", "no fraud in this world")]
    return [
        *_identifiers(samples),
        *_order(evidence, samples),
        *_truth_columns(evidence, samples),
        *value_leaks(evidence, samples),
    ]


def _codes(sample: Sample) -> Iterator[tuple[str, Array, Bools]]:
    """Yield every code column with its distinct codes, and which of them any fraud row has."""
    for name in columns_of(sample.table, "codes"):
        values = sample.rows[name].to_numpy()
        codes, which = np.unique(values, return_inverse=True)
        fraud = np.zeros(len(codes), dtype=bool)
        fraud[which[sample.fraud]] = True
        real = codes >= 0
        yield f"{sample.table}.{name}", codes[real], fraud[real]


def _identifiers(samples: list[Sample]) -> list[Check]:
    """L1: codes whose size, length or first digits separate fraud."""
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
            stats = stats[stats["size"] >= ENOUGH]
            base, looks = fraud.mean(), len(stats)
            ratio += [
                ratio_finding(f"{where} {name}…", int(hits), base * size, 0, 5, looks)
                for name, hits, size in stats[stats["sum"] > 5 * base * stats["size"]].itertuples()
            ]
    same = "fraud among codes with the same first digits, times the base"
    none = "no first digits with 20 codes and five times the fraud"
    return [
        worst_of("L1", "AUC of a code as a number", size, 0.47, 0.53),
        worst_of("L1", "AUC of the length of a code", length, 0.47, 0.53),
        worst_of("L1", "AUC of the first four digits of a code", prefix, 0.47, 0.53),
        worst_of("L1", same, ratio, None, 5, 1)
        if any(one.counts for one in ratio)
        else judged("L1", same, 1, None, 5, none),
    ]


def _order(evidence: Evidence, samples: list[Sample]) -> list[Check]:
    """L2 and L18: the place of a row in its table and at each partner, given its time."""
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
    unordered = {
        table: int((np.diff(evidence.world.tables[table]["time"].to_numpy()) < 0).sum())
        for table in evidence.event_tables
    }
    backwards = ", ".join(f"{table} {count}" for table, count in unordered.items() if count)
    registers = [one for table in evidence.registers for one in _register_order(evidence, table)]
    return [
        judged(
            "L2", "places where a table goes back in time", sum(unordered.values()), 0, 0, backwards
        ),
        worst_of("L2", "AUC of the place in the file, given the time", whole, 0.47, 0.53),
        worst_of("L2", "AUC of the place among rows of the same second", ties, 0.47, 0.53),
        worst_of(
            "L2", "AUC of the place among the payer's rows, given the time", inside, 0.47, 0.53
        ),
        worst_of("L2", "AUC of the place in a register", registers, 0.47, 0.53)
        if registers
        else skipped("L2", "AUC of the place in a register", "no registers", 0.47, 0.53),
        worst_of("L18", "AUC of the place in a partner's file, given the time", seams, 0.48, 0.52),
    ]


def _moved(time: Array) -> Array:
    """Return how many places each row is from its place in order of time."""
    place = np.empty(len(time), dtype=np.int64)
    place[np.argsort(time, kind="stable")] = np.arange(len(time))
    return np.arange(len(time)) - place


def _register_order(evidence: Evidence, table: str) -> Iterator[Separation]:
    """Yield how well the place in a register separates entities that occur in fraud."""
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
    """L3: columns outside the schema, and columns that reveal the truth."""
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
