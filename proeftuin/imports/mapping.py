"""The mapping file: the files of every partner, and which column fills which column of a world."""

import json
import re
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
from pydantic import BeforeValidator, Field, FiniteFloat, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from proeftuin.errors import SettingsError
from proeftuin.imports.fields import FIELDS, TABLES_OF, Reading
from proeftuin.imports.problems import LIMIT
from proeftuin.sectors import BANK
from scenarios.foreign import ForeignFileError, one_line, read_yaml
from scenarios.names import problem_with
from scenarios.parameters import STRICT
from synthetic_data.partners import problems_with_partners
from synthetic_data.schema import TABLES
from synthetic_data.settings import SectorName
from synthetic_data.stored import MOST_PERSONS

DELIMITER = re.compile(r"[\t !#-/:-@\[-`{-~]")  #: a sign of ASCII, no letter, digit or quote
UNITS = {
    Reading.TIME: {"s": 1.0, "ms": 1e-3, "us": 1e-6},
    Reading.AMOUNT: {"EUR": 1.0, "cents": 0.01},
    Reading.BALANCE: {"EUR": 1.0, "cents": 0.01},
}
_NUMBERS = (Reading.AMOUNT, Reading.BALANCE, Reading.FEATURE)
_MOMENTS = (Reading.TIME, Reading.DAY)
_WORDS = (Reading.FLAG, Reading.ACTION, Reading.NAME)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ColumnSource:
    """Source of a column of a world.

    Attributes:
        column: column of the file.
        value: the same value in every row, instead of a column.
        format: format of a moment or date, as for strptime; None for ISO 8601.
        unit: ``s``, ``ms`` or ``us`` since 1970 for a moment, ``EUR`` or ``cents`` for an amount.
        decimal: decimal sign of an amount.
        values: translation of the words in the column, for flags, actions, kinds and forms.
    """

    column: str | None = None
    value: str | float | int | None = None
    format: str | None = None
    unit: str | None = None
    decimal: Annotated[str, Field(pattern="^[.,]$")] = "."
    values: dict[str, str | int] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Feature:
    """A bank's own number about a payment, as a feature for its detector.

    Attributes:
        column: column of the file.
        low, high: public bounds, known without looking at the data; numbers beyond are clipped.
        unit: what the number counts; the same at every bank.
        missing: value of an empty cell; None refuses empty cells.
        decimal: decimal sign.
    """

    column: str
    low: FiniteFloat
    high: FiniteFloat
    unit: Annotated[str, Field(min_length=1)]
    missing: FiniteFloat | None = None
    decimal: Annotated[str, Field(pattern="^[.,]$")] = "."


def _as_source(given: object) -> object:
    return {"column": given} if isinstance(given, str) else given


@dataclass(frozen=True, kw_only=True, config=STRICT)
class File:
    """One table of a partner: a CSV or Parquet file, with a path relative to the mapping file."""

    file: Annotated[str, Field(min_length=1)]
    columns: dict[str, Annotated[ColumnSource, BeforeValidator(_as_source)]]
    delimiter: str = ","
    features: dict[str, Feature] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Partner:
    """A party with data: its name, sector and tables."""

    name: str
    sector: SectorName
    tables: Annotated[dict[str, File], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Mapping:
    """A whole import.

    Attributes:
        partners: in the order in which they are numbered within their sector.
        time_zone: wall clock of the result, and of moments without a zone.
        salt: key of the hash of identifiers; None draws a new key and stores it nowhere.
        persons: adults behind the data, the base of rates; None counts the accounts with an age.
    """

    partners: Annotated[tuple[Partner, ...], Field(min_length=1)]
    time_zone: str = "Europe/Amsterdam"
    salt: Annotated[str, Field(min_length=16)] | None = None
    persons: Annotated[int, Field(ge=1, le=MOST_PERSONS)] | None = None


_MAPPING = TypeAdapter(Mapping)


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file, without opening the files that it names.

    Raises:
        SettingsError: with every problem of the mapping.
    """
    try:
        data = read_yaml(path)
    except ForeignFileError as error:
        raise SettingsError([str(error)]) from None
    try:
        mapping = _MAPPING.validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise SettingsError(_shown(path, _refusals(error, data))) from None
    if problems := _problems(mapping):
        raise SettingsError(_shown(path, problems))
    return mapping


def _shown(path: Path, problems: list[str]) -> list[str]:
    lines = [one_line(f"{path.name}: {problem}") for problem in problems[:LIMIT]]
    more = len(problems) - LIMIT
    return [*lines, f"{path.name}: ... and {more:,} more"] if more > 0 else lines


def _refusals(error: ValidationError, data: Any) -> list[str]:
    lines = []
    for detail in error.errors(include_url=False):
        here, keys = data, []
        for step in detail["loc"]:
            inside = isinstance(here, dict) and step in here
            if inside or (isinstance(here, list) and isinstance(step, int)):
                here = here[step]
                name = here.get("name") if isinstance(here, dict) else None
                keys.append(name if isinstance(step, int) and isinstance(name, str) else str(step))
            elif detail["type"] == "missing":
                keys.append(str(step))
        key = ".".join(keys) or "the file"
        if detail["type"] == "missing":
            lines.append(f"{key}: missing; add {_MEANT.get(keys[-1], 'it')}")
        elif detail["type"] == "unexpected_keyword_argument":
            known = [each.name for kind in _KINDS for each in fields(kind)]
            lines.append(f"{key}: unknown key{_meant(keys[-1], known)}")
        elif detail["type"] == "string_type" and not isinstance(here, dict | list):
            lines.append(
                f"{key}={json.dumps(here, default=str)}: is no text to YAML, as yes, no, on, off, "
                "dates and numbers are not; put it in quotes"
            )
        elif keys and keys[-1] in _MEANT:
            lines.append(f"{key}={here}: {detail['msg']}; give {_MEANT[keys[-1]]}")
        else:
            lines.append(f"{key}: {detail['msg']}")
    return list(dict.fromkeys(lines))


#: Meaning of the keys of a feature, for messages.
_MEANT = {
    "low": "the lowest number there can be, known without looking at the data",
    "high": "the highest number there can be, known without looking at the data",
    "unit": "what the number counts, such as EUR or share",
}
_KINDS: tuple[Any, ...] = (Mapping, Partner, File, ColumnSource, Feature)


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _problems(mapping: Mapping) -> list[str]:
    problems = []
    try:
        ZoneInfo(mapping.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(f"time_zone={mapping.time_zone}: no such time zone; e.g. Europe/Amsterdam")
    by_sector: dict[str, list[str]] = {}
    for partner in mapping.partners:
        by_sector.setdefault(partner.sector, []).append(partner.name)
    problems += problems_with_partners(by_sector)
    for partner in mapping.partners:
        for table, file in partner.tables.items():
            place = f"{partner.name}.tables.{table}"
            if table not in TABLES_OF[partner.sector]:
                known = list(TABLES_OF[partner.sector])
                problems.append(
                    f"{place}: no table of a {partner.sector}{_meant(table, known)} "
                    f"(it has {', '.join(known)})"
                )
                continue
            problems += [f"{place}.{problem}" for problem in _check_file(table, file)]
        if partner.sector == BANK and "accounts" not in partner.tables:
            problems.append(
                f"{partner.name}.tables: a bank needs accounts, which tell whose an account number "
                "is; add a table accounts with at least the column account"
            )
    problems += _check_features(mapping)
    held = {table for partner in mapping.partners for table in partner.tables}
    if not any("time" in FIELDS[table] for table in held if table in TABLES):
        problems.append(
            "partners: no table with events, so nothing happens; add one, e.g. payments"
        )
    return problems


def _check_features(mapping: Mapping) -> list[str]:
    """Check that all banks have the same features with the same bounds, as joint training needs."""
    problems = []
    given = {
        bank.name: bank.tables["payments"].features if "payments" in bank.tables else {}
        for bank in mapping.partners
        if bank.sector == BANK
    }
    first = {name: bank for bank in reversed(given) for name in given[bank]}
    for bank, features in given.items():
        for name, other in first.items():
            place, reference = f"{bank}.tables.payments.features.{name}", given[other][name]
            if name not in features:
                problems.append(
                    f"{place}: missing, but {other} has it, and every bank's detector needs the "
                    "same columns; add it here, or leave it out at every bank"
                )
                continue
            for key in ("low", "high", "unit"):
                own, needed = getattr(features[name], key), getattr(reference, key)
                if own != needed:
                    problems.append(
                        f"{place}.{key}={own}: is {needed} at {other}, and must be the same at "
                        "every bank; correct one"
                    )
    return problems


def _wrong_format(layout: str) -> str | None:
    """Return why moments cannot be read by a format, or None if they can."""
    try:
        pd.to_datetime(pd.Series([""]), format=layout, errors="coerce")
    except re.error:
        return "names the same part of a moment twice"
    except ValueError as error:
        return f"no format of strptime ({error})"
    return None


def _check_file(table: str, file: File) -> list[str]:
    known, problems = FIELDS[table], []
    if not DELIMITER.fullmatch(file.delimiter):
        problems.append(f"delimiter={file.delimiter!r}: give one sign, such as , ; | or \\t")
    for name, field in known.items():
        if field.fill is None and name not in file.columns:
            problems.append(f"columns.{name}: missing; say which column of {file.file} it is")
    for name, source in file.columns.items():
        if name not in known:
            problems.append(
                f"columns.{name}: {table} has no such column{_meant(name, list(known))} "
                f"(it has {', '.join(known)})"
            )
        else:
            reading = known[name].reading
            problems += [f"columns.{name}{each}" for each in _check_source(source, reading)]
    if file.features and table != "payments":
        problems.append("features: only payments can have extra features")
    for name, feature in file.features.items():
        if problem := problem_with(name):
            problems.append(f"features: {problem}")
        if name in known:
            problems.append(f"features.{name}: {table} has such a column; choose another name")
        if not feature.low < feature.high:
            problems.append(f"features.{name}: low={feature.low} must be below high={feature.high}")
        elif feature.missing is not None and not feature.low <= feature.missing <= feature.high:
            problems.append(f"features.{name}.missing: must lie between low and high")
    return problems


def _check_source(source: ColumnSource, reading: Reading) -> list[str]:
    problems = []
    if (source.column is None) == (source.value is None):
        problems.append(": give either a column or a value")
    if source.format is not None and reading not in _MOMENTS:
        problems.append(".format: only moments and days have a format")
    elif source.format is not None and (wrong := _wrong_format(source.format)):
        problems.append(f".format={source.format}: {wrong}")
    if source.unit is not None and source.unit not in UNITS.get(reading, {}):
        allowed = ", ".join(UNITS.get(reading, {})) or "nothing; leave it out"
        problems.append(f".unit={source.unit}: allowed is {allowed}")
    if source.unit is not None and source.format is not None:
        problems.append(": give a format or a unit, not both")
    if source.decimal != "." and reading not in _NUMBERS:
        problems.append(".decimal: only amounts have a decimal sign")
    if source.values is not None and reading not in _WORDS:
        problems.append(".values: only flags, actions, kinds and forms can be translated")
    elif source.values is not None and reading is Reading.NAME:
        translated = map(str, source.values.values())
        problems += [f".values: {problem}" for problem in map(problem_with, translated) if problem]
    return problems
