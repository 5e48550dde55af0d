"""Time: chunks of the horizon, and activity by hour, weekday, payday and season.

Day 0 is a Monday and the first day of a month; every month has 30 days. Times are whole seconds
since the start of the world.
"""

from dataclasses import dataclass

import numpy as np

from scenarios.base import FraudForm
from synthetic_data.arrays import Floats, Ints
from synthetic_data.settings import MONTH_DAYS as MONTH_DAYS

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True)
class Chunk:
    """A period that is simulated in one go: ``[start, stop)`` in seconds."""

    index: int
    start: int
    stop: int

    @property
    def days(self) -> float:
        """Length in days."""
        return (self.stop - self.start) / DAY


def chunks(days: int, events_per_day: float, events_per_chunk: int) -> list[Chunk]:
    """Cut the horizon into chunks of about ``events_per_chunk`` events: 1 hour to 28 days each."""
    hours = min(28 * 24, max(1, round(24 * events_per_chunk / events_per_day)))
    starts = range(0, days * 24, hours)
    return [
        Chunk(index, hour * HOUR, min(hour + hours, days * 24) * HOUR)
        for index, hour in enumerate(starts)
    ]


@dataclass(frozen=True)
class Rhythm:
    """Relative intensity of an activity over time.

    Attributes:
        hours: by hour of the day.
        weekdays: Monday to Sunday.
        payday: factor on the days around the 24th.
        season: by month of the year, January first.
    """

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    payday: float = 1.0
    season: tuple[float, ...] = (1.0,) * 12

    def intensity(self, chunk: Chunk, first_month: int) -> Floats:
        """Return the (hours,) intensity in each hour of a chunk; a mean day sums to 1."""
        hour = np.arange(chunk.start // HOUR, chunk.stop // HOUR)
        day = hour // 24
        month = (first_month - 1 + day // MONTH_DAYS) % 12
        weight: Floats = np.array(self.hours)[hour % 24] * np.array(self.weekdays)[day % 7]
        weight = weight * np.where(np.isin(day % MONTH_DAYS, PAYDAYS), self.payday, 1.0)
        mean_day = np.sum(self.hours) * np.mean(self.weekdays) * np.mean(self.season)
        weight *= np.array(self.season)[month] / mean_day
        return weight

    def draw(self, rng: np.random.Generator, chunk: Chunk, first_month: int, size: int) -> Ints:
        """Draw (size,) event times in seconds within a chunk, unsorted."""
        edges = np.concatenate([[0.0], np.cumsum(self.intensity(chunk, first_month))])
        hour = np.interp(rng.random(size) * edges[-1], edges, np.arange(len(edges)))
        time: Ints = chunk.start + (hour * HOUR).astype(np.int64)
        return time

    def time_of_day(self, rng: np.random.Generator, day: Floats | Ints) -> Ints:
        """Draw a time in seconds on each given day, by the hourly profile alone."""
        edges = np.concatenate([[0.0], np.cumsum(self.hours)])
        hour = np.interp(rng.random(len(day)) * edges[-1], edges, np.arange(25))
        time: Ints = np.floor(day).astype(np.int64) * DAY + (hour * HOUR).astype(np.int64)
        return time


def strength(form: FraudForm, first_month: int, day: Floats | Ints) -> Floats:
    """Return the (days,) rate of a form's successes, over that of its busiest month at full size.

    Args:
        form: fraud form; its season, the day it emerges and its ramp apply.
        first_month: month of the year in which the world begins.
        day: (days,) days of the world.
    """
    preparation, season = form.preparation, np.array(form.SEASON)
    month = (first_month - 1 + np.floor(day / MONTH_DAYS).astype(np.int64)) % 12
    found: Floats = season[month] / season.max()
    if preparation.starts_day > 0:
        ramp = max(preparation.ramp_days, 1e-9)
        found *= np.clip((day - preparation.starts_day) / ramp, 0, 1)
    return found


#: Salaries and benefits arrive around the 24th. [A]
PAYDAYS = (23, 24, 25)
# Shapes of Dutch payments, calls, shopping and fraud calls: day and early evening. [A]
# fmt: off
PAYMENTS = Rhythm(
    hours=(2, 1, 1, 1, 1, 2, 5, 12, 20, 26, 28, 26, 25, 24, 24, 24, 25, 27, 28, 30, 30, 25, 15, 6),
    weekdays=(1.1, 1.05, 1.0, 1.05, 1.15, 0.95, 0.7),
    payday=1.6,
    season=(1.0, 0.95, 0.98, 0.98, 1.0, 1.0, 0.98, 0.95, 1.0, 1.0, 1.05, 1.15),
)
SHOPPING = Rhythm(
    hours=(3, 1, 1, 1, 1, 1, 3, 8, 14, 18, 20, 20, 20, 20, 20, 20, 20, 21, 22, 28, 34, 34, 24, 10),
    weekdays=(1.1, 1.0, 1.0, 1.0, 1.0, 0.95, 1.1),
    payday=1.35,
    season=(0.95, 0.88, 0.93, 0.93, 0.97, 0.95, 0.93, 0.92, 0.97, 1.02, 1.25, 1.4),
)
CALLS = Rhythm(
    hours=(1, .5, .3, .3, .3, 1, 3, 9, 20, 28, 30, 28, 25, 26, 27, 27, 28, 28, 26, 25, 20, 12, 6, 2),  # noqa: E501
    weekdays=(1.1, 1.1, 1.05, 1.05, 1.1, 0.85, 0.75),
)
FRAUD_CALLS = Rhythm(
    hours=(.2, 0, 0, 0, 0, 0, 0, 1, 8, 20, 26, 24, 20, 22, 24, 24, 22, 20, 22, 22, 16, 8, 3, 1),
    weekdays=(1.2, 1.2, 1.1, 1.1, 1.1, 0.7, 0.6),
)
FRAUD_ONLINE = Rhythm(
    hours=(4, 2, 1, 1, 1, 1, 2, 7, 14, 20, 22, 22, 21, 21, 21, 21, 21, 22, 24, 29, 32, 30, 20, 9),
    weekdays=(1.05, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
)
# fmt: on
