"""Look-ups of a bank at telephone operators: which payers it asks about, and which get an answer.

A bank sends the phone number of some payers at some payments. There is no answer if the bank has a
wrong number, or if the payer's operator takes no part.
"""

import numpy as np

from proeftuin.sharing.flows import Flow, Noise, noise_of
from proeftuin.sharing.matching import Matching
from proeftuin.sharing.protect import ANSWER_BYTES, CODE_BYTES, HASH_BYTES, answer_form
from proeftuin.sharing.query import Query
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Bools, Ints

#: A repeated query within this window gets the same answer, so noise cannot be averaged away.
WINDOW_S = 600


class Lookup:
    """The queries behind the rows of a bank.

    Args:
        query: the instrument's.
        sources: the world as the parties hold it.
        wanted: (rows,) whether the bank asks about a row.
        in_time: (rows,) whether an answer would come in time; always, if not given.

    Attributes:
        phone: (rows,) the payer's phone in the bank's books, -1 if none.
        asked, answered: (rows,) whether there is a query, and an answer to it.
        row: (answers,) rows with an answer.
        matching: which payers are found, or mistaken for another.
    """

    def __init__(
        self, query: Query, sources: Sources, wanted: Bools, in_time: Bools | None = None
    ) -> None:
        table, self._question = query.table, query
        self._time = table.time
        self.phone: Ints = sources.payer_phones(table)
        subscribers = sources.world.tables["subscribers"]
        taking_part = subscribers["operator"].isin(query.providers["telecom"])
        known = np.isin(self.phone, subscribers.loc[taking_part, "phone"])
        self.asked: Bools = wanted & (self.phone >= 0)
        self.matching = Matching(table.entities["payer"], query.instrument, query.seeds)
        self.answered: Bools = self.asked & self.matching.found[self.matching.entity] & known
        if in_time is not None:
            self.answered &= in_time
        self.row: Ints = np.flatnonzero(self.answered)

    @property
    def payer(self) -> Ints:
        """(answers,) index of the payer among the entities of the matching."""
        return self.matching.entity[self.row]

    def flows(self, data: str) -> list[Flow]:
        """Return the flows of queries and answers, ``<data>_question`` and ``<data>_answer``."""
        mechanism, bank = self._question.instrument.mechanism, self._question.desk.name
        hashed = mechanism.name == "keyed_hash"
        asked = int(self.asked.sum())
        return [
            Flow(
                sender=bank,
                receiver="telecom",
                data=f"{data}_question",
                form="hashed" if hashed else "in_clear",
                about=np.unique(self.phone[self.asked]),
                fields=1,
                records=asked,
                bytes=asked * (HASH_BYTES if hashed else CODE_BYTES),
            ),
            Flow(
                sender="telecom",
                receiver=bank,
                data=f"{data}_answer",
                form=answer_form(mechanism),
                about=np.unique(self.phone[self.answered]),
                fields=1,
                records=len(self.row),
                bytes=len(self.row) * ANSWER_BYTES,
                noise=self._noise(),
            ),
        ]

    def _noise(self) -> Noise | None:
        """Return the persons that the noise hides; one answer is drawn per payer and window."""
        window = self.payer * (1 << 32) + self._time[self.row] // WINDOW_S
        _, drawn = np.unique(window, return_index=True)
        return noise_of(self._question.instrument.mechanism, self.phone[self.row[drawn]])
