"""The rules of the house that a machine can check, over whatever source there is."""

import ast
import dataclasses
import re
import shutil
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from proeftuin.settings.study import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("proeftuin", "scenarios", "synthetic_data")
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
OURS = {name: tree for name, tree in SOURCES.items() if name.startswith("proeftuin/")}
LONGEST = 400
LONGEST_FUNCTION, MOST_LONG_FUNCTIONS = 60, 3
#: Begins the sentence of a docstring that says why a function is longer.
REASON = "Long because"
HYDRA = (
    "proeftuin/commandline/launch.py",
    "proeftuin/settings/changes.py",
    "proeftuin/settings/compose.py",
    "proeftuin/settings/diagnosis.py",
    "proeftuin/settings/overrides.py",
    "proeftuin/settings/own_files.py",
)
#: Where a library may be imported; a folder stands for everything in it.
HOMES = {
    "duckdb": ("proeftuin/imports/rows.py",),
    "mlflow": ("proeftuin/study/tracking.py",),
    "flwr": ("proeftuin/federation/",),
    "opacus": ("proeftuin/privacy/",),
    "dp_accounting": ("proeftuin/privacy/",),
    "riskcal": ("proeftuin/privacy/",),
    "hydra": HYDRA,
    "omegaconf": HYDRA,
}
#: Where settings are declared and checked; a check there does not count as reading one.
DECLARE = (
    "proeftuin/settings/study.py",
    "proeftuin/settings/arm.py",
    "proeftuin/settings/federation.py",
    "proeftuin/settings/privacy.py",
    "synthetic_data/settings.py",
)
#: Who may know the truth: the outcomes; whoever hands it to them unread has it in the signature.
KNOW_THE_TRUTH = (
    "proeftuin/outcomes/",
    "proeftuin/inspection/",
    "proeftuin/imports/truth.py",
    "proeftuin/study/run.py",
    "proeftuin/study/worlds.py",
    "proeftuin/study/arm.py",
    "proeftuin/study/coalitions.py",
    "proeftuin/study/explained.py",
)


def test_imports_point_one_way() -> None:
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program is not None
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library: str) -> None:
    strangers = [
        name
        for name, tree in SOURCES.items()
        if library in _imported(tree) and not name.startswith(HOMES[library])
    ]
    assert strangers == []


def test_private_names_of_a_library_stay_in_the_module_named_for_them() -> None:
    """An underscore, or a package that Flower keeps to itself, may go with any release.

    A module may use the private names it defines itself, and ``self`` those of our other classes.
    """
    inherited = set().union(*(_defined(tree) for tree in SOURCES.values()))
    strangers = [
        f"{path}:{line}: {name}"
        for path, tree in SOURCES.items()
        if not Path(path).stem.endswith("_internals")
        for line, name, of_self in _private(tree)
        if name not in (inherited if of_self else _defined(tree))
    ]
    assert strangers == []


def test_tests_share_what_they_share_through_fixtures() -> None:
    """A test file that another one imports cannot change without it."""
    tests = {path: ast.parse(path.read_text("utf-8")) for path in (ROOT / "tests").rglob("*.py")}
    entangled = [
        f"{path.relative_to(ROOT)}: {module}"
        for path, tree in tests.items()
        for module in _modules(tree)
        if module.startswith(("tests", ".")) and not module.startswith("tests.fixtures.")
    ]
    assert entangled == []
    helpers = [
        path.relative_to(ROOT).as_posix()
        for path in tests
        if not path.is_relative_to(ROOT / "tests" / "fixtures")
        and not path.name.startswith("test_")
        and path.name != "conftest.py"
    ]
    assert helpers == []


def test_only_outcomes_see_the_truth() -> None:
    curious = [
        name
        for name, tree in OURS.items()
        if not name.startswith(KNOW_THE_TRUTH) and {"truth", "Truth"} & _names(tree)
    ]
    assert curious == []


@pytest.mark.parametrize("name", ["run", "worlds", "arm", "coalitions", "explained"])
def test_the_truth_is_handed_on_unread(name: str) -> None:
    """No attribute of the truth is looked at, but for writing a generated world to files."""
    readers = [
        function.name
        for function in ast.walk(OURS[f"proeftuin/study/{name}.py"])
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "truth"
    ]
    assert set(readers) <= {"write_world"}


def test_only_the_command_line_prints() -> None:
    printing = [
        name
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert set(printing) <= {"proeftuin/commandline/main.py"}


def test_a_class_name_has_one_meaning() -> None:
    """The phases of a fraud form are named alike in every form, and mean the same in each."""
    homes: dict[str, set[str]] = {}
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, set()).add(path)
    repeated = {name: places for name, places in homes.items() if len(places) > 1}
    assert set(repeated) == {"Contact", "Persuasion", "Transfer"}
    assert all(path.startswith("scenarios/") for places in repeated.values() for path in places)


def test_no_module_is_long() -> None:
    long = {
        name: lines
        for name in SOURCES
        if (lines := len((ROOT / name).read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_no_function_is_long_without_a_reason() -> None:
    long = [
        (f"{name}: {node.name}", ast.get_docstring(node) or "")
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    sentence = re.compile(rf"(^|[.\n]\s*){REASON}\b")
    assert [name for name, docstring in long if not sentence.search(docstring)] == []
    assert len(long) <= MOST_LONG_FUNCTIONS


def test_every_setting_is_read() -> None:
    """A setting that no code reads is a promise not kept; checking it is not reading it."""
    read = {
        name for path, tree in SOURCES.items() for name in _read(tree, of_itself=path in DECLARE)
    }
    assert sorted(set(_fields(Settings)) - read) == []


def _imported(tree: ast.AST) -> set[str]:
    """Return the top-level names of all imported modules."""
    return {module.partition(".")[0] for module in _modules(tree)}


def _modules(tree: ast.AST) -> set[str]:
    """Return the full names of all imported modules, relative ones with their leading dots."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def _private(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Return line and name of everything imported or looked up that is private, and if on self."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            modules = (getattr(node, "module", None), *(alias.name for alias in node.names))
            for name in ".".join(filter(None, modules)).split("."):
                if name == "supercore" or (name.startswith("_") and name != "__future__"):
                    yield node.lineno, name, False
        elif isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
            of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            yield node.lineno, node.attr, of_self


def _defined(tree: ast.AST) -> set[str]:
    """Return the names that a module gives to something: classes, functions, attributes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.ImportFrom(module="proeftuin", names=names):
                found |= {alias.name for alias in names}
    return found


def _names(tree: ast.AST) -> set[str]:
    """Return every identifier in a module: names, arguments, attributes, imported names."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                found |= {alias.name for alias in names}
    return found


def _read(tree: ast.AST, *, of_itself: bool) -> Iterator[str]:
    """Return what a module reads by attribute (if so only of ``self``) or by a name in quotes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            if not of_itself or (isinstance(node.value, ast.Name) and node.value.id == "self"):
                yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not of_itself:
            yield from node.value.split(".")


def _fields(kind: object) -> Iterator[str]:
    """Return the names of all settings, those of nested groups included."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        annotations = typing.get_type_hints(kind)
        for name in (field.name for field in dataclasses.fields(kind)):
            yield name
            yield from _fields(annotations[name])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from kind.model_fields
        yield from _fields(typing.get_type_hints(kind)["__pydantic_extra__"])
    for inner in typing.get_args(kind):
        yield from _fields(inner)


def test_every_text_names_its_encoding() -> None:
    """Where the locale is C, a text is ASCII unless it says otherwise."""
    positions = {"read_text": 0, "write_text": 1}
    silent = [
        f"{name}:{node.lineno}"
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in positions
        and len(node.args) <= positions[node.func.attr]
        and not any(keyword.arg == "encoding" for keyword in node.keywords)
    ]
    assert silent == []
