"""The allowed values of a setting in plain words, and the reason why a value was refused.

The words come from the types of the settings (through their JSON schema), so that a message cannot
disagree with the check.
"""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from proeftuin.settings.schema import (
    SOURCES,
    Schema,
    all_keys,
    children,
    free_names,
    kinds_with,
    node_of,
    options,
    tag_of,
    variants,
)

#: Where a scenario keeps its fraud forms.
FORMS = "scenario.forms"

#: Settings by the name that they had before.
RENAMED = {"federation.suspects": "federation.num_malicious"}


def problems_of(error: ValidationError, data: dict[str, Any]) -> list[str]:
    """Return one line per setting that pydantic refused: key, value and allowed values."""
    problems: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        location = detail["loc"]
        of_a_name = location[-1:] == ("[key]",)  # a refused name, which the message gives
        key, value, found = _locate(data, location[:-2] if of_a_name else location)
        kind = _kind_that_decides(key, data)
        if detail["type"] == "unexpected_keyword_argument" or not is_setting(key):
            problems[key] = _not_of_this(key, shown(value), kind)
        elif kind and (value is None or not found):
            problems[key] = f"{key}=null: {kind} needs it; give it a value, {allowed(key)}"
        elif not found and detail["type"] == "missing":
            problems[key] = _missing(key)
        elif detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
            problems[key] = _no_such_kind(key, value, tag=detail["ctx"]["discriminator"].strip("'"))
        elif detail["type"] == "value_error":
            of_a_class = children(node_of(key)) and not has_free_names(key)  # begins with the field
            problem = f"{key}{'.' if of_a_class else ': '}{detail['ctx']['error']}"
            problems[problem] = problem
        else:
            problems[key] = refused(key, value)
    return list(problems.values())


def refused(key: str, value: object) -> str:
    """Return why the value of a known setting was refused."""
    text = f"{key}={shown(value)}: must be {allowed(key)}"
    choices = [option for node in variants(node_of(key)) for option in options(node)]
    close = get_close_matches(str(value), choices, 1)
    part = key.rpartition(".")[2]
    if part in SOURCES and isinstance(value, str):
        return f"{text}; to choose an option write {part}@{key}={value}"
    if part in children(node_of(FORMS)) and isinstance(value, str):
        return f"{text}; {adding(part)}"
    return f"{text}; did you mean {close[0]}?" if close else f"{text}{_in_quotes(key, value)}"


def _in_quotes(key: str, value: object) -> str:
    """Return how to write a number, or true and false, where text is wanted."""
    if isinstance(value, bool | int | float) and takes_text(key):
        return f"; to have it as text write '{key}=\"{shown(value)}\"'"
    items = [node.get("items", {}) for node in variants(node_of(key))]
    if isinstance(value, list) and any(item.get("type") == "string" for item in items):
        odd = [shown(item) for item in value if isinstance(item, bool | int | float)]
        if odd:
            return f"; put in quotes what is read as no text: {', '.join(odd)} (or no, off)"
    return ""


def _kind_that_decides(key: str, data: dict[str, Any]) -> str | None:
    """Return the setting of which it depends whether this one exists; None if it always does."""
    parent, _, name = key.rpartition(".")
    group = node_of(parent)
    if not kinds_with(name, group):
        return None
    tag, (place, values, _) = tag_of(group), _locate(data, parent.split("."))
    return f"{place}.{tag}={shown(values[tag])}"


def _not_of_this(key: str, value: str, kind: str | None) -> str:
    if not is_setting(key):
        return unknown_setting(key, value)
    if kind:
        parent, _, name = key.rpartition(".")
        others = ", ".join(kinds_with(name, node_of(parent)))
        return (
            f"{key}={value}: {kind} has no use for it; leave it at null, or choose "
            f"{kind.partition('=')[0]}={others}"
        )
    return f"{key}={value}: the chosen option has no such setting, others do; leave it out"


def _no_such_kind(key: str, value: Any, *, tag: str) -> str:
    """Return the problem of a kind that is missing or unknown in a group of kinds."""
    if not isinstance(value, dict):
        return refused(key, value)
    if tag in value:
        return refused(f"{key}.{tag}", value[tag])
    place, _, name = key.rpartition(".")
    return f"{key}.{tag}: missing; {adding(name)}" if place == FORMS else _missing(f"{key}.{tag}")


def _missing(key: str) -> str:
    return f"{key}: missing; write {key}=..., which must be {allowed(key)}"


def adding(form: str) -> str:
    """Return how a fraud form is put in a scenario."""
    return f"to put a form in the scenario write +form@{FORMS}.{form}={form}"


def unknown_setting(key: str, value: str) -> str:
    """Return that a setting does not exist, with the nearest one that does and its neighbours."""
    if key in RENAMED:
        return f"{key}={value}: has a new name; write {RENAMED[key]}={value}"
    steps = key.split(".")
    depth = next((n for n in range(len(steps)) if not is_setting(".".join(steps[: n + 1]))), 0)
    parent = ".".join(steps[:depth])
    known = list(children(node_of(parent)))
    meant = [
        other
        for name in get_close_matches(steps[depth], known, 1)
        if is_setting(other := ".".join([*steps[:depth], name, *steps[depth + 1 :]]))
    ]
    if not meant and known:
        meant = [other for other in all_keys() if other.rpartition(".")[2] == steps[-1]]
    suggestion = f"; did you mean {' or '.join(meant[:3])}?" if meant else ""
    place = f"{parent} has" if parent else "known are"
    neighbours = f"{place} {', '.join(known)}" if known else f"{parent} is a single value"
    return f"{key}={value}: unknown setting{suggestion} ({neighbours})"


def is_setting(key: str) -> bool:
    """Whether the setting exists for at least one choice of options."""
    return node_of(key) is not None


def all_of(key: str) -> str:
    """Return how a whole group of settings is written at once."""
    return f"{key}={{{', '.join(f'{name}: ...' for name in children(node_of(key)))}}}"


def has_free_names(key: str) -> bool:
    """Whether the names below a key are the user's to choose, as those of banks and arms are."""
    return bool(free_names(node_of(key)))


def takes_a_list(key: str) -> bool:
    """Whether a setting may be a list."""
    return any(node.get("type") == "array" for node in variants(node_of(key)))


def takes_text(key: str) -> bool:
    """Whether a setting may be any text."""
    return any(
        node.get("type") == "string" and not options(node) for node in variants(node_of(key))
    )


def allowed(key: str) -> str:
    """Return the allowed values of a setting in words."""
    node = node_of(key)
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


def _words(node: Schema) -> str:
    several = variants(node)
    if several != [node]:
        chosen = [option for one in several for option in options(one) if option != "null"]
        groups = [one for one in several if "properties" in one]
        others = [one for one in several if options(one) in ([], ["null"]) and one not in groups]
        words = [_one_of(chosen)] if chosen else []
        words += [_group(children(node))] if groups else []
        return ", or ".join(dict.fromkeys([*words, *map(_words, others)]))
    if options(node):
        return _one_of(options(node))
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
        many = _many(node.get("minItems"), node.get("maxItems"))
        return f"a list of {many}{items.replace('text', 'names')}"
    if kind == "object" and not children(node):
        many = _many(node.get("minProperties"), node.get("maxProperties"))
        return f"a group of {many}named settings"
    if kind == "object":
        return _group(children(node))
    if kind == "string" and node.get("minLength"):
        return "text that is not empty"
    return {"null": "null", "boolean": "true or false"}.get(str(kind), "text")


def _group(names: Iterable[str]) -> str:
    return f"a group of settings ({', '.join(names)})"


def _many(low: int | None, high: int | None) -> str:
    if high is not None:
        return f"{low or 0} to {high} "
    return f"{low} or more " if low is not None else ""


def _one_of(choices: list[str]) -> str:
    once = list(dict.fromkeys(choices))
    return f"one of {', '.join(once)}" if len(once) > 1 else once[0]


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
