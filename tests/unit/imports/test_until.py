"""A study of the first days of an import is one of files that were handed over on that day."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from proeftuin.errors import SettingsError
from proeftuin.imports.importing import import_tables
from proeftuin.settings.compose import settings_for
from proeftuin.study.worlds import world_of
from synthetic_data.clock import DAY
from synthetic_data.seeds import Seeds
from synthetic_data.stored import load_world
from synthetic_data.world import Truth, World
from tests.fixtures.partner_files import Habits, write_partners


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from synthetic_data.world import generate

    typed = ["study=demo", "world=hamlet", "world.population.persons=1000",
             "scenario.forms.bank_helpdesk.orientation.enrichment=300.0"]  # fmt: skip
    settings = settings_for(typed)
    world, _ = generate(settings.world, settings.scenario, Seeds(5))
    place = tmp_path_factory.mktemp("until")
    import_tables(write_partners(world, place / "files", Habits(parquet=True)), place / "world")
    return place / "world"


def until(stored: Path, day: str) -> tuple[World, Truth]:
    typed = ["study=demo", "world=stored", f"world.folder={stored}", "repetitions=1",
             f"world.until={day}", "evaluation.train_days=14"]  # fmt: skip
    return world_of(settings_for(typed), Seeds(1))


def test_nothing_of_later_days_is_there(stored: Path) -> None:
    whole, _ = load_world(stored)
    world, truth = until(stored, "2025-03-09")  # a Sunday, nine weeks after the first Monday
    stop = 63 * DAY
    assert world.days == truth.days == 63
    for name, rows in world.tables.items():
        if "time" in rows:
            kept = whole.tables[name][whole.tables[name]["time"] < stop]
            pd.testing.assert_frame_equal(rows, kept.reset_index(drop=True))
    assert 0 < (world.labels["known_at"] < stop).sum() == len(world.labels)
    assert 0 < len(truth.events) == (truth.events["time"] < stop).sum()
    assert truth.events["case"].isin(truth.cases["case"]).all()


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2024-01-01", "world.until=2024-01-01: the world lasts from 2025-01-06 to "),
        ("2025-02-30", "is no date like 2018-08-14"),
    ],
)
def test_a_day_outside_the_data_is_refused(stored: Path, day: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        until(stored, day)


def test_a_mapping_that_is_read_twice_gives_the_same_world(stored: Path) -> None:
    mapping = stored.parent / "files" / "mapping.yaml"
    assert "salt" in yaml.safe_load(mapping.read_text())
    import_tables(mapping, stored.parent / "again")
    for path in stored.glob("*.parquet"):
        assert path.read_bytes() == (stored.parent / "again" / path.name).read_bytes()
