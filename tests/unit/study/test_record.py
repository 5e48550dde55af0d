"""The same study gives the same folder; the record tells what ran and nothing about who ran it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from proeftuin.errors import RunFolderError
from proeftuin.settings.changes import Change
from proeftuin.settings.compose import settings_for
from proeftuin.study.record import PACKAGES, RunRecord, source_digest, versions


def record(*overrides: str) -> RunRecord:
    return RunRecord.of(settings_for(overrides), overrides=overrides, command="proeftuin run")


def test_incidental_settings_do_not_change_the_fingerprint() -> None:
    incidental = (
        "jobs=7",
        "output_dir=elsewhere",
        "tracking.uri=sqlite:///x.db",
        "report.language=nl",
    )
    assert record(*incidental).fingerprint == record().fingerprint


@pytest.mark.parametrize(
    "override",
    [
        "seed=3",
        "repetitions=2",
        "regime=federated",
        "world.payments.large_share=0.0123",
        "world=hamlet",
    ],
)
def test_everything_else_does(override: str) -> None:
    assert record(override).fingerprint != record().fingerprint


def test_how_a_number_is_written_does_not_matter() -> None:
    assert record("privacy=record_dp", "privacy.epsilon=8").fingerprint == (
        record("privacy=record_dp", "privacy.epsilon=8.0").fingerprint
    )


def test_versions_count(monkeypatch: pytest.MonkeyPatch) -> None:
    before = record().fingerprint
    monkeypatch.setattr("proeftuin.study.record.__version__", "99")
    assert record().fingerprint != before


def test_each_part_of_the_fingerprint_moves_with_its_own_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def moved(*overrides: str) -> set[str]:
        now = record(*overrides).fingerprints
        return {part for part in now if now[part] != before[part]}

    before = record().fingerprints
    assert moved("regime=federated") == {"settings"}
    assert moved("seed=3") == {"settings", "worlds"}
    monkeypatch.setattr("proeftuin.study.record.__version__", "99")
    assert moved() == {"versions"}


def test_other_code_is_another_run_in_other_worlds_only_where_it_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("x = 1")
    monkeypatch.setattr("proeftuin.study.record.PACKAGE", tmp_path / "proeftuin")

    def parts() -> dict[str, str | None]:
        source_digest.cache_clear()
        return record().fingerprints

    before = parts()
    (tmp_path / "proeftuin" / "__init__.py").write_text("x = 2")
    learned = parts()
    (tmp_path / "scenarios" / "__init__.py").write_text("x = 2")
    generated = parts()
    monkeypatch.undo()
    source_digest.cache_clear()
    assert {part for part in before if before[part] != learned[part]} == {"source"}
    assert {part for part in learned if learned[part] != generated[part]} == {"source", "worlds"}


def test_the_folder_is_named_by_study_and_fingerprint() -> None:
    made = record("output_dir=here")
    assert made.folder == Path("here/one_arm") / made.fingerprint[:12]
    assert re.fullmatch("[0-9a-f]{64}", made.fingerprint)


def test_the_world_folder_does_not_depend_on_the_arms() -> None:
    assert record("regime=federated").world_folder == record().world_folder
    assert record("seed=3").world_folder != record().world_folder


def test_what_is_written(tmp_path: Path) -> None:
    asked = record(f"output_dir={tmp_path}/out", "seed=5", "repetitions=3")
    made = replace(asked, changed=(Change("seed", "seed=5 (default 42)"),))
    folder = made.write()
    assert folder == made.folder
    assert sorted(path.name for path in folder.iterdir()) == ["config.yaml", "manifest.json"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["fingerprint"] == made.fingerprint
    assert manifest["fingerprints"] == made.fingerprints
    assert manifest["command"] == "proeftuin run"
    assert manifest["changed"] == ["seed=5 (default 42)"]
    assert manifest["overrides"] == ["output_dir=out", "seed=5", "repetitions=3"]
    assert (manifest["seed"], manifest["repetitions"]) == (5, 3)
    assert manifest["versions"] == versions()
    assert set(manifest) >= {"commit", "dirty", "hardware", "python"}
    config = yaml.safe_load((folder / "config.yaml").read_text())
    assert config == made.settings | {
        "output_dir": "out",
        "tracking": {**made.settings["tracking"], "uri": "sqlite:///out/mlflow.db"},
    }


def test_neither_paths_nor_passwords_of_the_user_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = record(
        f"output_dir={tmp_path}/out",
        "tracking=server",
        "tracking.uri=http://jan:secret@example.org",
    )
    for path in made.write().iterdir():
        assert str(tmp_path) not in path.read_text()
        assert "secret" not in path.read_text()


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    made = record(f"output_dir={tmp_path}/out")
    before = {path: path.read_text() for path in made.write().iterdir()}
    assert {path: path.read_text() for path in made.write().iterdir()} == before


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="cannot be written"):
        record(f"output_dir={tmp_path}/file").write()
