"""Plug-ins: parts that other installed distributions provide, found through entry points.

A researcher's own parts live in a separate package, which names them in its ``pyproject.toml``:

    [project.entry-points."proeftuin.detectors"]
    my_detector = "my_package.detector:network"

docs/extending.md shows one of each kind.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, get_args

from scenarios.names import problem_with

PREFIX = "proeftuin."
#: Every group of entry points, with the kind of object that its entry points name.
GROUPS = {
    "proeftuin.packages": "a package; its folders conf/ and texts/ are used",
    "proeftuin.forms": "a subclass of FraudForm",
    "proeftuin.instruments": "a subclass of Instrument",
    "proeftuin.statistics": "a function (query, sources) that returns an Answer",
    "proeftuin.measures": "a subclass of Measure",
    "proeftuin.holds": "a function (measure, bank) that returns held payments",
    "proeftuin.detectors": "a function (columns, detector) that returns a torch.nn.Module",
}

Part = TypeVar("Part")


class PluginError(Exception):
    """A plug-in cannot be used; the message names it and the remedy."""

    exit_code = 2


def entries(group: str) -> dict[str, EntryPoint]:
    """Return the parts of a group by name, in alphabetical order, without importing them.

    Raises:
        PluginError: see :func:`all_entries`.
    """
    return all_entries()[group]


@cache
def all_entries() -> dict[str, dict[str, EntryPoint]]:
    """Return the parts of every group by name.

    Raises:
        PluginError: two distributions provide parts with the same name, or one of them names an
            unknown group or has a name that cannot be used.
    """
    found: dict[str, dict[str, EntryPoint]] = {group: {} for group in GROUPS}
    installed = entry_points()
    groups = sorted(group for group in installed.groups if group.startswith(PREFIX))
    ours = [entry for group in groups for entry in installed.select(group=group)]
    for entry in sorted(ours, key=lambda entry: (entry.group, entry.name, owner(entry))):
        if entry.group not in GROUPS:
            raise PluginError(
                f"{entry.group}: unknown group of entry points in {owner(entry)}; "
                f"allowed are {', '.join(GROUPS)}"
            )
        if problem := problem_with(entry.name):
            raise PluginError(f"{entry.group}: {owner(entry)}: {problem}")
        if entry.name in found[entry.group]:
            other = owner(found[entry.group][entry.name])
            raise PluginError(
                f"{entry.group}: {other} and {owner(entry)} both bring a part named {entry.name}; "
                "uninstall one, or rename the part in its entry point"
            )
        found[entry.group][entry.name] = entry
    return found


@cache
def loaded(group: str, name: str) -> Any:
    """Import and return a part.

    Raises:
        PluginError: its module cannot be imported, or has no such attribute.
    """
    entry = entries(group)[name]
    try:
        return entry.load()
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise PluginError(
            f"{group}: {name} of {owner(entry)} cannot be loaded from {entry.value} ({why}); "
            f"mend it, or uninstall {owner(entry)}"
        ) from error


def names(group: str, built_in: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the built-in parts, then those of the parts from plug-ins.

    Raises:
        PluginError: a plug-in's part has the name of a built-in one.
    """
    for name in entries(group):
        if name in built_in:
            raise PluginError(
                f"{group}: {owner(entries(group)[name])} brings a part named {name}, which "
                "proeftuin has already; rename the part in its entry point"
            )
    return (*built_in, *entries(group))


def classes(
    group: str, kind: type[Part], built_in: Mapping[str, type[Part]]
) -> dict[str, type[Part]]:
    """Return the settings classes by name: the built-in ones, then those from plug-ins.

    Raises:
        PluginError: a plug-in's part cannot be loaded, has the name of a built-in one, or is not a
            subclass of ``kind`` whose ``name`` is that of its entry point.
    """
    found = dict(built_in)
    for name in names(group, tuple(built_in)):
        if name in built_in:
            continue
        part, entry = loaded(group, name), entries(group)[name]
        if not (isinstance(part, type) and issubclass(part, kind)):
            raise PluginError(
                f"{group}: {name} of {owner(entry)} is {entry.value}; must be {GROUPS[group]}"
            )
        if named(part) != name:
            raise PluginError(
                f"{group}: {name} of {owner(entry)} is {entry.value}, whose name must be "
                f'Literal["{name}"]'
            )
        found[name] = part
    return found


def named(part: Any) -> str | None:
    """Return the only value that a settings class allows for ``name``, None without exactly one."""
    fields = getattr(part, "__pydantic_fields__", {})
    allowed = get_args(fields["name"].annotation) if "name" in fields else ()
    return allowed[0] if len(allowed) == 1 else None


def folders(name: str) -> dict[Path, str]:
    """Return the folders called ``name`` in plug-in packages, each with its distribution's name.

    Raises:
        PluginError: a package is not installed.
    """
    places = {
        place / name: owner(entry)
        for entry in entries("proeftuin.packages").values()
        for place in _places(entry)
    }
    return {folder: source for folder, source in places.items() if folder.is_dir()}


def distributions() -> dict[str, tuple[Distribution, list[Path]]]:
    """Return every distribution that provides a part, by name, with its packages and modules.

    Raises:
        PluginError: a package is not installed.
    """
    found: dict[str, tuple[Distribution, set[Path]]] = {}
    for group in all_entries().values():
        for entry in group.values():
            if entry.dist is not None:
                found.setdefault(owner(entry), (entry.dist, set()))[1].update(_places(entry))
    return {name: (dist, sorted(places)) for name, (dist, places) in sorted(found.items())}


def owner(entry: EntryPoint) -> str:
    """Return the name of the distribution that provides a part."""
    return entry.dist.name if entry.dist is not None else "an unknown distribution"


def _places(entry: EntryPoint) -> list[Path]:
    """Return the folder of an entry point's outermost package, or its module's file."""
    package = entry.module.partition(".")[0]
    spec = find_spec(package)
    if spec is None:
        raise PluginError(
            f"{entry.group}: {entry.name} of {owner(entry)} is in {package}, which is not "
            f"installed; install it, or uninstall {owner(entry)}"
        )
    places = spec.submodule_search_locations or [str(spec.origin)]
    return [Path(place) for place in places]
