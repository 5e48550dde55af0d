"""Attacks on flags (is an entity listed, is a phone in a call) through an instrument's answers.

The attacker is a consumer that takes each answer at face value. Its result stands beside a guess
without answers.
"""

from dataclasses import replace

import numpy as np

from proeftuin.audit.finding import EVERYBODY, Finding, interval
from proeftuin.instruments.base import Instrument, Statistic
from proeftuin.instruments.mechanisms import Noisy, Plain
from proeftuin.settings.arm import Arm
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.protect import flip_probability
from synthetic_data.arrays import Bools

#: Statistics that say yes or no about an entity or a moment.
FLAGS = (Statistic.REPORTED, Statistic.IN_CALL, Statistic.RECENT_CALL)
#: Column of an answer that marks rows with an answer, where an instrument has one.
ANSWERED = "line_answered"
PLAIN = Plain(name="plain")


def attack_flags(
    name: str, arm: Arm, information: InformationSets, *, confidence: float
) -> list[Finding]:
    """Return how well the answers of an arm's instruments reveal flags.

    Two measures: the share of flagged rows with a positive answer (recall), and the share of rows
    with a positive answer that are flagged (precision).
    """
    findings = []
    for instrument in arm.regime.instruments.values():
        if instrument.STATISTIC not in FLAGS:
            continue
        exact = replace(instrument, mechanism=PLAIN, match_rate=1.0, false_match_rate=0.0)
        positive, answered = _answers(arm, instrument, information)
        flagged, _ = _answers(arm, exact, information)
        findings += _compared(name, instrument, positive[answered], flagged[answered], confidence)
    return findings


def _answers(arm: Arm, instrument: Instrument, information: InformationSets) -> tuple[Bools, Bools]:
    """Return, for the rows of all consumers, the positive answers and which rows got an answer."""
    chosen = information.world.coalition(arm.regime.coalition)
    answers = [
        information.answer(desk, instrument, chosen)
        for desk in information.desks
        if desk.sector in instrument.consumers and desk.partner in chosen
    ]
    empty = np.zeros(0, dtype=bool)
    hits = [one.hits for one in answers]
    answered = [
        one.columns[ANSWERED] > 0 if ANSWERED in one.columns else np.ones(len(one.hits), dtype=bool)
        for one in answers
    ]
    return np.concatenate([empty, *hits]), np.concatenate([empty, *answered])


def _compared(
    name: str, instrument: Instrument, positive: Bools, flagged: Bools, confidence: float
) -> list[Finding]:
    """Return both measures for one instrument; an empty list without answers."""
    if not len(positive):
        return []
    right, base = int((positive & flagged).sum()), float(flagged.mean())
    mechanism = instrument.mechanism
    epsilon = mechanism.epsilon if isinstance(mechanism, Noisy) else None
    truthful = None if epsilon is None else 1 - flip_probability(epsilon)
    odds = None if epsilon is None else np.exp(epsilon) * base
    measures = {
        "share_of_flagged_found": (int(flagged.sum()), float(positive.mean()), truthful),
        "share_of_guesses_right": (
            int(positive.sum()),
            base,
            None if odds is None else float(odds / (odds + 1 - base)),
        ),
    }
    findings = []
    for measure, (among, trivial, theory) in measures.items():
        low, high = interval(right, among, confidence)
        findings.append(
            Finding(
                arm=name,
                attack="flag",
                position="partner",
                of=instrument.name,
                partner=EVERYBODY,
                measure=measure,
                value=right / max(among, 1),
                low=low,
                high=high,
                trivial=trivial,
                theory=theory,
            )
        )
    return findings
