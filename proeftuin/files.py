"""Files and folders that appear whole, written by one process at a time.

What is being written is hidden beside its place and locked. The lock (``flock``) ends with the
process that holds it, however that ends, so the next writer takes over what a killed one left
behind. It holds among the processes of one machine; network file systems may not keep it.
"""

import errno
import fcntl
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

OLD = "old"
log = logging.getLogger("proeftuin")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process works in an existing folder, and keep the others waiting."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a hidden path beside the wanted one; what is written there takes its place at the end.

    An error on the way leaves the wanted path as it was and nothing beside it.
    """
    part = _hidden(path)
    with _claimed(path, part.touch):
        try:
            yield part
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def workshop(path: Path) -> Iterator[Path]:
    """Yield an empty hidden folder beside a path, which is gone afterwards.

    Missing parents are made. Another process that wants it waits.
    """
    shop = _hidden(path)
    with _claimed(path, lambda: shop.mkdir(parents=True, exist_ok=True)):
        _bring_back(shop / OLD, path)
        for left in shop.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        try:
            yield shop
        finally:
            _bring_back(shop / OLD, path)
            shutil.rmtree(shop, ignore_errors=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a hidden folder that takes the wanted name, whole, at the end.

    Missing parents are made. A folder of that name is moved away first and removed last. An error
    on the way leaves it as it was.
    """
    path = path.resolve()
    with workshop(path) as shop:
        part = shop / "new"
        part.mkdir()
        yield part
        if path.exists():
            path.replace(shop / OLD)
        part.replace(path)


def clear(path: Path) -> None:
    """Remove what a process that was killed left beside a path; wait for one that still writes."""
    path = path.resolve()
    if _hidden(path).exists():
        with workshop(path):
            pass


def unwritable(path: Path) -> str | None:
    """Return why nothing can be written at a path, in words; None if it can.

    A file without a name is made in the nearest folder that exists, and nothing is left of it.
    """
    place = path.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        return f"{place} is a file, not a folder"
    try:
        with TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{place}: {error.strerror}"


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


def _hidden(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _bring_back(old: Path, path: Path) -> None:
    """Undo the first of the two renames of a new folder, if the second did not follow."""
    if old.exists() and not path.exists():
        old.replace(path)


@contextmanager
def _claimed(path: Path, make: Callable[[], None]) -> Iterator[None]:
    """Make the hidden path, or take over that of a dead process, and let nobody else have it."""
    part = _hidden(path)
    while True:
        try:
            make()
            handle = os.open(part, os.O_RDONLY)
        except FileNotFoundError:
            if part.parent.is_dir():
                continue  # whoever had it was done just now
            raise
        except FileExistsError:
            if not part.is_file():
                continue  # so too, between two looks of mkdir
            raise
        try:
            _lock(handle, path)
            if _is_at(handle, part):
                yield
                return
        finally:
            os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _lock(handle: int, place: Path) -> None:
    """Lock an open file or folder until it is closed; wait for a process that has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno != errno.EWOULDBLOCK:
            raise
        log.warning("%s: another proeftuin works there; waiting until it is done", place)
        fcntl.flock(handle, fcntl.LOCK_EX)
