"""Imports partners' own tables in place of a synthetic world, completely or not at all."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from proeftuin.errors import SettingsError
from proeftuin.files import clear, new_folder, write_json
from proeftuin.imports import mapping as mapping_file
from proeftuin.imports.assembly import Assembly
from proeftuin.imports.checks import check_rows
from proeftuin.imports.codes import Hasher
from proeftuin.imports.derived import derive
from proeftuin.imports.loading import Loader
from proeftuin.imports.problems import Problems
from proeftuin.imports.rows import ImportedRows, Part, monday
from proeftuin.imports.summary import SUMMARY, Summary, summary_of
from proeftuin.imports.truth import save_reports
from synthetic_data.schema import SECTORS
from synthetic_data.stored import save_about

BAR = "{desc}: {percentage:3.0f}% of the files |{bar}| [{elapsed}<{remaining}]"
MOST_DAYS = 18_250  #: fifty years, in seconds of which a moment has room


def import_tables(mapping: Path, folder: Path, *, strict: bool = False) -> Summary:
    """Read the tables that a mapping file names and store them as a world.

    The world's folder also holds the summary, as ``summary.json``.

    Args:
        mapping: the mapping file (see ``docs/import.md``).
        folder: where the world is stored; must not exist yet, or be empty.
        strict: whether what would make a study meaningless is refused.

    Raises:
        SettingsError: with every problem found; nothing is written then.
    """
    clear(folder)
    _refuse_existing(folder)
    wanted = mapping_file.read_mapping(mapping)
    start = None
    if wanted.start is not None:
        start = monday((datetime.fromisoformat(wanted.start) - datetime(1970, 1, 1)).days)
    with new_folder(folder) as place, _database(place.parent, start) as rows:
        _refuse_existing(folder)  # another import may have been faster
        _load(wanted, mapping.parent, rows)
        world = Assembly(wanted, rows, place)
        world.write()
        reported = save_reports(world, wanted)
        summary = summary_of(rows, world, reported)
        if strict and summary.warnings:
            raise SettingsError(summary.warnings)
        origin = {
            "mapping": mapping.name,
            "start": world.start,
            "time_zone": wanted.time_zone,
            "outcomes": "held against reports that were never withdrawn; an import knows no other "
            "truth",
            "called": None if wanted.called is None else asdict(wanted.called),
            "files": [_source(part, mapping.parent) for part in rows.parts],
        }
        save_about(
            place,
            partners=world.partners,
            days=world.days,
            features=world.features,
            rows=world.counts,
            origin=origin,
            **reported.about,
        )
        write_json(place / SUMMARY, asdict(summary))
    return summary


def _refuse_existing(folder: Path) -> None:
    if "?" in str(folder.resolve()):
        raise SettingsError([f"--to {folder}: choose a folder without ? in its path"])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError([f"{folder}: exists already; remove it, or choose another folder"])


@contextmanager
def _database(beside: Path, start: int | None) -> Iterator[ImportedRows]:
    """Yield an empty database of parsed rows in a folder that goes with its parent."""
    folder = beside / "rows"
    folder.mkdir()
    rows = ImportedRows(folder, start)
    try:
        yield rows
    finally:
        rows.close()


def _load(mapping: mapping_file.Mapping, base: Path, rows: ImportedRows) -> None:
    """Read and check all files.

    Raises:
        SettingsError: with every problem found.
    """
    problems = Problems()
    hasher, numbers = Hasher(mapping.salt), dict.fromkeys(SECTORS, 0)
    files = sum(len(partner.tables) for partner in mapping.partners)
    with tqdm(total=files, disable=None, bar_format=BAR) as bar:
        for partner in mapping.partners:
            for table, file in partner.tables.items():
                part = Part(len(rows.parts), partner, numbers[partner.sector], table, file)
                bar.set_description_str(f"reading {part.name}")
                read = partial(_show, bar, int(bar.n))
                Loader(part, mapping, base, hasher, problems, read).load(rows)
                read(1.0)
            numbers[partner.sector] += 1
    problems.refuse()
    derive(rows, problems)
    check_rows(rows, problems)
    problems.refuse()
    if (days := rows.last_day() - rows.first_day()) > MOST_DAYS:
        raise SettingsError([f"the files span {days:,} days; is a year in them wrong?"])


def _show(bar: "tqdm[Any]", files: int, share: float) -> None:
    bar.update(files + share - bar.n)


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
