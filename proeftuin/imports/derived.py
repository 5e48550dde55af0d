"""Values that follow from a whole file, or from several: ages, moments of reports, what they name.

Each changes the rows in place, after all files are read and before they are checked.
"""

from proeftuin.imports.fields import ALSO_NAMED, CASE, CASE_ROWS, LABEL_TABLE
from proeftuin.imports.problems import Problems
from proeftuin.imports.rows import BORN, ImportedRows, Part, listing, note, quoted
from proeftuin.imports.sources import BIRTHS, AboutPayments
from synthetic_data.clock import DAY
from synthetic_data.reports import KIND_ENTITY, PAYEE
from synthetic_data.schema import TABLES

OLDEST = 120  #: years; higher ages are taken for an error
IN_CASES = '"rows of cases"'


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
        _withdrawn_the_same_day(part, rows)
        if part.file.spread is not None:
            _spread(part, part.file.spread, rows)
        _cases(part, rows, problems)
        if _is_delayed(part):
            _delays(part, rows, problems)


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
    """Keep one of the two lines that a bank's statements have of a payment within the bank.

    If one has the number of a case, it is that one.
    """
    same = "payment, payer, payee, amount_eur"
    line = 'coalesce(min(row) filter ("case" >= 0), min(row))'
    first = f"select {line} from payments where part = {part.number} group by {same}"
    rows.run(f"delete from payments where part = {part.number} and row not in ({first})")
    part.count = rows.number(f"select count(*) from payments where part = {part.number}")


def _is_delayed(part: Part) -> bool:
    """Return whether reports come a fixed time after their event, negative until that is known."""
    return part.file.columns["known_at"].delay_days is not None


def _delays(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Let reports become known so long after the rows that they are about."""
    wanted = "select distinct kind, value from labels where part = ? and known_at <= 0"
    reports = rows.frame(wanted, [part.number])
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


def _cases(part: Part, rows: ImportedRows, problems: Problems) -> None:
    """Put reports of the rows of a case in the place of a report that names the case."""
    reports = f"labels where part = {part.number} and kind = '{CASE}'"
    if not rows.number(f"select count(*) from {reports}"):
        return
    table, _ = CASE_ROWS[part.partner.sector]
    mine = [each for each in rows.of(table) if each.partner is part.partner]
    if mine and CASE in mine[0].file.columns:
        _rows_of_cases(part, mine[0], rows, problems)
    else:
        text = f"is a case, but no column of {table} says what belongs to it; map case of {table}"
        note(rows, problems, part, "event", f"select row from {reports}", text)
    rows.run(f"delete from {reports}")


def _rows_of_cases(part: Part, mine: Part, rows: ImportedRows, problems: Problems) -> None:
    """Add a report of every row of the cases that are reported, and of whom it names as well.

    A row that was made when its case was known already is known at the end of its day. If it were
    known as soon as it is made, a partner could refuse it for its own report.

    Args:
        part: reports.
        mine: rows of the same partner.
        rows: of all files.
        problems: collects cases without a row.
    """
    table, kind = CASE_ROWS[part.partner.sector]
    named = [(kind, kind), *([ALSO_NAMED[kind]] if kind in ALSO_NAMED else [])]
    event = quoted(str(TABLES[table].event))
    reports = f"labels where part = {part.number} and kind = '{CASE}'"
    listed = f'select "case" from {table} where part = {mine.number}'
    bad = f"select row from {reports} and value not in ({listed})"
    text = f"is a case that no row of {mine.file.file} belongs to; add it there, or drop the report"
    note(rows, problems, part, "event", bad, text)
    late = "moment >= l.known_at"
    known = f"case when {late} then moment // {DAY} * {DAY} + {DAY - 1} else l.known_at end"
    if _is_delayed(part):
        late, known = "false", "moment - l.known_at"
    rows.run(
        f"create or replace temp table {IN_CASES} as select l.part, l.row, l.form, "
        'case when l."case" >= 0 then l."case" else l.value end as "case", '
        f"{listing({column: f'mine.{quoted(column)}' for column, _ in named})}, "
        f"{late} as late, {known} as known, case when l.withdrawn_at < l.known_at "
        "then l.withdrawn_at else greatest(l.withdrawn_at, known) end as withdrawn "
        f'from labels l join {table} mine on mine."case" = l.value join (select {event}, '
        f"min(time) as moment from {rows.source(table)} group by {event}) using ({event}) "
        f"where l.part = {part.number} and l.kind = '{CASE}' and mine.part = {mine.number}"
    )
    [[late_rows, every]] = rows.run(f"select count(*) filter (late), count(*) from {IN_CASES}")
    part.late = late_rows / max(every, 1)
    for column, of_kind in named:
        rows.run(
            f"insert into labels by name select part, row, '{of_kind}' as kind, {quoted(column)} "
            'as value, form, "case", min(known) as known_at, min(withdrawn) as withdrawn_at '
            f"from {IN_CASES} group by all"
        )
