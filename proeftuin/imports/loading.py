"""Loads the files of partners, cell by cell, into the rows of an import."""

import math
import zlib
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ByName
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from proeftuin.imports.cells import Read
from proeftuin.imports.codes import Hasher, alike, shortened
from proeftuin.imports.fields import (
    FIELDS,
    LABEL_TABLE,
    Field,
    Reading,
    is_shared,
    kinds_of,
)
from proeftuin.imports.mapping import ColumnSource, Feature, Mapping
from proeftuin.imports.problems import LIMIT, Problems, like_a_name, listed
from proeftuin.imports.reading import BLOCK_BYTES, Block, blocks, column_names
from proeftuin.imports.rows import BORN, Columns, Counts, ImportedRows, Part
from proeftuin.imports.rows import feature as feature_column
from proeftuin.imports.sources import BIRTHS
from proeftuin.imports.values import chosen_rows, read_cells, read_feature, row_ids, text_cells
from scenarios.foreign import ForeignFileError, check_file
from synthetic_data.arrays import Bools, Ints
from synthetic_data.clock import DAY
from synthetic_data.reports import KIND_ENTITY, NEVER
from synthetic_data.schema import SECTORS

REPORTED = ("known_at", "withdrawn_at")
UNREADABLE = (OSError, EOFError, zlib.error, pa.ArrowException, UnicodeDecodeError)


class Loader:
    """Reads one file of one partner into a database and records what is wrong in ``problems``.

    Args:
        part: which file of whom.
        mapping: clock, currencies and country of the whole import.
        base: the folder of the mapping file.
        hasher: makes codes of identifiers.
        problems: collects what is wrong.
        progress: is told the share of the file that was read.
    """

    def __init__(
        self,
        part: Part,
        mapping: Mapping,
        base: Path,
        hasher: Hasher,
        problems: Problems,
        progress: Callable[[float], None],
    ) -> None:
        self._part, self._file, self._mapping = part, part.file, mapping
        self._hash, self._problems, self._progress = hasher, problems, progress
        self._path = base / part.file.file

    def load(self, rows: ImportedRows) -> None:
        """Read the file."""
        part, read, file = self._part, 0, self._file.file
        try:
            names = column_names(check_file(self._path), self._file.delimiter, self._file.encoding)
            if not self._has_columns(names):
                return
            part.unread = [name for name in names if name not in self._file.named().values()]
            for block in self._blocks(names, rows):
                read += len(block.rows)
                rows.add(part, *self._parsed(self._chosen(block)))
                self._progress(block.until)
        except ForeignFileError as error:
            self._problems.add(file, f"{error.reason} ({part.name})")
            return
        except UNREADABLE:  # their words repeat the file
            self._problems.add(
                file,
                "cannot be read; give CSV in UTF-8 with a header and lines of less than "
                f"{BLOCK_BYTES >> 20} MB, or Parquet",
            )
            return
        if not read:
            self._problems.add(
                self._file.file, f"holds no rows; fill it, or leave out {part.table}"
            )
        elif not part.count and part.table != LABEL_TABLE:
            self._problems.add(self._file.file, f"has no row that is meant by where ({part.name})")
        if part.count:
            rows.parts.append(part)

    def _has_columns(self, names: list[str]) -> bool:
        wanted = self._file.named()
        good, like = True, [name for name in names if like_a_name(name)]
        # A first row of something else may be a person's, or a password.
        is_header = any(map(names.count, wanted.values()))
        has = f"it has {listed(names)}" if is_header else "does its first row name its columns?"
        for key, column in wanted.items():
            if names.count(column) == 1:
                continue
            good = False
            close = get_close_matches(column, like, 1) if is_header else []
            meant = f"; did you mean '{close[0]}'?" if close else ""
            self._problems.add(
                self._file.file,
                f"has two columns '{column}'; rename one"
                if column in names
                else f"has no column '{column}' for {self._part.table}.{key}{meant} ({has})",
            )
        return good

    def _blocks(self, names: list[str], rows: ImportedRows) -> Iterator[Block]:
        yield from blocks(
            self._path,
            self._file.delimiter,
            names,
            {*self._file.named().values()},
            self._problems,
            self._file.file,
            lambda held: rows.check_room(self._path, held),
            self._file.encoding,
        )

    def _chosen(self, block: Block) -> Block:
        """Return the rows of a block that are the partner's."""
        if self._file.where is None:
            return block
        return _some(block, chosen_rows(self._file.where, block.columns))

    def _parsed(self, block: Block) -> tuple[Ints, Columns]:
        """Return the numbers of rows, and their columns and features."""
        if self._part.table == LABEL_TABLE:
            return self._reports(block)
        columns = self._columns(block, FIELDS[self._part.table])
        amount = self._file.columns.get("amount_eur")
        if amount is not None and amount.signed:
            comes_in, payer = columns["amount_eur"] > 0, columns["payer"]
            columns["amount_eur"] = np.abs(columns["amount_eur"])
            columns["payer"] = np.where(comes_in, columns["payee"], payer)
            columns["payee"] = np.where(comes_in, payer, columns["payee"])
        for name, feature in self._file.features.items():
            columns[feature_column(name)] = self._feature(block, name, feature, columns["time"])
        return block.rows, columns

    def _reports(self, block: Block) -> tuple[Ints, Columns]:
        """Read only the rows that are reports: the others need no time of reporting.

        A row whose label is empty is of unknown kind, and no report.
        """
        fields, sector = FIELDS[LABEL_TABLE], self._part.partner.sector
        if "label" in self._file.columns:
            found = self._read(block, "label", fields["label"])
            self._count("label", found.empty, found.worded)
            block = _some(block, (found.values != 0) & ~found.empty)
        wanted = {name: fields[name] for name in fields if name not in ("event", "label")}
        columns = self._columns(block, wanted)
        usual = str(SECTORS[sector].reported)
        kinds = np.where(columns["kind"] == "", usual, columns["kind"])
        values = self._reported(block, kinds, columns.pop("holder"))
        return block.rows, columns | {"kind": kinds, "value": values}

    def _columns(self, block: Block, fields: ByName[str, Field]) -> Columns:
        return {name: self._column(block, name, field) for name, field in fields.items()}

    def _column(self, block: Block, name: str, field: Field) -> NDArray[Any]:
        source = self._file.columns.get(name)
        if source is None:
            self._count(name, np.ones(len(block.rows), dtype=bool), 0)
            return np.full(len(block.rows), field.fill if field.absent is None else field.absent)
        if source.delay_days is not None:  # settled once the moments of the events are known
            return np.full(len(block.rows), -round(source.delay_days * DAY), dtype=np.int64)
        if field.reading is Reading.ID:
            owner = "" if field.shared else self._part.partner.name
            text, worded = self._identifiers(block, name, str(field.entity))
            values: NDArray[Any] = self._hash(str(field.entity), owner, text)
            empty = values < 0
        else:
            found = self._read(block, name, field)
            values, empty, worded = found.values, found.empty, found.worded
            if name in REPORTED and found.whole_day is not None:  # only the day is known: its end
                values = values + (DAY - 1) * found.whole_day
            if source.unit in BIRTHS:
                values = values + BORN
        self._count(name, empty, worded)
        if field.fill is None:
            text_of = f"is empty, but {name} is required; fill it in"
            self._note(source, block, empty, text_of, None)
        elif empty.any():
            values = np.where(empty, field.fill, values)
        return values

    def _read(self, block: Block, name: str, field: Field) -> Read:
        """Parse a column that names nobody, and note the cells that cannot be parsed."""
        source = self._file.columns[name]
        cells = _cells(block, source)
        found = read_cells(
            field.reading,
            cells,
            source,
            self._mapping.time_zone,
            na_words=self._file.na_values,
            clock_cells=block.columns.column(source.clock) if source.clock else None,
            currency_cells=block.columns.column(source.currency) if source.currency else None,
            rates=self._mapping.rates,
            never=field.fill == NEVER,
        )
        self._note(source, block, found.bad, found.expected, cells)
        return found

    def _identifiers(self, block: Block, name: str, entity: str) -> tuple[pa.Array, int]:
        """Return identifiers as text, and how many a word for no value leaves empty."""
        source = self._file.columns[name]
        if source.row_number:
            return row_ids(self._file.file, block.rows), 0
        cells = _cells(block, source)
        text, worded = text_cells(cells, self._file.na_values)
        expected = "is a number that a spreadsheet shortened; save the column as text"
        self._note(source, block, shortened(entity, text), expected, cells)
        text, rewritten = alike(entity, text, self._mapping.country_code)
        self._counts(name).rewritten += rewritten
        if source.prefix:
            text = pc.binary_join_element_wise(source.prefix, text, "")
        return text, worded

    def _feature(
        self, block: Block, name: str, feature: Feature, times: NDArray[Any]
    ) -> NDArray[Any]:
        source = ColumnSource(column=feature.column)
        cells = _cells(block, source)
        zone, words = self._mapping.time_zone, self._file.na_values
        found = read_feature(feature, cells, zone, times=times, na_words=words)
        self._note(source, block, found.bad, found.expected, cells)
        self._count(name, found.empty, found.worded)
        missing = math.nan if feature.missing is None else feature.missing
        values = np.where(found.empty, missing, found.values)
        beyond = (values < feature.low) | (values > feature.high)
        self._counts(name).clipped += int(np.count_nonzero(beyond & ~found.bad))
        return np.clip(values, feature.low, feature.high)

    def _reported(self, block: Block, kinds: NDArray[Any], holders: NDArray[Any]) -> NDArray[Any]:
        """Return the hashes of what labels name, as the entity of their kind."""
        partner, source = self._part.partner, self._file.columns["event"]
        values = np.full(len(block.rows), -1, dtype=np.int64)
        allowed = kinds_of(partner.sector)
        holders = np.where(holders == "", partner.name, holders)
        for kind in np.intersect1d(allowed, kinds):
            entity, place = KIND_ENTITY.get(kind, kind), np.flatnonzero(kinds == kind)
            text, worded = self._identifiers(_some(block, kinds == kind), "event", entity)
            self._count("event", np.zeros(len(text), dtype=bool), worded)
            owners = np.full(len(text), "") if is_shared(entity) else holders[place]
            for owner in np.unique(owners):
                mine = owners == owner
                values[place[mine]] = self._hash(entity, owner, text.filter(pa.array(mine)))
        unknown = ~np.isin(kinds, allowed)
        empty = (values < 0) & ~unknown
        self._note(source, block, empty, "is empty, but event is required; fill it in", None)
        kind_source = self._file.columns.get("kind", source)
        expected = f"is no kind that a {partner.sector} can report ({', '.join(allowed)})"
        self._note(kind_source, block, unknown, expected, pa.array(kinds.astype(str)))
        return values

    def _counts(self, name: str) -> Counts:
        return self._part.cells.setdefault(name, Counts())

    def _count(self, name: str, empty: Bools, worded: int) -> None:
        counts = self._counts(name)
        counts.cells += len(empty)
        counts.empty += int(np.count_nonzero(empty))
        counts.by_word += worded

    def _note(
        self, source: ColumnSource, block: Block, bad: NDArray[Any], text: str, cells: Any
    ) -> None:
        """Record bad cells with their content; a bad constant is recorded once."""
        place = np.flatnonzero(bad)
        if not len(place):
            return
        if source.column is None:
            self._problems.add(self._file.file, f"value '{source.value}' in the mapping {text}")
            return
        values = None if cells is None else cells.take(pa.array(place[:LIMIT])).to_pylist()
        self._problems.cells(self._file.file, source.column, block.rows[place], text, values)


def _some(block: Block, rows: Bools) -> Block:
    return Block(block.rows[rows], block.columns.filter(pa.array(rows)), block.until)


def _cells(block: Block, source: ColumnSource) -> pa.Array:
    if source.column is not None:
        return block.columns.column(source.column)
    return pa.array([str(source.value)] * len(block.rows), pa.string())
