"""proeftuin compare: what differs between two runs, and what that can be put down to."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from proeftuin.commandline import main as cli
from proeftuin.outcomes.comparison import compare
from proeftuin.study.record import OF_WORLDS, digest

Capture = pytest.CaptureFixture[str]


def write(
    folder: Path,
    *,
    shift: float = 0.0,
    seeds: int = 4,
    source: str = "5",
    stored: str | None = None,
    versions: dict[str, str] | None = None,
    **settings: object,
) -> Path:
    """A run folder with two arms; B's arm stops ``shift`` more in every world."""
    folder.mkdir()
    config: dict[str, Any] = {
        "seed": 42,
        "repetitions": seeds,
        "world": {"name": "town", "days": 112, "population": {"persons": 9}, "market": MARKET},
        "scenario": {"forms": {"dating": {"orientation": {"enrichment": 1}}}},
        "evaluation": {"confidence": 0.95},
        "intervention": {"bank": {"alerts_per_1000": 1.5}},
        "study": {"name": "s", "question_en": "?", "question_nl": "?", "baseline": "silo",
                  "ceiling": "silo"},
        "arms": {arm: {part: {"name": "x"} for part in ("regime", "privacy", "detector")}
                 for arm in ("silo", "chosen")},
        "jobs": 2,
    } | settings  # fmt: skip
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    asked = {key: value for key, value in config.items() if key != "jobs"}
    asked["world"] = {key: value for key, value in config["world"].items() if key != "folder"}
    marks = {
        "settings": digest(asked),
        "source": source,
        "versions": digest(versions),
        "stored_world": stored,
        "worlds": digest([stored, *(asked[key] for key in OF_WORLDS)]),
    }
    manifest = {
        "fingerprint": digest(marks),
        "fingerprints": marks,
        "versions": {"torch": "1"} | (versions or {}),
    }
    write_manifest(folder, manifest)
    for name in ("data_flows", "privacy", "assumptions"):
        (folder / f"{name}.json").write_text("[]")
    rows = [
        ("s", arm, seed, "all", "all", "stopped_share", seed / 10 + shift * (1 + seed / 100))
        for arm in ("silo", "chosen")
        for seed in range(seeds)
    ]
    columns = ["study", "arm", "seed", "partner", "fraud_form", "metric", "value"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "outcomes.parquet")
    compared = compare(
        pd.DataFrame(rows, columns=columns),
        baseline="silo",
        metrics=["stopped_share"],
        confidence=0.95,
    )
    compared.to_parquet(folder / "comparisons.parquet")
    curves = ["arm", "seed", "partner", "round", "metric", "value"]
    pd.DataFrame(columns=curves).to_parquet(folder / "curves.parquet")
    return folder


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest))


MARKET = {"bank": {"bank_a": 1.0}, "absent": ["social"]}


def shown(one: Path, other: Path, capsys: Capture) -> str:
    assert cli.main(["compare", str(one), str(other)]) == 0
    return capsys.readouterr().out


def test_a_single_change_in_the_same_worlds_explains_the_difference(
    tmp_path: Path, capsys: Capture
) -> None:
    budget = {"bank": {"alerts_per_1000": 3.0}}
    a, b = write(tmp_path / "a"), write(tmp_path / "b", shift=0.2, intervention=budget)
    said = shown(a, b, capsys)
    assert "intervention.bank.alerts_per_1000: A 1.5, B 3.0" in said
    assert "Only intervention.bank.alerts_per_1000 differs, in the same worlds" in said
    assert "+20.3 [+19.9, +20.7]" in said  # spread of the worlds cancels out


def test_other_worlds_are_two_samples_with_a_wider_interval(
    tmp_path: Path, capsys: Capture
) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", shift=0.2, seed=43)
    said = shown(a, b, capsys)
    assert "Only seed differs; it makes other worlds" in said
    assert "+20.3 [-" in said


def test_several_changes_at_once_are_not_taken_apart(tmp_path: Path, capsys: Capture) -> None:
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", detector="x", intervention={"bank": {"alerts_per_1000": 3.0}})
    assert "2 things differ at once" in shown(a, b, capsys)


def test_what_cannot_change_a_number_is_no_difference(tmp_path: Path, capsys: Capture) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", jobs=7)
    assert "Nothing differs" in shown(a, b, capsys)


def test_a_plugin_that_one_run_had_is_a_difference(tmp_path: Path, capsys: Capture) -> None:
    lab = {"proeftuin-lab": "0.1.0 (0123456789ab)"}
    a, b = write(tmp_path / "a"), write(tmp_path / "b", shift=0.2, versions=lab)
    said = shown(a, b, capsys)
    assert "version of proeftuin-lab: A None, B 0.1.0 (0123456789ab)" in said
    assert "Only version of proeftuin-lab differs" in said


def test_other_code_is_named_and_never_called_the_same(tmp_path: Path, capsys: Capture) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", shift=0.2, source="6")
    said = shown(a, b, capsys)
    assert "the source of the program: A 5, B 6" in said
    assert "Only the source of the program differs, in the same worlds" in said
    assert "Nothing differs" not in said


def test_a_stored_world_goes_by_what_it_holds_and_not_by_its_path(
    tmp_path: Path, capsys: Capture
) -> None:
    about = {"partners": {"bank": ["bank_a"]}, "customers": {"bank_a": 9}, "persons": 9,
             "forms": []}  # fmt: skip

    def world(folder: str) -> dict[str, object]:
        return {"name": "stored", "folder": folder, "stored": about, "market": {"absent": []}}

    a = write(tmp_path / "a", seeds=1, stored="1", world=world("here"))
    copied = write(tmp_path / "b", seeds=1, stored="1", world=world("there"))
    moved = write(tmp_path / "c", seeds=1, stored="2", world=world("here"))
    assert "what differs\n  nothing" in shown(a, copied, capsys)
    said = shown(a, moved, capsys)
    assert "what the stored world holds: A 1, B 2" in said
    assert "no world is in both runs" in said


def test_means_are_over_the_worlds_that_both_runs_hold(tmp_path: Path, capsys: Capture) -> None:
    """Means over 4 and 1 worlds would show a difference between two runs of the same."""
    a, b = write(tmp_path / "a", seeds=4), write(tmp_path / "b", seeds=1)
    said = shown(a, b, capsys)
    assert "repetitions: A 4, B 1" in said
    assert "silo    stopped_share, %  0.00  0.00  +0.00       1" in said
    assert "means over the worlds that both runs hold: 1 (A has 4, B has 1)" in said
    assert "no intervals, which take at least 3 worlds" in said
    assert "Only the number of worlds differs" in said


def test_other_outcomes_of_the_same_request_are_seen(tmp_path: Path, capsys: Capture) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", shift=0.2)
    assert "are the same and the outcomes are not" in shown(a, b, capsys)


def test_another_order_of_banks_is_another_world(tmp_path: Path, capsys: Capture) -> None:
    worlds = [
        {"name": "town", "population": {"persons": 9},
         "market": {"bank": dict.fromkeys(banks, 0.5), "absent": []}}
        for banks in (("x", "y"), ("y", "x"))
    ]  # fmt: skip
    a, b = (write(tmp_path / str(n), world=world) for n, world in enumerate(worlds))
    assert "order of world.market.bank: A {x, y}, B {y, x}" in shown(a, b, capsys)


def test_a_run_without_parts_of_its_fingerprint_is_not_called_the_same(
    tmp_path: Path, capsys: Capture
) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", shift=0.2)
    for folder, mark in ((a, "1"), (b, "2")):
        write_manifest(folder, {"versions": {"torch": "1"}, "fingerprint": mark})
    said = shown(a, b, capsys)
    assert "something that these folders do not record: A fingerprint 1, B fingerprint 2" in said
    assert "whether the worlds are the same is not recorded" in said
    assert "Nothing differs" not in said


def test_runs_without_a_common_arm_have_no_empty_table(tmp_path: Path, capsys: Capture) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b")
    outcomes = pd.read_parquet(b / "outcomes.parquet")
    outcomes.assign(arm="other").to_parquet(b / "outcomes.parquet")
    assert "no arm is in both runs" in shown(a, b, capsys)


@pytest.mark.parametrize(("given", "why"), [([], "needs two run folders"), (["x"], "got x")])
def test_a_call_with_other_than_two_folders_is_refused(
    given: list[str], why: str, capsys: Capture
) -> None:
    assert cli.main(["compare", *given]) == 2
    assert why in capsys.readouterr().err


def test_a_folder_that_is_no_run_is_named(tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["compare", str(tmp_path), str(tmp_path)]) != 0
    assert f"{tmp_path}: not a run folder" in capsys.readouterr().err
