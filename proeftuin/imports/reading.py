"""Reads a CSV or Parquet file block by block, with the number of every row in the file."""

import codecs
import gzip
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from proeftuin.imports.problems import Problems
from scenarios.foreign import ForeignFileError, check_file
from synthetic_data.arrays import Ints
from synthetic_data.foreign_tables import open_parquet, plain_texts

BLOCK_BYTES = 16 << 20
BLOCK_ROWS = 1 << 18
LONGEST_HEADER = 1 << 20  #: bytes of the first line of a CSV file
MOST_COLUMNS = 1000
COMPRESSED = (".bz2", ".zip", ".zst", ".xz", ".lz4", ".7z")
#: What some files begin with, whatever their name and whatever the mapping says.
_PARQUET, _GZIP, _ZIP = b"PAR1", b"\x1f\x8b", b"PK\x03\x04"
_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a file.

    Attributes:
        rows: (n,) row numbers as in the file; the header of a CSV file is row 1.
        columns: (n,) cells by column name: text for CSV, the types of the file for Parquet.
        until: share of the file that was read with these rows.
    """

    rows: Ints
    columns: pa.RecordBatch
    until: float


def column_names(path: Path, delimiter: str, encoding: str = "utf-8") -> list[str]:
    """Return the names of a file's columns.

    Raises:
        ForeignFileError, OSError, pa.ArrowException: the file cannot be read.
    """
    if _is_parquet(path):
        names = list(open_parquet(path, ()).schema_arrow.names)
    else:
        # Rows of the wrong length are reported when the file is read, not here.
        with _open_csv(path, delimiter, encoding, {}, lambda row: "skip") as (reader, _):
            names = list(reader.schema.names)
    if len(names) > MOST_COLUMNS:
        raise ForeignFileError(
            path, f"has {len(names):,} columns; at most {MOST_COLUMNS:,} are read"
        )
    return names


def blocks(
    path: Path,
    delimiter: str,
    names: Iterable[str],
    wanted: Collection[str],
    problems: Problems,
    file: str,
    check_room: Callable[[int], None],
    encoding: str = "utf-8",
) -> Iterator[Block]:
    """Yield a file's rows in blocks; rows without any value (blank lines) are left out.

    Args:
        path: the file.
        delimiter: between the columns of a CSV file.
        names: all its columns.
        wanted: the columns that the mapping names; of a Parquet file no other is read.
        problems: collects the rows of the wrong length.
        file: the file as messages name it.
        check_room: raises if there is no room for so many rows.
        encoding: of a CSV file that begins with no mark of its own.

    Raises:
        ForeignFileError, OSError, pa.ArrowException: the file cannot be read, or its rows find no
            room.
    """
    if _is_parquet(path):
        yield from _parquet_blocks(path, wanted, check_room)
        return
    odd: list[int] = []

    def skip(row: Any) -> str:
        odd.append(row.number)
        problems.add(
            file,
            f"has {row.actual_columns} columns where the header has {row.expected_columns}; put "
            f'values that contain "{delimiter}" in double quotes, or name another delimiter',
            row.number,
        )
        return "skip"

    types = dict.fromkeys(names, pa.string())
    last, held = 1, 0
    with _open_csv(path, delimiter, encoding, types, skip) as (reader, content):
        for batch in reader:
            candidates = np.arange(last + 1, last + 1 + len(batch) + len(odd))
            rows = candidates[~np.isin(candidates, odd)][: len(batch)]
            last = int(rows[-1]) if len(rows) else last
            _refuse_swallowed(path, delimiter, batch, rows)
            blank = np.ones(len(batch), dtype=bool)
            for column in batch.columns:
                blank &= column.is_null().to_numpy(zero_copy_only=False)
            held += int(np.count_nonzero(~blank))
            check_room(held)
            yield Block(
                rows[~blank], batch.filter(pa.array(~blank)), content.tell() / content.size()
            )


def _parquet_blocks(
    path: Path, wanted: Collection[str], check_room: Callable[[int], None]
) -> Iterator[Block]:
    with open_parquet(path, wanted, bytes_per_row=0) as content:
        read, whole = 0, content.metadata.num_rows
        check_room(whole)
        for batch in content.iter_batches(BLOCK_ROWS, columns=list(wanted)):
            rows = np.arange(read + 1, read + 1 + len(batch))
            read += len(batch)
            yield Block(rows, plain_texts(batch, path), read / whole)


def _refuse_swallowed(path: Path, delimiter: str, batch: pa.RecordBatch, rows: Ints) -> None:
    """Refuse a cell that holds a further row, as after a quote that is never closed.

    Raises:
        ForeignFileError: there is one.
    """
    most = max(2, batch.num_columns - 2)
    further = rf"\n([^\n]*{re.escape(delimiter)}){{{most}}}"
    for column in batch.columns:
        if not pc.any(pc.match_substring(column, "\n")).as_py():
            continue
        found = pc.fill_null(pc.match_substring_regex(column, further), False)
        place = np.flatnonzero(found.to_numpy(zero_copy_only=False))
        if len(place):
            row = int(rows[place[0]])
            reason = f'row {row} holds what looks like further rows; is a sign " missing in it?'
            raise ForeignFileError(path, reason)


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq") or _begins(path, _PARQUET)


def _begins(path: Path, mark: bytes) -> bool:
    with check_file(path).open("rb") as content:
        return content.read(len(mark)) == mark


def _opened(path: Path) -> IO[bytes]:
    return gzip.open(path) if _begins(path, _GZIP) else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path, given: str) -> str:
    """Return the encoding of a text: what it begins with is surer than what is said of it.

    Raises:
        ForeignFileError: it is packed, or a workbook.
    """
    if path.suffix.lower() in COMPRESSED:
        raise ForeignFileError(path, "is compressed; unpack it first")
    if _begins(path, _ZIP):
        raise ForeignFileError(path, "is a workbook or is packed; save it as CSV, or unpack it")
    with _opened(path) as content:
        start = content.read(len(codecs.BOM_UTF8))
    known = (name for mark, name in _ENCODINGS.items() if start.startswith(mark))
    return next(known, codecs.lookup(given).name)


def _check_header(path: Path, delimiter: str, encoding: str) -> None:
    """Check by its first line that a text can be a table.

    Raises:
        ForeignFileError: it is something else.
    """
    with _opened(path) as content:
        start = content.read(LONGEST_HEADER)
    header, end, _ = start.decode(encoding, "replace").partition("\n")
    if "\0" in header or (len(start) == LONGEST_HEADER and not end):
        raise ForeignFileError(path, "is no table; give CSV in UTF-8 with a header, or Parquet")
    if (columns := header.count(delimiter) + 1) > MOST_COLUMNS:
        raise ForeignFileError(path, f"has {columns:,} columns; at most {MOST_COLUMNS:,} are read")


@contextmanager
def _open_csv(
    path: Path, delimiter: str, given: str, types: dict[str, pa.DataType], odd: Any
) -> Iterator[tuple[pa_csv.CSVStreamingReader, pa.NativeFile]]:
    encoding = _encoding(path, given)
    _check_header(path, delimiter, encoding)
    content = pa.OSFile(str(path))
    try:
        # Threads would lose the row numbers. Words for no value are looked for later, and counted.
        with pa_csv.open_csv(
            pa.CompressedInputStream(content, "gzip") if _begins(path, _GZIP) else content,
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, encoding=encoding
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter,
                ignore_empty_lines=False,
                newlines_in_values=True,
                invalid_row_handler=odd,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=types, strings_can_be_null=True, null_values=[""]
            ),
        ) as reader:
            yield reader, content
    except (UnicodeError, pa.ArrowInvalid) as error:
        if encoding == "utf-8" and (row := _first_undecodable(path)):
            reason = f"is no UTF-8 at row {row}; say encoding: cp1252 if it comes from Windows"
            raise ForeignFileError(path, reason) from None
        if isinstance(error, UnicodeError):
            reason = f"is no {encoding}; say under encoding as what it was saved"
            raise ForeignFileError(path, reason) from None
        raise


def _first_undecodable(path: Path) -> int:
    """Return the first row of a file that is no UTF-8; 0 if there is none."""
    row, quoted = 1, False
    with _opened(path) as content:
        while line := content.readline(BLOCK_BYTES):
            try:
                line.decode()
            except UnicodeDecodeError:
                return row
            quoted ^= line.count(b'"') % 2 == 1
            row += not quoted
    return 0
