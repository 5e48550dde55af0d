"""The parsed rows of an import, in a database on disk: memory does not grow with their number.

DuckDB joins and sorts what does not fit in memory with files of its own. Every table of the schema
has the rows of all partners' files, each with the number of its part and its row in the file.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from proeftuin.errors import UnfinishedError
from proeftuin.imports.fields import FIELDS, LABEL_TABLE, Reading
from proeftuin.imports.problems import LIMIT, Problems
from proeftuin.imports.sources import File, Partner
from scenarios.foreign import ForeignFileError, one_line
from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY
from synthetic_data.schema import TABLES, Column

MEMORY = "1GB"  #: of the database; the rest of an import takes some hundred MB
BYTES_ON_DISK = 300  #: that a row takes at the peak: in the database, sorted, and in the result
KEPT = '"kept payments"'
OTHER = "{other}"  #: how a message names the row of a file that says something else
BORN = 10**6  #: added to a day of birth, which stands for the age until the first day is known
Columns = dict[str, NDArray[Any]]


@dataclass
class Counts:
    """What became of the cells of one column.

    Attributes:
        cells: number of them.
        empty: without a value, filled with what stands for unknown.
        by_word: of those, the ones that held a word such as NULL.
        clipped: beyond the public bounds of a feature.
        rewritten: account and phone numbers that were not written as they are elsewhere.
    """

    cells: int = 0
    empty: int = 0
    by_word: int = 0
    clipped: int = 0
    rewritten: int = 0


@dataclass(eq=False)
class Part:
    """One file of one partner.

    Attributes:
        number: of the part, over all partners.
        partner: owner of the file.
        index: number of the partner within its sector.
        table: name in ``schema.TABLES``, or ``labels``.
        file: the file and its columns, as the mapping names them.
        count: number of rows.
        cells: what became of the cells, by column of the schema or name of the feature.
        unread: columns of the file that the mapping does not name.
        late: of reports of cases, the share of the rows that were made when the case was known.
    """

    number: int
    partner: Partner
    index: int
    table: str
    file: File
    count: int = 0
    cells: dict[str, Counts] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    late: float = 0.0

    @property
    def name(self) -> str:
        """Whose table it is, as the mapping names it."""
        return f"{self.partner.name}.{self.table}"

    def theirs(self, column: str) -> str:
        """Return the name in the file of a column or feature; its own name if it has none."""
        own = {feature(name): each for name, each in self.file.features.items()}
        source = self.file.columns.get(column) or own.get(column)
        return (source and source.column) or column


class ImportedRows:
    """All rows of an import.

    Args:
        folder: an empty folder for the database; whoever made it removes it.
        start: first day that the mapping names, in days since 1970; None for that of the first
            event.

    Attributes:
        sql: the database.
        parts: all files, in the order of the mapping.
    """

    def __init__(self, folder: Path, start: int | None = None) -> None:
        self._folder, self.start = folder, start
        self.sql = duckdb.connect(
            str(folder / "rows.duckdb"),
            config={"memory_limit": MEMORY, "temp_directory": str(folder / "spilled")},
        )
        self.parts: list[Part] = []

    def check_room(self, path: Path, rows: int) -> None:
        """Check that the rows of a file fit on the disk.

        Raises:
            ForeignFileError: they do not.
        """
        free = shutil.disk_usage(self._folder).free
        if rows * BYTES_ON_DISK > free:
            raise ForeignFileError(
                path,
                f"holds {rows:,} rows, which need about {rows * BYTES_ON_DISK / 2**30:,.1f} GB of "
                f"disk; {free / 2**30:,.1f} GB are free",
            )

    def of(self, table: str) -> list[Part]:
        """Return the files with rows of a table."""
        return [part for part in self.parts if part.table == table]

    @property
    def tables(self) -> list[str]:
        """Names of the tables that have rows."""
        return list(dict.fromkeys(part.table for part in self.parts))

    def add(self, part: Part, row: Ints, columns: Columns) -> None:
        """Add rows of a file.

        Args:
            part: the file.
            row: (n,) their numbers in the file.
            columns: (n,) by name, features by :func:`feature`. Moments are seconds since 1970 by
                the wall clock, days are days since then; identifiers are hashes.
        """
        whose = np.full(len(row), part.number, dtype=np.int64)
        typed = {name: _typed(each, _type_of(part, name)) for name, each in columns.items()}
        block = pa.table({"part": whose, "row": row} | typed)
        name = quoted(part.table)
        with self.seen_as("block", block):
            self.run(f"create table if not exists {name} as from block limit 0")
            self.run(f"insert into {name} by name from block")
        part.count += len(row)

    @contextmanager
    def seen_as(self, name: str, rows: "pa.Table | pd.DataFrame") -> Iterator[None]:
        """Let queries see rows of this process under a name."""
        self.sql.register(name, rows)
        try:
            yield
        finally:
            self.sql.unregister(name)

    def run(self, query: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Carry out a statement to its end; return what it gives, which is little."""
        with _by_the_machine():
            return self.sql.execute(query, list(parameters)).fetchall()

    def frame(self, query: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """Return the result of a query that fits in memory."""
        with _by_the_machine():
            return self.sql.execute(query, list(parameters)).df()

    def number(self, query: str) -> int:
        """Return the single number that a query finds, 0 if it finds none."""
        found = self.run(query)
        return int(found[0][0]) if found and found[0][0] is not None else 0

    def source(self, table: str) -> str:
        """Return what holds each event once: of a payment in two files, the one that is kept."""
        return KEPT if table == "payments" else quoted(table)

    def keep_payments(self) -> None:
        """Say which payments are kept: those in the file of the payer's bank, if it takes part.

        That bank knows most of a payment: its moment, device and app.
        """
        numbers = [(part.number, part.index) for part in self.of("accounts")]
        parts = pd.DataFrame(numbers, columns=["part", "bank"]).astype("int64")
        listed = "select null::bigint as account, null::bigint as bank where false"
        if len(parts):
            listed = "select account, bank from accounts join parts using (part)"
        with self.seen_as("parts", parts):
            self.run(f"create table banks as {listed}")
        if "payments" in self.tables:
            listing_banks = ", ".join(str(part.index) for part in self.of("payments"))
            self.run(
                f"create view {KEPT} as select mine.*, pays.bank as sender from payments mine "
                "left join banks pays on pays.account = mine.payer where pays.bank is null "
                f"or pays.bank = {self.indices('payments')} or pays.bank not in ({listing_banks})"
            )

    def indices(self, table: str) -> str:
        """Return the expression of the number of the partner that a row is of."""
        cases = [f"when {part.number} then {part.index}" for part in self.of(table)]
        return f"case mine.part {' '.join(cases)} end"

    def first_day(self) -> int:
        """Return the day that the world begins with or after, in days since 1970."""
        return self.start if self.start is not None else self._day("min")

    def last_day(self) -> int:
        """Return the day of the last event, in days since 1970."""
        return self._day("max")

    def _day(self, which: str) -> int:
        timed = [table for table in self.tables if "time" in fields_of(table)]
        moments = [self.number(f"select {which}(time) from {self.source(t)}") for t in timed]
        return (min(moments) if which == "min" else max(moments)) // DAY

    def first_seen(self, entity: str, values: "pd.Series[int]") -> "pd.Series[int]":
        """Return the first moment of some rows or entities of a kind, by hash; 0 in a register."""
        found = [pd.Series(dtype="int64", index=pd.Index([], name="value", dtype="int64"))]
        with self.seen_as("wanted", pd.DataFrame({"value": values.unique()})):
            for table in self.tables:
                moment = "min(time)" if "time" in fields_of(table) else "0"
                for name, column in fields_of(table).items():
                    if column.entity == entity:
                        key = quoted(name)
                        query = (
                            f"select {key} as value, {moment} as first from {self.source(table)} "
                            f"where {key} in (select value from wanted) group by {key}"
                        )
                        found.append(self.frame(query).set_index("value")["first"])
        first: pd.Series[int] = pd.concat(found).groupby(level=0).min()
        return first[first.index >= 0]

    def close(self) -> None:
        """Close the database, so that its folder can be removed."""
        self.sql.close()


@contextmanager
def _by_the_machine() -> Iterator[None]:
    """Say in one line that the disk or the memory is in the way."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(str(error)) from error
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        why = one_line(str(error).splitlines()[0])
        what = f"the import stopped ({why}); is the disk full? Nothing was stored"
        raise UnfinishedError(what) from error


def feature(name: str) -> str:
    """Return the name of a feature's column, which no other column has."""
    return f"feature {name}"


def _typed(values: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Return values of a type; what could not be read, and is told as a problem, is 0."""
    if kind == pa.int64() and values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).astype(np.int64)
    return pa.array(values, kind)


def _type_of(part: Part, name: str) -> pa.DataType:
    """Return the type of a column, whatever a block of rows happens to hold."""
    field = FIELDS[part.table].get(name)
    if name == "kind" and part.table == LABEL_TABLE:
        return pa.string()
    if field is None:
        return pa.int64() if part.table == LABEL_TABLE else pa.float64()
    types = {Reading.NAME: pa.string(), Reading.AMOUNT: pa.float64(), Reading.BALANCE: pa.float64()}
    return types.get(field.reading, pa.int64())


def monday(day: int) -> int:
    """Return the Monday at or before a day, in days since 1970, which began on a Thursday."""
    return day - (day + 3) % 7


def quoted(name: str) -> str:
    """Return a name as SQL takes it, whatever it means there."""
    return '"' + name.replace('"', '""') + '"'


def listing(columns: Mapping[str, str]) -> str:
    """Return expressions with their names, as a query selects them."""
    return ", ".join(f"{expression} as {quoted(name)}" for name, expression in columns.items())


def fields_of(table: str) -> dict[str, Column]:
    """Return the columns of a table that files fill; none of labels."""
    if table not in TABLES:
        return {}
    return {name: c for name, c in TABLES[table].columns.items() if name in FIELDS[table]}


def note(
    rows: ImportedRows, problems: Problems, part: Part, column: str, bad: str, text: str
) -> None:
    """Record the rows of a part that a query finds: ``row``, and the ``other`` row it tells of."""
    query = f"select *, count(*) over () as found from ({bad}) order by row limit {LIMIT}"
    first = rows.frame(query)
    if len(first):
        texts: str | list[str] = text
        if OTHER in text:
            texts = [text.replace(OTHER, str(other)) for other in first["other"]]
        place = first["row"].to_numpy(np.int64)
        count = int(first["found"].iloc[0])
        problems.cells(part.file.file, part.theirs(column), place, texts, count=count)
