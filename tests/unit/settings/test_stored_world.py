"""A stored world can be chosen like any other; what makes no sense with it is refused at once."""

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pydantic import TypeAdapter

from proeftuin.commandline.estimate import estimate
from proeftuin.commandline.listing import preview
from proeftuin.errors import SettingsError
from proeftuin.settings.arm import Regime
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import StoredWorld, partners, persons
from proeftuin.sharing.information import InformationSets
from proeftuin.study.record import RunRecord
from proeftuin.study.worlds import write_world
from synthetic_data.reported import as_reported
from synthetic_data.seeds import Seeds
from synthetic_data.stored import load_world, save_world
from synthetic_data.world import World
from tests.fixtures.partner_files import little_world

#: The little world lasts some weeks; half a year of patience would leave nothing to test on.
SHORT = (
    "evaluation.warm_up_days=0",
    "evaluation.train_days=7",
    "evaluation.label_wait_days=0",
    "evaluation.validation_days=1",
)


def stored(folder: Path, *changes: str, study: str = "demo") -> list[str]:
    chosen = [f"study={study}", "world=stored", f"world.folder={folder}", "repetitions=1"]
    return [*chosen, *SHORT, *changes]


def store(world: World, folder: Path) -> Path:
    save_world(world, as_reported(world, world.labels, 6), folder, origin={"files": [1, 2]})
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return store(little_world(seed=4, payments=12), tmp_path / "stored")


def problems(overrides: list[str]) -> str:
    with pytest.raises(SettingsError) as refused:
        settings_for(overrides)
    return str(refused.value)


def test_a_study_of_a_stored_world_knows_its_size_and_partners(folder: Path) -> None:
    settings = settings_for(stored(folder))
    world = settings.world
    assert isinstance(world, StoredWorld)
    assert world.days == little_world(seed=4, payments=12).days
    assert partners(world, "bank") == ("bank_a", "bank_b")
    assert partners(world, "webshop") == ()  # the demo leaves shops out
    assert persons(world) == 6
    size = estimate(settings)
    assert (size.payments, size.calls) == (12, 12)
    assert "1 worlds of 6 adults" in preview(settings, [])


def test_every_row_of_an_import_is_learned_from_unless_somebody_says_otherwise(
    folder: Path,
) -> None:
    assert settings_for(stored(folder)).evaluation.negatives_kept == 1
    fewer = settings_for(stored(folder, "evaluation.negatives_kept=0.2"))
    assert fewer.evaluation.negatives_kept == 0.2
    assert settings_for(["study=demo"]).evaluation.negatives_kept == 0.1


def test_candidates_need_days_to_compete_on(folder: Path) -> None:
    settings_for(stored(folder, "evaluation.validation_days=0"))
    told = problems(
        stored(
            folder,
            "evaluation.validation_days=0",
            "+detector.candidates.slow={learning_rate:0.002}",
        )
    )
    assert "evaluation.validation_days=0: candidates of a detector compete on these days" in told


def test_sectors_that_a_study_leaves_out_are_not_read(folder: Path) -> None:
    world, truth = load_world(folder, ("webshop", "police"))
    assert set(world.partners) == {"bank", "telecom"}
    assert "orders" not in world.tables
    assert set(world.labels["partner"]) == {"bank_a", "bank_b"}
    pd.testing.assert_frame_equal(truth.cases, load_world(folder)[1].cases)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["scenario=mix"], "scenario=mix: a stored world has its own fraud"),
        (["repetitions=6"], "write repetitions=1"),
        (["evaluation.train_days=90"], "leave at least 7"),
        (["arms.line_busy.regime.coalition=[bank_c]"], "allowed are all or any of bank_a, bank_b"),
        (
            ["world.market.absent=[telecom]"],
            "providers=telecom: no such partner in this world; take",
        ),
        (["world.market.absent=[bank]"], "bank cannot be absent"),
        (["+world.days=30"], "world.days=30: the chosen option has no such setting"),
        (["world.folder=nowhere"], "world.folder: nowhere: no stored world"),
        (["world.folder=???"], "world.folder: missing"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    folder: Path, changes: list[str], told: str
) -> None:
    for line in problems(stored(folder, *changes)).splitlines():  # one for every arm it is about
        assert told in line


def test_banks_of_businesses_and_worlds_without_telecom_are_refused(tmp_path: Path) -> None:
    world = little_world(seed=4, payments=12)
    accounts = world.tables["accounts"]
    ages = accounts["age"].mask(accounts["bank"] == 1, -1).astype("int16")
    poor = dataclasses.replace(
        world,
        partners={sector: names for sector, names in world.partners.items() if sector != "telecom"},
        tables={
            **{t: rows for t, rows in world.tables.items() if t not in ("calls", "subscribers")},
            "accounts": accounts.assign(age=ages.astype(accounts["age"].dtype)),
        },
    )
    told = problems(stored(store(poor, tmp_path / "poor")))
    assert "bank_b lists businesses only" in told
    assert "bank_a lists" not in told
    assert "providers=telecom: no such partner in this world; import its tables too" in told


def test_a_stored_world_is_not_generated_again(folder: Path, tmp_path: Path) -> None:
    settings = settings_for(stored(folder))
    with pytest.raises(SettingsError, match="world=stored: is in a folder already"):
        write_world(settings, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def record_of(folder: Path) -> RunRecord:
    return RunRecord.of(settings_for(stored(folder)), overrides=[], command="")


def test_other_data_in_the_same_folder_are_another_run(folder: Path) -> None:
    """Otherwise a run would go on with results of data that were replaced."""
    before, parts = record_of(folder).fingerprint, record_of(folder).fingerprints
    assert record_of(folder).fingerprint == before
    path = folder / "labels.parquet"
    labels = pd.read_parquet(path)
    labels.assign(known_at=labels["known_at"] + 1).to_parquet(path, index=False)
    assert record_of(folder).fingerprint != before
    now = record_of(folder).fingerprints
    assert {part for part in now if now[part] != parts[part]} == {"stored_world", "worlds"}


def test_a_copy_of_a_stored_world_is_the_same_run(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert record_of(copy).fingerprint == record_of(folder).fingerprint


def test_the_record_says_what_was_stored_but_not_from_which_files(folder: Path) -> None:
    plain = TypeAdapter(Settings).dump_python(settings_for(stored(folder)), mode="json")
    about = plain["world"]["stored"]
    assert about["forms"] == ["purchase"]
    assert about["customers"] == {"bank_a": 2, "bank_b": 3}
    assert about["origin"] == {}


def test_a_centre_does_without_telecom_and_police(folder: Path) -> None:
    """Banks alone can be imported and pooled."""
    world, _ = load_world(folder, ("telecom", "police", "webshop"))
    everything = Regime(name="centre", about="", coalition="all", learning="pooled", instruments={})
    information = InformationSets(world, Seeds(1))
    inputs = information.inputs_of(everything)
    assert len(inputs.tables[information.desks[0]].event)
    assert {flow.sender for flow in inputs.flows} == {"bank_a", "bank_b"}
