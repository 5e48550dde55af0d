import dataclasses

import numpy as np
import pytest

from proeftuin.settings import LineBusy
from proeftuin.sharing.informed import Informed
from proeftuin.sharing.line_busy import flip_probability
from scenarios.base import Phase
from synthetic_data.world import Truth

PLAIN = LineBusy(operators="all", match_rate=1.0, unknown_days=90, epsilon=None)
BANK = 0


def test_the_signal_separates_fraud_from_honest_payments(informed: Informed, truth: Truth) -> None:
    """Likelihood ratio about 50 in the field's figures; look-alikes bring it down."""
    transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    busy = {True: [], False: []}
    for bank in range(5):
        table, _ = informed.with_line_busy(bank, PLAIN)
        fraud = np.isin(table.event, transfers)
        asked = table.values[:, table.names.index("new_payee")] > 0
        signal = table.values[:, table.names.index("line_busy")]
        for kind, answers in busy.items():
            answers.extend(signal[asked & (fraud == kind)])
    assert np.mean(busy[True]) > 0.4
    assert np.mean(busy[False]) < 0.05


def test_without_operators_or_matches_nothing_is_learned(informed: Informed) -> None:
    nobody = dataclasses.replace(PLAIN, match_rate=0.0)
    table, flows = informed.with_line_busy(BANK, nobody)
    assert table.values[:, -2:].sum() == 0
    assert flows[1].records == 0
    assert flows[1].persons == 0


def test_fewer_operators_answer_fewer_questions(informed: Informed) -> None:
    everyone = informed.with_line_busy(BANK, PLAIN)[1][1].records
    some = dataclasses.replace(PLAIN, operators=("operator_1",))
    answered = informed.with_line_busy(BANK, some)[1][1].records
    assert 0.15 < answered / everyone < 0.45


def test_match_rate_is_the_share_of_questions_answered(informed: Informed) -> None:
    flows = informed.with_line_busy(BANK, dataclasses.replace(PLAIN, match_rate=0.6))[1]
    assert flows[1].persons / flows[0].persons == pytest.approx(0.6, abs=0.06)


@pytest.mark.parametrize("epsilon", [0.5, 1.0986, 3.0])
def test_randomised_response_flips_as_its_epsilon_says(informed: Informed, epsilon: float) -> None:
    """ε = ln((1-p)/p): p = 0.25 at 1.0986 (Warner 1965)."""
    assert np.log(1 / flip_probability(epsilon) - 1) == pytest.approx(epsilon)
    noisy, _ = informed.with_line_busy(BANK, dataclasses.replace(PLAIN, epsilon=epsilon))
    plain, _ = informed.with_line_busy(BANK, PLAIN)
    answered = plain.values[:, -1] > 0
    flipped = (noisy.values[answered, -2] != plain.values[answered, -2]).mean()
    assert flipped == pytest.approx(flip_probability(epsilon), abs=0.03)


def test_a_question_repeated_within_minutes_gets_the_same_noisy_answer(informed: Informed) -> None:
    table, _ = informed.with_line_busy(BANK, dataclasses.replace(PLAIN, epsilon=0.5))
    answered = table.values[:, -1] > 0
    window = table.entities["payer"][answered] * (1 << 32) + table.time[answered] // 600
    answer = table.values[answered, -2]
    for key in np.unique(window)[:2000]:
        assert len(np.unique(answer[window == key])) == 1


def test_only_payments_to_new_payees_are_asked_about(informed: Informed) -> None:
    table, flows = informed.with_line_busy(BANK, PLAIN)
    answered = table.values[:, table.names.index("line_answered")] > 0
    new = table.values[:, table.names.index("new_payee")] > 0
    assert not (answered & ~new).any()
    assert 0.95 * new.sum() < flows[0].records <= new.sum()  # some registers lack a number
