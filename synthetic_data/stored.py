"""A world in a folder: one Parquet file per table, so that any world can be studied again.

``<folder>/<table>.parquet`` and ``labels.parquet`` hold the rows and labels of the partners,
``features.parquet`` the features that banks supplied, ``<folder>/truth/`` the truth, which only the
outcomes may read, and ``world.json`` the rest, with the number of rows of every file.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from scenarios.foreign import ForeignFileError, one_line, read_json
from scenarios.names import problem_with
from synthetic_data.clock import DAY
from synthetic_data.foreign_tables import open_parquet, plain_texts
from synthetic_data.partners import problems_with_partners
from synthetic_data.rows import NOT_CHECKED
from synthetic_data.schema import BUSINESS, LABELS, TABLES
from synthetic_data.settings import SectorName
from synthetic_data.world import FeatureBounds, OwnFeatures, Truth, World

ABOUT, TRUTH, FEATURES = "world.json", "truth", "features"
MOST_PERSONS = 10_000_000_000  #: more than there are people
FORMAT = 4  #: raised when files change their meaning
LONGEST_WORD = 200  #: bytes of a text in a stored world: a name, a kind, a form
TRUTH_COLUMNS: dict[str, dict[str, str]] = {
    "events": {
        "table": "str",
        "event": "int64",
        "case": "int64",
        "form": "str",
        "phase": "int8",
        "time": "int64",
        "amount_eur": "float64",
    },
    "calls": {
        "time": "int32",
        "subscriber": "int32",
        "number": "int32",
        "case": "int64",
        "form": "str",
        "phase": "int8",
    },
    "payments": {
        "payment": "int64",
        "case": "int64",
        "form": "str",
        "phase": "int8",
        "bank": "int8",
        "time": "int64",
        "amount_eur": "float64",
    },
    "cases": {
        "case": "int64",
        "form": "str",
        "variant": "str",
        "age": "int16",
        "bank": "int8",
        "group": "int64",
        "campaign": "int64",
        "succeeded": "bool",
        "contact_time": "int64",
        "real_weight": "float64",
    },
    "links": {"entity": "str", "code": "int64", "person": "int64"},
}


class _Bounds(BaseModel):
    """The shape of a feature in ``world.json``."""

    model_config = ConfigDict(strict=True)

    low: FiniteFloat
    high: FiniteFloat
    unit: str

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low={self.low:g} must be below high={self.high:g}")
        return self


class _Answers(BaseModel):
    """What a world can answer: whether names were checked, holders known, banks told of fraud."""

    model_config = ConfigDict(strict=True)

    names: bool
    holders: bool
    bank_reports: bool


class _About(BaseModel):
    """The shape of ``world.json``.

    ``customers`` counts private ones per bank; ``nation`` says whether the persons stand for a
    country, so that national figures mean something.
    """

    model_config = ConfigDict(strict=True)

    format: int
    partners: dict[SectorName, list[str]]
    days: Annotated[int, Field(ge=1, le=100_000)]
    persons: Annotated[int, Field(ge=1, le=MOST_PERSONS)]
    customers: dict[str, Annotated[int, Field(ge=0)]]
    forms: list[str]
    features: dict[str, _Bounds]
    rows: dict[str, Annotated[int, Field(ge=0)]]
    answers: _Answers
    nation: bool
    origin: dict[str, Any]


class StoredWorldError(ValueError):
    """A folder does not hold a complete stored world; the message says why in one line."""


def save_world(
    world: World, truth: Truth, folder: Path, *, origin: Mapping[str, Any] | None = None
) -> None:
    """Write a world to a new or empty folder.

    Args:
        world: as made by :func:`synthetic_data.world.generate` or by an import.
        truth: the truth about it.
        folder: folder to write to; created if missing.
        origin: where the rows come from; stored unchanged in ``world.json``.
    """
    (folder / TRUTH).mkdir(parents=True, exist_ok=True)
    frames = {**world.tables, "labels": world.labels}
    frames |= {f"{TRUTH}/{name}": getattr(truth, name) for name in TRUTH_COLUMNS}
    if world.features.measures:
        frames[FEATURES] = world.features.values
    for name, rows in frames.items():
        write_rows(rows, folder / f"{name}.parquet")
    save_about(
        folder,
        partners=world.partners,
        days=world.days,
        persons=truth.persons,
        customers=_customers(world),
        forms=sorted(set(truth.cases["form"])),
        features=world.features.measures,
        rows={name: len(rows) for name, rows in frames.items()},
        answers=_answers(world),
        nation=True,
        origin=origin or {},
    )


def write_rows(rows: pd.DataFrame, path: Path) -> None:
    """Write one table of a world."""
    content = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(content, path, compression="zstd")


def save_about(
    folder: Path,
    *,
    features: Mapping[str, FeatureBounds],
    partners: Mapping[str, Sequence[str]],
    **about: Any,
) -> None:
    """Write ``world.json`` beside the tables of a world.

    Args:
        folder: the folder of the world.
        features: bounds of the banks' own features, by name.
        partners: names by sector.
        about: ``days``, ``persons``, ``customers`` (private accounts by bank), ``forms``, ``rows``
            (by file), ``answers`` (what the world can answer), ``nation`` (whether the persons
            stand for a country) and ``origin``.
    """
    content = {
        "format": FORMAT,
        **about,
        "partners": {sector: list(names) for sector, names in partners.items()},
        "features": {name: asdict(each) for name, each in features.items()},
    }
    _About.model_validate(content)
    (folder / ABOUT).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _answers(world: World) -> dict[str, bool]:
    payments, accounts = (world.tables.get(name) for name in ("payments", "accounts"))
    told = world.labels["partner"].isin(world.partners.get("bank", ()))
    return {
        "names": payments is not None and bool((payments["name_match"] != NOT_CHECKED).any()),
        "holders": accounts is not None and bool((accounts["holder"] >= 0).any()),
        "bank_reports": bool(told.any()),
    }


def load_world(folder: Path, absent: Collection[str] = ()) -> tuple[World, Truth]:
    """Read a stored world, after checking that it is complete.

    Args:
        folder: where it is stored.
        absent: sectors to leave out, with their tables and the reports they received; the truth
            stays the same.

    Raises:
        StoredWorldError: a file is missing or has unexpected columns or rows, or another version
            wrote it.
    """
    about = read_about(folder)
    partners = {
        sector: tuple(names) for sector, names in about["partners"].items() if sector not in absent
    }
    gone = [name for sector in absent for name in about["partners"].get(sector, ())]
    measures = {name: FeatureBounds(**each) for name, each in about["features"].items()}
    wanted = _types(partners, measures)
    frames = {name: _read(folder, name, types, about["rows"]) for name, types in wanted.items()}
    for table in TABLES.keys() & frames.keys():
        _check_range(folder, table, frames[table], partners, about["days"])
    labels = frames["labels"]
    return World(
        partners=partners,
        days=about["days"],
        tables={table: frames[table] for table in TABLES if table in frames},
        labels=labels[~labels["partner"].isin(gone)].reset_index(drop=True),
        features=_features(folder, frames, measures) if FEATURES in frames else OwnFeatures(),
    ), Truth(
        **{name: frames[f"{TRUTH}/{name}"] for name in TRUTH_COLUMNS},
        persons=about["persons"] if about["nation"] else 0,
        days=about["days"],
    )


def _check_range(
    folder: Path,
    table: str,
    rows: pd.DataFrame,
    partners: Mapping[str, Collection[str]],
    days: int,
) -> None:
    """Check that rows are held by partners that there are, and happen while the world lasts.

    Raises:
        StoredWorldError: a row does not.
    """
    held = len(partners[TABLES[table].sector])
    ranges = dict.fromkeys(TABLES[table].holders, (-1, held))
    ranges |= {"time": (0, days * DAY)} if "time" in rows else {}
    for name, (low, beyond) in ranges.items():
        if len(rows) and not (low <= rows[name].min() and rows[name].max() < beyond):
            raise StoredWorldError(
                f"{folder / table}.parquet: {name} must be from {low} to {beyond - 1}; "
                "make the world again"
            )


def _features(
    folder: Path, frames: Mapping[str, pd.DataFrame], measures: Mapping[str, FeatureBounds]
) -> OwnFeatures:
    """Return the banks' own features, after checking that every payment of a bank has all.

    Raises:
        StoredWorldError: a payment has no row, or a number is missing.
    """
    values, payments = frames[FEATURES], frames["payments"]
    sent = payments.loc[payments["payer_bank"] >= 0, "payment"]
    if values.isna().any(axis=None) or sorted(values["payment"]) != sorted(sent):
        raise StoredWorldError(
            f"{folder / FEATURES}.parquet: does not hold a number for every payment that a bank's "
            "customer makes; make the world again"
        )
    return OwnFeatures(measures=measures, values=values)


def read_about(folder: Path) -> dict[str, Any]:
    """Return the content of a stored world's ``world.json``.

    Raises:
        StoredWorldError: the file is missing or unreadable, or another version wrote it.
    """
    try:
        about: dict[str, Any] = read_json(folder / ABOUT)
    except ForeignFileError as error:
        if error.missing:
            raise StoredWorldError(f"{folder}: no stored world (it holds no {ABOUT})") from None
        raise StoredWorldError(str(error)) from None
    if not isinstance(about, dict):
        raise StoredWorldError(f"{folder / ABOUT}: holds no group of keys; make the world again")
    missing = _About.model_fields.keys() - about.keys()
    if missing or about["format"] != FORMAT:
        raise StoredWorldError(f"{folder / ABOUT}: not of this version; make the world again")
    try:
        _About.model_validate(about)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise StoredWorldError(
            one_line(f"{folder / ABOUT}: {place}: {first['msg']}; make the world again")
        ) from None
    of_features = filter(None, map(problem_with, about["features"]))
    for problem in (*problems_with_partners(about["partners"]), *of_features):
        raise StoredWorldError(f"{folder / ABOUT}: {problem}; make the world again")
    banks = about["partners"].get("bank", [])
    if sorted(about["customers"]) != sorted(banks):
        raise StoredWorldError(
            f"{folder / ABOUT}: customers must have a number for each bank "
            f"({', '.join(banks) or 'none'}); make the world again"
        )
    unlisted = _types(about["partners"], about["features"]).keys() - about["rows"].keys()
    if unlisted:
        raise StoredWorldError(
            f"{folder / ABOUT}: rows has no number for {', '.join(sorted(unlisted))}; "
            "make the world again"
        )
    return about


def _types(partners: Collection[str], features: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the types of all columns, by file, of a world with these sectors and features."""
    types = {
        table: {name: column.dtype for name, column in schema.columns.items()}
        for table, schema in TABLES.items()
        if schema.sector in partners
    }
    types["labels"] = {name: column.dtype for name, column in LABELS.items()}
    types |= {f"{TRUTH}/{name}": columns for name, columns in TRUTH_COLUMNS.items()}
    if features and "payments" in types:
        types[FEATURES] = {"payment": "int64", **dict.fromkeys(features, "float64")}
    return types


def _customers(world: World) -> dict[str, int]:
    """Return the number of private accounts at every bank."""
    names = world.partners.get("bank", ())
    accounts = world.tables["accounts"] if names else pd.DataFrame(columns=["age", "bank"])
    private = accounts.loc[accounts["age"] != BUSINESS, "bank"]
    return {name: int((private == index).sum()) for index, name in enumerate(names)}


def _read(
    folder: Path, name: str, types: Mapping[str, str], rows: Mapping[str, int]
) -> pd.DataFrame:
    path = folder / f"{name}.parquet"
    try:
        with open_parquet(path) as file:
            content = plain_texts(file.read(), path, LONGEST_WORD)
    except ForeignFileError as error:
        reason = "is missing" if error.missing else error.reason
        raise StoredWorldError(f"{path}: {reason}; make the world again") from None
    except (OSError, pa.ArrowException):
        raise StoredWorldError(f"{path}: is damaged; make the world again") from None
    for problem in _differences(content, types, rows.get(name)):
        raise StoredWorldError(f"{path}: {problem}; make the world again")
    frame: pd.DataFrame = content.to_pandas()
    return frame


def _differences(content: pa.Table, types: Mapping[str, str], rows: int | None) -> Iterator[str]:
    if content.column_names != list(types):
        yield f"has columns {', '.join(content.column_names)}, must have {', '.join(types)}"
        return
    for column in content.schema:
        found = str(column.type).removeprefix("large_")
        wanted = {"str": "string", "float64": "double"}.get(types[column.name], types[column.name])
        if found != wanted:
            yield f"column {column.name} is {found}, must be {wanted}"
    if len(content) != rows:
        yield f"has {len(content):,} rows, {ABOUT} says {rows}"
