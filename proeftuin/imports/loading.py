"""Loads one file of one partner and parses it cell by cell."""

import math
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from proeftuin.imports.codes import Hasher
from proeftuin.imports.fields import (
    FIELDS,
    LABEL_TABLE,
    Field,
    Reading,
    is_shared,
    kinds_of,
)
from proeftuin.imports.mapping import ColumnSource, Feature, File, Partner
from proeftuin.imports.problems import LIMIT, Problems, like_a_name, listed
from proeftuin.imports.reading import BLOCK_BYTES, Block, blocks, column_names
from proeftuin.imports.rows import Columns, Part, Rows
from proeftuin.imports.values import as_text, read_cells
from scenarios.foreign import ForeignFileError, check_file
from synthetic_data.arrays import Ints
from synthetic_data.reports import KIND_ENTITY
from synthetic_data.schema import SECTORS


class Loader:
    """Reads files of partners into a database and records what is wrong in ``problems``."""

    def __init__(
        self, base: Path, time_zone: str, hasher: Hasher, problems: Problems, rows: Rows
    ) -> None:
        self._base, self._zone, self._hash = base, time_zone, hasher
        self._problems, self._rows = problems, rows

    def load(self, partner: Partner, index: int, table: str) -> None:
        """Read a table of a partner.

        Args:
            partner: the partner.
            index: its number within its sector.
            table: name of the table, one of the partner's.
        """
        file = partner.tables[table]
        part = Part(len(self._rows.parts), partner, index, table, file)
        path, read = self._base / file.file, 0
        try:
            names = column_names(check_file(path), file.delimiter)
            if not self._has_columns(table, file, names):
                return
            for block in self._blocks(part, path, names):
                read += len(block.rows)
                rows, columns = self._parsed(part, block)
                self._rows.add(part, rows, columns)
        except ForeignFileError as error:
            self._problems.add(file.file, f"{error.reason} ({partner.name}.{table})")
            return
        except (OSError, pa.ArrowException, UnicodeDecodeError):  # their words repeat the file
            self._problems.add(
                file.file,
                "cannot be read; give CSV in UTF-8 with a header and lines of less than "
                f"{BLOCK_BYTES >> 20} MB, or Parquet",
            )
            return
        if not read:
            self._problems.add(file.file, f"holds no rows; fill it, or leave out {table}")
        if part.count:
            self._rows.parts.append(part)

    def _has_columns(self, table: str, file: File, names: list[str]) -> bool:
        wanted = _columns_of(file)
        good, like = True, [name for name in names if like_a_name(name)]
        # A first row of something else may be a person's, or a password.
        is_header = len(like) == len(names) and any(map(names.count, wanted.values()))
        has = f"it has {listed(names)}" if is_header else "does its first row name its columns?"
        for key, column in wanted.items():
            if names.count(column) == 1:
                continue
            good = False
            close = get_close_matches(column, like, 1)
            meant = f"; did you mean '{close[0]}'?" if close else ""
            self._problems.add(
                file.file,
                f"has two columns '{column}'; rename one"
                if column in names
                else f"has no column '{column}' for {table}.{key}{meant} ({has})",
            )
        return good

    def _blocks(self, part: Part, path: Path, names: list[str]) -> Iterator[Block]:
        """Yield the rows of a file that are the partner's, as they stand there."""
        wanted = {*_columns_of(part.file).values()}
        yield from blocks(path, part.file.delimiter, names, wanted, self._problems, part.file.file)

    def _parsed(self, part: Part, block: Block) -> tuple[Ints, Columns]:
        """Return the numbers of rows, and their columns and features."""
        if part.table == LABEL_TABLE:
            return self._reports(part.partner, part.file, block)
        columns = self._columns(part.partner, part.table, block, FIELDS[part.table])
        for name, feature in part.file.features.items():
            columns[name] = self._feature(part.file, block, feature)
        return block.rows, columns

    def _reports(self, partner: Partner, file: File, block: Block) -> tuple[Ints, Columns]:
        """Read only the rows that are reports: the others need no time of reporting."""
        fields = FIELDS[LABEL_TABLE]
        reported = self._column(file, block, "label", fields["label"], "") != 0
        block = Block(block.rows[reported], block.columns.filter(pa.array(reported)))
        wanted = {name: fields[name] for name in fields if name not in ("event", "label")}
        columns = self._columns(partner, LABEL_TABLE, block, wanted)
        usual = str(SECTORS[partner.sector].reported)
        kinds = np.where(columns["kind"] == "", usual, columns["kind"])
        values = self._reported(partner, block, kinds, columns.pop("holder"))
        return block.rows, columns | {"kind": kinds, "value": values}

    def _columns(
        self, partner: Partner, table: str, block: Block, fields: Mapping[str, Field]
    ) -> Columns:
        file = partner.tables[table]
        return {
            name: self._column(file, block, name, field, "" if field.shared else partner.name)
            for name, field in fields.items()
        }

    def _column(
        self, file: File, block: Block, name: str, field: Field, owner: str
    ) -> NDArray[Any]:
        source = file.columns.get(name)
        if source is None:
            return np.full(len(block.rows), field.fill)
        cells = _cells(block, source)
        if field.reading is Reading.ID:
            text = as_text(cells)
            values: NDArray[Any] = self._hash(str(field.entity), owner, text)
            empty = values < 0
        else:
            read = read_cells(field.reading, cells, source, self._zone)
            values, empty = read.values, read.empty
            self._note(file, source, block, read.bad, read.expected, cells)
        if field.fill is None:
            self._note(
                file, source, block, empty, f"is empty, but {name} is required; fill it in", None
            )
        elif empty.any():
            values = np.where(empty, field.fill, values)
        return values

    def _feature(self, file: File, block: Block, feature: Feature) -> NDArray[Any]:
        source = ColumnSource(column=feature.column, decimal=feature.decimal)
        cells = _cells(block, source)
        read = read_cells(Reading.FEATURE, cells, source, self._zone)
        self._note(file, source, block, read.bad, read.expected, cells)
        missing = math.nan if feature.missing is None else feature.missing
        values = np.where(read.empty, missing, read.values)
        return np.clip(values, feature.low, feature.high)

    def _reported(
        self, partner: Partner, block: Block, kinds: NDArray[Any], holders: NDArray[Any]
    ) -> NDArray[Any]:
        """Return the hashes of what labels name, as the entity of their kind."""
        file = partner.tables[LABEL_TABLE]
        source = file.columns["event"]
        text = as_text(_cells(block, source))
        values = np.full(len(text), -1, dtype=np.int64)
        allowed = kinds_of(partner.sector)
        holders = np.where(holders == "", partner.name, holders)
        for kind in allowed:
            entity = KIND_ENTITY[kind]
            owners = np.full(len(text), "") if is_shared(entity) else holders
            for owner in np.unique(owners[kinds == kind]):
                chosen = (kinds == kind) & (owners == owner)
                values[chosen] = self._hash(entity, owner, text.filter(pa.array(chosen)))
        unknown = ~np.isin(kinds, allowed)
        empty = (values < 0) & ~unknown
        self._note(file, source, block, empty, "is empty, but event is required; fill it in", None)
        kind_source = file.columns.get("kind", source)
        expected = f"is no kind that a {partner.sector} can report ({', '.join(allowed)})"
        self._note(file, kind_source, block, unknown, expected, pa.array(kinds.astype(str)))
        return values

    def _note(
        self,
        file: File,
        source: ColumnSource,
        block: Block,
        bad: NDArray[Any],
        text: str,
        cells: Any,
    ) -> None:
        """Record bad cells with their content; a bad constant is recorded once."""
        place = np.flatnonzero(bad)
        if not len(place):
            return
        if source.column is None:
            self._problems.add(file.file, f"value '{source.value}' in the mapping {text}")
            return
        values = None if cells is None else cells.take(pa.array(place[:LIMIT])).to_pylist()
        self._problems.cells(file.file, source.column, block.rows[place], text, values)


def _columns_of(file: File) -> dict[str, str]:
    """Return the columns of the file that the mapping names, by their keys in the mapping."""
    given = {f"columns.{name}": source.column for name, source in file.columns.items()}
    given |= {f"features.{name}": feature.column for name, feature in file.features.items()}
    return {key: column for key, column in given.items() if column is not None}


def _cells(block: Block, source: ColumnSource) -> pa.Array:
    if source.column is not None:
        return block.columns.column(source.column)
    return pa.array([str(source.value)] * len(block.rows), pa.string())
