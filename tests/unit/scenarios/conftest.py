"""The scenarios as they are delivered."""

import pytest

from proeftuin.settings.compose import settings_for
from scenarios.registry import Scenario


@pytest.fixture(scope="session")
def mix() -> Scenario:
    return settings_for(["scenario=mix"]).scenario


@pytest.fixture(scope="session")
def emerging() -> Scenario:
    return settings_for(["scenario=emerging"]).scenario
