"""Assembles consistent files into the tables, reports and features of one stored world."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from proeftuin.imports.fields import ALSO_NAMED, FIELDS, LABEL_TABLE, REGISTERS, UNKNOWN_DAY
from proeftuin.imports.mapping import Mapping
from proeftuin.imports.rows import ImportedRows, Part, feature, fields_of, listing, monday, quoted
from proeftuin.sectors import BANK
from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY
from synthetic_data.reports import KIND_ENTITY, NEVER
from synthetic_data.rows import NOT_CHECKED
from synthetic_data.schema import BUSINESS, LABELS, SECTORS, TABLES, Column
from synthetic_data.stored import FEATURES, write_rows
from synthetic_data.world import FeatureBounds

LONG_AGO = -3650  # [A] an unknown day of opening counts as ten years before the start
EVENTS = {str(schema.event): table for table, schema in TABLES.items() if schema.event}
NO_PHONE = 1 << 40  #: numbers from here on are nobody's phone, and link to nothing
SQL_TYPES = {
    "int8": "tinyint", "int16": "smallint", "int32": "integer", "int64": "bigint",
    "float64": "double", "str": "varchar",
}  # fmt: skip
#: Own ranges of codes: the rank of a hash among the distinct hashes of its entity, as random as
#: they are; hashes of entities are longer than the codes of the tables may be.
CODES = "codes of {}"


class Assembly:
    """The world that files without problems make, written table by table.

    Args:
        mapping: the mapping.
        rows: of all files, checked.
        folder: where the tables are written, ``<table>.parquet``.

    Attributes:
        days: length of the world: the last event falls on the last day.
        start: Monday at midnight at or before the first event, ISO 8601.
        partners: names by sector.
        counts: number of rows by table that was written, labels and features included.
    """

    def __init__(self, mapping: Mapping, rows: ImportedRows, folder: Path) -> None:
        self._mapping, self._rows, self._folder = mapping, rows, folder
        self._first_day = monday(rows.first_day())
        self.days = rows.last_day() - self._first_day + 1
        self.start = str(np.datetime64(self._first_day, "D").astype("datetime64[s]"))
        self.partners = {
            sector: names
            for sector in SECTORS
            if (names := tuple(p.name for p in mapping.partners if p.sector == sector))
        }
        self.features = {
            name: FeatureBounds(one.low, one.high, one.unit)
            for part in rows.of("payments")[:1]
            for name, one in part.file.features.items()
        }
        self.counts: dict[str, int] = {}
        self._entities = self._make_codes()

    def write(self) -> None:
        """Write all tables of the sectors that take part."""
        held = [table for table, schema in TABLES.items() if schema.sector in self.partners]
        for table in tqdm(held, desc="storing", unit="table", disable=None):
            self._write(table, self._table(table))
        if self.features:
            self._write(FEATURES, self._own_features())

    def path(self, table: str) -> Path:
        """Return where a table is written."""
        return self._folder / f"{table}.parquet"

    def rows_named(self, event: str, values: "pd.Series[int]") -> pd.DataFrame:
        """Return the written rows of the table of an event that have one of these codes."""
        return self._written(EVENTS[event], event, values)

    def accounts(self, codes: "pd.Series[int]") -> pd.DataFrame:
        """Return the register of some accounts."""
        return self._written("accounts", "account", codes)

    def frame(self, table: str, query: str) -> pd.DataFrame:
        """Return the result of a query about a table that was written, called ``written`` in it."""
        source = "with written as (from read_parquet(?)) "
        return self._rows.frame(source + query, [str(self.path(table))])

    def known_at(self) -> Ints:
        """Return (reports,) when each report of the files arrived, in seconds from the start."""
        if LABEL_TABLE not in self._rows.tables:
            return np.zeros(0, dtype=np.int64)
        found = self._rows.frame("select min(known_at) as at from labels group by part, row")
        moments: Ints = found["at"].to_numpy(np.int64) - self._first_day * DAY
        return moments

    def listed(self) -> int:
        """Count the private accounts, or else all accounts, or else the largest register."""
        if "accounts" in self._rows.tables:
            people = self._rows.number(f"select count(*) from accounts where age <> {BUSINESS}")
            return people or self._rows.number("select count(*) from accounts")
        return max((self.counts.get(name, 0) for name in REGISTERS.values()), default=0) or 1

    def customers(self) -> dict[str, int]:
        """Count the private accounts of every bank."""
        parts = {part.index: part.number for part in self._rows.of("accounts")}
        query = f"select count(*) from accounts where age <> {BUSINESS} and part = {{}}"
        banks = self.partners.get(BANK, ())
        return {
            name: self._rows.number(query.format(parts[index])) for index, name in enumerate(banks)
        }

    def knows_holders(self) -> bool:
        """Return whether any account has a holder."""
        known = "accounts" in self._rows.tables
        return known and self._rows.number("select count(*) from accounts where holder >= 0") > 0

    def keep(self, name: str, rows: pd.DataFrame) -> None:
        """Write rows that fit in memory."""
        self.path(name).parent.mkdir(exist_ok=True)
        write_rows(rows, self.path(name))
        self.counts[name] = len(rows)

    def reports(self) -> pd.DataFrame:
        """Return all label events (``schema.LABELS``), also those after the last day."""
        frames = [self._labels(part) for part in self._rows.of(LABEL_TABLE)]
        labels = pd.concat([*frames, pd.DataFrame(columns=list(LABELS))][: len(frames) or 1])
        labels["case"] = labels.groupby(["partner", "case"]).ngroup()
        labels = labels.astype({name: column.dtype for name, column in LABELS.items()})
        return labels.drop_duplicates().sort_values(
            ["known_at", "case", "kind", "value"], kind="stable", ignore_index=True
        )

    def known(self, reports: pd.DataFrame) -> pd.DataFrame:
        """Return the reports that arrive before the world ends, as the partners know them."""
        stop = self.days * DAY
        known = reports[reports["known_at"] < stop].reset_index(drop=True)
        stands = known["withdrawn_at"] >= stop
        return known.assign(withdrawn_at=known["withdrawn_at"].mask(stands, NEVER))

    def _write(self, table: str, query: str) -> None:
        target = str(self.path(table)).replace("'", "''")
        options = "format parquet, compression zstd"
        self.counts[table] = self._rows.number(f"copy ({query}) to '{target}' ({options})")

    def _make_codes(self) -> set[str]:
        """Make a table with the code of every hash, by entity; rows keep their long hash."""
        found: dict[str, list[str]] = {}
        for table in self._rows.tables:
            for name, column in fields_of(table).items():
                if column.entity is not None and column.entity not in EVENTS:
                    values = f"select distinct {quoted(name)} as hash from {quoted(table)}"
                    found.setdefault(column.entity, []).append(values)
        for entity, columns in found.items():
            every = f"select distinct hash from ({' union all '.join(columns)}) where hash >= 0"
            ranked = f"select hash, row_number() over (order by hash) - 1 as code from ({every})"
            self._rows.run(f"create table {codes_of(entity)} as {ranked}")
        return set(found)

    def _table(self, table: str) -> str:
        """Return the query of a table as it is stored."""
        schema = TABLES[table]
        types = {name: SQL_TYPES[column.dtype] for name, column in schema.columns.items()}
        if table not in self._rows.tables:
            empty = {name: f"null::{kind}" for name, kind in types.items()}
            return f"select {listing(empty)} where false"
        joins = f"from {self._rows.source(table)} mine"
        values = {}
        for place, (name, column) in enumerate(schema.columns.items()):
            if column.entity in self._entities and name in fields_of(table):
                joins += (
                    f" left join {codes_of(str(column.entity))} e{place} "
                    f"on e{place}.hash = mine.{quoted(name)}"
                )
                values[name] = f"coalesce(e{place}.code, mine.{quoted(name)})"
            elif name in FIELDS[table]:
                values[name] = self._value(name, column)
        if table == "calls":
            values["number"] = self._one_each(values["number"])
        if "phone" in values and table != "subscribers" and not self._has_phones(table):
            values["phone"] = self._told_apart(table, values)
        if table == "payments":
            joins += " left join banks gets on gets.account = mine.payee"
            values |= {
                "payer_bank": "coalesce(mine.sender, -1)",
                "payee_bank": "coalesce(gets.bank, -1)",
                "name_match": str(NOT_CHECKED),
            }
        else:
            values[schema.holders[0]] = self._rows.indices(table)
        typed = {name: f"({values[name]})::{kind}" for name, kind in types.items()}
        moments = [name for name in types if name in ("time", "day")]
        named = [name for name, column in schema.columns.items() if column.entity is not None]
        order = dict.fromkeys([*moments, *named, *types])  # all, so that no order of rows matters
        return f"select {listing(typed)} {joins} order by {', '.join(map(quoted, order))}"

    def _has_phones(self, table: str) -> bool:
        return self._rows.number(f"select count(*) from {quoted(table)} where phone >= 0") > 0

    def _told_apart(self, table: str, values: dict[str, str]) -> str:
        """Return the expression of a number that tells the people of a register apart.

        Studies count people by their phone. Where nobody's is known, each private customer gets a
        number that no operator has: of the holder, or else of the account.
        """
        number = f"{NO_PHONE} + 2 * ({values[next(iter(TABLES[table].columns))]})"
        if table != "accounts":
            return number
        holder = f"{NO_PHONE} + 2 * ({values['holder']}) + 1"
        person = f"case when mine.holder >= 0 then {holder} else {number} end"
        return f"case when mine.age <> {BUSINESS} then {person} else -1 end"

    def _one_each(self, number: str) -> str:
        """Return the expression of a number; a withheld one is nobody's, and of one call only."""
        if not self._rows.number("select count(*) from calls where number < 0"):
            return number
        nobodys = self._rows.number(f"select count(*) - 1 from {codes_of('phone')}")
        # By all that a call has, so that no order of rows matters.
        apart = ", ".join(f"mine.{quoted(name)}" for name in ("part", *FIELDS["calls"]))
        count = f"row_number() over (partition by mine.number order by {apart})"
        return f"case when mine.number < 0 then {nobodys} + {count} else {number} end"

    def _value(self, name: str, column: Column) -> str:
        """Return the expression of a value; moments and days count from the start."""
        mine = f"mine.{quoted(name)}"
        if name == "time":
            return f"{mine} - {self._first_day * DAY}"
        if column.unit == "days":
            day = f"{mine} - {self._first_day}"
            return f"case when {mine} = {UNKNOWN_DAY} then {LONG_AGO} else {day} end"
        return mine

    def _own_features(self) -> str:
        """Return the query of the features that each bank gives of its customers' payments."""
        values = {name: f"mine.{quoted(feature(name))}" for name in self.features}
        return (
            f"select mine.payment, {listing(values)} from {self._rows.source('payments')} mine "
            f"where mine.sender = {self._rows.indices('payments')} order by payment"
        )

    def _labels(self, part: Part) -> pd.DataFrame:
        found = self._rows.frame("select * from labels where part = ? order by row", [part.number])
        start, value = self._first_day * DAY, found["value"].copy()
        for kind in found["kind"].unique():
            entity, of_kind = KIND_ENTITY[kind], found["kind"] == kind
            if entity in self._entities:
                value[of_kind] = value[of_kind].map(self._codes_of(entity, value[of_kind]))
        labels = pd.DataFrame(
            {
                "partner": part.partner.name,
                "case": found["case"].where(found["case"] >= 0, found["value"]),
                "form": found["form"],
                "kind": found["kind"],
                "value": value,
                "known_at": found["known_at"] - start,
                "withdrawn_at": (found["withdrawn_at"] - start).where(
                    found["withdrawn_at"] != NEVER, NEVER
                ),
            }
        )
        if "kind" in part.file.columns:
            return labels
        return pd.concat([labels, *self._also_named(labels)])

    def _codes_of(self, entity: str, hashes: "pd.Series[int]") -> "pd.Series[int]":
        with self._rows.seen_as("wanted", pd.DataFrame({"hash": hashes.unique()})):
            query = f"select hash, code from {codes_of(entity)} join wanted using (hash)"
            codes: pd.Series[int] = self._rows.frame(query).set_index("hash")["code"]
        return codes

    def _also_named(self, labels: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """Yield the entities reported along with a row: its payee, customer or merchant."""
        for kind, (column, also) in ALSO_NAMED.items():
            named = labels[labels["kind"] == kind]
            if named.empty:
                continue
            rows = self.rows_named(kind, named["value"]).set_index(kind)[column]
            yield named.assign(kind=also, value=rows.loc[named["value"]].to_numpy())

    def _written(self, table: str, column: str, codes: "pd.Series[int]") -> pd.DataFrame:
        """Return the rows of a written table with one of these codes in a column."""
        with self._rows.seen_as("wanted", pd.DataFrame({"code": codes.unique()})):
            return self.frame(table, f"from written where {quoted(column)} in (from wanted)")


def codes_of(entity: str) -> str:
    """Return the name of the table with every ``code`` of an entity and its ``hash``."""
    return quoted(CODES.format(entity))
