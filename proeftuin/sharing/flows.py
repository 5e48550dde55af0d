"""What crossed from whom to whom: the rows of the data-flow table and the cost side of an arm."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from proeftuin.instruments.mechanisms import Mechanism, Noisy
from synthetic_data.arrays import Ints


@dataclass(frozen=True, eq=False)
class Noise:
    """Whom the noise on answers hides.

    Attributes:
        mechanism: ``randomised_response`` or ``dp_count``.
        epsilon: of one answer towards one person in it.
        persons: phone numbers of the persons hidden, once each.
        answers: how many separately drawn answers each of them is in.
    """

    mechanism: str
    epsilon: float
    persons: Ints
    answers: Ints


def noise_of(mechanism: Mechanism, phones: Ints, answers: Ints | None = None) -> Noise | None:
    """Return whom a mechanism's noise hides, or nothing if it adds none.

    Args:
        mechanism: how answers are protected.
        phones: whom answers are about; somebody may be there more than once.
        answers: separately drawn answers behind each of these phones; without it, one.
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
        about: phone numbers, as registers have them, of the persons about whom a fact moved;
            empty for sums over many.
        fields: different facts per person.
        records: rows, answers or messages.
        bytes: size on the wire.
        noise: whom noise hides; none if the facts are exact.
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

    @property
    def persons(self) -> int:
        """Number of persons about whom a fact moved."""
        return len(self.about)

    def to_dict(self) -> dict[str, Any]:
        """Return the flow as plain values, persons counted and not named."""
        named = ("about", "noise")
        values = {
            name: getattr(self, name) for name in self.__dataclass_fields__ if name not in named
        }
        return {**values, "persons": self.persons}


def people(phones: Ints) -> Ints:
    """Return phone numbers once each, without the -1 of whoever has none."""
    return np.unique(phones[phones >= 0])
