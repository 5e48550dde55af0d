"""Parquet files that somebody else wrote, checked against the free memory before they are read.

A file of a megabyte can hold billions of equal rows; what it holds unpacked stands in its metadata.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scenarios.foreign import ForeignFileError, check_file, one_line
from synthetic_data import machine

BYTES_PER_CELL = 16  #: a number with its mask, or a text that stands elsewhere, at least
LONGEST_CELL = 1000  #: bytes of a text in a table


def free_memory() -> int:
    """Return the bytes of memory that this process can still take, as far as the system tells."""
    limits = [machine.memory(), machine.address_space()]
    known = Path("/proc/meminfo")
    if known.is_file():
        told = dict(line.split(":", 1) for line in known.read_text("ascii").splitlines())
        limits.append(float(int(told["MemAvailable"].split()[0]) << 10))
    return int(min(limits))


def check_rows(path: Path, rows: int, bytes_per_row: int) -> None:
    """Check that rows fit in memory.

    Raises:
        ForeignFileError: they do not.
    """
    free = free_memory()
    if rows * bytes_per_row > free:
        raise ForeignFileError(
            path,
            f"holds {rows:,} rows, which need about "
            f"{rows * bytes_per_row / 2**30:,.1f} GB of memory; {free / 2**30:,.1f} GB are free, "
            f"enough for {free // bytes_per_row:,} rows",
        )


def open_parquet(
    path: Path, columns: Collection[str] | None = None, *, bytes_per_row: int | None = None
) -> pq.ParquetFile:
    """Open a Parquet file whose columns fit in memory; texts stay in dictionaries when read.

    Args:
        path: the file.
        columns: names of the columns that will be read; all unless given.
        bytes_per_row: what a row takes later on; what its columns take unless given, 0 if rows are
            read batch by batch and not kept.

    Raises:
        ForeignFileError: it is no Parquet file, too large, or one of the columns holds no plain
            values.
    """
    try:
        schema = pq.read_schema(check_file(path))
        wanted = [field for field in schema if columns is None or field.name in columns]
        for field in wanted:
            if pa.types.is_nested(field.type):
                raise ForeignFileError(
                    path,
                    f"the column {one_line(field.name, 60)!r} holds lists or "
                    "groups; give one value per cell",
                )
        texts = [field.name for field in wanted if _is_text(field.type)]
        content = pq.ParquetFile(path, read_dictionary=texts)
    except (OSError, pa.ArrowException):
        raise ForeignFileError(path, "cannot be read as Parquet") from None
    needed = BYTES_PER_CELL * len(wanted) if bytes_per_row is None else bytes_per_row
    check_rows(path, content.metadata.num_rows, needed)
    return content


def read_parquet(path: Path, longest: int = LONGEST_CELL) -> pd.DataFrame:
    """Return the rows of a Parquet file that fits in memory.

    Args:
        path: the file.
        longest: most bytes of a text in it.

    Raises:
        ForeignFileError: see :func:`open_parquet` and :func:`plain_texts`.
    """
    with open_parquet(path) as content:
        try:
            rows = content.read()
        except (OSError, pa.ArrowException):
            raise ForeignFileError(path, "is damaged") from None
    frame: pd.DataFrame = plain_texts(rows, path, longest).to_pandas()
    return frame


def plain_texts(rows: Any, path: Path, longest: int = LONGEST_CELL) -> Any:
    """Return a batch or table with its texts written out, after looking that none is very long.

    Raises:
        ForeignFileError: a text is longer than so many bytes.
    """
    columns = []
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        if not pa.types.is_dictionary(column.type):
            columns.append(column)
            continue
        parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        lengths = [pc.max(pc.binary_length(part.dictionary)).as_py() or 0 for part in parts]
        if (found := max(lengths, default=0)) > longest:
            raise ForeignFileError(
                path,
                f"a cell of the column {one_line(name, 60)!r} has {found:,} "
                f"bytes; at most {longest:,} are read",
            )
        columns.append(column.cast(column.type.value_type))
    return type(rows).from_arrays(columns, names=rows.schema.names)


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )  # fmt: skip
