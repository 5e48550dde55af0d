"""Checks across files: keys, registers, both sides of a payment, reports."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from proeftuin.imports.fields import LABEL_TABLE, REGISTERS
from proeftuin.imports.loading import Part
from proeftuin.imports.problems import LIMIT, Problems, first_of_each
from synthetic_data.arrays import Bools, Ints
from synthetic_data.reports import KIND_ENTITY
from synthetic_data.schema import TABLES

Parts = Mapping[str, Sequence[Part]]


def check_parts(parts: Parts, problems: Problems) -> None:
    """Record everything that does not fit together.

    Args:
        parts: files by table, in the order of the mapping.
        problems: collects what is wrong.
    """
    for table, files in parts.items():
        for part in files:
            if table != LABEL_TABLE:
                _unique(part, problems)
                _registered(part, parts, problems)
    _one_bank_each(parts, problems)
    for part in parts.get("payments", ()):
        _own_payments(part, parts, problems)
    _both_sides(parts, problems)
    for part in parts.get(LABEL_TABLE, ()):
        _reports(part, parts, problems)


def bank_of(parts: Parts) -> pd.Series:
    """Return the number of the bank that lists an account, by hash; an account is listed once."""
    files = parts.get("accounts", ())
    banks = [np.full(len(part), part.index, dtype=np.int8) for part in files]
    codes = [part.columns["account"] for part in files]
    if not files:
        return pd.Series(dtype="int8")
    listed = pd.Series(np.concatenate(banks), index=np.concatenate(codes))
    return listed[~listed.index.duplicated()]


def _note(problems: Problems, part: Part, column: str, bad: Bools, text: str) -> None:
    rows = part.rows[bad]
    if len(rows):
        problems.cells(part.file, part.theirs.get(column, column), rows, text)


def _unique(part: Part, problems: Problems) -> None:
    """Check that every event has a code of its own and a register lists each entity once."""
    schema = TABLES[part.table]
    if (schema.event is None and "time" in schema.columns) or part.table == "statements":
        return
    column = schema.event or next(iter(schema.columns))
    first = first_of_each(part.columns[column])
    again = first != np.arange(len(part))
    befores = part.rows[first[again]]
    text = f"{column} must be different in every row"
    problems.cells(
        part.file,
        part.theirs[column],
        part.rows[again],
        [f"stands in row {before} as well; {text}" for before in befores[:LIMIT]],
    )


def _registered(part: Part, parts: Parts, problems: Problems) -> None:
    """Check that the partner's register, if there is one, lists the entity of every row."""
    for (table, column), register in REGISTERS.items():
        known = [other for other in parts.get(register, ()) if other.partner is part.partner]
        if table != part.table or not known:
            continue
        listed = known[0].columns[next(iter(TABLES[register].columns))]
        text = f"does not stand in {register} ({known[0].file}); add it there"
        _note(problems, part, column, ~np.isin(part.columns[column], listed), text)


def _one_bank_each(parts: Parts, problems: Problems) -> None:
    files = parts.get("accounts", ())
    for later, part in enumerate(files):
        for other in files[:later]:
            twice = np.isin(part.columns["account"], other.columns["account"])
            text = (
                f"is an account of {other.partner.name} as well ({other.file}); an account is at "
                "one bank"
            )
            _note(problems, part, "account", twice, text)


def _first_place(part: Part, payments: Ints) -> Ints:
    """Return where each payment stands first in a file, which may list it twice; -1 if nowhere."""
    place = pd.Series(np.arange(len(part)), index=part.columns["payment"])
    found = place[~place.index.duplicated()].reindex(payments).fillna(-1)
    return np.asarray(found, dtype=np.int64)


def _own_payments(part: Part, parts: Parts, problems: Problems) -> None:
    own = next(p for p in parts["accounts"] if p.partner is part.partner).columns["account"]
    here = np.isin(part.columns["payer"], own) | np.isin(part.columns["payee"], own)
    text = (
        f"and payee are no accounts of {part.partner.name}; leave the row out, or add the account "
        "to accounts"
    )
    _note(problems, part, "payer", ~here, text)
    sent = np.isin(part.columns["payer"], own)
    for name, values in part.features.items():
        rows = part.rows[sent & np.isnan(values)]
        if len(rows):
            column = part.partner.tables["payments"].features[name].column
            text = "is empty; fill it in, or say under missing what an empty cell counts as"
            problems.cells(part.file, column, rows, text)


def _both_sides(parts: Parts, problems: Problems) -> None:
    """Check that two banks agree on a payment, and that the payer's bank lists all that it sent."""
    files, bank = parts.get("payments", ()), bank_of(parts)
    by_bank = {part.index: part for part in files}
    for part in files:
        sender = bank.reindex(part.columns["payer"]).fillna(-1).to_numpy()
        for index, other in by_bank.items():
            if other is part:
                continue
            place = _first_place(other, part.columns["payment"])
            absent = (sender == index) & (place < 0)
            text = (
                f"is not in {other.file}, although the payer is an account of "
                f"{other.partner.name}; give both sides the same reference, or leave "
                "the row out here"
            )
            _note(problems, part, "payment", absent, text)
            if index > part.index:
                continue
            for column in ("payer", "payee", "amount_eur"):
                differs = (place >= 0) & (part.columns[column] != other.columns[column][place])
                text = f"is something else in {other.file} for the same payment; correct one"
                _note(problems, part, column, differs, text)


def _reports(part: Part, parts: Parts, problems: Problems) -> None:
    """Check that a report names something known, comes after it and before its own withdrawal."""
    kinds, values = part.columns["kind"], part.columns["value"]
    known_at, withdrawn_at = part.columns["known_at"], part.columns["withdrawn_at"]
    for kind in np.unique(kinds):
        of_kind = np.flatnonzero(kinds == kind)
        happened = _first_seen(KIND_ENTITY[kind], parts)
        place = happened.index.get_indexer(pd.Index(values[of_kind]))
        unknown, early = np.zeros(len(part), dtype=bool), np.zeros(len(part), dtype=bool)
        unknown[of_kind[place < 0]] = True
        text = (
            f"is a {kind} that stands in no table of its holder; add it there, or drop the report"
        )
        _note(problems, part, "event", unknown, text)
        # Only a row has a time; an account can be reported before it receives anything.
        if any(kind == schema.event for schema in TABLES.values()) and len(happened):
            early[of_kind] = (place >= 0) & (known_at[of_kind] < happened.to_numpy()[place])
        text = f"lies before the {kind} that is reported; a report comes after it"
        _note(problems, part, "known_at", early, text)
    text = "lies before the report itself; a report is withdrawn after it"
    _note(problems, part, "withdrawn_at", withdrawn_at < known_at, text)


def _first_seen(entity: str, parts: Parts) -> pd.Series:
    """Return the first moment of all rows or entities of a kind, by hash; 0 in a register."""
    seen = [pd.Series(dtype="int64")]
    for table, files in parts.items():
        if table == LABEL_TABLE:
            continue
        for name, column in TABLES[table].columns.items():
            if column.entity == entity:
                seen += [
                    pd.Series(part.columns.get("time", 0), index=part.columns[name])
                    for part in files
                ]
    first: pd.Series = pd.concat(seen).groupby(level=0).min()
    return first[first.index >= 0]
