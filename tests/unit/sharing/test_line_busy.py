import dataclasses

import numpy as np
import pytest

from proeftuin.errors import SettingsError
from proeftuin.features.table import HOUR, FeatureTable
from proeftuin.instruments.line_busy import LineBusy
from proeftuin.instruments.mechanisms import Plain, RandomisedResponse
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.protect import flip_probability
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth
from tests.fixtures.counted_world import make_world

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
    direction="any",
    number="any",
    payee_hours=24.0,
    above_eur=0.0,
    ended_minutes=0.0,
    seen_share=1.0,
    failed_share=0.0,
    delay_s=0.0,
    says="busy",
)
#: As it was asked once: about unknown numbers, at a first payment only.
NARROW = dataclasses.replace(PLAIN, number="unknown", payee_hours=0.0)


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


CALLED, MADE, KNOWN = 101, 102, 103  #: numbers that call, are called, and have called before


def by_hand() -> InformationSets:
    """Ten payments of a customer with three calls on day 3, by the hour.

    At 10:00 an unknown number calls for 30 minutes; at 12:00 the customer calls for 30; at 14:00 a
    number calls for 30 that called on day 1 too.
    """
    calls = [(24, KNOWN, 60, 1), (82, CALLED, 1800, 1), (84, MADE, 1800, 0), (86, KNOWN, 1800, 1)]
    moments = [
        (82.2, 50), (82.4, 50), (83.4, 51), (84.2, 52), (86.2, 53), (88.0, 54), (106.25, 50),
        (106.3, 51),
    ]  # fmt: skip
    payments = [
        {"time": int(hour * HOUR), "payment": n, "payer": 10, "payee": payee, "payee_bank": 1,
         "amount_eur": 100.0 * n}
        for n, (hour, payee) in enumerate(moments, start=1)
    ]  # fmt: skip
    world = make_world(
        {
            "payments": payments,
            "accounts": [{"account": 10, "age": 40, "phone": 7}],
            "subscribers": [{"phone": 7}],
            "calls": [
                {"time": hour * HOUR, "subscriber": 7, "number": number, "duration_s": seconds,
                 "incoming": incoming, "vouched": 1}
                for hour, number, seconds, incoming in calls
            ],
        }
    )  # fmt: skip
    partners = {**world.partners, "telecom": ("operator_1",)}
    return InformationSets(dataclasses.replace(world, partners=partners), Seeds(1))


@pytest.mark.parametrize(
    ("values", "asked", "busy"),
    [
        ({}, 7, [1, 2, 4, 5]),  # the last payment to payee 50 comes after a day
        ({"payee_hours": 0.0}, 5, [1, 4, 5]),
        ({"payee_hours": 48.0}, 8, [1, 2, 4, 5]),
        ({"direction": "incoming"}, 7, [1, 2, 5]),
        ({"number": "unknown"}, 7, [1, 2, 4]),
        ({"above_eur": 200.0}, 6, [2, 4, 5]),
        ({"ended_minutes": 60.0}, 7, [1, 2, 3, 4, 5]),
        ({"delay_s": 1200.0}, 7, [2]),  # the state of twenty minutes before
        ({"failed_share": 1.0}, 7, []),
        ({"seen_share": 0.0}, 7, []),
    ],
)
def test_every_way_of_asking_says_what_it_would_at_a_real_moment(
    values: dict, asked: int, busy: list[int]
) -> None:
    table, flows = ask(by_hand(), dataclasses.replace(PLAIN, **values))
    assert flows[0].records == asked
    assert table.event[table.column("line_busy") > 0].tolist() == busy


def test_an_answer_in_bands_says_how_long_the_call_has_lasted() -> None:
    table, _ = ask(by_hand(), dataclasses.replace(PLAIN, says="minutes"))
    told = table.column("line_busy")[table.column("line_busy") > 0]
    assert told.tolist() == [0.5, 0.75, 0.5, 0.5]  # 12, 24, 12 and 12 minutes


def test_randomised_response_cannot_say_how_long_a_call_has_lasted() -> None:
    mechanism = "{name: randomised_response, epsilon: 1}"
    typed = f"regime.instruments.line_busy.mechanism={mechanism}"
    with pytest.raises(SettingsError, match="says=minutes: randomised response answers yes or no"):
        settings_for(["regime=line_busy", "regime.instruments.line_busy.says=minutes", typed])


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
        table, _ = ask(information, NARROW, bank)
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
    table, flows = ask(information, NARROW)
    answered = table.values[:, table.names.index("line_answered")] > 0
    new = table.new_payee
    assert not (answered & ~new).any()
    assert 0.95 * new.sum() < flows[0].records <= new.sum()  # some registers lack a number
