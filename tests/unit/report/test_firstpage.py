"""The first page: what is said of every form of sharing, and what is not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from proeftuin.report import firstpage, legal, necessity, plausibility
from proeftuin.report.arms import ReportedArm, read_arms
from proeftuin.report.folder import RunFolder, read_run_folder
from proeftuin.report.results import Results, read_forms, read_results
from tests.fixtures.run_folder import compared, in_report

EN = in_report("en", "no sharing", "full pooling")
NL = in_report("nl", "niets delen", "alles samenbrengen")
NOISE = np.array([-0.002, 0.001, 0.002, -0.001, 0.0015])
SILO = np.array([0.30, 0.33, 0.28, 0.36, 0.31])
UNSURE = np.array([-0.08, 0.09, 0.12, -0.1, 0.03])
ARMS = ("silo", "police_iban", "psr", "line_busy", "centre")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]) -> RunFolder:
    """A run with a form of sharing of every legal status."""
    arms = {name: (name, None, 0.0) for name in ARMS}
    return read_run_folder(write_run(tmp_path_factory.mktemp("law"), arms=arms, seeds=1))


def measured(run: RunFolder, metric: str = "stopped_share", **gains: Any) -> RunFolder:
    """The run with these gains; a fraud form stands after the arm and two underscores."""
    rows = []
    for name, gain in {"silo": 0 * SILO, **gains}.items():
        arm, _, form = name.partition("__")
        rows += [
            ("s", arm, seed, "all", form or "all", metric, value)
            for seed, value in enumerate(SILO + gain)
        ]
    outcomes = pd.DataFrame(rows, columns=run.outcomes.columns)
    against = compared(outcomes)
    arms = {name: run.config["arms"][name] for name in dict.fromkeys(outcomes["arm"])}
    return replace(run, outcomes=outcomes, comparisons=against, config={**run.config, "arms": arms})


def read(run: RunFolder) -> tuple[Results, list[ReportedArm]]:
    return read_results(run), read_arms(run, EN)


GAINS = {
    "police_iban": 0.02 + NOISE,
    "psr": UNSURE,
    "line_busy": 0.06 - NOISE,
    "centre": 0.1 + NOISE,
}


def test_forms_of_sharing_stand_under_the_verdict_of_the_comparisons(folder: RunFolder) -> None:
    table = firstpage.overview(*read(measured(folder, **GAINS)), EN)
    assert [row[0].text for row in table.rows] == [
        "Everything pooled",
        "Line-busy signal",
        "Account numbers from the police",
        "Possible now + payment regulation (PSR)",
        "No sharing",
    ]
    assert table.sections == {
        0: "Shown to stop more of the loss than no sharing",
        3: "Undecided: too few worlds to tell",
        4: "To compare with",
    }


def test_a_verdict_that_the_comparisons_do_not_give_is_not_given(folder: RunFolder) -> None:
    run = measured(folder, **GAINS)
    silent = replace(run, comparisons=run.comparisons.head(0))
    results, arms = read(silent)
    assert {results.get(arm.key, "stopped_share").verdict for arm in arms} == {"unknown"}
    table = firstpage.overview(results, arms, EN)
    assert next(iter(table.sections.values())).startswith("Cannot be judged")
    assert "no interval" in table.rows[0][1].details


def test_a_combination_waits_for_the_last_of_its_parts(folder: RunFolder) -> None:
    _, arms = read(measured(folder, **GAINS))
    assert {arm.key: legal.status(arm) for arm in arms} == {
        "silo": "nothing_shared",
        "police_iban": "possible_now",
        "psr": "psr",
        "line_busy": "telecom_law",
        "centre": "own_law",
    }


def test_what_waiting_costs_is_said_only_where_it_is_shown(folder: RunFolder) -> None:
    waiting = firstpage.waiting(*read(measured(folder, **GAINS)), EN)
    assert waiting is not None
    assert "that is what waiting costs" in waiting.gap
    assert "“Line-busy signal”" in waiting.gap
    assert [row[0].text for row in waiting.table.rows] == [
        EN(f"law.status.{status}") for status in ("possible_now", "psr", "telecom_law")
    ]
    near = {**GAINS, "line_busy": 0.021 - 3 * NOISE}
    unsure = firstpage.waiting(*read(measured(folder, **near)), EN)
    assert unsure is not None
    assert "is not shown to stop more" in unsure.gap


def test_the_best_per_form_is_not_named_where_nothing_is_shown(folder: RunFolder) -> None:
    forms = {
        "silo__purchase": 0 * SILO, "line_busy__purchase": UNSURE, "centre__purchase": UNSURE,
        "silo__invoice": 0 * SILO, "line_busy__invoice": 0.05 + NOISE,
        "centre__invoice": 0.1 + NOISE, "line_busy": 0.04 + NOISE, "centre": 0.1 + NOISE,
    }  # fmt: skip
    run = measured(folder, **forms)
    by_form = read_forms(run)
    assert set(by_form) == {"purchase", "invoice"}
    table = firstpage.best_by_form(by_form, read_arms(run, EN), EN)
    best = {row[0].text: row[1].text for row in table.rows}
    assert best == {
        "Purchase fraud": "nothing is shown to stop more of the loss",
        "Invoice fraud": "Line-busy signal",
    }


def test_what_is_open_comes_with_the_effects_that_are_excluded(folder: RunFolder) -> None:
    results, arms = read(measured(folder, **GAINS))
    estimate = results.get("psr", "stopped_share")
    (told,) = firstpage.undecided(results, arms, NL)
    assert "Possible now + payment regulation" in told
    assert NL.change("stopped_share", estimate.uplift_high, signed=False) in told
    assert NL.change("stopped_share", -estimate.uplift_low, signed=False) in told


def test_a_field_result_is_compared_with_what_does_the_like(folder: RunFolder) -> None:
    gains = {"line_busy": 0.3 * SILO, "psr": 0.1 + NOISE, "centre": 0.1 + NOISE}
    run = measured(folder, metric="recall_at_budget", **gains)
    table = plausibility.compared(*read(run), EN)
    assert table is not None
    rows = {(row[0].text, row[2].text): row for row in table.rows}
    scam = rows[EN("plausibility.scam_signal"), "Line-busy signal"]
    assert (scam[1].text, scam[3].text) == ("+30%", "+30%")
    assert {arm for _, arm in rows} == {"Line-busy signal", "Everything pooled"}


def test_a_stronger_fall_is_a_larger_effect(folder: RunFolder) -> None:
    run = measured(folder, line_busy=0.05 + NOISE, centre=0.5 + NOISE)
    table = plausibility.compared(*read(run), EN)
    assert table is not None
    assert [row[4].text for row in table.rows] == ["the effect is smaller here"]


def test_what_is_reached_without_sharing_stands_beside_it(folder: RunFolder) -> None:
    config = folder.config
    locked = {**config["arms"]["silo"], "measures": {"time_lock": {"hours": 24.0}}}
    run = replace(folder, config={**config, "arms": {**config["arms"], "locked": locked}})
    run = measured(run, locked=0.05 + NOISE, line_busy=0.02 - NOISE, centre=0.1 + NOISE)
    results, arms = read(run)
    table = necessity.compared(results, arms, EN)
    assert table is not None
    assert [column.text for column in table.columns][1:] == [
        "beyond “No sharing”", "beyond “No sharing, with a time lock”",
    ]  # fmt: skip
    beyond = {row[0].text: [cell.text[0] for cell in row[1:]] for row in table.rows}
    assert beyond == {"Line-busy signal": ["+", "−"], "Everything pooled": ["+", "+"]}
    best = firstpage.waiting(results, arms, EN)
    assert best is not None
    assert "time lock" not in " ".join(cell.text for row in best.table.rows for cell in row)
