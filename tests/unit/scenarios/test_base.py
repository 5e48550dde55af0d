import dataclasses

import pytest
from pydantic import ValidationError

from proeftuin.settings import Settings
from scenarios.base import assumptions, figure


def test_a_figure_without_a_source_mark_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[S\], \[D\] or \[A\]"):
        figure("how many", unit="persons", source="somewhere", low=0, high=1)


def test_every_number_of_the_scenario_is_listed_with_its_source(settings: Settings) -> None:
    listed = assumptions(settings.scenario, "scenario")
    numbers = sum(
        isinstance(value, int | float)
        for phase in dataclasses.asdict(settings.scenario).values()
        if isinstance(phase, dict)
        for value in phase.values()
    )
    assert len(listed) == numbers > 25
    for each in listed:
        assert each.low <= each.value <= each.high
        assert each.source[:3] in ("[S]", "[D]", "[A]")
        assert each.description


def test_a_figure_outside_its_range_is_refused(settings: Settings) -> None:
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        dataclasses.replace(settings.scenario.transfer, in_call_share=1.5)
