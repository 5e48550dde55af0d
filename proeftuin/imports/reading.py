"""Reads a CSV or Parquet file block by block, with the number of every row in the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from proeftuin.imports.problems import Problems
from synthetic_data.arrays import Ints

BLOCK_BYTES = 16 << 20
BLOCK_ROWS = 1 << 18


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
        OSError, pa.ArrowException: the file cannot be read.
    """
    if _is_parquet(path):
        return list(pq.read_schema(path).names)
    # Rows of the wrong length are reported when the file is read, not here.
    with _open_csv(path, delimiter, {}, lambda row: "skip") as reader:
        return list(reader.schema.names)


def blocks(
    path: Path, delimiter: str, names: Iterable[str], problems: Problems, file: str
) -> Iterator[Block]:
    """Yield a file's rows in blocks; rows without any value (blank lines) are left out.

    Args:
        path: the file.
        delimiter: between the columns of a CSV file.
        names: all its columns.
        problems: collects the rows of the wrong length.
        file: the file as messages name it.

    Raises:
        OSError, pa.ArrowException: the file cannot be read.
    """
    if _is_parquet(path):
        first = 1
        with pq.ParquetFile(path) as content:
            for batch in content.iter_batches(BLOCK_ROWS):
                yield Block(np.arange(first, first + len(batch)), batch)
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
    last = 1
    with _open_csv(path, delimiter, types, skip) as reader:
        for batch in reader:
            candidates = np.arange(last + 1, last + 1 + len(batch) + len(odd))
            rows = candidates[~np.isin(candidates, odd)][: len(batch)]
            last = int(rows[-1]) if len(rows) else last
            blank = np.ones(len(batch), dtype=bool)
            for column in batch.columns:
                blank &= column.is_null().to_numpy(zero_copy_only=False)
            yield Block(rows[~blank], batch.filter(pa.array(~blank)))


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _open_csv(
    path: Path, delimiter: str, types: dict[str, pa.DataType], odd: Any
) -> pa_csv.CSVStreamingReader:
    # Threads would lose the row numbers.
    return pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=odd
        ),
        convert_options=pa_csv.ConvertOptions(column_types=types, strings_can_be_null=True),
    )
