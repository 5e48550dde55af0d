from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from proeftuin.errors import RunFolderError
from proeftuin.outcomes.intervals import difference_interval
from proeftuin.report import findings
from proeftuin.report.arms import ReportedArm, read_arms
from proeftuin.report.folder import RunFolder
from proeftuin.report.results import LEADING, Results, read_results
from tests.fixtures.run_folder import compared, in_report

SILO = np.array([0.30, 0.33, 0.28, 0.36])
NOISE = np.array([-0.002, 0.001, 0.002, -0.001])
UNSURE = np.array([-0.1, 0.09, 0.12, -0.1])
EN = in_report("en", "no sharing", "full pooling")


def study(run: RunFolder, **gains: Any) -> tuple[Results, list[ReportedArm]]:
    """A run in which the arms stop this much more of the loss than no sharing."""
    shares = {"silo": SILO, **{arm: SILO + gain for arm, gain in gains.items()}}
    rows = [
        ("s", arm, seed, "all", "bank_helpdesk", "stopped_share", value)
        for arm, values in shares.items()
        for seed, value in enumerate(values)
    ]
    outcomes = pd.DataFrame(rows, columns=run.outcomes.columns)
    run = replace(
        run,
        outcomes=outcomes,
        comparisons=compared(outcomes),
        config={**run.config, "arms": {name: run.config["arms"][name] for name in shares}},
    )
    return read_results(run), read_arms(run, EN)


def headline(run: RunFolder, **gains: Any) -> findings.Headline:
    return findings.headline(*study(run, **gains), EN)


def test_names_the_arm_that_stops_most_with_the_interval_of_the_comparisons(run: RunFolder) -> None:
    gains = {"line_busy": 0.05 + NOISE, "federated": 0.02 - NOISE, "centre": 0.1 + NOISE}
    said = headline(run, **gains)
    interval = difference_interval(gains["line_busy"], 0.95, comparisons=3)
    assert said.focus is not None
    assert said.focus.key == "line_busy"
    low, high = (f"{100 * end:.1f}" for end in interval)
    assert said.answer == (
        f"“Line-busy signal” stops most: {low} to {high} percentage points more of the loss "
        "than no sharing."
    )
    assert "shown to stop more than every other form" in " ".join(said.support)
    assert "keeps" in said.support[-1]


def test_an_outcome_that_is_nothing_saved_is_told_beside_the_victims_spared(run: RunFolder) -> None:
    gains = {"line_busy": 0.05 + NOISE, "federated": UNSURE, "centre": 0.1 + NOISE}
    results, arms = study(run, **gains)
    of_loss = {key: one for key, one in results.estimates.items() if key[1] == "stopped_share"}
    both = {
        (arm, metric, partner): one
        for (arm, _, partner), one in of_loss.items()
        for metric in ("victims_spared_share", "persons_disclosed")
    }
    outcomes = pd.concat([results.outcomes, results.outcomes.assign(metric="victims_spared_share")])
    chosen = replace(
        results, primary="persons_disclosed", estimates={**of_loss, **both}, outcomes=outcomes
    )
    assert chosen.lead == "victims_spared_share"
    told = " ".join(findings.headline(chosen, arms, EN).support)
    assert "It is shown to be higher" in told
    assert "higher than with no sharing for: “Line-busy signal”." in told
    assert "chose another outcome" not in " ".join(findings.headline(results, arms, EN).support)


@pytest.mark.parametrize("lead", LEADING)
def test_the_outcome_that_a_study_chose_leads_its_report(run: RunFolder, lead: str) -> None:
    results, arms = study(run, line_busy=0.05 + NOISE, centre=0.1 + NOISE)
    moved = {(arm, lead, partner): one for (arm, _, partner), one in results.estimates.items()}
    words = in_report("en", "no sharing", "full pooling", lead)
    outcomes = results.outcomes.assign(metric=lead)
    chosen = replace(results, primary=lead, estimates=moved, outcomes=outcomes)
    said = findings.headline(chosen, arms, words)
    assert said.answer.endswith(f"points more {words(f'lead.{lead}.of')} than no sharing.")


def test_says_plainly_that_the_worlds_are_too_few_to_tell(run: RunFolder) -> None:
    said = headline(run, line_busy=UNSURE, federated=0.5 * UNSURE, centre=UNSURE)
    assert said.answer.startswith("Undecided: these worlds are too few")
    assert "includes zero" in said.support[0]
    assert "no gain could be shown either" in said.support[-1]
    one = headline(run, line_busy=UNSURE, centre=0.1 + NOISE)
    assert one.answer == (
        "Undecided: these worlds are too few to tell whether “Line-busy signal” stops more of the "
        "loss than no sharing."
    )


def test_says_plainly_that_there_is_no_relevant_difference(run: RunFolder) -> None:
    said = headline(run, line_busy=0.2 * NOISE, federated=-0.3 * NOISE, centre=0.1 + NOISE)
    assert said.answer == (
        "No relevant difference: no form of sharing short of full pooling changes by as much as "
        "1.0 percentage points what no sharing reaches (Loss stopped)."
    )
    assert "within the margin of 1.0" in said.support[0]
    alone = headline(run, line_busy=0.2 * NOISE, centre=0.1 + NOISE)
    assert alone.answer.startswith("No relevant difference: “Line-busy signal” changes")


def test_a_higher_mean_that_is_not_shown_does_not_win_but_is_named(run: RunFolder) -> None:
    said = headline(run, line_busy=0.05 + UNSURE, federated=0.02 + NOISE, centre=0.1 + NOISE)
    assert said.focus is not None
    assert said.focus.key == "federated"
    assert "Not shown to be better than: “Line-busy signal”." in said.support


def test_an_arm_that_does_harm_is_named(run: RunFolder) -> None:
    said = headline(run, line_busy=-0.05 + NOISE, federated=UNSURE, centre=0.1 + NOISE)
    assert "Shown to stop less than no sharing: “Line-busy signal”." in said.support


def test_a_shown_harm_is_the_answer_and_not_called_undecided(run: RunFolder) -> None:
    one = headline(run, line_busy=-0.05 + NOISE, centre=0.1 + NOISE)
    assert one.answer == "“Line-busy signal” stops less of the loss than no sharing."
    two = headline(run, line_busy=-0.05 + NOISE, federated=0.2 * NOISE, centre=0.1 + NOISE)
    assert two.answer == (
        "No form of sharing short of full pooling stops more of the loss than no sharing."
    )


def test_one_world_gives_no_conclusion(run: RunFolder) -> None:
    results, arms = study(run, line_busy=0.05 + NOISE, centre=0.1 + NOISE)
    one = results.outcomes[results.outcomes["seed"] == 0]
    alone = replace(run, outcomes=one, comparisons=compared(one))
    alone = replace(
        alone, config={**run.config, "arms": {a.key: run.config["arms"][a.key] for a in arms}}
    )
    said = findings.headline(read_results(alone), arms, EN)
    assert said.answer.startswith("Nothing can be concluded yet")


def test_a_difference_without_any_spread_is_not_taken_for_certainty(run: RunFolder) -> None:
    equal = np.full(4, 1 / 7)
    said = headline(run, line_busy=equal, federated=0.02 + NOISE, centre=0.1 + NOISE)
    assert said.focus is not None
    assert said.focus.key == "federated"
    alone = headline(run, line_busy=equal, centre=0.1 + NOISE)
    assert alone.answer == EN("headline.no_interval_answer")
    none = headline(run, line_busy=0 * equal, centre=0.1 + NOISE)
    assert none.answer == EN("headline.no_interval_answer")


def test_no_difference_is_not_claimed_of_full_pooling_when_it_does_help(run: RunFolder) -> None:
    said = headline(run, line_busy=UNSURE, federated=0.5 * UNSURE, centre=0.1 + NOISE)
    assert "any form of sharing short of full pooling stops more" in said.answer


def test_intervals_stay_where_the_metric_can_be(run: RunFolder) -> None:
    estimate = study(run, line_busy=10 * UNSURE, centre=0.1 + NOISE)[0].get(
        "line_busy", "stopped_share"
    )
    assert (estimate.low, estimate.high) == (0, 1)
    assert (estimate.uplift_low, estimate.uplift_high) == (-1, 1)


def test_only_the_ceiling_is_left_to_speak_of(run: RunFolder) -> None:
    said = headline(run, centre=0.1 + NOISE)
    assert said.answer.startswith("“Everything pooled” stops ")


def test_nothing_to_compare(run: RunFolder) -> None:
    alone = {**run.config, "study": {**run.config["study"], "ceiling": "silo"}}
    said = headline(replace(run, config=alone))
    assert said == findings.Headline(EN("headline.nothing"), [], None)


def test_the_cheapest_form_that_helps_is_named_with_what_leaves(run: RunFolder) -> None:
    results, arms = study(run, line_busy=0.05 + NOISE, federated=0.02 - NOISE, centre=0.1 + NOISE)
    persons = {"silo": 0, "line_busy": 5000, "federated": 0, "centre": 9000}
    rows = results.outcomes.assign(metric="persons_disclosed")
    rows["value"] = rows["arm"].map(persons).astype(float)
    both = replace(
        run,
        outcomes=pd.concat([results.outcomes, rows]),
        comparisons=compared(results.outcomes),
    )
    title = findings.tradeoff(read_results(both), arms, EN)
    assert title == (
        "Of the forms shown to help, “Learning together” discloses the fewest people: 0 "
        "(a joint model; no mathematical\N{NO-BREAK SPACE}limit)."
    )


@pytest.mark.parametrize("role", ["baseline", "ceiling"])
def test_an_arm_that_was_not_measured_is_refused(run: RunFolder, role: str) -> None:
    config = {**run.config, "study": {**run.config["study"], role: "lost"}}
    with pytest.raises(RunFolderError, match=rf"outcomes.parquet: {role}=lost"):
        read_results(replace(run, config=config))


def test_the_epsilon_of_an_arm_is_its_weakest(run: RunFolder) -> None:
    rows = pd.DataFrame(
        [("s", arm, seed, "all", "f", "epsilon", value)
         for arm, values in {"silo": [7.0, 7.5], "centre": [7.0, np.nan]}.items()
         for seed, value in enumerate(values)],
        columns=run.outcomes.columns,
    )  # fmt: skip
    results = read_results(replace(run, outcomes=rows))
    assert results.epsilon("silo") == 7.5
    assert np.isnan(results.epsilon("centre"))
    assert np.isnan(results.epsilon("unknown"))
