"""A whole inspection of a small generated world, on paper and on the terminal."""

import csv
import dataclasses
import json
import re
from pathlib import Path

import pytest

from proeftuin.commandline import main as cli
from proeftuin.errors import InspectionError
from proeftuin.inspection.checks import judged, skipped
from proeftuin.inspection.sheet import Datasheet, inspect_world
from proeftuin.inspection.survey import Survey, Tally, survey_of
from proeftuin.inspection.wording import value_text
from proeftuin.inspection.writing import failures, print_survey, write_survey
from proeftuin.settings.compose import settings_for
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate


def inspected(seed: int) -> Datasheet:
    settings = settings_for(["scenario=mix", "world.population.persons=800"])
    seeds = Seeds(seed).child("world")
    nothing = dataclasses.replace(settings.scenario, forms={})
    made = generate(settings.world, settings.scenario, seeds)
    twin = generate(settings.world, nothing, seeds)
    return inspect_world(*made, settings, twin=twin)


@pytest.fixture(scope="module")
def sheets() -> list[Datasheet]:
    return [inspected(seed) for seed in (3, 4)]


@pytest.fixture(scope="module", params=[1, 2], ids=["one world", "two worlds"])
def survey(sheets: list[Datasheet], request: pytest.FixtureRequest) -> Survey:
    return survey_of(sheets[: request.param])


@pytest.fixture(scope="module")
def sheet(sheets: list[Datasheet]) -> Datasheet:
    return sheets[0]


def test_every_criterion_has_a_verdict_or_a_reason(sheet: Datasheet) -> None:
    ids = {check.id for check in sheet.checks}
    assert ids >= {f"L{number}" for number in range(1, 30) if number not in (27, 28, 30)}
    assert {name[0] for name in ids} >= set("ABCDEGHL")
    assert [check for check in sheet.checks if check.passed is None and not check.note] == []


def test_information_is_never_judged(sheet: Datasheet) -> None:
    assert all(check.passed is None for check in sheet.checks if check.id[0] == "F")


def test_ordinary_rows_are_the_same_without_fraud(sheet: Datasheet) -> None:
    assert [check.passed for check in sheet.checks if check.id == "L29"] == [True]


def test_the_terminal_gets_lines_that_fit_and_say_it_in_words(survey: Survey) -> None:
    lines = print_survey(survey)
    assert max(map(len, lines)) <= 130
    assert all(check.name[:40] in "\n".join(lines) for check in survey.checks)


def test_a_world_that_fails_says_so_last_and_in_the_exit_code(
    survey: Survey, in_empty_folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("proeftuin.inspection.survey.inspect_settings", lambda settings: survey)
    failed = failures(survey)
    assert failed  # a town of 800 cannot be a country
    assert cli.main(["inspect", "world=hamlet"]) == InspectionError.exit_code
    shown = capsys.readouterr()
    assert shown.err.startswith(f"the world fails {len(failed)} checks: ")
    monkeypatch.setattr("proeftuin.inspection.writing.failures", lambda survey: [])
    assert cli.main(["inspect", "world=hamlet"]) == 0


def test_the_page_loads_nothing_and_shows_every_check(survey: Survey, tmp_path: Path) -> None:
    page, listing, table, records = write_survey(survey, tmp_path)
    html = page.read_text("utf-8")
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', html) == []
    assert html.count("<svg") >= 5
    assert all(f">{check.id} " in html for check in survey.checks)
    assert all(each.key in html for each in survey.sheets[0].assumptions)
    assert len(listing.read_text("utf-8").splitlines()) == len(survey.checks) + 2
    with table.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(survey.checks)
    assert len(json.loads(records.read_text("utf-8"))) == len(survey.checks)


def test_a_check_over_worlds_is_their_mean_and_fails_if_one_fails(
    sheets: list[Datasheet], tmp_path: Path
) -> None:
    passing = dataclasses.replace(sheets[0], checks=[judged("B1", "size", 1.0, 0, 2)])
    failing = dataclasses.replace(
        sheets[1], checks=[judged("B1", "size", 3.0, 0, 2, "too big"), skipped("B2", "more", "no")]
    )
    survey = survey_of([passing, failing])
    records = write_survey(survey, tmp_path)[-1]
    told = {row["name"]: row for row in json.loads(records.read_text("utf-8"))}
    assert told["size"]["mean"] == 2
    assert told["size"]["variation"] == pytest.approx(2**0.5 / 2)
    assert told["size"]["values"] == [1, 3]
    assert [told["size"][key] for key in ("passed", "failed", "not_applicable")] == [1, 1, 0]
    assert (told["size"]["verdict"], told["size"]["note"]) == ("FAIL", "world 2: too big")
    assert (told["more"]["not_applicable"], told["more"]["mean"]) == (2, None)
    assert sum(row["id"] == "I1" for row in told.values()) == 5
    assert sum(row["id"] == "I2" for row in told.values()) == 2


def test_a_failure_by_a_hair_does_not_look_like_its_edge() -> None:
    hair = Tally("B1", "amounts", "hair", 8, 60, values=(60.013,), passed=(False,), note="")
    assert value_text(hair) == "60.013"
    assert value_text(dataclasses.replace(hair, high=61, passed=(True,))) == "60"
