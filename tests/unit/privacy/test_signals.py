import json

import numpy as np

from proeftuin.instruments.mechanisms import Plain, RandomisedResponse
from proeftuin.privacy.ledger import ExactDisclosure, Ledger, NoisyAnswers
from proeftuin.privacy.signals import signal_ledgers
from proeftuin.sharing.flows import Flow, Noise, noise_of

NOISY = RandomisedResponse(name="randomised_response", epsilon=2.0)
PLAIN = Plain(name="plain")


def flow(sender: str, receiver: str, noise: Noise | None, form: str = "in_clear") -> Flow:
    about = np.array([7, 8], dtype=np.int64)
    return Flow(sender, receiver, "line_busy_answer", form, about, 1, 5, 5, noise)


def test_answers_about_one_person_add_up_over_all_who_gave_them() -> None:
    one = noise_of(NOISY, np.array([7, 7, 8, -1]))
    other = noise_of(NOISY, np.array([8, 9]), np.array([4, 0]))
    ledgers = signal_ledgers(
        [flow("operator_1", "bank_a", one), flow("operator_2", "bank_a", other)]
    )
    by_sender = {ledger.partner: ledger for ledger in ledgers}
    [first], [second], [everyone] = (
        by_sender[sender].releases for sender in ("operator_1", "operator_2", "all")
    )
    assert isinstance(first, NoisyAnswers)
    assert isinstance(second, NoisyAnswers)
    assert isinstance(everyone, NoisyAnswers)
    assert first.answers == ((1, 1), (2, 1))
    assert second.answers == ((4, 1),)  # who is in no answer is not hidden by one
    assert everyone.answers == ((2, 1), (5, 1))
    assert by_sender["all"].unit == "answer"


def test_what_is_told_without_noise_is_an_exact_disclosure_whatever_its_form() -> None:
    assert noise_of(PLAIN, np.array([7])) is None
    for form in ("in_clear", "hashed", "encrypted", "bloom_filter"):
        [ledger] = signal_ledgers([flow("police", "bank_a", None, form)])
        assert ledger.releases == (ExactDisclosure("line_busy_answer", "bank_a", form, 2, 5),)
        assert (ledger.unit, ledger.neighbouring) == ("nothing", "none")


def test_learning_is_not_booked_twice() -> None:
    assert signal_ledgers([flow("bank_a", "server", None, "private_aggregate")]) == []


def test_signals_read_back_from_json_are_the_same() -> None:
    [ledger, _] = signal_ledgers([flow("operator_1", "bank_a", noise_of(NOISY, np.array([7])))])
    assert Ledger.from_dict(json.loads(json.dumps(ledger.to_dict()))) == ledger
