"""Ledgers of the answers of instruments, beside those of training: noisy and exact ones."""

from collections.abc import Iterable, Sequence

import numpy as np

from proeftuin.privacy.ledger import (
    ALL_PARTNERS,
    HIDDEN_BY,
    NOTHING_HIDDEN,
    ExactDisclosure,
    Ledger,
    NoisyAnswers,
    Release,
)
from proeftuin.sharing.flows import Flow, Noise
from synthetic_data.arrays import Ints

#: Forms of the flows of learning, which have ledgers of their own.
OF_LEARNING = ("aggregate", "private_aggregate", "noisy_numbers")


def signal_ledgers(flows: Iterable[Flow]) -> list[Ledger]:
    """Return the ledgers of every party's answers, one per unit of privacy.

    Noisy answers about one person by several parties add up; a ledger of ``all`` parties holds
    their number per person.
    """
    told = [flow for flow in flows if flow.form not in OF_LEARNING]
    releases: dict[tuple[str, str, str], list[Release]] = {}
    records: dict[tuple[str, str, str], int] = {}
    for flow in told:
        hidden = HIDDEN_BY[flow.noise.mechanism] if flow.noise else NOTHING_HIDDEN
        key = flow.sender, *hidden
        releases.setdefault(key, []).append(_release(flow))
        records[key] = records.get(key, 0) + flow.records
    for data, noises in _by_data(told).items():
        key = ALL_PARTNERS, *HIDDEN_BY[noises[0].mechanism]
        answers = _added_up(noises)
        releases.setdefault(key, []).append(_answers(data, ALL_PARTNERS, noises[0], answers))
        records[key] = records.get(key, 0) + int(answers.sum())
    return [
        Ledger(
            partner=sender,
            unit=unit,
            neighbouring=neighbouring,
            records=max(1, records[sender, unit, neighbouring]),
            releases=tuple(of_it),
        )
        for (sender, unit, neighbouring), of_it in releases.items()
    ]


def _release(flow: Flow) -> Release:
    if flow.noise is None:
        return ExactDisclosure(flow.data, flow.receiver, flow.form, flow.persons, flow.records)
    return _answers(flow.data, flow.receiver, flow.noise, flow.noise.answers)


def _by_data(flows: Iterable[Flow]) -> dict[str, list[Noise]]:
    noisy: dict[str, list[Noise]] = {}
    for flow in flows:
        if flow.noise is not None:
            noisy.setdefault(flow.data, []).append(flow.noise)
    return noisy


def _added_up(noises: Sequence[Noise]) -> Ints:
    """Return the answers about each person, summed over the parties that gave them."""
    persons = np.concatenate([noise.persons for noise in noises])
    answers = np.concatenate([noise.answers for noise in noises])
    everyone, place = np.unique(persons, return_inverse=True)
    times = np.zeros(len(everyone), dtype=np.int64)
    np.add.at(times, place, answers)
    return times


def _answers(data: str, to: str, noise: Noise, answers: Ints) -> NoisyAnswers:
    often, persons = np.unique(answers, return_counts=True)
    pairs = tuple(zip(often.tolist(), persons.tolist(), strict=True))
    return NoisyAnswers(data, to, noise.mechanism, noise.epsilon, pairs)
