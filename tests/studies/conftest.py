"""A study small enough to run in a test: two small worlds, few rounds, all arms of the demo."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proeftuin.settings.study import Settings
from proeftuin.study.record import RunRecord

SMALL = (
    "study=demo",
    "world=hamlet",
    "world.population.persons=1500",
    "scenario.forms.bank_helpdesk.orientation.enrichment=600.0",
    "detector.rounds=3",
    "arms.federated_dp.privacy.rounds=2",
    "repetitions=2",
)


@pytest.fixture(scope="session")
def prepared() -> Callable[..., tuple[Settings, RunRecord]]:
    from proeftuin.settings.compose import settings_for

    def prepare(folder: Path, *overrides: str) -> tuple[Settings, RunRecord]:
        chosen = [*SMALL, f"output_dir={folder}", *overrides]
        settings = settings_for(chosen)
        return settings, RunRecord.of(settings, overrides=chosen, command="proeftuin demo")

    return prepare
