"""From partners' own files to a report: import a world that was exported, and study it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from proeftuin.imports.importing import import_tables
from proeftuin.report.page import write_reports
from proeftuin.settings.compose import settings_for
from proeftuin.study.record import RunRecord
from proeftuin.study.run import run_study
from synthetic_data.seeds import Seeds
from synthetic_data.stored import load_world
from synthetic_data.world import Truth, World, generate
from tests.fixtures.partner_files import Habits, write_partners

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def made() -> tuple[World, Truth]:
    settings = settings_for(
        [
            "study=demo",
            "world=hamlet",
            "world.population.persons=1500",
            "scenario.forms.bank_helpdesk.orientation.enrichment=230.0",
        ]
    )
    return generate(settings.world, settings.scenario, Seeds(3))


@pytest.mark.slow
def test_imported_files_become_a_report_that_says_what_counts_as_fraud(
    tmp_path: Path, made: tuple[World, Truth], proeftuin: Run
) -> None:
    world, truth = made
    write_partners(world, tmp_path / "files", Habits(parquet=True))
    command = ["import", "files/mapping.yaml", "--to", "imported"]
    done = proeftuin(*command)
    assert done.returncode == 0, done.stderr

    chosen = ["study=demo", "world=stored", "world.folder=imported", "repetitions=1"]
    others = ("line_busy", "federated", "federated_dp", "federated_line_busy")
    arms = ["detector.rounds=2", *(f"~arms.{arm}" for arm in others)]
    done = proeftuin("run", *chosen, *arms)
    assert done.returncode == 0, done.stderr
    [folder] = (tmp_path / "outputs" / "demo").iterdir()
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    assert set(outcomes["arm"]) == {"silo", "today", "centre"}
    assert set(outcomes["fraud_form"]) == {"bank_helpdesk", "all"}
    numbers = outcomes[outcomes["partner"] == "all"].groupby("metric", dropna=False)["value"].mean()
    assert numbers[[name for name in numbers.index if name.startswith("national")]].isna().all()
    assert 0 < numbers["victims"] < len(truth.cases)
    figures = json.loads((folder / "assumptions.json").read_text())
    assert {figure["key"].split(".")[0] for figure in figures} == {"intervention"}

    english, dutch = ((folder / f"report.{one}.html").read_text("utf-8") for one in ("en", "nl"))
    assert "Measured on imported data about" in english
    assert english.count("What was reported and never withdrawn counts as fraud") == 2
    assert dutch.count("Wat is gemeld en nooit ingetrokken, telt als fraude") == 2
    assert "One fraud form: bank-helpdesk fraud." in english
    for untrue in (
        "synthetic people",
        "synthetic adults",
        "far smaller than real",
        "times as often in these worlds",
        "Worlds hold more fraud than life",
    ):
        assert untrue not in english

    refused = proeftuin("generate", *chosen)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    (tmp_path / "imported" / "payments.parquet").unlink()
    refused = proeftuin("run", *chosen, *arms)
    assert refused.returncode == 2
    assert "payments.parquet: is missing" in refused.stderr.splitlines()[-1]


@pytest.mark.long
def test_every_detector_learns_from_a_feature_that_banks_bring_along(
    tmp_path: Path, made: tuple[World, Truth]
) -> None:
    world, truth = made
    mapping = write_partners(world, tmp_path / "files", Habits(parquet=True))
    told = {"column": "Risk", "low": 0.0, "high": 1.0, "unit": "share", "missing": 0.3}
    content = yaml.safe_load(mapping.read_text())
    rng = np.random.default_rng(1)
    for partner in (each for each in content["partners"] if each["sector"] == "bank"):
        path = mapping.parent / partner["tables"]["payments"]["file"]
        rows = pd.read_parquet(path)
        fraud = rows["Their payment"].astype(int).isin(truth.payments["payment"])
        risk = np.where(fraud & (rng.random(len(rows)) < 0.9), 0.9, rng.random(len(rows)) / 2)
        rows["Risk"] = np.where(rng.random(len(rows)) < 0.05, np.nan, risk)
        rows.to_parquet(path, index=False)
    plain, scored = tmp_path / "plain", tmp_path / "scored"
    import_tables(mapping, plain)
    for partner in content["partners"]:
        if partner["sector"] == "bank":
            partner["tables"]["payments"]["features"] = {"risk": told}
    mapping.write_text(yaml.safe_dump(content, sort_keys=False))
    import_tables(mapping, scored)

    imported, known = load_world(scored)
    assert list(imported.features.measures) == ["risk"]
    for name in ("events", "calls", "payments", "cases", "links"):
        assert "risk" not in getattr(known, name)
        pd.testing.assert_frame_equal(getattr(known, name), getattr(load_world(plain)[1], name))

    found = {}
    for folder in (plain, scored):
        chosen = [
            "study=demo", "world=stored", f"world.folder={folder}", "repetitions=1",
            "detector=logistic", "detector.rounds=30", "arms.federated_dp.privacy.epsilon=50.0",
            f"output_dir={tmp_path / 'outputs'}", "~arms.line_busy", "~arms.federated_line_busy",
        ]  # fmt: skip
        settings = settings_for(chosen)
        run = run_study(settings, RunRecord.of(settings, overrides=chosen, command="test"))
        outcomes = pd.read_parquet(run / "outcomes.parquet")
        of_all = outcomes[
            (outcomes["partner"] == "all") & (outcomes["metric"] == "average_precision")
        ]
        found[folder] = of_all.set_index("arm")["value"]
        fields = sum(
            flow["fields"]
            for flow in json.loads((run / "data_flows.json").read_text())
            if flow["data"] == "bank_records"
        )
        found[folder]["fields"] = fields
        report = write_reports(run)
        assert ("risk (share)" in report[0].read_text("utf-8")) == (folder == scored)
    gain = found[scored] - found[plain]
    told = pd.DataFrame(found).to_string()
    assert (gain[["silo", "today", "federated", "centre"]] > 0.05).all(), told
    # noise drowns nearly everything in a hamlet, but not a number that tells nine frauds of ten
    assert found[scored]["federated_dp"] > 2 * found[plain]["federated_dp"], told
    assert gain["fields"] == 2 * len(world.partners["bank"])  # the number and whose it is
