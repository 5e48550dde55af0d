"""A sweep of budgets as a whole: it resumes, and its curve is that of the outcomes on disk."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.study import arm
from proeftuin.study import run as study
from proeftuin.study.record import RunRecord
from tests.fixtures.tiny import TINY

pytestmark = pytest.mark.slow
SWEEP = (
    "study=tune",
    *TINY,
    "tune.budgets=[2]",
    "~regime@tune.regimes.federated_line_busy",
    "~regime@tune.regimes.federated_labels",
    "tune.units.record.rounds=2",
    "repetitions=2",
    "jobs=1",
)


def prepared(folder: Path) -> tuple[Settings, RunRecord]:
    chosen = [*SWEEP, f"output_dir={folder}"]
    settings = settings_for(chosen)
    return settings, RunRecord.of(settings, overrides=chosen, command="proeftuin tune")


def test_a_sweep_resumes_at_the_missing_budget_and_gives_the_same_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, record = prepared(tmp_path)
    folder = study.run_study(settings, record)
    curve = pd.read_parquet(folder / "budgets.parquet")
    decided = json.loads((folder / "budget.json").read_text())
    assert set(curve["arm"]) == {"today", "centre", "federated", "federated_record_2"}
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    mean = outcomes.groupby(["arm", "partner", "fraud_form", "metric"])["value"].mean()
    one = curve[(curve["arm"] == "federated_record_2") & (curve["metric"] == "stopped_share")]
    for _, row in one.iterrows():
        key = (row["arm"], row["partner"], row["fraud_form"], row["metric"])
        assert row["mean"] == pytest.approx(mean[key], nan_ok=True)

    shutil.rmtree(folder / "arms" / "federated_record_2" / "seed-1")
    for name in ("budgets.parquet", "budget.json"):
        (folder / name).unlink()
    ran: list[float | None] = []
    original = arm.run_arm

    def counted(one: object, *rest: object, **named: object) -> object:
        ran.append(one.privacy.epsilon)  # type: ignore[attr-defined]
        return original(one, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(arm, "run_arm", counted)
    assert study.run_study(*prepared(tmp_path)) == folder
    assert ran == [2.0]
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "budgets.parquet"), curve)
    assert json.loads((folder / "budget.json").read_text()) == decided
