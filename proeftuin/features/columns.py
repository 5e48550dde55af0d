"""Columns with the same meaning in every sector: amounts, history, the clock, shared entities."""

import numpy as np
import pandas as pd

from proeftuin.features.asof import FOREVER, History, Lookups, Past, first_of_pair, standing_reports
from proeftuin.features.table import DAY, HOUR, Bounds, cents, ints
from synthetic_data.arrays import Floats, Ints

#: Windows of whole weeks, so that each has as many weekends.
WEEK, MONTH = 7 * DAY, 28 * DAY
CLOCK: Bounds = {"hour_sin": (-1, 1), "hour_cos": (-1, 1), "weekend": (0, 1)}


def past_bounds(who: str) -> Bounds:
    """Return the public bounds of the columns of :func:`against_past`."""
    return {
        "log_amount": (0, 12),
        "log_amount_to_usual": (-6, 6),
        "log_amount_to_highest": (-8, 4),
        f"{who}_count_1h": (0, 2),
        f"{who}_count_24h": (0, 3),
        f"log_{who}_sum_24h": (0, 12),
        "log_hours_since_previous": (0, 8),
        f"log_{who}_count": (0, 7),
    }


def against_past(who: str, amount: Floats, past: Past, highest: Floats) -> dict[str, Floats]:
    """Compare the amount and pace of rows with the history of the entity that makes them.

    Args:
        who: word for this entity in the names of the columns.
        amount: (rows,) EUR.
        past: of the entity before each row, in cents.
        highest: (rows,) its highest amount before, as of :func:`highest_before`.
    """
    count = past.count()
    usual = past.total() / 100 / np.maximum(count, 1)
    log_amount = np.log1p(amount)
    return {
        "log_amount": log_amount,
        "log_amount_to_usual": np.where(count > 0, log_amount - np.log1p(usual), 0.0),
        "log_amount_to_highest": np.nan_to_num(log_amount - np.log1p(highest)),
        f"{who}_count_1h": past.count(HOUR),
        f"{who}_count_24h": past.count(DAY),
        f"log_{who}_sum_24h": log_total(past, DAY),
        "log_hours_since_previous": log_hours(past.since_last()),
        f"log_{who}_count": np.log1p(count),
    }


def highest_before(rows: pd.DataFrame, entity: str) -> Floats:
    """Return the highest earlier amount of each row's entity, (rows,); NaN without one.

    Args:
        rows: ``amount_eur`` and the entity, in order of time.
        entity: column with the entity.
    """
    so_far = rows.groupby(entity)["amount_eur"].cummax()
    before = so_far.groupby(rows[entity]).shift(1)
    known: Floats = before.where(rows[entity] >= 0).to_numpy()
    return known


def past_of(rows: pd.DataFrame, entity: str, asked: Lookups) -> Past:
    """Return the past of an entity in rows with a ``time`` and an ``amount_eur``, in cents."""
    amount = cents(rows["amount_eur"])
    return History(ints(rows[entity]), ints(rows["time"]), amount).before(asked)


def clock(time: Ints) -> dict[str, Floats]:
    """Return the time of day, as a point on a circle, and whether it is weekend."""
    hour = 2 * np.pi * (time % DAY) / DAY
    return {
        "hour_sin": np.sin(hour),
        "hour_cos": np.cos(hour),
        "weekend": ((time // DAY) % 7 >= 5).astype(np.float64),
    }


def log_total(past: Past, window: int = FOREVER) -> Floats:
    """Return the logarithm of what adds up in a window, in EUR."""
    return np.log1p(past.total(window) / 100)


def log_hours(seconds: Floats) -> Floats:
    """Return the logarithm of a wait in hours; a long one where there was nothing before."""
    return np.nan_to_num(np.log1p(seconds / HOUR), nan=8.0)


def log_days_since(day: Floats, time: Ints) -> Floats:
    """Return the logarithm of the age in days at a moment; 0 where the day is unknown."""
    return np.nan_to_num(np.log1p(np.maximum(time / DAY - day, 0)))


class Sharing:
    """Earlier users of a thing: the distinct users of a device, an address, an account.

    Args:
        thing: (rows,) codes of the things, -1 if none.
        user: (rows,) codes of their users, -1 if unknown.
        time: (rows,) seconds, ascending.
    """

    def __init__(self, thing: Ints, user: Ints, time: Ints) -> None:
        first = first_of_pair(user, thing)
        self.new = first.astype(np.float64)  #: (rows,) 1 for the user's first use of this thing
        self._users = History(thing[first], time[first])
        self._known = (thing >= 0) & (user >= 0) & ~first

    def others(self, asked: Lookups, window: int | None = None) -> Floats:
        """Count the other users before each row: all, or those new within a window.

        Args:
            asked: thing and time of the same rows.
            window: seconds.
        """
        users = self._users.before(asked)
        count = users.count() if window is None else users.count(window)
        return np.maximum(count - self._known, 0).astype(np.float64)


def register_column(entity: Ints, register: pd.DataFrame, key: str, column: str) -> Ints:
    """Look a column of a register up for every row; -1 where the register has no such entity."""
    place = pd.Index(register[key]).get_indexer(pd.Index(entity))
    if not len(register):
        return np.full(len(entity), -1)
    return np.where(place >= 0, ints(register[column])[place], -1)


def opened_days(entity: Ints, register: pd.DataFrame, key: str) -> Floats:
    """Look up the day on which an account was opened; NaN where the register has none."""
    place = pd.Index(register[key]).get_indexer(pd.Index(entity))
    if not len(register):
        return np.full(len(entity), np.nan)
    return np.where(place >= 0, register["opened_day"].to_numpy()[place].astype(float), np.nan)


def same_in_register(register: pd.DataFrame, column: str, asked: Lookups) -> Floats:
    """Count the accounts with the same phone, address or so that were opened by each moment."""
    known = register[register[column] >= 0]
    opened = np.maximum(ints(known["opened_day"]), 0) * DAY
    return History(ints(known[column]), opened).before(asked).count().astype(np.float64)


def reported_by(
    labels: pd.DataFrame, kinds: tuple[str, ...], asked: Lookups, named: pd.Series | None = None
) -> Floats:
    """Count the standing reports about an entity, as far as the labels name it.

    Args:
        labels: label events.
        kinds: what the labels may name.
        asked: entity and time.
        named: the entity behind the code in a label, such as the device of a reported order; None
            if the label names the entity itself.
    """
    about = labels[labels["kind"].isin(kinds)]
    if named is not None:
        entity = named.reindex(about["value"]).fillna(-1).to_numpy().astype(np.int64)
        about = about.assign(value=entity)[entity >= 0]
    return standing_reports(about.assign(kind=kinds[0]), kinds[0], asked).astype(np.float64)
