"""Who is on a list, or in a call: what the answer of an instrument tells of the flag behind it.

The attacker is the partner that is told. It takes the answer at its word; beside that stands the
guess that looks at no answer.
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

#: What says yes or no about an entity or a moment.
FLAGS = (Statistic.REPORTED, Statistic.IN_CALL, Statistic.RECENT_CALL)
#: The column that says whether there was an answer, where an instrument has one.
ANSWERED = "line_answered"
PLAIN = Plain(name="plain")


def attack_flags(
    name: str, arm: Arm, information: InformationSets, *, confidence: float
) -> list[Finding]:
    """Return how well the answers of an arm's instruments give flags away.

    Two measures: of the flagged, the share that the answers point at; and of those pointed at, the
    share that is flagged.
    """
    findings = []
    for instrument in arm.regime.instruments.values():
        if instrument.STATISTIC not in FLAGS:
            continue
        exact = replace(instrument, mechanism=PLAIN, match_rate=1.0, false_match_rate=0.0)
        told, answered = _answers(arm, instrument, information)
        flagged, _ = _answers(arm, exact, information)
        findings += _compared(name, instrument, told[answered], flagged[answered], confidence)
    return findings


def _answers(arm: Arm, instrument: Instrument, information: InformationSets) -> tuple[Bools, Bools]:
    """Return what all partners that are told hear about their rows, and where they hear at all."""
    regime = arm.regime
    chosen = frozenset(name for names in information.world.partners.values() for name in names)
    if regime.coalition != "all":
        chosen &= frozenset(regime.coalition)
    told = [
        information.answer(desk, instrument, chosen)
        for desk in information.desks
        if desk.sector in instrument.consumers and desk.name in chosen
    ]
    silent = np.zeros(0, dtype=bool)
    hits = [one.hits for one in told]
    heard = [
        one.columns[ANSWERED] > 0 if ANSWERED in one.columns else np.ones(len(one.hits), dtype=bool)
        for one in told
    ]
    return np.concatenate([silent, *hits]), np.concatenate([silent, *heard])


def _compared(
    name: str, instrument: Instrument, told: Bools, flagged: Bools, confidence: float
) -> list[Finding]:
    """Return both measures for one instrument; nothing if nobody is asked."""
    if not len(told):
        return []
    right, base = int((told & flagged).sum()), float(flagged.mean())
    mechanism = instrument.mechanism
    epsilon = mechanism.epsilon if isinstance(mechanism, Noisy) else None
    truthful = None if epsilon is None else 1 - flip_probability(epsilon)
    odds = None if epsilon is None else np.exp(epsilon) * base
    measures = {
        "share_of_flagged_found": (int(flagged.sum()), float(told.mean()), truthful),
        "share_of_guesses_right": (
            int(told.sum()),
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
