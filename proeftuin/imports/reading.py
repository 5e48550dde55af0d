"""Reads a CSV or Parquet file block by block, with the number of every row in the file."""

import codecs
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from proeftuin.imports.problems import Problems
from scenarios.foreign import ForeignFileError, check_file
from synthetic_data.arrays import Ints
from synthetic_data.foreign_tables import check_rows, open_parquet, plain_texts

BLOCK_BYTES = 16 << 20
BLOCK_ROWS = 1 << 18
LONGEST_HEADER = 1 << 20  #: bytes of the first line of a CSV file
MOST_COLUMNS = 1000
BYTES_PER_ROW = 300  #: of memory at the peak of an import; 240 to 330 measured on payments
COMPRESSED = (".gz", ".bz2", ".zip", ".zst", ".xz", ".lz4", ".7z")
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a file.

    Attributes:
        rows: (n,) row numbers as in the file; the header of a CSV file is row 1.
        columns: (n,) cells by column name: text for CSV, the types of the file for Parquet.
    """

    rows: Ints
    columns: pa.RecordBatch


def column_names(path: Path, delimiter: str) -> list[str]:
    """Return the names of a file's columns.

    Raises:
        ForeignFileError, OSError, pa.ArrowException: the file cannot be read.
    """
    if _is_parquet(path):
        names = list(open_parquet(path, ()).schema_arrow.names)
    else:
        _check_csv(path, delimiter)
        # Rows of the wrong length are reported when the file is read, not here.
        with _open_csv(path, delimiter, {}, lambda row: "skip") as reader:
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
) -> Iterator[Block]:
    """Yield a file's rows in blocks; rows without any value (blank lines) are left out.

    Args:
        path: the file.
        delimiter: between the columns of a CSV file.
        names: all its columns.
        wanted: the columns that the mapping names; of a Parquet file no other is read.
        problems: collects the rows of the wrong length.
        file: the file as messages name it.

    Raises:
        ForeignFileError, OSError, pa.ArrowException: the file cannot be read, or does not fit in
            memory.
    """
    if _is_parquet(path):
        first = 1
        with open_parquet(path, wanted, bytes_per_row=BYTES_PER_ROW) as content:
            for batch in content.iter_batches(BLOCK_ROWS, columns=list(wanted)):
                yield Block(np.arange(first, first + len(batch)), plain_texts(batch, path))
                first += len(batch)
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
    with _open_csv(path, delimiter, types, skip) as reader:
        for batch in reader:
            candidates = np.arange(last + 1, last + 1 + len(batch) + len(odd))
            rows = candidates[~np.isin(candidates, odd)][: len(batch)]
            last = int(rows[-1]) if len(rows) else last
            blank = np.ones(len(batch), dtype=bool)
            for column in batch.columns:
                blank &= column.is_null().to_numpy(zero_copy_only=False)
            held += int(np.count_nonzero(~blank))
            check_rows(path, held, BYTES_PER_ROW)
            yield Block(rows[~blank], batch.filter(pa.array(~blank)))


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _check_csv(path: Path, delimiter: str) -> None:
    """Check by its first line that a file can be a table in UTF-8.

    Raises:
        ForeignFileError: it is something else.
    """
    if path.suffix.lower() in COMPRESSED:
        raise ForeignFileError(path, "is compressed; unpack it first")
    with check_file(path).open("rb") as content:
        header = content.readline(LONGEST_HEADER)
    if header.startswith(_BOMS):
        raise ForeignFileError(path, 'is text in UTF-16 ("Unicode text"); save it as CSV in UTF-8')
    if b"\0" in header or (len(header) == LONGEST_HEADER and not header.endswith(b"\n")):
        raise ForeignFileError(path, "is no table; give CSV in UTF-8 with a header, or Parquet")
    if (columns := header.count(delimiter.encode()) + 1) > MOST_COLUMNS:
        raise ForeignFileError(path, f"has {columns:,} columns; at most {MOST_COLUMNS:,} are read")


def _open_csv(
    path: Path, delimiter: str, types: dict[str, pa.DataType], odd: Any
) -> pa_csv.CSVStreamingReader:
    # Threads would lose the row numbers. An open file is never unpacked, whatever its name.
    return pa_csv.open_csv(
        pa.OSFile(str(path)),
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=odd
        ),
        convert_options=pa_csv.ConvertOptions(column_types=types, strings_can_be_null=True),
    )
