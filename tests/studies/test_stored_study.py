"""From partners' own files to a report: import a world that was exported, and study it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from proeftuin.compose import settings_for
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate
from tests.unit.imports.foreign import Habits, write_partners

Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow


def test_imported_files_become_a_report_that_says_what_counts_as_fraud(
    tmp_path: Path, python: Run
) -> None:
    settings = settings_for(
        [
            "study=demo",
            "world=hamlet",
            "world.population.persons=1500",
            "scenario.forms.bank_helpdesk.orientation.enrichment=230.0",
        ]
    )
    world, truth = generate(settings.world, settings.scenario, Seeds(3))
    write_partners(world, tmp_path / "files", Habits(parquet=True))
    command = ["import", "files/mapping.yaml", "--to", "imported"]
    done = python("-m", "proeftuin", *command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    chosen = ["study=demo", "world=stored", "world.folder=imported", "repetitions=1"]
    others = ("line_busy", "federated", "federated_dp", "federated_line_busy")
    arms = ["detector.rounds=2", *(f"~arms.{arm}" for arm in others)]
    done = python("-m", "proeftuin", "run", *chosen, *arms, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    [folder] = (tmp_path / "outputs" / "demo").iterdir()
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    assert set(outcomes["arm"]) == {"silo", "centre"}
    assert set(outcomes["fraud_form"]) == {"bank_helpdesk"}
    numbers = outcomes[outcomes["partner"] == "all"].groupby("metric")["value"].first()
    assert 0 < numbers["victims"] < len(truth.cases)
    assert json.loads((folder / "assumptions.json").read_text()) == []

    english, dutch = ((folder / f"report.{one}.html").read_text("utf-8") for one in ("en", "nl"))
    assert "Measured on imported data about" in english
    assert english.count("What was reported and never withdrawn counts as fraud") == 2
    assert dutch.count("Wat is gemeld en nooit ingetrokken, telt als fraude") == 2
    assert "One fraud form: bank-helpdesk fraud." in english
    for untrue in (
        "synthetic people",
        "synthetic adults",
        "far smaller than real",
        "times as often",
    ):
        assert untrue not in english

    refused = python("-m", "proeftuin", "generate", *chosen, cwd=tmp_path)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    (tmp_path / "imported" / "payments.parquet").unlink()
    refused = python("-m", "proeftuin", "run", *chosen, *arms, cwd=tmp_path)
    assert refused.returncode == 2
    assert "payments.parquet: is missing" in refused.stderr.splitlines()[-1]
