"""Parameters: numbers of the model with their meaning, unit, range and source."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, Field
from pydantic.fields import FieldInfo

#: Validation of every settings class: no unknown keys, no conversion of types, no inf or nan.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def parameter(description: str, *, unit: str, source: str, low: float, high: float) -> Any:
    """Declare a number of the model: its meaning, unit, source mark and allowed range.

    Args:
        description: what the number is, in words a reader of the report understands.
        unit: unit of the value, e.g. ``"EUR"``, ``"share"``, ``"days"``.
        source: ``[S]`` sourced, ``[D]`` derived from sourced figures or ``[A]`` assumption,
            followed by where it comes from; a form overrides it in its ``SOURCES``.
        low: smallest value allowed (inclusive); also the low end of a sensitivity sweep.
        high: largest value allowed (inclusive); also the high end of a sensitivity sweep.

    Raises:
        ValueError: the source does not start with one of the three marks.
    """
    if source[:3] not in ("[S]", "[D]", "[A]"):
        raise ValueError(f"source of '{description}' must start with [S], [D] or [A]: '{source}'")
    return Field(
        ge=low,
        le=high,
        description=description,
        json_schema_extra={"unit": unit, "source": source, "low": low, "high": high},
    )


@dataclass(frozen=True)
class Assumption:
    """One parameter of a configured world, as the report lists it."""

    key: str
    value: float
    unit: str
    description: str
    source: str
    low: float
    high: float


def assumptions(settings: Any, prefix: str) -> list[Assumption]:
    """Return every declared parameter of a settings object, nested ones included, in field order.

    A settings class with ``SOURCES`` (relative key to source) overrides the source marks of the
    parameters below it.
    """
    found: list[Assumption] = []
    fields: dict[str, FieldInfo] = getattr(type(settings), "__pydantic_fields__", {})
    for name, info in fields.items():
        value, key = getattr(settings, name), f"{prefix}.{name}"
        extra = info.json_schema_extra
        if dataclasses.is_dataclass(value):
            found += assumptions(value, key)
        elif isinstance(value, dict):
            for each, nested in value.items():
                found += assumptions(nested, f"{key}.{each}")
        elif isinstance(extra, dict) and "source" in extra and value is not None:
            details: dict[str, Any] = dict(extra)
            found.append(
                Assumption(key=key, value=value, description=info.description or "", **details)
            )
    sources: dict[str, str] = getattr(type(settings), "SOURCES", {})
    return [
        dataclasses.replace(each, source=sources.get(each.key[len(prefix) + 1 :], each.source))
        for each in found
    ]
