"""Data flows between parties: the rows of the data-flow table and the cost side of an arm."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from proeftuin.instruments.mechanisms import Mechanism, Noisy
from synthetic_data.arrays import Ints

#: Forms of flows that tell a fact about a person without noise.
EXACT = ("in_clear", "hashed", "bloom_filter", "encrypted")


@dataclass(frozen=True, eq=False)
class Noise:
    """The persons whom the noise on answers hides.

    Attributes:
        mechanism: ``randomised_response`` or ``dp_count``.
        epsilon: privacy loss of one answer for one person in it.
        persons: phone numbers of these persons, once each.
        answers: number of separately drawn answers that each of them is in.
    """

    mechanism: str
    epsilon: float
    persons: Ints
    answers: Ints


def noise_of(mechanism: Mechanism, phones: Ints, answers: Ints | None = None) -> Noise | None:
    """Return the persons whom the noise of a mechanism hides, or None if it adds none.

    Args:
        mechanism: how answers are protected.
        phones: phone numbers that answers are about; repeats are allowed.
        answers: separately drawn answers behind each of these phones; one by default.
    """
    if not isinstance(mechanism, Noisy):
        return None
    known = phones >= 0
    persons, place = np.unique(phones[known], return_inverse=True)
    each = np.ones(int(known.sum()), dtype=np.int64) if answers is None else answers[known]
    times = np.zeros(len(persons), dtype=np.int64)
    np.add.at(times, place, each)
    hidden = times > 0
    return Noise(mechanism.name, mechanism.epsilon, persons[hidden], times[hidden])


@dataclass(frozen=True, eq=False)
class Flow:
    """One kind of data moving from one party to another over a whole study period.

    Attributes:
        sender, receiver: sectors or parties.
        data: what moved; a key of the report's texts.
        form: how it moved (``in clear``, ``randomised``, ``aggregate`` ...); likewise a key.
        about: phone numbers, as in registers, of the persons about whom a fact moved; empty for
            aggregates.
        fields: different facts per person.
        records: rows, answers or messages.
        bytes: size on the wire.
        noise: the persons whom noise hides; None if the facts are exact.
        today: whether it moves in today's practice, which costs of sharing leave out.
    """

    sender: str
    receiver: str
    data: str
    form: str
    about: Ints
    fields: int
    records: int
    bytes: int
    noise: Noise | None = None
    today: bool = False

    @property
    def persons(self) -> int:
        """Number of persons about whom a fact moved."""
        return len(self.about)

    def to_dict(self) -> dict[str, Any]:
        """Return the flow as plain values, with the number of persons instead of their phones."""
        named = ("about", "noise")
        values = {
            name: getattr(self, name) for name in self.__dataclass_fields__ if name not in named
        }
        return {**values, "persons": self.persons}


def people(phones: Ints) -> Ints:
    """Return phone numbers once each, without the -1 of a missing one."""
    return np.unique(phones[phones >= 0])
