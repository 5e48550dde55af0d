"""Features of call records: whether a phone is in a call at a moment, and with which number."""

import numpy as np
import pandas as pd

from proeftuin.features.asof import SPAN, History, Lookups, first_of_pair, standing_reports
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.reports import CALLER

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NO_CALL = -1

#: Name and public bounds of the columns that only a holder of call records can compute.
BOUNDS: dict[str, tuple[float, float]] = {
    "in_call": (0, 1),
    "in_unknown_call": (0, 1),
    "log_call_minutes": (0, 6),
    "call_incoming": (0, 1),
    "recent_unknown_call": (0, 1),
    "log_caller_new_callees_7d": (0, 6),
    "log_caller_age_days": (0, 5),
    "caller_reported": (0, 2),
}


class CallBook:
    """Call records, indexed by subscriber and start.

    Text messages do not count; calls of one subscriber may overlap (call waiting), and then the
    one that lasts longest is the call in progress.

    Args:
        calls: ``time, subscriber, number, duration_s, incoming``.
    """

    def __init__(self, calls: pd.DataFrame) -> None:
        calls = calls[calls["duration_s"].to_numpy() > 0]
        self.start: Ints = calls["time"].to_numpy()
        self.end: Ints = self.start + calls["duration_s"].to_numpy()
        self.subscriber: Ints = calls["subscriber"].to_numpy()
        self.number: Ints = calls["number"].to_numpy()
        self.incoming = calls["incoming"].to_numpy()
        self._history = History(self.subscriber, self.start)
        self._lasting = self._longest_so_far()

    def _longest_so_far(self) -> Ints:
        """For every position in the history, the call of its subscriber that ends last by then."""
        order = self._history.order
        until = self.subscriber[order].astype(np.int64) * SPAN + self.end[order]
        furthest = np.maximum.accumulate(until)
        holder = np.maximum.accumulate(np.where(until == furthest, np.arange(len(order)), 0))
        return order[holder]

    def latest(self, phone: Ints, time: Ints) -> Ints:
        """Index of the call, of those begun before ``time``, that lasts longest, or ``NO_CALL``."""
        position = self._history.before(Lookups(phone, time)).last_position()
        return np.where(position >= 0, self._lasting[position], NO_CALL)

    def in_progress(self, phone: Ints, time: Ints) -> Ints:
        """Index of the call the phone is in at ``time``, or ``NO_CALL``."""
        call = self.latest(phone, time)
        return np.where((call >= 0) & (self.end[call] >= time), call, NO_CALL)

    def is_unknown(self, call: Ints, days: float) -> Bools:
        """Whether a call is the first between these two numbers in so many days."""
        unknown = np.zeros(len(call), dtype=bool)
        real = np.flatnonzero(call >= 0)
        near = np.flatnonzero(pd.Series(self.subscriber).isin(self.subscriber[call[real]]))
        pair_of = self.subscriber.astype(np.int64) * SPAN + self.number
        pair, pairs = pd.factorize(pair_of[near])
        asked = pd.Index(pairs).get_indexer(pair_of[call[real]])
        past = History(pair, self.start[near]).before(Lookups(asked, self.start[call[real]]))
        unknown[real] = past.count(int(days * DAY)) == 0
        return unknown


def call_features(
    book: CallBook, labels: pd.DataFrame, phone: Ints, time: Ints, unknown_days: int
) -> dict[str, Floats]:
    """Return the features of each payer's phone that a centre with all call records can compute.

    Args:
        book: the call records.
        labels: reports known to the police, as label events.
        phone: (rows,) the payer's phone; -1 if there is none.
        time: (rows,) moment of payment in seconds.
        unknown_days: a number without a call for so long is unknown.
    """
    latest = book.latest(phone, time)
    in_call = (latest >= 0) & (book.end[latest] >= time)
    recent = (latest >= 0) & (book.end[latest] >= time - HOUR)
    unknown = book.is_unknown(np.where(recent, latest, NO_CALL), unknown_days)
    caller = np.where(unknown, book.number[latest], 0)
    moment = np.where(unknown, book.start[latest], 0)
    made = np.flatnonzero(pd.Series(book.number).isin(caller))
    made = made[np.argsort(book.start[made], kind="stable")]
    fresh = made[first_of_pair(book.number[made], book.subscriber[made])]
    callees = History(book.number[fresh], book.start[fresh]).before(Lookups(caller, moment))
    age_days = np.nan_to_num(callees.since_first() / DAY)
    return {
        "in_call": in_call.astype(np.float64),
        "in_unknown_call": (in_call & unknown).astype(np.float64),
        "log_call_minutes": np.where(
            in_call, np.log1p(np.maximum(time - book.start[latest], 0) / MINUTE), 0.0
        ),
        "call_incoming": (recent & (book.incoming[latest] == 1)).astype(np.float64),
        "recent_unknown_call": unknown.astype(np.float64),
        "log_caller_new_callees_7d": np.where(unknown, np.log1p(callees.count(7 * DAY)), 0.0),
        "log_caller_age_days": np.where(unknown, np.log1p(age_days), 0.0),
        "caller_reported": np.where(
            unknown, standing_reports(labels, CALLER, Lookups(caller, time)), 0.0
        ),
    }
