"""The vocabulary of a fraud form: figures with their source, phases, and who reports what.

A scenario module declares *what the numbers mean* (unit, range, source); ``conf/scenario/`` holds
the numbers. Nothing here knows how a world is generated or what is learned from it.
"""

import dataclasses
from dataclasses import dataclass as plain_dataclass
from enum import IntEnum
from typing import Any

from pydantic import ConfigDict, Field
from pydantic.fields import FieldInfo

#: Every settings class: frozen, no unknown keys, no silent conversion of types.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Phase(IntEnum):
    """The six phases of the criminal journey (seed document 001 of the Dutch programme)."""

    ORIENTATION = 1
    PREPARATION = 2
    CONTACT = 3
    PERSUASION = 4
    TRANSFER = 5
    SPENDING = 6


def figure(description: str, *, unit: str, source: str, low: float, high: float) -> Any:
    """Declare a number of the model: its meaning, unit, source mark and allowed range.

    Args:
        description: what the number is, in words a reader of the report understands.
        unit: unit of the value, e.g. ``"EUR"``, ``"share"``, ``"days"``.
        source: ``[S]`` sourced, ``[D]`` derived from sourced figures or ``[A]`` assumption,
            followed by where it comes from.
        low: smallest value allowed (inclusive); also the low end of a sensitivity sweep.
        high: largest value allowed (inclusive); likewise.
    """
    if source[:3] not in ("[S]", "[D]", "[A]"):
        raise ValueError(f"source of '{description}' must start with [S], [D] or [A]: '{source}'")
    return Field(
        ge=low,
        le=high,
        description=description,
        json_schema_extra={"unit": unit, "source": source, "low": low, "high": high},
    )


@plain_dataclass(frozen=True)
class Assumption:
    """One figure of a configured world, as the report lists it."""

    key: str
    value: float
    unit: str
    description: str
    source: str
    low: float
    high: float


def assumptions(settings: Any, prefix: str) -> list[Assumption]:
    """Return every declared figure of a settings object, nested ones included, in field order."""
    found: list[Assumption] = []
    fields: dict[str, FieldInfo] = getattr(type(settings), "__pydantic_fields__", {})
    for name, info in fields.items():
        value, key = getattr(settings, name), f"{prefix}.{name}"
        extra = info.json_schema_extra
        if dataclasses.is_dataclass(value):
            found += assumptions(value, key)
        elif isinstance(extra, dict) and "source" in extra:
            details: dict[str, Any] = dict(extra)
            found.append(
                Assumption(key=key, value=value, description=info.description or "", **details)
            )
    return found
