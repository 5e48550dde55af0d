"""What crossed from whom to whom: the rows of the data-flow table and the cost side of an arm."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from proeftuin.features.asof import Ints


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
    """

    sender: str
    receiver: str
    data: str
    form: str
    about: Ints
    fields: int
    records: int
    bytes: int

    @property
    def persons(self) -> int:
        """Number of persons about whom a fact moved."""
        return len(self.about)

    def to_dict(self) -> dict[str, Any]:
        """Return the flow as plain values, persons counted and not named."""
        values = {
            name: getattr(self, name) for name in self.__dataclass_fields__ if name != "about"
        }
        return {**values, "persons": self.persons}


def people(phones: Ints) -> Ints:
    """Return phone numbers once each, without the -1 of whoever has none."""
    return np.unique(phones[phones >= 0])
