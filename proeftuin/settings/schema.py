"""Which settings there are and of which kinds, read from the types through their JSON schema."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from proeftuin.settings.study import Settings

Schema = dict[str, Any]

#: Parts of an arm that may stand at the root, from where arms take them by interpolation.
SOURCES = ("regime", "privacy", "detector")


@cache
def whole() -> Schema:
    """Return the schema of all settings."""
    schema = TypeAdapter(Settings).json_schema()
    of_an_arm = schema["$defs"]["Arm"]["properties"]
    schema["properties"] |= {source: of_an_arm[source] for source in SOURCES}
    return schema


def variants(node: Schema | None) -> list[Schema]:
    """Return a schema without references, one for every type that is allowed."""
    if node is None:
        return []
    if "$ref" in node:
        return variants(whole()["$defs"][node["$ref"].rpartition("/")[2]])
    for several in ("anyOf", "oneOf"):
        if several in node:
            return [variant for option in node[several] for variant in variants(option)]
    return [node]


def children(node: Schema | None) -> dict[str, Schema]:
    """Return the settings below a schema; one that several types have is any of theirs."""
    found: dict[str, list[Schema]] = {}
    for variant in variants(node):
        for name, child in (variant.get("properties", {}) | _named_by_kind(variant)).items():
            if child not in found.setdefault(name, []):
                found[name].append(child)
    return {
        name: several[0] if len(several) == 1 else {"anyOf": several}
        for name, several in found.items()
    }


def free_names(node: Schema | None) -> list[Schema]:
    """Return what stands below a name of the user's own, as that of an arm; empty if none may."""
    names = [variant.get("additionalProperties") for variant in variants(node)]
    return [child for child in names if isinstance(child, dict)]


def node_of(key: str) -> Schema | None:
    """Return the schema of a setting; None if there is none of that name."""
    node: Schema | None = whole()
    for step in key.split(".") if key else ():
        node = _below(node, step)
    return node


@cache
def all_keys() -> tuple[str, ...]:
    """Return every setting with a fixed name."""

    def below(prefix: str, node: Schema) -> Iterable[str]:
        for name, child in children(node).items():
            yield f"{prefix}{name}"
            yield from below(f"{prefix}{name}.", child)

    return tuple(below("", whole()))


def options(node: Schema) -> list[str]:
    """Return the values that a setting is chosen from; empty if it may be anything of its type."""
    values = node.get("enum", [node["const"]] if "const" in node else [])
    return [_typed(value) for value in values]


def tag_of(node: Schema | None) -> str | None:
    """Return the setting that names the kind in a group of kinds; None if there is one kind."""
    if node is None:
        return None
    if "discriminator" in node:
        return str(node["discriminator"]["propertyName"])
    return next(filter(None, map(tag_of, node.get("anyOf", []))), None)


def kinds_with(name: str, node: Schema | None) -> list[str]:
    """Return which kinds of a group have a setting, by their tags; empty if it is not by kind."""
    tag = tag_of(node)
    kinds = [kind["properties"] for kind in variants(node) if tag in kind.get("properties", {})]
    having = [kind for kind in kinds if name in kind]
    return (
        [] if len(having) == len(kinds) else [one for kind in having for one in options(kind[tag])]
    )


def without_idle_nulls(value: Any, node: Schema | None) -> Any:
    """Leave out every null of a setting that only other kinds of its group have.

    Args:
        value: settings as plain values.
        node: their schema.
    """
    if not isinstance(value, dict):
        return value
    own = _typed(value.get(tag_of(node)))
    return {
        name: without_idle_nulls(child, _below(node, name))
        for name, child in value.items()
        if child is not None or own in (kinds_with(name, node) or [own])
    }


def _below(node: Schema | None, name: str) -> Schema | None:
    free = free_names(node)
    return children(node).get(name, free[0] if free else None)


def _named_by_kind(node: Schema) -> dict[str, Schema]:
    """Return the types of a group whose members are named after their type, as fraud forms are."""
    members = node.get("additionalProperties")
    tags = members.get("discriminator", {}) if isinstance(members, dict) else {}
    if tags.get("propertyName") != "name":
        return {}
    return {name: {"$ref": kind} for name, kind in tags["mapping"].items()}


def _typed(value: object) -> str:
    return "null" if value is None else str(value)
