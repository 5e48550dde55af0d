"""No detector may see the generator's own thresholds: a column cut there is no fact of life."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import proeftuin.features
import scenarios
import synthetic_data
from synthetic_data.clock import DAY, HOUR

#: Units of the calendar that anybody would look back in.
CALENDAR_S = {HOUR, DAY, 7 * DAY}
UNITS = {"MINUTE": 60, "HOUR": HOUR, "DAY": DAY}
MODULES = sorted(Path(proeftuin.features.__file__).parent.glob("*.py"))


def numbers_of(package: object) -> Iterator[float]:
    """Yield every number of the modules of the generator, in its tuples too."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):  # type: ignore[attr-defined]
        for name, value in vars(importlib.import_module(found.name)).items():
            if name.isupper():
                values = value if isinstance(value, tuple) else (value,)
                yield from (each for each in values if isinstance(each, int | float))


def generator_numbers() -> set[float]:
    return {
        float(number) for package in (synthetic_data, scenarios) for number in numbers_of(package)
    }


def windows(source: str) -> set[float]:
    """Return the seconds of every product of a number and a unit of time."""
    return {
        float(node.left.value * UNITS[node.right.id])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mult)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.right, ast.Name)
        and node.right.id in UNITS
    }


def comparisons(source: str) -> Iterator[ast.Compare]:
    """Yield comparisons with a number other than 0 and 1, which mark absence and presence."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            if any(_is_threshold(side) for side in sides):
                yield node


def _is_threshold(side: ast.expr) -> bool:
    if not isinstance(side, ast.Constant) or isinstance(side.value, bool):
        return False
    return isinstance(side.value, int | float) and side.value not in (0, 1)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_column_is_cut_at_a_number(path: Path) -> None:
    cut = [node for node in comparisons(path.read_text("utf-8")) if not _of_calendar(node)]
    assert [ast.unparse(node) for node in cut] == []


def _of_calendar(node: ast.Compare) -> bool:
    """Whether it asks for the day of the week or another code, which no generator chose."""
    return "% 7" in ast.unparse(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_window_is_as_long_as_one_of_the_generator(path: Path) -> None:
    assert _taken(path.read_text("utf-8")) == set()


def _taken(source: str) -> set[float]:
    """Return the windows that are a number of the generator in seconds, hours or days."""
    found, known = windows(source) - CALENDAR_S, generator_numbers()
    return {seconds for seconds in found if {seconds, seconds / HOUR, seconds / DAY} & known}


@pytest.mark.parametrize("planted", ["age < 28", "days >= 60.0", "2 < hours"])
def test_a_planted_threshold_is_caught(planted: str) -> None:
    assert list(comparisons(planted))


@pytest.mark.parametrize("planted", ["past.count(2 * HOUR)", "MONTH = 30 * DAY", "60 * DAY"])
def test_a_planted_window_of_the_generator_is_caught(planted: str) -> None:
    assert _taken(planted)
