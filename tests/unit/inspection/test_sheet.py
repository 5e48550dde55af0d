"""A whole inspection of a small generated world, on paper and on the terminal."""

import csv
import dataclasses
import json
import re
from pathlib import Path

import pytest

from proeftuin.compose import settings_for
from proeftuin.inspection.sheet import Datasheet, inspect_world, print_sheet, write_sheet
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate


@pytest.fixture(scope="module")
def sheet() -> Datasheet:
    settings = settings_for(["scenario=mix", "world.population.persons=800"])
    seeds = Seeds(3).child("world")
    nothing = dataclasses.replace(settings.scenario, forms={})
    made = generate(settings.world, settings.scenario, seeds)
    twin = generate(settings.world, nothing, seeds)
    return inspect_world(*made, settings, twin=twin)


def test_every_criterion_has_a_verdict_or_a_reason(sheet: Datasheet) -> None:
    ids = {check.id for check in sheet.checks}
    assert ids >= {f"L{number}" for number in range(1, 30) if number not in (27, 28, 30)}
    assert {name[0] for name in ids} >= set("ABCDEGHIL")
    assert [check for check in sheet.checks if check.passed is None and not check.note] == []


def test_information_is_never_judged(sheet: Datasheet) -> None:
    assert all(check.passed is None for check in sheet.checks if check.id[0] == "F")


def test_ordinary_rows_are_the_same_without_fraud(sheet: Datasheet) -> None:
    assert [check.passed for check in sheet.checks if check.id == "L29"] == [True]


def test_the_terminal_gets_lines_that_fit_and_say_it_in_words(sheet: Datasheet) -> None:
    lines = print_sheet(sheet)
    assert max(map(len, lines)) <= 130
    assert all(check.name[:40] in "\n".join(lines) for check in sheet.checks)


def test_the_page_loads_nothing_and_shows_every_check(sheet: Datasheet, tmp_path: Path) -> None:
    page, table, records = write_sheet(sheet, tmp_path)
    html = page.read_text("utf-8")
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', html) == []
    assert html.count("<svg") >= 5
    assert all(f">{check.id} " in html for check in sheet.checks)
    assert all(each.key in html for each in sheet.assumptions)
    with table.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(sheet.checks)
    assert len(json.loads(records.read_text("utf-8"))) == len(sheet.checks)
