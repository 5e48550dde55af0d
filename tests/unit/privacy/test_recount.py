"""Planted faults: every one is a line, and none gets a number."""

from dataclasses import replace
from typing import Any

import pytest

from proeftuin.errors import PrivacyError
from proeftuin.privacy.accounting import guarantee, pld_epsilon, segments
from proeftuin.privacy.ledger import (
    ExactDisclosure,
    GaussianRelease,
    Ledger,
    SampledGaussianRelease,
)
from proeftuin.privacy.recount import Claims, Sent, problems, recounted

DELTA, ROUNDS, STEPS = 1e-6, 4, 5
POLICY: dict[str, Any] = {
    "unit": "record", "delta": DELTA, "rounds": ROUNDS, "steps_per_round": STEPS,
}  # fmt: skip
STATISTICS = GaussianRelease("scaling statistics", 10.0, clip_norm=9.0)
UPDATES = SampledGaussianRelease("model updates", 4.0, 0.05, ROUNDS * STEPS, clip_norm=3.0)
LEDGERS = [Ledger(bank, "record", 1000, (STATISTICS, UPDATES)) for bank in ("bank_a", "bank_b")]
#: Statistics and scaling (4 messages each), and four rounds of a request and an answer each.
SENT = Sent("joint_bank", partners=2, messages=2 * 4 + 2 * 2 * ROUNDS, unanswered=0)
FLOWS = [
    {"sender": bank, "receiver": "server", "data": "model_updates", "form": "private_aggregate",
     "persons": 0}
    for bank in ("bank_a", "bank_b")
]  # fmt: skip


def told(ledgers: list[Ledger]) -> list[dict[str, Any]]:
    return [
        {"partner": each.partner, "epsilon": pld_epsilon(segments([each]), DELTA)}
        for each in ledgers
    ]


@pytest.fixture(scope="module")
def sound() -> Claims:
    return Claims("federated_dp, seed-0", POLICY, False, LEDGERS, told(LEDGERS), [SENT], FLOWS)


def changed(claims: Claims, release: Any) -> Claims:
    """Put another release in the place of bank A's model updates."""
    faulty = replace(LEDGERS[0], releases=(STATISTICS, *release))
    return replace(claims, ledgers=[faulty, LEDGERS[1]])


def test_a_sound_run_has_no_problem_however_often_it_is_counted(sound: Claims) -> None:
    assert problems(sound) == []
    assert problems(sound) == []


def test_an_accountant_that_begins_anew_each_round_is_noticed(sound: Claims) -> None:
    last = replace(UPDATES, steps=STEPS)
    anew = [replace(own, releases=(STATISTICS, last)) for own in LEDGERS]
    found = problems(replace(sound, ledgers=anew, guarantees=told(anew)))
    assert found == [
        "federated_dp, seed-0: 8 model updates left and the ledgers have only 2; releases are "
        "missing from a ledger, or an accountant began anew"
    ]


def test_an_accountant_that_looks_at_the_last_of_several_ledgers_is_noticed(
    sound: Claims,
) -> None:
    rounds = [replace(own, releases=(UPDATES,)) for own in LEDGERS]
    found = problems(
        replace(sound, public_scale=True, ledgers=LEDGERS + rounds, guarantees=told(rounds))
    )
    assert len(found) == 2
    assert all("its ledgers give" in line for line in found)


def test_noise_that_is_off_gives_no_number(sound: Claims) -> None:
    [line] = problems(changed(sound, [replace(UPDATES, noise_multiplier=0.0)]))
    assert "left without noise (noise_multiplier=0); epsilon is infinite; no number" in line


@pytest.mark.parametrize("norm", [None, float("inf"), 0.0])
def test_clipping_that_is_off_gives_no_number(sound: Claims, norm: float | None) -> None:
    [line] = problems(changed(sound, [replace(UPDATES, clip_norm=norm)]))
    assert "model updates left without clipping" in line


def test_a_release_without_clipping_gets_no_guarantee_in_the_first_place() -> None:
    ledger = replace(LEDGERS[0], releases=(replace(UPDATES, clip_norm=None),))
    with pytest.raises(PrivacyError, match="without clipping"):
        guarantee(ledger, DELTA)


def test_a_model_that_left_with_more_steps_than_booked_is_noticed(sound: Claims) -> None:
    short = replace(LEDGERS[0], releases=(STATISTICS, replace(UPDATES, steps=STEPS * 3)))
    ledgers = [short, LEDGERS[1]]
    [line] = problems(replace(sound, ledgers=ledgers, guarantees=told(ledgers)))
    assert "8 model updates left and the ledgers have only 7" in line


def test_somebody_who_learns_alone_books_every_round(sound: Claims) -> None:
    short = replace(LEDGERS[0], releases=(STATISTICS, replace(UPDATES, steps=STEPS)))
    [line] = problems(replace(sound, ledgers=[short], guarantees=told([short]), sent=[]))
    assert line.endswith("bank_a: learned 4 rounds and booked 1")


def test_statistics_that_are_in_no_ledger_are_noticed(sound: Claims) -> None:
    bare = [replace(own, releases=(UPDATES,)) for own in LEDGERS]
    found = problems(replace(sound, ledgers=bare, guarantees=told(bare)))
    assert len(found) == 2
    assert "scaling statistics left and its ledger does not have them" in found[0]
    assert problems(replace(sound, ledgers=bare, guarantees=told(bare), public_scale=True)) == []


def test_a_fact_that_crossed_and_is_in_no_ledger_is_noticed(sound: Claims) -> None:
    question = {"sender": "bank_a", "receiver": "telecom", "data": "line_busy_question",
                "form": "in_clear", "persons": 1234}  # fmt: skip
    leaky = replace(sound, flows=[*FLOWS, question])
    assert problems(leaky) == [
        "federated_dp, seed-0: bank_a told telecom line_busy_question about 1,234 people, and no "
        "ledger has it"
    ]
    exact = ExactDisclosure("line_busy_question", "telecom", "in_clear", 1234, 2000)
    entry = Ledger("bank_a", "nothing", 2000, (exact,), neighbouring="none")
    assert problems(replace(leaky, ledgers=[*LEDGERS, entry])) == []


def test_updates_without_noise_in_a_private_arm_are_noticed(sound: Claims) -> None:
    bare = [FLOWS[0], {**FLOWS[1], "form": "aggregate"}]
    [line] = problems(replace(sound, flows=bare))
    assert "bank_b sent model_updates without noise" in line


def test_a_guarantee_without_a_ledger_and_another_unit_are_noticed(sound: Claims) -> None:
    assert "no ledger of learning" in problems(replace(sound, ledgers=[]))[0]
    policy = {**POLICY, "unit": "person"}
    assert "hides a record, the policy a person" in problems(replace(sound, privacy=policy))[0]
    assert "protects nothing" in problems(replace(sound, privacy={"unit": None}))[0]


@pytest.mark.parametrize("records", [1, 2])
def test_the_second_count_gives_what_the_first_gave(records: int) -> None:
    ledgers = [replace(own, unit="person", records_per_unit=records) for own in LEDGERS]
    expected = pld_epsilon(segments(ledgers), DELTA, 1e-3)
    assert recounted(ledgers, DELTA) == pytest.approx(expected, rel=5e-3)


def test_messages_without_an_answer_are_no_updates() -> None:
    assert SENT.updates == 8
    assert replace(SENT, messages=SENT.messages - 1, unanswered=1).updates == 7


def test_operators_who_tell_of_different_rows_are_counted_one_by_one(sound: Claims) -> None:
    noisy = GaussianRelease("embeddings", 8.0, 5)
    ledgers = [Ledger("operator_1", "record", records, (noisy,)) for records in (500, 800)]
    vertical = replace(
        sound, privacy={"unit": None}, ledgers=ledgers, guarantees=told(ledgers), sent=[], flows=[],
        vertical_delta=DELTA,
    )  # fmt: skip
    assert problems(vertical) == []
    louder = [replace(ledgers[0], releases=(noisy, noisy)), ledgers[1]]
    [line] = problems(replace(vertical, ledgers=louder))
    assert "operator_1: says epsilon" in line
    assert (
        "2 ledgers and 1 guarantees"
        in problems(replace(vertical, guarantees=vertical.guarantees[:1]))[0]
    )
