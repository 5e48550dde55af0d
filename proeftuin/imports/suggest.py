"""A first mapping for files that nobody has described yet, guessed from the names of their columns.

What is written is for a person to correct: every guess says so, and no cell of a file is shown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from proeftuin.errors import SettingsError
from proeftuin.imports.fields import FIELDS, LABEL_TABLE, Reading
from proeftuin.imports.problems import Problems, like_a_name
from proeftuin.imports.reading import blocks, column_names
from proeftuin.imports.sources import ColumnSource
from proeftuin.imports.values import read_cells
from scenarios.foreign import ForeignFileError, one_line

#: Words in the name of a column that speak for a column of ours, in Dutch and English.
WORDS = {
    "time": "time|stamp|moment|date|datum|booked|start|step",
    "payment": "referentie|reference|payment_id|transaction_id|tran_id|ref|id|payment|transaction",
    "payer": "payer|from|orig|debtor|sender|van|customer|account",
    "payee": "payee|to|dest|bene|creditor|receiver|naar|terminal|tegen|account",
    "amount_eur": "amount|bedrag|amt|eur|cents|value",
    "device": "device|apparaat|toestel", "network": "ip|network",
    "account": "account|iban|rekening|acct|customer_id", "age": "age|leeftijd",
    "phone": "phone|telefoon|msisdn|mobile", "opened_day": "open|geopend|since",
    "subscriber": "subscriber|caller|abonnee|from", "number": "number|other|called|to",
    "duration_s": "duration|seconds|duur", "incoming": "incoming|direction|richting",
    "since_day": "since|sinds|open",
    "event": "referentie|reference|payment_id|transaction_id|tran_id|ref|id",
    "label": "fraud|fraude|launder|sar|label", "known_at": "known|report|gemeld|filed|seen",
    "withdrawn_at": "withdrawn|ingetrokken", "form": "form|type|offence|scenario",
    "order": "order|bestelling", "customer": "customer|klant", "address": "address|adres",
}  # fmt: skip
#: Words in the name of a column that is none of these, whatever else the name says.
NOT_THESE = {"payment": "currency|format|type|bank", "event": "currency|format|type|bank",
              "payer": "bank|balance|currency",
             "payee": "bank|balance|currency", "amount_eur": "currency"}  # fmt: skip
TABLES = ("payments", "calls", "orders", "accounts", "subscribers", "customers", LABEL_TABLE)
FORMATS = (
    "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y",
    "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y%m%d",
)  # fmt: skip
SECTORS = {"payments": "bank", "accounts": "bank", "calls": "telecom", "subscribers": "telecom",
           "orders": "webshop", "customers": "webshop", LABEL_TABLE: "bank"}  # fmt: skip
DELIMITERS = (",", ";", "\t", "|")
NO_TEXT = ("yes", "no", "on", "off", "y", "n", "true", "false", "null")  #: to YAML
ROWS = 1000  #: that a guess looks at


@dataclass(frozen=True, eq=False)
class Seen:
    """The first rows of a file, and how they have to be read.

    Attributes:
        file: its path, as it was given.
        delimiter, encoding: of a CSV file.
        rows: the rows.
    """

    file: str
    delimiter: str
    encoding: str
    rows: pa.RecordBatch


def suggest(files: Sequence[Path]) -> str:
    """Return the text of a mapping file for some files.

    Raises:
        SettingsError: a file cannot be read.
    """
    lines = [
        "# A first guess from the names of the columns. Correct every line that says so, and give",
        "# partners their names; what each line means is in docs/import.md.",
        "time_zone: Europe/Amsterdam",
        "",
        "partners:",
    ]
    problems: list[str] = []
    for number, path in enumerate(files, 1):
        try:
            lines += _partner(_seen(path), number)
        except (ForeignFileError, OSError, pa.ArrowException, UnicodeError) as error:
            reason = error.reason if isinstance(error, ForeignFileError) else "cannot be read"
            problems.append(one_line(f"{path}: {reason}"))
    if problems:
        raise SettingsError(problems)
    return "\n".join(lines)


def _seen(path: Path) -> Seen:
    """Read the first rows of a file in likely ways, and keep the one with most columns."""
    best: Seen | None = None
    for encoding in ("utf-8", "cp1252"):
        for delimiter in DELIMITERS:
            try:
                names = column_names(path, delimiter, encoding)
                found = blocks(path, delimiter, names, names, Problems(), path.name,
                               lambda held: None, encoding)  # fmt: skip
                rows = next(found, None)
            except ForeignFileError:
                if encoding == "cp1252" and delimiter == DELIMITERS[-1] and best is None:
                    raise
                continue
            if rows is not None and (best is None or len(names) > best.rows.num_columns):
                best = Seen(str(path), delimiter, encoding, rows.columns.slice(0, ROWS))
        if best is not None:
            break
    if best is None:
        raise ForeignFileError(path, "holds no rows")
    return best


def _partner(seen: Seen, number: int) -> Iterator[str]:
    every = seen.rows.schema.names  # of two with one name it cannot be said which is meant
    names = [name for name in every if like_a_name(name) and every.count(name) == 1]
    table = max(TABLES, key=lambda each: _fit(each, names))
    yield f"  - name: partner_{number}   # a guess: say whose file this is"
    yield f"    sector: {SECTORS[table]}"
    yield "    tables:"
    yield from _table(seen, table, names)
    if table == "payments":
        yield from _table(seen, "accounts", names, of_payments=True)
        if _best("label", names) is not None:
            yield from _table(seen, LABEL_TABLE, names, of_payments=True)


def _table(seen: Seen, table: str, names: list[str], *, of_payments: bool = False) -> Iterator[str]:
    yield f"      {table}:"
    yield f"        file: {_quoted(seen.file)}"
    if seen.delimiter != ",":
        yield f"        delimiter: {_quoted(seen.delimiter)}"
    if seen.encoding != "utf-8":
        yield f"        encoding: {seen.encoding}"
    if of_payments and table == "accounts":
        yield "        distinct: true   # every payer once; a register of accounts would tell more"
    yield "        columns:"
    chosen = _chosen(table, names, of_payments=of_payments)
    for ours, theirs in chosen.items():
        yield f"          {ours}: {_source(seen, table, ours, theirs)}   # a guess"
    if table == LABEL_TABLE and "known_at" not in chosen:
        yield "          known_at: {delay_days: 7}   # an assumption: when is a fraud reported?"
        chosen["known_at"] = ""
    for ours, field in FIELDS[table].items():
        if field.fill is None and ours not in chosen:
            of_rows = "{row_number: true}   # no column has a reference" if ours in (
                "payment", "event") else "TO BE NAMED   # required"  # fmt: skip
            yield f"          {ours}: {of_rows}"
    unused = sorted({*names} - {*chosen.values()})
    if unused and not of_payments and len(chosen) > 2:  # else it may be no header, but a person
        yield f"          # not used: {', '.join(unused)}"


def _chosen(table: str, names: list[str], *, of_payments: bool) -> dict[str, str]:
    """Return which of their columns is which of ours; each of theirs once."""
    if of_payments and table == "accounts":
        return {"account": payer} if (payer := _best("payer", names)) else {}
    ours = [name for name in FIELDS[table] if name in WORDS]
    if of_payments:
        ours = [name for name in ours if name in ("event", "label", "known_at")]
    found: dict[str, str] = {}
    for name in ours:
        left = [each for each in names if each not in found.values()]
        if theirs := _best(name, left):
            found[name] = theirs
    return found


def _fit(table: str, names: list[str]) -> float:
    """Return how well a file's columns fit a table: required columns count most."""
    chosen = _chosen(table, names, of_payments=False)
    required = [name for name, field in FIELDS[table].items() if field.fill is None]
    found = sum(name in chosen for name in required)
    return found - (len(required) - found) / 2 + len(chosen) / 100


def _best(ours: str, names: list[str]) -> str | None:
    """Return the name that a word speaks for, the earliest word first."""
    wrong = NOT_THESE.get(ours, "^$")
    for word in WORDS[ours].split("|"):
        for name in names:
            parts = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
            alone = re.search(rf"(^|[^a-z]){word}($|[^a-z])", parts)
            if (alone or (len(word) > 3 and word in parts)) and not re.search(wrong, parts):
                return name
    return None


def _source(seen: Seen, table: str, ours: str, theirs: str) -> str:
    """Return the source of a column, with what its cells need to be read."""
    field, cells = FIELDS[table][ours], seen.rows.column(theirs)
    name = _quoted(theirs)
    if field.reading in (Reading.TIME, Reading.DAY):
        for layout in (None, *FORMATS):
            if _reads(field.reading, cells, ColumnSource(column=theirs, format=layout)):
                return name if layout is None else f'{{column: {name}, format: "{layout}"}}'
        for unit in ("s", "ms"):
            if _reads(field.reading, cells, ColumnSource(column=theirs, unit=unit)):
                return f"{{column: {name}, unit: {unit}}}"
        return f"{{column: {name}, unit: h, origin: 2020-01-01}}"
    if field.reading is Reading.AMOUNT:
        if not _reads(field.reading, cells, ColumnSource(column=theirs)):
            return f'{{column: {name}, decimal: ","}}'
        if "cent" in theirs.lower():
            return f"{{column: {name}, unit: cents}}"
    return name


def _reads(reading: Reading, cells: pa.Array, source: ColumnSource) -> bool:
    return not read_cells(reading, cells, source, "Europe/Amsterdam").bad.any()


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][\w./-]*", text) and text.lower() not in NO_TEXT
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
