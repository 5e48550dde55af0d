"""proeftuin compare: what differs between two runs, and what that can be put down to."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from proeftuin.commandline import main as cli
from proeftuin.outcomes.comparison import compare

WriteRun = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


def write(folder: Path, *, shift: float = 0.0, seeds: int = 4, **settings: object) -> Path:
    """A run folder with two arms; B's arm stops ``shift`` more in every world."""
    folder.mkdir()
    config = {
        "seed": 42,
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
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "manifest.json").write_text('{"versions": {"torch": "1"}, "commit": "abc"}')
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
    b = write(tmp_path / "b", repetitions=4, intervention={"bank": {"alerts_per_1000": 3.0}})
    assert "2 things differ at once" in shown(a, b, capsys)


def test_what_cannot_change_a_number_is_no_difference(tmp_path: Path, capsys: Capture) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", jobs=7)
    assert "Nothing differs" in shown(a, b, capsys)


def test_a_plugin_that_one_run_had_is_a_difference(tmp_path: Path, capsys: Capture) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", shift=0.2)
    versions = '{"torch": "1", "proeftuin-lab": "0.1.0 (0123456789ab)"}'
    (b / "manifest.json").write_text(f'{{"versions": {versions}, "commit": "abc"}}')
    said = shown(a, b, capsys)
    assert "version of proeftuin-lab: A None, B 0.1.0 (0123456789ab)" in said
    assert "Only the program itself differs" in said


@pytest.mark.parametrize(("given", "why"), [([], "needs two run folders"), (["x"], "got x")])
def test_a_call_with_other_than_two_folders_is_refused(
    given: list[str], why: str, capsys: Capture
) -> None:
    assert cli.main(["compare", *given]) == 2
    assert why in capsys.readouterr().err


def test_a_folder_that_is_no_run_is_named(tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["compare", str(tmp_path), str(tmp_path)]) != 0
    assert f"{tmp_path}: not a run folder" in capsys.readouterr().err
