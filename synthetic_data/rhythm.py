"""When people do things: hour of the day, day of the week, payday. Day 0 is a Monday, the 1st."""

import numpy as np

from synthetic_data.population import DAY, Floats, Ints

HOUR = 3_600
#: Relative activity by hour. [A] shape of Dutch online payments and calls: day and early evening.
PAYMENT_HOURS = (
    2,
    1,
    1,
    1,
    1,
    2,
    5,
    12,
    20,
    26,
    28,
    26,
    25,
    24,
    24,
    24,
    25,
    27,
    28,
    30,
    30,
    25,
    15,
    6,
)
CALL_HOURS = (
    1,
    0.5,
    0.3,
    0.3,
    0.3,
    1,
    3,
    9,
    20,
    28,
    30,
    28,
    25,
    26,
    27,
    27,
    28,
    28,
    26,
    25,
    20,
    12,
    6,
    2,
)
FRAUD_CALL_HOURS = (
    0.2,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    8,
    20,
    26,
    24,
    20,
    22,
    24,
    24,
    22,
    20,
    22,
    22,
    16,
    8,
    3,
    1,
)
#: Monday to Sunday. [A]
PAYMENT_WEEKDAYS = (1.1, 1.05, 1.0, 1.05, 1.15, 0.95, 0.7)
CALL_WEEKDAYS = (1.1, 1.1, 1.05, 1.05, 1.1, 0.85, 0.75)
FRAUD_CALL_WEEKDAYS = (1.2, 1.2, 1.1, 1.1, 1.1, 0.7, 0.6)
#: Salaries and benefits arrive around the 24th; a month counts 30 days here. [A]
PAYDAYS, PAYDAY_FACTOR = (23, 24, 25), 1.6


def draw_times(
    rng: np.random.Generator,
    size: int,
    *,
    days: int,
    hours: tuple[float, ...],
    weekdays: tuple[float, ...],
    payday: float = 1.0,
) -> Ints:
    """Draw event times in seconds since the start, uniform within the hour."""
    day = np.arange(days)
    day_weight = np.array(weekdays)[day % 7] * np.where(np.isin(day % 30, PAYDAYS), payday, 1.0)
    cumulative = np.cumsum(np.outer(day_weight, hours).ravel())
    slot = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    times: Ints = slot * HOUR + rng.integers(0, HOUR, size)
    return times


def time_of_day(rng: np.random.Generator, day: Floats | Ints, hours: tuple[float, ...]) -> Ints:
    """Draw a time in seconds on each given day."""
    hour = rng.choice(24, len(day), p=np.array(hours) / np.sum(hours))
    return np.floor(day).astype(np.int64) * DAY + hour * HOUR + rng.integers(0, HOUR, len(day))
