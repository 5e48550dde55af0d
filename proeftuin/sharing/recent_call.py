"""Spoofing alert: whether the payer was lately called from a number that may be another's.

An operator can see whether the network that a call comes from vouches for the number displayed: for
some honest callers none does, and part of the spoofed calls passes. It can also see how many people
a number calls for the first time; a spoofed call then goes unnoticed, for a bank's number shown by
a criminal looks like the bank's own calls.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups, first_of_pair
from proeftuin.features.table import ints
from proeftuin.instruments.spoofing_alert import SpoofingAlert
from proeftuin.sectors import DECIDING
from proeftuin.sharing.in_call import steadily_randomised
from proeftuin.sharing.operators import Lookup
from proeftuin.sharing.protect import as_float
from proeftuin.sharing.query import Answer, Query, nothing
from proeftuin.sharing.sources import Sources
from synthetic_data.clock import DAY, HOUR

#: How far back an operator looks at the calls of a number.
WATCHED_DAYS = 7
#: Share of a number's calls that go to somebody it had never called, from which it is suspicious.
NEW_SHARE = 0.5  # [A] a choice; numbers that call the same people again and again are below it


def answer(query: Query, sources: Sources) -> Answer:
    """Return the operators' answers, ``flagged_call``, for every row."""
    instrument, table = query.instrument, query.table
    if not DECIDING[table.sector].decides_on_payments:
        return nothing(table)
    if not isinstance(instrument, SpoofingAlert):
        return nothing(table)
    recent = table.new_payee | (table.pair_age_s < instrument.payee_hours * HOUR)
    lookup = Lookup(query, sources, recent)
    calls = sources.world.tables["calls"]
    calls = calls[calls["operator"].isin(query.providers["telecom"])]
    flagged = (
        not_vouched(calls)
        if instrument.sign == "not_vouched"
        else flagged_calls(calls, instrument.threshold)
    )
    row, time = lookup.row, table.time[lookup.row]
    past = History(ints(flagged["subscriber"]), ints(flagged["time"]))
    seen = (
        past.before(Lookups(lookup.phone[row], time)).count(int(instrument.window_days * DAY)) > 0
    )
    seen |= lookup.matching.mistaken[lookup.payer]
    answer = np.zeros(len(table.time), dtype=bool)
    answer[row] = steadily_randomised(seen, lookup.payer, time, instrument.mechanism, query.seeds)
    return Answer(
        columns={"flagged_call": as_float(answer)},
        bounds={"flagged_call": (0, 1)},
        hits=answer,
        flows=lookup.flows("recent_call"),
    )


def not_vouched(calls: pd.DataFrame) -> pd.DataFrame:
    """Return calls received for whose number no network vouched: ``time, subscriber, number``."""
    received = (calls["incoming"] == 1) & (calls["duration_s"] > 0) & (calls["vouched"] == 0)
    return calls.loc[received, ["time", "subscriber", "number"]]


def flagged_calls(calls: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return first calls by numbers that called many people for the first time lately.

    Args:
        calls: records of the operators that take part, in order of time.
        threshold: number of people called for the first time in the days before.

    Returns:
        The calls concerned: ``time, subscriber, number``.
    """
    received = calls[(calls["incoming"] == 1) & (calls["duration_s"] > 0)]
    subscriber, number, time = (ints(received[c]) for c in ("subscriber", "number", "time"))
    first = np.flatnonzero(first_of_pair(number, subscriber))
    asked = Lookups(number[first], time[first])
    window = WATCHED_DAYS * DAY
    strangers = History(number[first], time[first]).before(asked).count(window)
    everybody = History(number, time).before(asked).count(window)
    flagged = (strangers >= threshold) & (strangers >= NEW_SHARE * everybody)
    return received.iloc[first[flagged]][["time", "subscriber", "number"]]
