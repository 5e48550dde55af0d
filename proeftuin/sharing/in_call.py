"""Line busy: whether the payer, at payment time, is in a call with an unknown number.

A vertical look-up: the operator answers one bit to the bank.
"""

import numpy as np

from proeftuin.features.table import Bounds
from proeftuin.features.telecom import NO_CALL
from proeftuin.instruments.mechanisms import Mechanism
from proeftuin.sectors import DECIDING
from proeftuin.sharing.matching import in_order_of_appearance
from proeftuin.sharing.operators import WINDOW_S, Lookup
from proeftuin.sharing.protect import as_float, randomised
from proeftuin.sharing.query import Answer, Query, nothing
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Bools, Ints
from synthetic_data.seeds import Seeds

#: Name and public bounds of the columns the signal adds.
BOUNDS: Bounds = {"line_busy": (0, 1), "line_answered": (0, 1)}


def answer(query: Query, sources: Sources) -> Answer:
    """Return the operators' answers, ``line_busy`` and ``line_answered``, for every row."""
    instrument, table, seeds = query.instrument, query.table, query.seeds
    if not DECIDING[table.sector].decides_on_payments:
        return nothing(table)
    lookup = Lookup(query, sources)
    row, time = lookup.row, table.time[lookup.row]
    call = sources.calls.in_progress(lookup.phone[row], time)
    busy = (call != NO_CALL) & sources.calls.is_unknown(call, instrument.window_days)
    busy |= lookup.matching.mistaken[lookup.payer]
    answer = np.zeros(len(table.time), dtype=bool)
    answer[row] = steadily_randomised(busy, lookup.payer, time, instrument.mechanism, seeds)
    return Answer(
        columns={"line_busy": as_float(answer), "line_answered": as_float(lookup.answered)},
        bounds=BOUNDS,
        hits=answer,
        flows=lookup.flows("line_busy"),
    )


def steadily_randomised(
    answers: Bools, payer: Ints, time: Ints, mechanism: Mechanism, seeds: Seeds
) -> Bools:
    """Randomise one answer per payer and window; later queries in the window repeat it."""
    _, window = in_order_of_appearance(payer * (1 << 32) + time // WINDOW_S)
    _, first = np.unique(window, return_index=True)
    return randomised(answers[first], mechanism, seeds.rng("randomised_response"))[window]
