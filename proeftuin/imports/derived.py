"""Values that follow from a whole file, or from several: ages, moments of reports, what they name.

Each changes the rows in place, after all files are read and before they are checked.
"""

from proeftuin.imports.fields import LABEL_TABLE
from proeftuin.imports.problems import Problems
from proeftuin.imports.rows import BORN, ImportedRows, Part, note, quoted
from proeftuin.imports.sources import BIRTHS, AboutPayments
from synthetic_data.clock import DAY
from synthetic_data.reports import KIND_ENTITY, PAYEE
from synthetic_data.schema import TABLES

OLDEST = 120  #: years; higher ages are taken for an error


def derive(rows: ImportedRows, problems: Problems) -> None:
    """Derive everything that the mapping asks for.

    Args:
        rows: of all files, as they were read.
        problems: collects what is wrong.
    """
    for part in rows.parts:
        if part.file.distinct:
            _first_of_each(part, rows)
    for part in rows.of("payments"):
        if part.file.columns["amount_eur"].signed:
            _one_side(part, rows)
    rows.keep_payments()
    for part in rows.parts:
        for column, source in part.file.columns.items():
            if source.unit in BIRTHS:
                _ages(part, column, rows, problems)
    for part in rows.of(LABEL_TABLE):
        if part.file.columns["known_at"].delay_days is not None:
            _delays(part, rows, problems)
        _withdrawn_the_same_day(part, rows)
        if part.file.spread is not None:
            _spread(part, part.file.spread, rows)


def _first_of_each(part: Part, rows: ImportedRows) -> None:
    """Keep the first row of each entity of a register."""
    mine, key = quoted(part.table), quoted(next(iter(TABLES[part.table].columns)))
    first = f"select min(row) from {mine} where part = {part.number} group by {key}"
    rows.run(f"delete from {mine} where part = {part.number} and row not in ({first})")
    part.count = rows.number(f"select count(*) from {mine} where part = {part.number}")


def _ages(part: Part, column: str, rows: ImportedRows, problems: Problems) -> None:
    """Put the age on the first day of the world in place of a day of birth."""
    first, mine = rows.first_day(), quoted(part.table)
    born = f"(date '1970-01-01' + ({quoted(column)} - {BORN})::integer)"
    age = f"date_sub('year', {born}, date '1970-01-01' + {first})"
    here = f"part = {part.number} and {quoted(column)} > {BORN // 2}"
    wrong = f"({born} > date '1970-01-01' + {first} or {age} > {OLDEST})"
    text = f"is a birth after the first day of the data, or an age above {OLDEST}"
    note(rows, problems, part, column, f"select row from {mine} where {here} and {wrong}", text)
    rows.run(f"update {mine} set {quoted(column)} = {age} where {here}")


def _one_side(part: Part, rows: ImportedRows) -> None:
    """Keep one of the two lines that a bank's statements have of a payment within the bank."""
    same = "payment, payer, payee, amount_eur"
    first = f"select min(row) from payments where part = {part.number} group by {same}"
    rows.run(f"delete from payments where part = {part.number} and row not in ({first})")
    part.count = rows.number(f"select count(*) from payments where part = {part.number}")


def _delays(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Let reports become known so long after the rows that they are about."""
    reports = rows.frame("select distinct kind, value from labels where part = ?", [part.number])
    for kind in reports["kind"].unique():
        if not any(kind == schema.event for schema in TABLES.values()):
            bad = f"select row from labels where part = {part.number} and kind = '{kind}'"
            text = f"is a {kind}, which has no moment to count delay_days from; give a column"
            note(rows, problems, part, "event", bad, text)
            continue
        some = reports.loc[reports["kind"] == kind, "value"]
        moments = rows.first_seen(KIND_ENTITY[kind], some).rename("first").reset_index()
        with rows.seen_as("moments", moments):
            rows.run(
                "update labels set known_at = moments.first - labels.known_at from moments "
                f"where labels.part = {part.number} and labels.kind = ? "
                "and labels.value = moments.value and labels.known_at <= 0",
                [kind],
            )


def _withdrawn_the_same_day(part: Part, rows: ImportedRows) -> None:
    """Let a report of which only the day is known not come after its withdrawal on that day."""
    rows.run(
        f"update labels set known_at = withdrawn_at where part = {part.number} "
        f"and known_at > withdrawn_at and known_at % {DAY} = {DAY - 1} "
        f"and known_at // {DAY} = withdrawn_at // {DAY}"
    )


def _spread(part: Part, spread: AboutPayments, rows: ImportedRows) -> None:
    """Add a report of every payment that a report of an account is about."""
    if "payments" not in rows.tables:
        return
    sides = {"received": ["payee"], "sent": ["payer"], "both": ["payee", "payer"]}
    is_side = " or ".join(f"p.{side} = l.value" for side in sides[spread.payments])
    since = "" if spread.days is None else f"and p.time >= l.known_at - {spread.days * DAY}"
    rows.run(
        "insert into labels by name "
        "select l.part, l.row, 'payment' as kind, p.payment as value, l.form, -1 as \"case\", "
        "min(l.known_at) as known_at, max(l.withdrawn_at) as withdrawn_at "
        f"from labels l join {rows.source('payments')} p on ({is_side}) "
        f"where l.part = {part.number} and l.kind = '{PAYEE}' and p.time <= l.known_at {since} "
        "group by l.part, l.row, p.payment, l.form"
    )
