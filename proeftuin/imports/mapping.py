"""The mapping file: the files of every partner, and which column fills which column of a world."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from proeftuin.errors import SettingsError
from proeftuin.imports.fields import FIELDS
from proeftuin.imports.mapping_checks import MOMENTS, NUMBERS, indicators, meant, problems_of
from proeftuin.imports.problems import LIMIT
from proeftuin.imports.sources import (
    UNITS,
    Called,
    ColumnSource,
    Declared,
    Defaults,
    Feature,
    File,
    InBoth,
    Indicator,
    Mapping,
    Partner,
    Where,
)
from scenarios.foreign import ForeignFileError, one_line, read_yaml

__all__ = ["UNITS", "ColumnSource", "Feature", "File", "Mapping", "Partner", "read_mapping"]

#: Keys with words and names of a file, which YAML may take for something else: yes, 010, On, 1e5.
_WORDS = (
    "column", "clock", "currency", "value", "values", "na_values", "is", "one_of", "origin",
    "prefix",
)  # fmt: skip
_MAPPING = TypeAdapter(Mapping)
_OF_FILES = ("delimiter", "encoding", "na_values")  #: keys of ``defaults`` that a file has, too
#: What a feature of a kind has, unless it says otherwise.
_OF_KIND: dict[str, dict[str, Any]] = {
    "flag": {"low": 0, "high": 1, "unit": "share"},
    "category": {"low": 0, "high": 1, "unit": "share"},
    "days_since": {"unit": "days"},
}
#: Meaning of the keys of a feature, for messages.
_MEANT = {
    "low": "the lowest number there can be, known without looking at the data",
    "high": "the highest number there can be, known without looking at the data",
    "unit": "what the number counts, such as EUR or share",
}
#: What is wrong with a value whatever it is, by the kind of error.
_WHATEVER = {
    "too_short": "holds nothing; give at least one",
    "string_too_short": "holds nothing; fill it in, or leave it out",
    "dataclass_type": "is no group; write its keys below it, as key: value",
    "dict_type": "is no group; write what it holds below it, as name: value",
    "tuple_type": "is no list; write it as [a, b]",
}
#: Groups of a mapping by the key that they, or the names before them, stand below.
_KINDS: dict[str, type[Any]] = {
    "partners": Partner,
    "tables": File,
    "columns": ColumnSource,
    "features": Feature,
    "called": InBoth,
}


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file, without opening the files that it names.

    Every file in the result says what ``defaults`` and ``features`` of the mapping say for it, and
    a category has become a feature for each of its words.

    Raises:
        SettingsError: with every problem of the mapping.
    """
    try:
        data = read_yaml(path, as_written=_WORDS)
    except ForeignFileError as error:
        raise SettingsError([str(error)]) from None
    try:
        mapping = _MAPPING.validate_json(json.dumps(_written_out(data), default=str))
    except ValidationError as error:
        raise SettingsError(_shown(path, list(dict.fromkeys(_refusals(error, data))))) from None
    if problems := problems_of(mapping):
        raise SettingsError(_shown(path, problems))
    partners = (
        replace(
            partner,
            tables={
                table: replace(file, features=_indicated(file.features))
                for table, file in partner.tables.items()
            },
        )
        for partner in mapping.partners
    )
    return replace(mapping, partners=tuple(partners))


def _written_out(data: Any) -> Any:
    """Return a mapping in which every file says what the mapping says once for all of them."""
    if not isinstance(data, dict):
        return data
    features = {name: _complete(one) for name, one in _group(data.get("features")).items()}
    defaults, partners = _group(data.get("defaults")), data.get("partners")
    written = data | ({"features": features} if features else {})
    if isinstance(partners, list):
        written["partners"] = [_partner(partner, defaults, features) for partner in partners]
    return written


def _partner(partner: Any, defaults: dict[str, Any], declared: dict[str, Any]) -> Any:
    tables = _group(_group(partner).get("tables"))
    files = {name: _file(name, file, defaults, declared) for name, file in tables.items()}
    return partner | {"tables": files} if files else partner


def _group(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _complete(feature: Any) -> Any:
    """Return a feature with the bounds and the unit that its kind has."""
    kind = _group(feature).get("kind")
    return _OF_KIND[kind] | feature if isinstance(kind, str) and kind in _OF_KIND else feature


def _file(table: str, file: Any, defaults: dict[str, Any], declared: dict[str, Any]) -> Any:
    if not isinstance(file, dict):
        return file
    decimal = {key: defaults[key] for key in ("decimal",) if key in defaults}
    written = {key: defaults[key] for key in _OF_FILES if key in defaults} | file
    if columns := _group(file.get("columns")):
        written["columns"] = {
            name: _column(table, name, given, decimal) for name, given in columns.items()
        }
    if features := _group(file.get("features")):
        written["features"] = {
            name: _feature(given, _group(declared.get(name)), decimal)
            for name, given in features.items()
        }
    return written


def _column(table: str, name: str, given: Any, decimal: dict[str, Any]) -> Any:
    source = {"column": given} if isinstance(given, str) else given
    field = FIELDS.get(table, {}).get(name)
    if field is None or "column" not in _group(source):
        return source
    counted = field.reading in MOMENTS and "unit" in source
    return decimal | source if counted or field.reading in NUMBERS else source


def _feature(given: Any, declared: dict[str, Any], decimal: dict[str, Any]) -> Any:
    own = {"column": given} if isinstance(given, str) else given
    if not isinstance(own, dict):
        return own
    feature = _complete(declared | own)
    return decimal | feature if feature.get("kind", "number") == "number" else feature


def _indicated(features: dict[str, Feature]) -> dict[str, Feature]:
    """Return features with a feature for every word in the place of a category."""
    result: dict[str, Feature] = {}
    for name, feature in features.items():
        if feature.kind != "category":
            result[name] = feature
            continue
        words = [*(feature.one_of or ()), None]
        given = {key.name: getattr(feature, key.name) for key in fields(Feature)}
        for each, word in zip(indicators(name, feature), words, strict=False):
            result[each] = Indicator(word=word, **given)
    return result


def _shown(path: Path, problems: list[str]) -> list[str]:
    lines = [one_line(f"{path.name}: {problem}") for problem in problems[:LIMIT]]
    more = len(problems) - LIMIT
    return [*lines, f"{path.name}: ... and {more:,} more"] if more > 0 else lines


def _refusals(error: ValidationError, data: Any) -> Iterator[str]:
    """Yield what is wrong in the file as it was written; what follows from that is left out."""
    declared = _group(_group(data).get("features"))
    for detail in error.errors(include_url=False):
        loc, here, keys, inside = detail["loc"], data, list[str](), True
        for step in loc:
            is_there = isinstance(here, dict) and step in here
            inside = inside and (is_there or (isinstance(here, list) and isinstance(step, int)))
            here = here[step] if inside else here
            name = here.get("name") if inside and isinstance(here, dict) else None
            keys.append(name if isinstance(step, int) and isinstance(name, str) else str(step))
        key, feature = ".".join(keys), str(loc[-2]) if loc[-3:-2] == ("features",) else ""
        if detail["type"] != "missing":
            if inside and not (detail["type"] == "too_short" and here):  # all in it are wrong
                yield f"{key or 'the file'}{_reason(detail, here)}"
        elif loc[0] != "features" and feature in declared and keys[-1] != "column":
            continue  # told of the features of the mapping
        elif feature and isinstance(here, str):
            yield (
                f"{'.'.join(keys[:-1])}={here}: the mapping has no such feature"
                f"{meant(feature, declared)}; declare it under features, or give column, low, high "
                "and unit here"
            )
        else:
            yield f"{key}: missing; add {_MEANT.get(keys[-1], 'it')}"


def _reason(detail: Any, here: Any) -> str:
    """Return what is wrong with a value, and what to give instead."""
    what, last = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if what == "unexpected_keyword_argument":
        known = _keys_at(detail["loc"][:-1])
        return f": unknown key{meant(last, known)} (allowed are {', '.join(known)})"
    if last == "salt":  # which is a secret
        return ": give a text of 16 characters or more, in quotes"
    if what in _WHATEVER:
        return f": {_WHATEVER[what]}"
    message = detail["msg"].removeprefix("Value error, ")
    if isinstance(here, dict | list):
        return f": {message}"
    if what == "string_type":
        return (
            f"={json.dumps(here, default=str)}: is no text to YAML, as yes, no, on, off, dates and "
            "numbers are not; put it in quotes"
        )
    return f"={here}: {message}{f'; give {_MEANT[last]}' if last in _MEANT else ''}"


def _keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys of the group at a place of the mapping."""
    kind: type[Any] = _KINDS.get(str(loc[-2]), Where) if len(loc) > 1 else Mapping
    if len(loc) == 1:
        kind = {"defaults": Defaults, "called": Called}.get(str(loc[0]), Mapping)
    elif len(loc) == 2 and kind is Feature:
        kind = Declared
    return [info.alias or name for name, info in kind.__pydantic_fields__.items()]
