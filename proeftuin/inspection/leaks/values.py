"""Leaks, part two: values that only a generator would draw (L5, L6, L8, L9, L11, L12, L23)."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from proeftuin.inspection.checks import Check, excused, judged, skipped, worst_of
from proeftuin.inspection.evidence import Evidence, Sample, columns_of
from proeftuin.inspection.statistics import (
    as_numbers,
    auc,
    auc_sigma,
    encoded_auc,
    rate_ratio,
    separation,
)
from synthetic_data.arrays import Array, Bools
from synthetic_data.clock import DAY, HOUR
from synthetic_data.schema import TABLES

ENOUGH = 20  #: minimum number of rows in a group to judge it
ROUND_SHARE = 0.3  #: of the payments to a firm that are whole euros, where few others are


def value_leaks(evidence: Evidence, samples: list[Sample]) -> list[Check]:
    """Return the checks of values, one table at a time."""
    return [
        _exclusive(evidence, samples),
        _missing(samples),
        *_arithmetic(evidence, samples),
        *_thresholds(samples),
        *_clock(samples),
    ]


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
            unique = ~np.isin(values[sample.fraud], ordinary[name].unique())
            exclusive |= unique
            if unique.any():
                where.append(f"{sample.table}.{name}")
        hit, total = hit + int(exclusive.sum()), total + len(exclusive)
    return judged(
        "L5", "share of fraud rows in a category of their own", hit / total, None, 0.05,
        ", ".join(where) or "no column",
    )  # fmt: skip


def _missing(samples: list[Sample]) -> Check:
    """L6: missing values, per column and per pattern of missing columns."""
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
    return worst_of("L6", name, findings, 0.3, 3, 1)


def _arithmetic(evidence: Evidence, samples: list[Sample]) -> list[Check]:
    """L8: cents and digits of amounts, as they are and among equal amounts; L23: the cent grid.

    Rows are compared with those of the same kind (:func:`_kinds`): it is no leak that people round
    payments to each other more often than payments to shops.
    """
    plain, equal, grid = [], [], []
    for sample in samples:
        for name, column in columns_of(sample.table, "values").items():
            if column.unit != "EUR":
                continue
            every = sample.rows[name].to_numpy(dtype=np.float64)
            where = f"{sample.table}.{name}"
            cents = every * 100
            off = np.abs(cents - np.rint(cents)) > 1e-6 * np.maximum(cents, 1)
            grid.append(separation(where, off[every > 0], sample.fraud[every > 0], 0.0))
            for kind, chosen in _kinds(evidence, sample).items():
                amount, fraud = every[chosen & (every > 0)], sample.fraud[chosen & (every > 0)]
                matched = _matched(amount, fraud)
                for print_name, digits in fingerprints(amount).items():
                    label = f"{where}{kind} {print_name}"
                    near, near_fraud = digits[matched], fraud[matched]
                    if print_name != "first digit":  # that is the size of the amount, see B3
                        plain.append(separation(label, *encoded_auc(digits, fraud), 0.05))
                    equal.append(separation(label, *encoded_auc(near, near_fraud), 0.05))
    if not plain:
        return [skipped("L8", "arithmetic of amounts", "no amounts")]
    return [
        worst_of("L8", "AUC of the digits of an amount", plain, None, 0.55),
        worst_of("L8", "AUC of the digits among amounts of about that size", equal, None, 0.55),
        worst_of("L23", "AUC of amounts that are no whole cents", grid, 0.5, 0.5),
    ]


def _kinds(evidence: Evidence, sample: Sample) -> dict[str, Bools]:
    """Return a (rows,) mask for each kind of row that a holder of the table can distinguish."""
    rows = sample.rows
    if sample.table == "payments":
        age = evidence.world.tables["accounts"].set_index("account")["age"]
        payer, payee = (
            np.where(age.reindex(rows[side]) >= 0, "person", "firm") for side in ("payer", "payee")
        )
        every = evidence.payments["payee"]
        firms = _round_firms(evidence, (age.reindex(every) < 0).to_numpy())
        payee[rows["payee"].isin(firms)] = "firm paid in round sums"
        payer[rows["payer"].isin(_providers(evidence))] = "provider"
        return {
            f" from {one} to {other}": (payer == one) & (payee == other)
            for one in np.unique(payer)
            for other in np.unique(payee)
        }
    for name in ("kind", "withdrawal"):
        if name in rows:
            values = rows[name].to_numpy()
            return {f" {name} {each}": values == each for each in np.unique(values)}
    return {"": np.ones(len(rows), dtype=bool)}


def _round_firms(evidence: Evidence, firm: Bools) -> pd.Index:
    """Return the firms that honest people mostly pay in round sums, such as crypto exchanges.

    Args:
        evidence: the world.
        firm: (payments,) whether the payee is a business.
    """
    honest = evidence.payments[firm & ~evidence.payments["fraud"].to_numpy()]
    whole = np.rint(honest["amount_eur"] * 100) % 100 == 0
    habit = whole.groupby(honest["payee"]).agg(["mean", "size"])
    mostly: pd.Index = habit.index[(habit["mean"] > ROUND_SHARE) & (habit["size"] >= ENOUGH)]
    return mostly


def _providers(evidence: Evidence) -> pd.Index:
    """Return the accounts that mostly receive payments which a payment provider also records."""
    payments, rows = (evidence.world.tables.get(name) for name in ("payments", "checkouts"))
    if payments is None or rows is None:
        return pd.Index([])
    known = rows.loc[rows["account"] >= 0, ["account", "amount_eur"]]
    known = known.drop_duplicates().rename(columns={"account": "payer"})
    received = payments.merge(known).groupby("payee").size()
    share = received / payments.groupby("payee").size().reindex(received.index)
    return share.index[share > 0.5]


def fingerprints(amount: Array) -> dict[str, Array]:
    """Return the arithmetic properties of amounts in which a formula would show."""
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
    """Return all fraud and up to ten ordinary rows for each, with amounts within a factor 1.25."""
    order = np.argsort(amount[~fraud], kind="stable")
    legit, sought = np.flatnonzero(~fraud)[order], np.flatnonzero(fraud)
    low, high = (
        np.searchsorted(amount[legit], amount[sought] * factor) for factor in (1 / 1.25, 1.25)
    )
    place = low[:, None] + np.outer(high - low, (np.arange(10) + 0.5) / 10).astype(np.int64)
    # each once: the encoding would memorise a repeated row
    near = np.unique(legit[place[high > low].ravel()])
    return np.concatenate([near, sought])


def _thresholds(samples: list[Sample]) -> list[Check]:
    """L9: the purest rule of one or two thresholds."""
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
        hours.append((auc(score, fraud), auc_sigma(score, fraud), sample.table))
    known = [each for each in hours if not math.isnan(each[0])]
    top = max(known, default=(math.nan, math.nan, ""))
    return [
        worst_of("L11", "AUC of seconds, minutes and the edge of the day", small, 0.48, 0.52),
        excused(judged("L12", "AUC of the hour alone", top[0], None, 0.62, top[2]), top[1]),
    ]
