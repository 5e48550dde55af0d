import dataclasses

import numpy as np
import pytest

from proeftuin.features.table import FeatureTable
from proeftuin.instruments.line_busy import LineBusy
from proeftuin.instruments.mechanisms import Plain, RandomisedResponse
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.protect import flip_probability
from scenarios.base import Phase
from synthetic_data.world import Truth

IN_CLEAR = Plain(name="plain")
PLAIN = LineBusy(
    name="line_busy",
    about="",
    providers=("telecom",),
    consumers=("bank",),
    partners="all",
    window_days=90.0,
    threshold=1,
    retention_days=0.0,
    latency="real_time",
    match_rate=1.0,
    false_match_rate=0.0,
    mechanism=IN_CLEAR,
    acts=False,
)


def randomised(epsilon: float) -> LineBusy:
    mechanism = RandomisedResponse(name="randomised_response", epsilon=epsilon)
    return dataclasses.replace(PLAIN, mechanism=mechanism)


def ask(
    information: InformationSets, instrument: LineBusy, bank: int = 0
) -> tuple[FeatureTable, list[Flow]]:
    desk = information.desks[bank]
    everyone = information.world.coalition("all")
    told = information.answer(desk, instrument, everyone)
    return information.own(desk).with_columns(told.columns, told.bounds), told.flows


def test_the_signal_separates_fraud_from_honest_payments(
    information: InformationSets, truth: Truth
) -> None:
    """Likelihood ratio about 50 in the field's figures; look-alikes bring it down.

    Three in four victims are in a call; half of the calls show the bank's own number, which many
    know, some run over the internet, and some banks have a wrong number of the victim.
    """
    transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    busy = {True: [], False: []}
    for bank in range(5):
        table, _ = ask(information, PLAIN, bank)
        fraud = np.isin(table.event, transfers)
        asked = table.new_payee
        signal = table.values[:, table.names.index("line_busy")]
        for kind, answers in busy.items():
            answers.extend(signal[asked & (fraud == kind)])
    assert 0.25 < np.mean(busy[True]) < 0.75
    assert np.mean(busy[True]) > 10 * np.mean(busy[False])


def test_without_operators_or_matches_nothing_is_learned(information: InformationSets) -> None:
    nobody = dataclasses.replace(PLAIN, match_rate=0.0)
    table, flows = ask(information, nobody)
    assert table.values[:, -2:].sum() == 0
    assert flows[1].records == 0
    assert flows[1].persons == 0


def test_fewer_operators_answer_fewer_questions(information: InformationSets) -> None:
    everyone = ask(information, PLAIN)[1][1].records
    some = dataclasses.replace(PLAIN, partners=("operator_1",))
    answered = ask(information, some)[1][1].records
    assert 0.15 < answered / everyone < 0.45


def test_match_rate_is_the_share_of_questions_answered(information: InformationSets) -> None:
    flows = ask(information, dataclasses.replace(PLAIN, match_rate=0.6))[1]
    assert flows[1].persons / flows[0].persons == pytest.approx(0.6, abs=0.06)


@pytest.mark.parametrize("epsilon", [0.5, 1.0986, 3.0])
def test_randomised_response_flips_as_its_epsilon_says(
    information: InformationSets, epsilon: float
) -> None:
    """ε = ln((1-p)/p): p = 0.25 at 1.0986 (Warner 1965)."""
    assert np.log(1 / flip_probability(epsilon) - 1) == pytest.approx(epsilon)
    noisy, _ = ask(information, randomised(epsilon))
    plain, _ = ask(information, PLAIN)
    answered = plain.values[:, -1] > 0
    flipped = (noisy.values[answered, -2] != plain.values[answered, -2]).mean()
    assert flipped == pytest.approx(flip_probability(epsilon), abs=0.03)


def test_a_question_repeated_within_minutes_gets_the_same_noisy_answer(
    information: InformationSets,
) -> None:
    table, _ = ask(information, randomised(0.5))
    answered = table.values[:, -1] > 0
    window = table.entities["payer"][answered] * (1 << 32) + table.time[answered] // 600
    answer = table.values[answered, -2]
    for key in np.unique(window)[:2000]:
        assert len(np.unique(answer[window == key])) == 1


def test_only_payments_to_new_payees_are_asked_about(information: InformationSets) -> None:
    table, flows = ask(information, PLAIN)
    answered = table.values[:, table.names.index("line_answered")] > 0
    new = table.new_payee
    assert not (answered & ~new).any()
    assert 0.95 * new.sum() < flows[0].records <= new.sum()  # some registers lack a number
