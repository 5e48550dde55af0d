"""What a setting may be, in plain words, and why a given value was refused.

The words come from the types in ``settings.py`` (through their JSON schema), so that a message can
never promise something else than the check does.
"""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from proeftuin.settings.study import Settings

Schema = dict[str, Any]

#: Groups whose chosen option is handed to arms by interpolation, with the class that checks it.
SOURCES = {"regime": "Regime", "privacy": "Privacy", "detector": "Detector"}

#: Where a scenario keeps its fraud forms.
FORMS = "scenario.forms"


def problems_of(error: ValidationError, data: dict[str, Any]) -> list[str]:
    """Return one line for every setting that pydantic refused: key, value and what is allowed."""
    problems: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        key, value, found = _locate(data, detail["loc"])
        if not found and detail["type"] == "missing":
            problems[key] = f"{key}: missing; write {key}=..., which must be {allowed(key)}"
        elif detail["type"] == "unexpected_keyword_argument" or not is_setting(key):
            explain = _not_of_this if is_setting(key) else unknown_setting
            problems[key] = explain(key, shown(value))
        elif detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
            problems[key] = _no_such_kind(key, value)
        elif detail["type"] == "value_error":
            problems[key] = f"{key}: {detail['ctx']['error']}"
        else:
            problems[key] = refused(key, value)
    return list(problems.values())


def refused(key: str, value: object) -> str:
    """Return why the value of a known setting was refused."""
    text = f"{key}={shown(value)}: must be {allowed(key)}"
    options = [option for node in _variants(_node(key)) for option in _options(node)]
    close = get_close_matches(str(value), options, 1)
    part = key.rpartition(".")[2]
    if part in SOURCES and isinstance(value, str):
        return f"{text}; to choose an option write {part}@{key}={value}"
    if part in _children(_node(FORMS)) and isinstance(value, str):
        return f"{text}; {adding(part)}"
    return f"{text}; did you mean {close[0]}?" if close else text


def _no_such_kind(key: str, value: Any) -> str:
    """Return that a member of a group of named settings has a ``name`` that does not exist."""
    if not isinstance(value, dict):
        return refused(key, value)
    if "name" in value:
        return refused(f"{key}.name", value["name"])
    return f"{key}.name: missing; {adding(key.rpartition('.')[2])}"


def _not_of_this(key: str, value: str) -> str:
    return f"{key}={value}: the chosen option has no such setting, others do; leave it out"


def adding(form: str) -> str:
    """Return how a fraud form is put in a scenario."""
    return f"to put a form in the scenario write +form@{FORMS}.{form}={form}"


def unknown_setting(key: str, value: str) -> str:
    """Return that a setting does not exist, with the nearest one that does and its neighbours."""
    steps = key.split(".")
    depth = next((n for n in range(len(steps)) if not is_setting(".".join(steps[: n + 1]))), 0)
    parent = ".".join(steps[:depth])
    known = list(_children(_node(parent)))
    meant = [
        other
        for name in get_close_matches(steps[depth], known, 1)
        if is_setting(other := ".".join([*steps[:depth], name, *steps[depth + 1 :]]))
    ]
    if not meant and known:
        meant = [other for other in _all_keys() if other.rpartition(".")[2] == steps[-1]]
    suggestion = f"; did you mean {' or '.join(meant[:3])}?" if meant else ""
    place = f"{parent} has" if parent else "known are"
    neighbours = f"{place} {', '.join(known)}" if known else f"{parent} is a single value"
    return f"{key}={value}: unknown setting{suggestion} ({neighbours})"


def is_setting(key: str) -> bool:
    """Whether the setting exists for at least one choice of options."""
    return _node(key) is not None


def all_of(key: str) -> str:
    """Return how a whole group of settings is written at once."""
    return f"{key}={{{', '.join(f'{name}: ...' for name in _children(_node(key)))}}}"


def has_free_names(key: str) -> bool:
    """Whether the names below a key are the user's to choose, as those of banks and arms are."""
    return any(
        isinstance(variant.get("additionalProperties"), dict) for variant in _variants(_node(key))
    )


def allowed(key: str) -> str:
    """Return in words what a setting may be."""
    node = _node(key)
    return "left out" if node is None else _words(node)


def shown(value: object) -> str:
    """Return a value as one would type it, cut when long."""
    text = value if isinstance(value, str) else json.dumps(value).replace('"', "")
    return text if len(text) <= 60 else f"{text[:57]}..."


def _locate(data: Any, location: Iterable[int | str]) -> tuple[str, Any, bool]:
    """Follow a pydantic location through the data; names of union members are not in the data."""
    keys: list[str] = []
    here, found = data, True
    for step in location:
        if isinstance(here, dict) and step in here:
            here = here[step]
            keys.append(str(step))
        elif (
            isinstance(here, dict) and isinstance(step, str) and is_setting(".".join([*keys, step]))
        ):
            keys.append(step)
            found = False
    return ".".join(keys), here, found


@cache
def _schema() -> Schema:
    schema = TypeAdapter(Settings).json_schema()
    for source, name in SOURCES.items():
        schema["properties"][source] = {"$ref": f"#/$defs/{name}"}
    return schema


def _variants(node: Schema | None) -> list[Schema]:
    """Return a schema without references, one for every type that is allowed."""
    if node is None:
        return []
    if "$ref" in node:
        return _variants(_schema()["$defs"][node["$ref"].rpartition("/")[2]])
    for several in ("anyOf", "oneOf"):
        if several in node:
            return [variant for option in node[several] for variant in _variants(option)]
    return [node]


def _children(node: Schema | None) -> dict[str, Schema]:
    """Return the settings below a schema; one that several types have is any of theirs."""
    found: dict[str, list[Schema]] = {}
    for variant in _variants(node):
        kinds = _kinds(variant)
        for name, child in (variant.get("properties", {}) | kinds).items():
            found.setdefault(name, []).append(child)
    return {
        name: children[0] if len(children) == 1 else {"anyOf": children}
        for name, children in found.items()
    }


def _kinds(node: Schema) -> dict[str, Schema]:
    """Return the types of a group whose members are named after their type, as fraud forms are."""
    members = node.get("additionalProperties")
    tags = members.get("discriminator", {}) if isinstance(members, dict) else {}
    return {name: {"$ref": kind} for name, kind in tags.get("mapping", {}).items()}


def _options(node: Schema) -> list[str]:
    return [str(option) for option in node.get("enum", [node["const"]] if "const" in node else [])]


def _node(key: str) -> Schema | None:
    node: Schema | None = _schema()
    for step in key.split(".") if key else ():
        free = [
            variant["additionalProperties"]
            for variant in _variants(node)
            if isinstance(variant.get("additionalProperties"), dict)
        ]
        node = _children(node).get(step, free[0] if free else None)
    return node


@cache
def _all_keys() -> tuple[str, ...]:
    def below(prefix: str, node: Schema) -> Iterable[str]:
        for name, child in _children(node).items():
            yield f"{prefix}{name}"
            yield from below(f"{prefix}{name}.", child)

    return tuple(below("", _schema()))


def _words(node: Schema) -> str:
    variants = _variants(node)
    if len(variants) > 2 and all("const" in variant for variant in variants):
        return f"one of {', '.join(str(variant['const']) for variant in variants)}"
    if variants != [node]:
        return ", or ".join(dict.fromkeys(_words(variant) for variant in variants))
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        return f"one of {', '.join(node['enum'])}"
    kind = node.get("type")
    if kind in ("integer", "number"):
        unit = f" ({node['unit']})" if "unit" in node else ""
        return f"{'a whole number' if kind == 'integer' else 'a number'}{_range(node)}{unit}"
    if kind == "array":
        items = (
            _words(node["items"])
            .replace("a whole number", "whole numbers")
            .replace("a number", "numbers")
            .replace("one of", "any of")
        )
        few = f"{node['minItems']} or more " if "minItems" in node else ""
        return f"a list of {few}{items.replace('text', 'names')}"
    if kind == "object":
        names = ", ".join(_children(node))
        return f"a group of settings ({names})" if names else "a group of named settings"
    if kind == "string" and node.get("minLength"):
        return "text that is not empty"
    return {"null": "null", "boolean": "true or false"}.get(str(kind), "text")


def _range(node: Schema) -> str:
    low, above = node.get("minimum"), node.get("exclusiveMinimum")
    high, below = node.get("maximum"), node.get("exclusiveMaximum")
    words = []
    if low is not None:
        words.append(f"from {low:,}")
    if above is not None:
        words.append(f"above {above:,}")
    if high is not None:
        words.append(f"{'to' if low is not None else 'and at most'} {high:,}")
    if below is not None:
        words.append(f"and below {below:,}" if words else f"below {below:,}")
    return f" {' '.join(words)}" if words else ""
