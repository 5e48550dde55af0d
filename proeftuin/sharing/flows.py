"""What crossed from whom to whom: the rows of the data-flow table and the cost side of an arm."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """One kind of data moving from one party to another over a whole study period.

    Attributes:
        sender, receiver: sectors or parties.
        data: what moved; a key of the report's texts.
        form: how it moved (``in clear``, ``randomised``, ``aggregate`` ...); likewise a key.
        persons: persons about whom a fact moved, 0 for sums over many.
        fields: different facts per person.
        records: rows, answers or messages.
        bytes: size on the wire.
    """

    sender: str
    receiver: str
    data: str
    form: str
    persons: int
    fields: int
    records: int
    bytes: int
