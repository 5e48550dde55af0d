"""The vocabulary: a figure needs a source and a range, and the report can list every one."""

import dataclasses
from typing import Any

import pytest
from pydantic import ValidationError

from scenarios.parameters import Assumption, assumptions, parameter
from scenarios.registry import Scenario


def numbers_in(node: Any) -> int:
    if isinstance(node, dict):
        return sum(numbers_in(child) for child in node.values())
    return isinstance(node, int | float)


def by_key(scenario: Scenario) -> dict[str, Assumption]:
    return {each.key: each for each in assumptions(scenario, "scenario")}


def test_a_figure_without_a_source_mark_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[S\], \[D\] or \[A\]"):
        parameter("how many", unit="persons", source="somewhere", low=0, high=1)


def test_the_report_misses_no_number_of_a_scenario(mix: Scenario) -> None:
    listed = by_key(mix)
    assert len(listed) == numbers_in(dataclasses.asdict(mix)) > 300
    for each in listed.values():
        assert each.low <= each.value <= each.high
        assert each.source[:3] in ("[S]", "[D]", "[A]")
        assert each.description


def test_a_form_s_own_source_is_reported_for_a_shared_figure(mix: Scenario) -> None:
    listed = by_key(mix)
    key = "scenario.forms.{}.reporting.police_share"
    assert "more than 80 %" in listed[key.format("bank_helpdesk")].source
    assert "18.5 %" in listed[key.format("purchase")].source
    assert listed[key.format("dating")].source == "[A] no source"


def test_a_source_for_a_figure_that_does_not_exist_is_noticed(mix: Scenario) -> None:
    for name, form in mix.forms.items():
        keys = {each.key for each in assumptions(form, name)}
        assert {f"{name}.{key}" for key in form.SOURCES} <= keys


def test_a_figure_outside_its_range_is_refused(mix: Scenario) -> None:
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        dataclasses.replace(mix.forms["bank_helpdesk"].reporting, bank_share=1.5)
