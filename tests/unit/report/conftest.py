"""Run folders of invented numbers for the tests of the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proeftuin.report.folder import RunFolder, read_run_folder
from proeftuin.settings.compose import settings_for
from scenarios.registry import FORMS
from tests.fixtures.run_folder import DEMO, DRIFT, make_run, recorded


@pytest.fixture(scope="session")
def write_run() -> Callable[..., Path]:
    """Return the maker of run folders."""
    return make_run


@pytest.fixture(scope="session")
def figures() -> list[dict[str, Any]]:
    """Every figure of the world and of all forms there are, a changed way of working included."""
    settings = settings_for(
        [
            "study=necessity",
            "scenario=none",
            *(f"+form@scenario.forms.{form}={form}" for form in FORMS),
        ]
    )
    forms = {name: replace(form, drift=DRIFT) for name, form in settings.scenario.forms.items()}
    return recorded(replace(settings, scenario=replace(settings.scenario, forms=forms)))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The contents of a small run folder."""
    arms = {arm: DEMO[arm] for arm in ("silo", "line_busy", "federated", "centre")}
    return read_run_folder(make_run(tmp_path_factory.mktemp("run"), arms=arms, seeds=2))
