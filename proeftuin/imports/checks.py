"""Checks across files: keys, registers, both sides of a payment, reports."""

import numpy as np
import pandas as pd

from proeftuin.imports.fields import LABEL_TABLE, REGISTERS
from proeftuin.imports.problems import Problems
from proeftuin.imports.rows import OTHER, ImportedRows, Part, feature, fields_of, note, quoted
from synthetic_data.clock import DAY
from synthetic_data.reports import KIND_ENTITY
from synthetic_data.schema import TABLES


def check_rows(rows: ImportedRows, problems: Problems) -> None:
    """Record everything that does not fit together.

    Args:
        rows: of all files, parsed.
        problems: collects what is wrong.
    """
    for part in rows.parts:
        if part.table != LABEL_TABLE:
            _after_start(part, rows, problems)
            _unique(part, rows, problems)
            _registered(part, rows, problems)
    _one_bank_each(rows, problems)
    for part in rows.of("payments"):
        _own_payments(part, rows, problems)
        _sent_elsewhere(part, rows, problems)
        _agreed(part, rows, problems)
    for part in rows.of(LABEL_TABLE):
        _reports(part, rows, problems)


def _after_start(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Check that no event comes before the first day, where the mapping names one."""
    if rows.start is not None and "time" in fields_of(part.table):
        first = rows.start * DAY
        bad = f"select row from {quoted(part.table)} where part = {part.number} and time < {first}"
        note(rows, problems, part, "time", bad, "lies before start; name an earlier day there")


def _unique(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Check that every event has a code of its own and a register lists each entity once."""
    schema = TABLES[part.table]
    if (schema.event is None and "time" in schema.columns) or part.table == "statements":
        return
    column = schema.event or next(iter(schema.columns))
    key, mine = quoted(column), f"{quoted(part.table)} where part = {part.number}"
    again = f"select {key}, min(row) as other from {mine} group by {key} having count(*) > 1"
    bad = f"select row, other from (from {mine}) join ({again}) using ({key}) where row > other"
    text = f"stands in row {OTHER} as well; {column} must be different in every row"
    note(rows, problems, part, column, bad, text)


def _registered(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Check that the partner's register, if there is one, lists the entity of every row."""
    for (table, column), register in REGISTERS.items():
        known = [other for other in rows.of(register) if other.partner is part.partner]
        if table != part.table or not known:
            continue
        key = quoted(next(iter(TABLES[register].columns)))
        listed = f"select {key} from {quoted(register)} where part = {known[0].number}"
        bad = (
            f"select row from {quoted(table)} where part = {part.number} "
            f"and {quoted(column)} not in ({listed})"
        )
        text = f"does not stand in {register} ({known[0].file.file}); add it there"
        note(rows, problems, part, column, bad, text)


def _one_bank_each(rows: ImportedRows, problems: Problems) -> None:
    files = rows.of("accounts")
    for later, part in enumerate(files):
        for other in files[:later]:
            bad = (
                f"select row from accounts where part = {part.number} and account in "
                f"(select account from accounts where part = {other.number})"
            )
            text = (
                f"is an account of {other.partner.name} as well ({other.file.file}); an account "
                "is at one bank"
            )
            note(rows, problems, part, "account", bad, text)


def _own_payments(part: Part, rows: ImportedRows, problems: Problems) -> None:
    [own] = [other.number for other in rows.of("accounts") if other.partner is part.partner]
    listed = f"(select account from accounts where part = {own})"
    mine = f"select row from payments where part = {part.number}"
    text = (
        f"and payee are no accounts of {part.partner.name}; leave the row out, or add the account "
        "to accounts"
    )
    bad = f"{mine} and payer not in {listed} and payee not in {listed}"
    note(rows, problems, part, "payer", bad, text)
    text = "is empty; fill it in, or say under missing what an empty cell counts as"
    for name in part.file.features:
        bad = f"{mine} and payer in {listed} and isnan({quoted(feature(name))})"
        note(rows, problems, part, feature(name), bad, text)


def _sent_elsewhere(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Check that the payer's bank, if it takes part, lists the payment as well."""
    for other in rows.of("payments"):
        if other is part:
            continue
        [of_payer] = [each.number for each in rows.of("accounts") if each.partner is other.partner]
        bad = (
            f"select row from payments where part = {part.number} "
            f"and payer in (select account from accounts where part = {of_payer}) "
            f"and payment not in (select payment from payments where part = {other.number})"
        )
        text = (
            f"is not in {other.file.file}, although the payer is an account of "
            f"{other.partner.name}; give both sides the same reference, or leave the row out here"
        )
        note(rows, problems, part, "payment", bad, text)


def _agreed(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Check that two banks agree on a payment, and on its day."""
    for other in rows.of("payments"):
        if other.index >= part.index:
            continue
        for column in ("payer", "payee", "amount_eur"):
            name = quoted(column)
            bad = (
                f"select mine.row from payments mine join payments theirs using (payment) "
                f"where mine.part = {part.number} and theirs.part = {other.number} "
                f"and mine.{name} != theirs.{name}"
            )
            text = f"is something else in {other.file.file} for the same payment; correct one"
            note(rows, problems, part, column, bad, text)
        bad = (
            "select mine.row from payments mine join payments theirs using (payment) "
            f"where mine.part = {part.number} and theirs.part = {other.number} "
            f"and abs(mine.time - theirs.time) > {DAY}"
        )
        text = f"is more than a day from its moment in {other.file.file}; correct one"
        note(rows, problems, part, "time", bad, text)


def _reports(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Check that a report names something known, comes after it and before its own withdrawal."""
    reports = rows.frame("select * from labels where part = ?", [part.number])
    for kind in reports["kind"].unique():
        some = reports[reports["kind"] == kind]
        happened = some["value"].map(rows.first_seen(KIND_ENTITY[kind], some["value"]))
        text = (
            f"is a {kind} that stands in no table of its holder; add it there, or drop the report"
        )
        _note_reports(problems, part, "event", some[happened.isna()], text)
        # Only a row has a time; an account can be reported before it receives anything.
        if any(kind == schema.event for schema in TABLES.values()):
            text = f"lies before the {kind} that is reported; a report comes after it"
            _note_reports(problems, part, "known_at", some[some["known_at"] < happened], text)
    text = "lies before the report itself; a report is withdrawn after it"
    early = reports[reports["withdrawn_at"] < reports["known_at"]]
    _note_reports(problems, part, "withdrawn_at", early, text)


def _note_reports(
    problems: Problems, part: Part, column: str, bad: pd.DataFrame, text: str
) -> None:
    if len(bad):
        place = np.sort(bad["row"].to_numpy(np.int64))
        problems.cells(part.file.file, part.theirs(column), place, text)
