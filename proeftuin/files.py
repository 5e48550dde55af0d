"""Files and folders that appear whole: a process that is killed leaves what was there before."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a hidden path beside the wanted one; what is written there takes its place at the end.

    An error on the way leaves the wanted path as it was and nothing beside it.
    """
    part = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a hidden folder beside the wanted one; it takes the wanted name at the end.

    Missing parents are made. An error on the way leaves nothing.

    Raises:
        OSError: the wanted folder exists at the end and holds something.
    """
    part = path.with_name(f".{path.name}-{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        part.replace(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 at once."""
    with new_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: object) -> None:
    """Write plain values as JSON at once."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def write_parquet(path: Path, rows: "pd.DataFrame") -> None:
    """Write a table without its index as Parquet at once."""
    with new_file(path) as part:
        rows.to_parquet(part, index=False)
