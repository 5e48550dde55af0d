"""A reader can hold forms of sharing against each other at equal work, and sees who is hit."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from proeftuin.metrics import BUDGETS
from proeftuin.report.page import write_reports
from tests.fixtures.run_folder import DEMO

WriteRun = Callable[..., Path]


def section(folder: Path, language: str, name: str) -> str:
    """The text of a section of the page."""
    html = (folder / f"report.{language}.html").read_text("utf-8")
    [found] = re.findall(rf'<section aria-labelledby="{name}">.*?</section>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


@pytest.fixture(scope="module")
def folder(write_run: WriteRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = write_run(tmp_path_factory.mktemp("alerts"), arms=DEMO, seeds=4)
    write_reports(run)
    return run


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_budget_has_a_row_with_alerts_a_day_and_what_is_found(
    folder: Path, language: str
) -> None:
    text = section(folder, language, "alerts")
    mark = "," if language == "nl" else "."
    for times in BUDGETS:
        assert f"{times:g}".replace(".", mark) + " ×" in text
    assert {"en": "11,000", "nl": "11.000"}[language] in text, "of all banks in the country"


def test_one_world_stands_for_no_country_and_still_has_its_curve(
    write_run: WriteRun, tmp_path: Path
) -> None:
    run = write_run(tmp_path / "run", arms=DEMO, seeds=1)
    write_reports(run)
    text = section(run, "en", "alerts")
    assert "Alerts a day in a world, at the real rate" in text
    assert "11,000" not in text


def test_a_sentence_says_who_is_hit_on_both_sides(folder: Path) -> None:
    text = section(folder, "en", "harm")
    assert "honest customers aged 70+ are stopped 1.50 times as often" in text
    assert "people aged 18\N{EN DASH}34 5.70 times as often" in text
    assert "140 of them more than once" in text
    assert re.search("30 honest people.{1,5}s accounts are frozen", text)


def test_noise_is_held_against_the_same_detector_without_it(folder: Path) -> None:
    text = section(folder, "en", "privacy")
    assert "is held against “Learning together”: the same detector" in text


def test_every_partner_says_what_it_learned_from(folder: Path) -> None:
    text = section(folder, "en", "made")
    assert "Rows learned from" in text
    assert "Bank A" in text
