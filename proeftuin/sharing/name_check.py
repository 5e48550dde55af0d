"""Name check: whether the name that a payer enters is that of the account's holder.

The payer's bank asks when its customer first enters a payee, and keeps the answer with the pair.
"""

import numpy as np

from proeftuin.features.table import Bounds, ints
from proeftuin.sectors import BANK, DECIDING
from proeftuin.sharing.flows import Flow, people
from proeftuin.sharing.matching import Matching
from proeftuin.sharing.protect import ANSWER_BYTES, CODE_BYTES, as_float
from proeftuin.sharing.query import Answer, Query, nothing
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Bools, Ints
from synthetic_data.rows import CLOSE_MATCH, NO_MATCH, NOT_CHECKED

#: Name and public bounds of the columns it adds.
BOUNDS: Bounds = {"name_differs": (0, 1), "name_checked": (0, 1)}
#: What a name that nearly matches counts for, beside 1 for one that does not.
NEARLY = 0.5
NAME_BYTES = 40


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``name_differs`` (a half if nearly the same) and ``name_checked``, for every row."""
    table = query.table
    if not DECIDING[table.sector].decides_on_payments:
        return nothing(table)
    rows = sources.world.tables["payments"].set_index("payment").loc[table.event]
    bank, told = ints(rows["payee_bank"]), ints(rows["name_match"])
    matching = Matching(table.entities["account"], query.instrument, query.seeds)
    # a bank checks names of its own customers by itself
    checked = np.isin(bank, (*query.providers[BANK], *query.asking)) & (told != NOT_CHECKED)
    checked &= matching.found[matching.entity]
    mistaken = checked & matching.mistaken[matching.entity]
    differs = np.where(told == NO_MATCH, 1.0, np.where(told == CLOSE_MATCH, NEARLY, 0.0))
    differs = np.where(mistaken, 1.0, differs) * checked
    return Answer(
        columns={"name_differs": differs, "name_checked": as_float(checked)},
        bounds=BOUNDS,
        hits=differs == 1,
        flows=_flows(query, sources, bank, checked),
    )


def _flows(query: Query, sources: Sources, bank: Ints, checked: Bools) -> list[Flow]:
    """Return the flows of names to the payees' banks, and of their answers."""
    table, flows = query.table, []
    for provider in query.providers[BANK]:
        asked = table.new_payee & (bank == provider)
        answered = asked & checked
        holders, told = (
            people(sources.phones_of(np.unique(table.entities["account"][some])))
            for some in (asked, answered)
        )
        name = sources.partners(BANK)[provider]
        flows += [
            Flow(
                sender=query.desk.name,
                receiver=name,
                data="name_question",
                form="in_clear",
                about=holders,
                fields=1,
                records=int(asked.sum()),
                bytes=int(asked.sum()) * (CODE_BYTES + NAME_BYTES),
            ),
            Flow(
                sender=name,
                receiver=query.desk.name,
                data="name_answer",
                form="in_clear",
                about=told,
                fields=1,
                records=int(answered.sum()),
                bytes=int(answered.sum()) * ANSWER_BYTES,
            ),
        ]
    return flows
