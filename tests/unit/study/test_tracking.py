"""What goes into the ledger comes out of it, once, and nothing lands in the working directory."""

import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from proeftuin.errors import SettingsError, UnfinishedError
from proeftuin.metrics import COLUMNS
from proeftuin.outcomes.comparison import compare_all
from proeftuin.settings.compose import settings_for
from proeftuin.study.record import RunRecord
from proeftuin.study.tracking import log_study, prepare_store

PARTNERS = ("all", "bank_a")
METRICS = ("recall_at_budget", "false_alarms_per_10k[70+]", "epsilon")


class Ledger:
    """A study that has been run, and a store to log it in."""

    def __init__(self, folder: Path, store: Path) -> None:
        overrides = [f"output_dir='{folder}/out'", "repetitions=2"]
        self.settings = settings_for(overrides)
        self.uri = self.settings.tracking.uri
        self.record = RunRecord.of(self.settings, overrides=overrides, command="proeftuin run")
        self.folder = self.record.write()
        shutil.copy(store, folder / "out" / "mlflow.db")
        forms = ("all", "bank_helpdesk")  # an only form, told once
        cells = list(product(self.settings.arms, (0, 1), PARTNERS, forms, METRICS))
        self.outcomes = pd.DataFrame(
            [
                ("one_arm", arm, seed, partner, form, metric, _value(metric, seed))
                for arm, seed, partner, form, metric in cells
            ],
            columns=list(COLUMNS),
        )
        self.curves = pd.DataFrame(
            [
                (arm, 0, "all", step, "loss", 1 / (1 + step))
                for arm in self.settings.arms
                for step in range(600)
            ],
            columns=["arm", "seed", "partner", "round", "metric", "value"],
        )

        found = {"silo": (0.1, 0.2, 0.3), "chosen": (0.2, 0.32, 0.41)}
        self.compared = compare_all(
            pd.DataFrame(
                [
                    ("one_arm", arm, seed, "all", "bank_helpdesk", "recall_at_budget", value)
                    for arm, values in found.items()
                    for seed, value in enumerate(values)
                ],
                columns=list(COLUMNS),
            ),
            baseline="silo",
            primary="recall_at_budget",
            margins={},
            confidence=0.95,
        )

    def log(self) -> str:
        artifacts = [self.folder / "config.yaml", self.folder / "manifest.json"]
        return log_study(
            self.settings,
            self.record,
            self.outcomes,
            self.curves,
            self.compared,
            artifacts,
            self.uri,
        )

    def runs(self) -> list[Any]:
        client = mlflow.MlflowClient(self.uri)
        experiment = client.get_experiment_by_name("one_arm")
        return list(client.search_runs([experiment.experiment_id]))


def _value(metric: str, seed: int) -> float:
    return float("nan") if metric == "epsilon" else seed + 0.25


@pytest.fixture
def ledger(in_empty_folder: Path, empty_store: Path) -> Ledger:
    return Ledger(in_empty_folder, empty_store)


def test_round_trip(ledger: Ledger, in_empty_folder: Path) -> None:
    parent_id = ledger.log()
    runs = {run.info.run_id: run for run in ledger.runs()}
    parent = runs.pop(parent_id)
    assert parent.data.tags["fingerprint"] == ledger.record.fingerprint
    assert parent.data.params["world.name"] == "town"
    [compared] = ledger.compared.to_dict("records")
    assert parent.data.metrics == {
        f"{what}/chosen/recall_at_budget": pytest.approx(compared[what])
        for what in ("difference", "low", "high")
    }
    assert parent.data.tags["verdict.chosen"] == compared["verdict"] == "more"
    assert {run.info.status for run in [parent, *runs.values()]} == {"FINISHED"}
    assert len(runs) == 2 * 4  # silo, today, the chosen arm and the centre in two worlds
    [child] = [
        run
        for run in runs.values()
        if (run.data.tags["arm"], run.data.tags["seed"]) == ("chosen", "1")
    ]
    expected = {"regime": "line_busy", "privacy": "none", "detector": "mlp_binned"}
    assert {part: child.data.tags[part] for part in expected} == expected
    assert child.data.tags["mlflow.parentRunId"] == parent_id
    assert child.data.params["regime.instruments.line_busy.match_rate"] == "1.0"
    assert child.data.metrics == {
        "recall_at_budget": 1.25,
        "recall_at_budget.bank_a": 1.25,
        "false_alarms_per_10k.70 and over": 1.25,
        "false_alarms_per_10k.70 and over.bank_a": 1.25,
    }
    client = mlflow.MlflowClient(ledger.uri)
    assert {file.path for file in client.list_artifacts(parent_id)} == {
        "config.yaml",
        "manifest.json",
    }
    assert str(in_empty_folder / "out") in parent.info.artifact_uri
    assert [path.name for path in in_empty_folder.iterdir()] == ["out"]


def test_two_generated_worlds_give_no_national_figure(ledger: Ledger) -> None:
    ledger.compared = pd.concat(
        [ledger.compared, ledger.compared.assign(metric="national_stopped_eur", primary=False)]
    )
    ledger.log()
    [parent] = [run for run in ledger.runs() if run.data.tags["kind"] == "study"]
    assert "difference/chosen/recall_at_budget" in parent.data.metrics
    assert not [name for name in parent.data.metrics if "national" in name]


def test_curves_keep_every_round(ledger: Ledger) -> None:
    ledger.log()
    [run] = [
        run
        for run in ledger.runs()
        if (run.data.tags.get("arm"), run.data.tags.get("seed")) == ("silo", "0")
    ]
    history = mlflow.MlflowClient(ledger.uri).get_metric_history(run.info.run_id, "rounds/loss")
    assert [point.step for point in sorted(history, key=lambda point: point.step)] == list(
        range(600)
    )


def test_a_finished_study_is_not_logged_twice(ledger: Ledger) -> None:
    assert ledger.log() == ledger.log()
    assert len(ledger.runs()) == 9


def test_a_study_that_broke_off_is_logged_anew(ledger: Ledger) -> None:
    broken = ledger.log()
    mlflow.MlflowClient(ledger.uri).set_terminated(broken, status="FAILED")
    assert ledger.log() != broken
    assert len(ledger.runs()) == 9


def test_a_study_deleted_in_the_pages_of_mlflow_is_logged_anew_and_the_rest_stays_deleted(
    ledger: Ledger,
) -> None:
    first = ledger.log()
    client = mlflow.MlflowClient(ledger.uri)
    client.delete_experiment(client.get_run(first).info.experiment_id)
    assert ledger.log() != first
    assert len(ledger.runs()) == 9


def locked(store: Path) -> sqlite3.Connection:
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


def broken(store: Path) -> None:
    store.write_bytes(b"no database" * 1000)


@pytest.mark.parametrize("meet", [locked, broken])
def test_a_store_that_fails_after_all_work_is_one_line_that_says_what_is_kept(
    meet: Callable[[Path], object], ledger: Ledger
) -> None:
    kept = meet(Path(ledger.uri.removeprefix("sqlite:///")))
    with pytest.raises(UnfinishedError, match="MLflow cannot use it") as caught:
        ledger.log()
    del kept
    [line] = str(caught.value).splitlines()
    assert f"the run is whole in {ledger.folder}" in line
    assert "the same command tells it" in line


def test_an_output_folder_with_signs_that_mean_something_in_an_address(
    tmp_path: Path, empty_store: Path
) -> None:
    odd = tmp_path / "per%20cent, q?mark #1 + é"
    odd.mkdir()
    ledger = Ledger(odd, empty_store)
    prepare_store(ledger.uri)
    ledger.log()
    assert [path.name for path in tmp_path.iterdir()] == [odd.name]
    assert sorted(path.name for path in (odd / "out").iterdir()) == [
        "mlflow",
        "mlflow.db",
        "one_arm",
    ]
    with sqlite3.connect(odd / "out" / "mlflow.db") as store:
        assert store.execute("SELECT COUNT(*) FROM runs").fetchone() == (9,)


@pytest.mark.parametrize("name", ["A&B Bank", "Rabo (NL)", "../up", "/root", "a//b", "x" * 300])
def test_a_name_that_mlflow_refuses_is_told_in_another_way(name: str, ledger: Ledger) -> None:
    ledger.outcomes = ledger.outcomes.replace({"partner": {"bank_a": name}}).query("seed == 0")
    ledger.log()
    told = {metric for run in ledger.runs() for metric in run.data.metrics}
    assert (
        len(told) == 8
    )  # of all and the partner, two metrics; the curve; a difference and its ends


def test_a_store_is_made_once_by_two_that_start_together(tmp_path: Path) -> None:
    store = tmp_path / "deep" / "mlflow.db"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(prepare_store, [f"sqlite:///{store}"] * 2))
    assert [path.name for path in store.parent.iterdir()] == ["mlflow.db"]
    mlflow.MlflowClient(f"sqlite:///{store}").create_experiment("works")


@pytest.mark.parametrize("uri", ["nonsense", "./mlruns", "nonsense://x"])
def test_an_address_that_mlflow_cannot_use(uri: str, in_empty_folder: Path) -> None:
    with pytest.raises(SettingsError, match=f"tracking.uri={uri}: MLflow cannot use it") as caught:
        prepare_store(uri)
    assert len(str(caught.value).splitlines()) == 1
    assert list(in_empty_folder.iterdir()) == []


def test_a_place_that_cannot_be_written(in_empty_folder: Path) -> None:
    (in_empty_folder / "file").write_text("")
    with pytest.raises(SettingsError, match=r"sqlite:///file/mlflow\.db: cannot be written"):
        prepare_store("sqlite:///file/mlflow.db")


def test_telemetry_is_off() -> None:
    from flwr.supercore.telemetry import FLWR_TELEMETRY_ENABLED
    from mlflow.telemetry.utils import is_telemetry_disabled

    assert is_telemetry_disabled()
    assert FLWR_TELEMETRY_ENABLED == "0"
