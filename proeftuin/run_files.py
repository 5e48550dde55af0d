"""Reads the files of a run folder, which somebody may have edited, cut or exchanged.

Every file has a shape that the program relies on; one that does not have it is refused in one line.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from proeftuin.errors import RunFolderError
from scenarios.foreign import ForeignFileError, one_line, read_json, read_yaml
from synthetic_data.foreign_tables import read_parquet

Record = dict[str, Any]


class _Shape(BaseModel):
    """Keys that a record must have, or may have if they have a default; more are allowed."""

    model_config = ConfigDict(strict=True)


class Manifest(_Shape):
    """``manifest.json``: what was asked, with which versions."""

    fingerprint: str
    command: str = ""
    overrides: list[str] = []
    changed: list[str] = []
    versions: dict[str, str | None] = {}
    fingerprints: Record = {}
    hardware: Record = {}


class ArmRecord(_Shape):
    """The parts of an arm, in ``config.yaml``."""

    regime: Record
    privacy: Record
    detector: Record


class Config(_Shape):
    """``config.yaml``: the resolved settings."""

    world: Record
    study: Record
    arms: dict[str, ArmRecord]
    scenario: Record = {}


class FlowRecord(_Shape):
    """One kind of data that moved, in ``data_flows.json``."""

    arm: str = ""
    sender: str
    receiver: str
    data: str
    form: str
    persons: float
    fields: float
    records: float
    today: bool = False


class GuaranteeRecord(_Shape):
    """The privacy guarantee of a partner, in ``privacy.json``."""

    partner: str
    unit: str | None
    epsilon: float | None
    delta: float | None


class AssumptionRecord(_Shape):
    """One declared figure, in ``assumptions.json``."""

    key: str
    value: float
    unit: str
    description: str
    source: str
    changed: bool


def read_as(path: Path, shape: Any) -> Any:
    """Return the content of a JSON or YAML file.

    Args:
        path: the file.
        shape: the type that the content must have.

    Raises:
        RunFolderError: the file is missing, cannot be read, or holds something else.
    """
    try:
        content = read_yaml(path) if path.suffix == ".yaml" else read_json(path)
        TypeAdapter(shape).validate_python(content)
    except ForeignFileError as error:
        raise _refusal(error) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        what = one_line(f"{place}: {first['msg']}")
        raise RunFolderError(f"{path}: not as a run writes it ({what})") from None
    return content


def read_table(path: Path, columns: Collection[str]) -> pd.DataFrame:
    """Return a table of a run folder.

    Args:
        path: the file.
        columns: names of the columns that it must have.

    Raises:
        RunFolderError: the file is missing, cannot be read, or lacks columns.
    """
    try:
        rows = read_parquet(path)
    except ForeignFileError as error:
        raise _refusal(error) from None
    if missing := [column for column in columns if column not in rows]:
        raise RunFolderError(f"{path}: lacks the columns {', '.join(missing)}")
    for column in rows.columns.intersection(["seed", "value"]):
        if len(rows) and not pd.api.types.is_numeric_dtype(rows[column]):
            raise RunFolderError(f"{path}: the column {column} does not hold numbers")
    return rows


def _refusal(error: ForeignFileError) -> RunFolderError:
    hint = "; is this a run folder, and did the run finish?" if error.missing else ""
    return RunFolderError(f"{error}{hint}")
