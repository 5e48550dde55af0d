"""Imports partners' own tables in place of a synthetic world, completely or not at all."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proeftuin.errors import SettingsError
from proeftuin.files import clear, new_folder
from proeftuin.imports import mapping as mapping_file
from proeftuin.imports.assembly import Assembly
from proeftuin.imports.checks import check_rows
from proeftuin.imports.codes import Hasher
from proeftuin.imports.fields import LABEL_TABLE
from proeftuin.imports.loading import Loader
from proeftuin.imports.problems import Problems
from proeftuin.imports.rows import Part, Rows
from proeftuin.imports.truth import save_reports
from synthetic_data.schema import SECTORS, TABLES
from synthetic_data.stored import FEATURES, save_about


@dataclass(frozen=True)
class Imported:
    """Summary of an import.

    Attributes:
        folder: the stored world.
        partners: names by sector.
        rows: number of rows by table, labels and features included.
        days: length of the world.
        start: midnight at which it begins, ISO 8601 by the wall clock of the mapping.
    """

    folder: Path
    partners: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, int]
    days: int
    start: str


def import_tables(mapping: Path, folder: Path) -> Imported:
    """Read the tables that a mapping file names and store them as a world.

    Args:
        mapping: the mapping file (see ``docs/import.md``).
        folder: where the world is stored; must not exist yet, or be empty.

    Raises:
        SettingsError: with every problem found; nothing is written then.
    """
    clear(folder)
    _refuse_existing(folder)
    wanted = mapping_file.read_mapping(mapping)
    with new_folder(folder) as place, _database(place.parent) as rows:
        _refuse_existing(folder)  # another import may have been faster
        _load(wanted, mapping.parent, rows)
        world = Assembly(wanted, rows, place)
        world.write()
        about = save_reports(world, wanted)
        origin = {
            "mapping": mapping.name,
            "start": world.start,
            "time_zone": wanted.time_zone,
            "outcomes": "held against reports that were never withdrawn; an import knows no other "
            "truth",
            "files": [_source(part, mapping.parent) for part in rows.parts],
        }
        save_about(
            place,
            partners=world.partners,
            days=world.days,
            features=world.features,
            rows=world.counts,
            origin=origin,
            **about,
        )
    shown = {name: n for name in (*TABLES, LABEL_TABLE, FEATURES) if (n := world.counts.get(name))}
    return Imported(folder, world.partners, shown, world.days, world.start)


def _refuse_existing(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError([f"{folder}: exists already; remove it, or choose another folder"])


@contextmanager
def _database(beside: Path) -> Iterator[Rows]:
    """Yield an empty database of parsed rows in a folder that goes with its parent."""
    folder = beside / "rows"
    folder.mkdir()
    rows = Rows(folder)
    try:
        yield rows
    finally:
        rows.close()


def _load(mapping: mapping_file.Mapping, base: Path, rows: Rows) -> None:
    """Read and check all files.

    Raises:
        SettingsError: with every problem found.
    """
    problems = Problems()
    loader = Loader(base, mapping.time_zone, Hasher(mapping.salt), problems, rows)
    numbers = dict.fromkeys(SECTORS, 0)
    for partner in mapping.partners:
        for table in partner.tables:
            loader.load(partner, numbers[partner.sector], table)
        numbers[partner.sector] += 1
    problems.refuse()
    check_rows(rows, problems)
    problems.refuse()


def _source(part: Part, base: Path) -> dict[str, Any]:
    with (base / part.file.file).open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "partner": part.partner.name,
        "table": part.table,
        "file": part.file.file,
        "sha256": digest,
        "rows": part.count,
    }
