"""The privacy page says what disclosure.json says, in both languages, and no more."""

from typing import Any

import pytest

from proeftuin.report import disclosed
from proeftuin.report.arms import read_arms
from proeftuin.report.folder import RunFolder
from proeftuin.report.tables import Table
from proeftuin.report.words import Words, load_words
from proeftuin.study.disclosure import ALONE, ASSUMPTIONS, NOT_PROTECTED, NOT_PROTECTED_OF, POISSON

EN, NL = load_words("en"), load_words("nl")
SPREAD = {"average": 12.0, "p99": 40.0, "maximum": 250.0, "persons": 100}
FLOW = {"sender": "bank_a", "receiver": "telecom", "data": "line_busy_question",
        "form": "in_clear", "persons": 1736.0, "fields": 1.0, "records": 2000.0}  # fmt: skip
PARTNER = {"epsilon": 2.0, "epsilon_prv": 2.0, "epsilon_recounted": 2.0, "records": 5000}
SIGNAL = {
    "what": "line_busy_answer", "unit": "answer", "epsilon_per_answer": 2.0,
    "answers_per_year": SPREAD, "epsilon_per_year": SPREAD,
}  # fmt: skip
ATTACK = {"attack": "membership", "measure": "true_positive_rate", "position": "outsider",
          "class": "fraud", "value": 0.08, "low": 0.05, "high": 0.11, "trivial": 0.01,
          "ceiling": None, "theory": 0.07}  # fmt: skip


def told(key: str) -> dict[str, Any]:
    guarantee = {"unit": "record", "delta": 1e-6, "assumptions": [*ASSUMPTIONS, "poisson"],
                 "partners": {"bank_a": PARTNER}, "people": SPREAD}  # fmt: skip
    return {
        "arms": {
            key: {
                "guarantee": guarantee,
                "signals": [SIGNAL],
                "persons_named": 1736.4,
                "exact_disclosures": [FLOW],
                "not_protected": ["several_rows"],
                "measured_attacks": [ATTACK],
                "utility": {"outcomes": {"stopped_share": {
                    "difference": 0.08, "low": 0.02, "high": 0.14, "margin": 0.05,
                    "verdict": "more"}}},
            }
        }
    }  # fmt: skip


def texts(table: Table | None) -> list[str]:
    assert table is not None
    return [text for cell in table.rows[0] for text in (cell.text, *cell.details)]


@pytest.mark.parametrize("words", [EN, NL], ids=["en", "nl"])
def test_guarantee_people_attack_and_gain_stand_side_by_side(run: RunFolder, words: Words) -> None:
    arms = read_arms(run, words)
    disclosure = told(arms[-1].key)
    row = texts(disclosed.summary(disclosure, arms, "stopped_share", words))
    assert row[0] == arms[-1].name
    over = {"en": "above 100", "nl": "boven 100"}[words.language]
    assert any(over in text for text in row)  # no limit worth a number
    assert {"en": "1,736", "nl": "1.736"}[words.language] in row
    assert len(texts(disclosed.partners(disclosure, arms, words))) == 7
    assert len(texts(disclosed.signals(disclosure, arms, words))) > 7
    attack = texts(disclosed.attacks(disclosure, arms, words))
    assert attack[-1] != attack[-2]  # theory is told, the ceiling is not known


@pytest.mark.parametrize(
    ("position", "called"),
    [("server", "the server"), ("partner", "another party"), ("outsider", "an outsider")],
)
def test_an_attacker_is_not_called_by_the_unit_of_a_guarantee(
    run: RunFolder, position: str, called: str
) -> None:
    """A unit is called partner as well, which made the attacker the one who took part."""
    arms = read_arms(run, EN)
    disclosure = told(arms[-1].key)
    disclosure["arms"][arms[-1].key]["measured_attacks"] = [{**ATTACK, "position": position}]
    assert texts(disclosed.attacks(disclosure, arms, EN))[2] == called


def test_a_gain_that_is_undecided_is_so_on_every_page(run: RunFolder) -> None:
    arms = read_arms(run, EN)
    disclosure = told(arms[-1].key)
    gained = disclosure["arms"][arms[-1].key]["utility"]["outcomes"]["stopped_share"]
    assert "undecided" not in texts(disclosed.summary(disclosure, arms, "stopped_share", EN))
    gained["verdict"] = "undecided"
    assert "undecided" in texts(disclosed.summary(disclosure, arms, "stopped_share", EN))


def test_a_run_without_a_disclosure_promises_nothing(run: RunFolder) -> None:
    arms = read_arms(run, EN)
    assert disclosed.summary({}, arms, "stopped_share", EN) is None
    assert disclosed.partners({}, arms, EN) is None
    assert disclosed.signals({}, arms, EN) is None
    assert disclosed.attacks({}, arms, EN) is None
    assert disclosed.assumptions({}, EN) == []
    assert len(disclosed.not_protected({}, EN)) == len(EN.texts["disclosure"]["not_protected"])


@pytest.mark.parametrize("words", [EN, NL], ids=["en", "nl"])
def test_every_key_that_a_disclosure_may_hold_has_a_sentence(words: Words) -> None:
    assumed = {*ASSUMPTIONS, *POISSON, *ALONE}
    open_ = {*NOT_PROTECTED, "everything_learned"}
    open_ |= {key for keys in NOT_PROTECTED_OF.values() for key in keys}
    assert set(words.texts["disclosure"]["assumptions"]) == assumed
    assert set(words.texts["disclosure"]["not_protected"]) == open_
