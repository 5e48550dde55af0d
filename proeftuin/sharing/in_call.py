"""Line busy: whether the payer, at payment time, is in a call.

A vertical look-up: the operator answers one bit to the bank, or how long the call has lasted.
"""

import numpy as np

from proeftuin.features.table import Bounds
from proeftuin.features.telecom import NO_CALL, CallBook
from proeftuin.instruments.line_busy import LineBusy
from proeftuin.instruments.mechanisms import Mechanism
from proeftuin.sectors import DECIDING
from proeftuin.sharing.matching import in_order_of_appearance
from proeftuin.sharing.operators import WINDOW_S, Lookup
from proeftuin.sharing.protect import as_float, randomised
from proeftuin.sharing.query import Answer, Query, nothing
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import HOUR, MINUTE
from synthetic_data.seeds import Seeds

#: Name and public bounds of the columns the signal adds.
BOUNDS: Bounds = {"line_busy": (0, 1), "line_answered": (0, 1)}
#: Ends of the bands of an answer about the length of a call.
BANDS_S = np.array([5, 15, 60]) * MINUTE


def answer(query: Query, sources: Sources) -> Answer:
    """Return the operators' answers, ``line_busy`` and ``line_answered``, for every row."""
    instrument, table, seeds = query.instrument, query.table, query.seeds
    if not DECIDING[table.sector].decides_on_payments or not isinstance(instrument, LineBusy):
        return nothing(table)
    recent = table.new_payee | (table.pair_age_s < instrument.payee_hours * HOUR)
    answered = seeds.rng("look_up").random(len(table.time)) >= instrument.failed_share
    lookup = Lookup(query, sources, recent & (table.amount_eur >= instrument.above_eur), answered)
    row = lookup.row
    moment = np.maximum(table.time[row] - int(instrument.delay_s), 0)
    call, book = _call(lookup.phone[row], moment, instrument, query, sources)
    busy = (call != NO_CALL) | lookup.matching.mistaken[lookup.payer]
    said = steadily_randomised(busy, lookup.payer, table.time[row], instrument.mechanism, seeds)
    signal = np.zeros(len(table.time))
    signal[row] = said
    if instrument.says == "minutes":
        signal[row] *= _band(moment - np.where(call != NO_CALL, book.start[call], moment))
    return Answer(
        columns={"line_busy": signal, "line_answered": as_float(lookup.answered)},
        bounds=BOUNDS,
        hits=signal > 0,
        flows=lookup.flows("line_busy"),
    )


def _call(
    phone: Ints, moment: Ints, instrument: LineBusy, query: Query, sources: Sources
) -> tuple[Ints, CallBook]:
    """Return the call that counts at each moment, or ``NO_CALL``, and the book that it is in."""
    book = sources.calls if instrument.direction == "any" else sources.incoming_calls
    call = book.latest(phone, moment)
    lasts = (call != NO_CALL) & (book.end[call] >= moment - int(60 * instrument.ended_minutes))
    if instrument.seen_share < 1:
        seen = query.seeds.rng("seen").random(len(book.start)) < instrument.seen_share
        lasts &= seen[call]
    call = np.where(lasts, call, NO_CALL)
    if instrument.number == "unknown":
        call = np.where(book.is_unknown(call, instrument.window_days), call, NO_CALL)
    return call, book


def _band(seconds: Ints) -> Floats:
    """Return how long a call has lasted as one of four parts of 1."""
    band: Floats = (1 + np.searchsorted(BANDS_S, seconds, side="right")) / (len(BANDS_S) + 1)
    return band


def steadily_randomised(
    answers: Bools, payer: Ints, time: Ints, mechanism: Mechanism, seeds: Seeds
) -> Bools:
    """Randomise one answer per payer and window; later queries in the window repeat it."""
    _, window = in_order_of_appearance(payer * (1 << 32) + time // WINDOW_S)
    _, first = np.unique(window, return_index=True)
    return randomised(answers[first], mechanism, seeds.rng("randomised_response"))[window]
