from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from proeftuin.report.arms import ReportedArm, epsilon_text, read_arms
from proeftuin.report.folder import RunFolder
from proeftuin.report.words import load_words

EN = load_words("en")


def arm(run: RunFolder, key: str, changes: dict[str, Any]) -> ReportedArm:
    """One arm of the run with parts of its settings replaced."""
    settings = run.config["arms"][key]
    settings = {part: {**settings[part], **changes.get(part, {})} for part in settings}
    return read_arms(replace(run, config={**run.config, "arms": {"x": settings}}), EN)[0]


SIGNAL = {"line_busy": {"mechanism": {"name": "plain", "epsilon": None}}}
NOISY = {"line_busy": {"mechanism": {"name": "randomised_response", "epsilon": 2.0}}}
DP = {"name": "record_dp", "unit": "record", "epsilon": 8.0}


@pytest.mark.parametrize(
    ("regime", "changes", "said"),
    [
        ("silo", {}, "nothing leaves the bank"),
        ("silo", {"privacy": DP}, "nothing leaves the bank"),
        ("federated", {}, "no mathematical\N{NO-BREAK SPACE}limit"),
        ("federated", {"privacy": DP}, "ε 7.90"),
        ("centre", {"privacy": DP}, "no mathematical\N{NO-BREAK SPACE}limit"),
        ("line_busy", {}, "no mathematical\N{NO-BREAK SPACE}limit"),
        (
            "line_busy",
            {"regime": {"instruments": NOISY}},
            "ε 2.00 per answer",
        ),
        (
            "federated",
            {
                "privacy": DP,
                "regime": {"instruments": SIGNAL},
            },
            "ε 7.90 for the joint model; signal without limit",
        ),
    ],
)
def test_an_epsilon_never_stands_without_what_it_covers(
    run: RunFolder, regime: str, changes: dict[str, Any], said: str
) -> None:
    assert epsilon_text(arm(run, regime, changes), 7.9, EN) == said


@pytest.mark.parametrize("epsilon", [np.nan, np.inf])
def test_a_guarantee_that_was_not_computed_is_not_given(run: RunFolder, epsilon: float) -> None:
    private = arm(run, "federated", {"privacy": DP})
    assert epsilon_text(private, epsilon, EN) == "no mathematical\N{NO-BREAK SPACE}limit"


def test_arms_that_look_alike_are_told_apart_by_what_differs(run: RunFolder) -> None:
    plain = run.config["arms"]["federated"]

    def names(**arms: dict[str, Any]) -> list[str]:
        config = {**run.config, "arms": {key: {**plain, **part} for key, part in arms.items()}}
        return [arm.name for arm in read_arms(replace(run, config=config), EN)]

    assert names(a={}, b={"detector": {"name": "logistic"}}) == [
        "Learning together (neural network)",
        "Learning together (logistic regression)",
    ]
    assert names(a={"privacy": DP}, b={"privacy": {**DP, "epsilon": 1.0}}) == [
        "Learning together, with noise (DP) (ε 8)",
        "Learning together, with noise (DP) (ε 1)",
    ]
    assert names(a={}, b={}) == ["Learning together (a)", "Learning together (b)"]
    assert names(a={"regime": {"name": "my_own"}}) == ["my own"]
    some = {**plain["regime"], "coalition": ["bank_a", "bank_b"]}
    assert names(a={"regime": some}) == ["Learning together (2 of 22 parties)"]


def test_a_form_is_called_by_what_it_shares_and_not_by_the_option_it_started_from(
    run: RunFolder,
) -> None:
    """A regime without sharing to which a signal was added was still called no sharing."""
    added = arm(run, "silo", {"regime": {"instruments": SIGNAL}})
    assert added.name == "Line busy"
    assert added.about == "A form of sharing of this study's own: line busy."
    assert arm(run, "line_busy", {"regime": {"learning": "federated"}}).name == (
        "Learning together and line busy"
    )
    assert arm(run, "line_busy", {"regime": {"instruments": {}}}).name == "No sharing"
    assert arm(run, "silo", {}).name == "No sharing"
    assert arm(run, "centre", {}).name == "Everything pooled"


def test_what_is_left_out_of_todays_practice_is_in_the_name(run: RunFolder) -> None:
    """Name checks alone were called no sharing, the name of the option they were added to."""
    four: dict[str, Any] = {"name_check": {}, "fraud_notice": {}, "evr": {}, "police_iban": {}}

    def name(key: str, **regime: Any) -> str:
        return arm(run, key, {"regime": regime}).name

    assert name("silo", today={}) == "No sharing"
    assert name("federated", today=four) == "Learning together"
    assert name("line_busy", instruments={}, today=four) == "Today's practice"
    assert name("silo", today=four) == "Today's practice"
    three = {each: {} for each in four if each != "name_check"}
    assert name("silo", today=three) == "Today's practice without name check"
    assert name("silo", today=three, unanswered=["name_check"]) == "Today's practice"
    assert name("federated", today=three) == "Learning together without name check"
    assert name("silo", today={"name_check": {}}) == (
        "Today's practice without notice to the payee's bank, register of fraudsters and account "
        "numbers from the police"
    )


def test_a_question_about_some_partners_is_in_the_title(run: RunFolder) -> None:
    two = {"line_busy": {**SIGNAL["line_busy"], "partners": ["operator_1", "operator_2"]}}
    assert arm(run, "line_busy", {"regime": {"instruments": two}}).name == (
        "Line-busy signal (operator 1 and operator 2 only)"
    )
