"""Imports partners' own tables in place of a synthetic world, completely or not at all."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proeftuin.errors import SettingsError
from proeftuin.files import clear, new_folder
from proeftuin.imports import mapping as mapping_file
from proeftuin.imports.assembly import Assembly, all_parts
from proeftuin.imports.checks import Parts, check_parts
from proeftuin.imports.codes import Hasher
from proeftuin.imports.fields import LABEL_TABLE
from proeftuin.imports.loading import Loader, Part
from proeftuin.imports.problems import Problems
from synthetic_data.reported import as_reported
from synthetic_data.schema import SECTORS
from synthetic_data.stored import FEATURES, save_world


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
    parts = _load(wanted, mapping.parent)
    problems = Problems()
    check_parts(parts, problems)
    problems.refuse()
    result = Assembly(wanted, parts)
    world = result.world()
    with new_folder(folder) as place:
        _refuse_existing(folder)  # another import may have been faster
        save_world(
            world,
            as_reported(world, result.reports, wanted.persons or result.listed()),
            place,
            origin={
                "mapping": mapping.name,
                "start": result.start,
                "time_zone": wanted.time_zone,
                "outcomes": "held against reports that were never withdrawn; an import knows no "
                "other truth",
                "files": [_source(part, mapping.parent) for part in all_parts(parts)],
            },
        )
    rows = {table: len(rows) for table, rows in world.tables.items() if len(rows)}
    rows |= {LABEL_TABLE: len(world.labels), FEATURES: len(world.features.values)}
    return Imported(
        folder=folder,
        partners=world.partners,
        rows={table: count for table, count in rows.items() if count},
        days=world.days,
        start=result.start,
    )


def _refuse_existing(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError([f"{folder}: exists already; remove it, or choose another folder"])


def _load(mapping: mapping_file.Mapping, base: Path) -> Parts:
    problems = Problems()
    loader = Loader(base, mapping.time_zone, Hasher(mapping.salt), problems)
    numbers = dict.fromkeys(SECTORS, 0)
    parts: dict[str, list[Part]] = {}
    for partner in mapping.partners:
        for table in partner.tables:
            part = loader.load(partner, numbers[partner.sector], table)
            if part is not None:
                parts.setdefault(table, []).append(part)
        numbers[partner.sector] += 1
    problems.refuse()
    return parts


def _source(part: Part, base: Path) -> dict[str, Any]:
    with (base / part.file).open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "partner": part.partner.name,
        "table": part.table,
        "file": part.file,
        "sha256": digest,
        "rows": len(part),
    }
