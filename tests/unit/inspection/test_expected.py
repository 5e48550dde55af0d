"""Whether a check applies follows from the settings, so what they let expect must be right."""

from dataclasses import replace

import pytest

from proeftuin.inspection.expected import (
    ENOUGH,
    few,
    per_month,
    reports_per_bank,
    to_test_on,
    victims,
)
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate
from tests.fixtures.inspected_world import DAYS, FRAUD


def test_the_settings_say_how_many_victims_there_will_be(settings: Settings) -> None:
    assert victims(settings) == pytest.approx(FRAUD)
    test_days = DAYS - settings.evaluation.test_day
    assert to_test_on(settings) == pytest.approx(FRAUD * test_days / DAYS)
    assert per_month(settings) == pytest.approx(FRAUD * 30 / DAYS)
    share, banks = 0.4, 2
    learned = FRAUD * settings.evaluation.train_days / DAYS * share / banks
    assert reports_per_bank(settings) == pytest.approx(learned)
    assert reports_per_bank(settings, late_days=21) == pytest.approx(learned / 2)
    assert victims(settings, "another form") == 0


def test_a_world_has_about_as_many_victims_as_its_settings_let_expect() -> None:
    settings = settings_for(["world=hamlet", "scenario=emerging"])
    _, truth = generate(settings.world, settings.scenario, Seeds(3).child("world"))
    found = truth.cases[truth.cases["succeeded"]].groupby("form").size()
    for name in settings.scenario.forms:
        expected = victims(settings, name)
        assert abs(found.get(name, 0) - expected) < 4 * expected**0.5 + 1
    everything = replace(settings.scenario, forms={})
    assert victims(replace(settings, scenario=everything)) == 0


def test_too_few_to_judge_says_how_many_are_needed() -> None:
    assert few("victims", ENOUGH) == ""
    assert few("victims", 12.4) == "these settings let expect 12 victims, 30 are needed"
