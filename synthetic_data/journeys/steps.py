"""The steps of every case: which are taken, when and for what amount."""

import math

import numpy as np

from scenarios.base import Event, FraudForm, Money, Phase, Step, Wait
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.background.actors import by_day
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, HOUR
from synthetic_data.rows import neat

#: Events in which the victim loses money.
MONEY = (Event.PAYMENT, Event.DEPOSIT, Event.CHECKOUT, Event.ORDER)
LONG_WAIT_S = 4 * HOUR  # [A] after a longer wait people continue by day, not at night
SAME_CASE = 0.5  # [A] correlation of the log amounts within a case
HIGH = 1.65  # 95th percentile of the standard normal
LEAST_EUR = 1.0  # [A] minimum amount, as for ordinary purchases
LONGEST_DAYS = 365  # [A] maximum length of a journey in the warm-up


def journey_days(form: FraudForm) -> float:
    """Return the approximate length in days of a form's slow journeys, at most a year."""
    seconds = 0.0
    for step in form.steps():
        factor = 1.0 if form.drift is None else max(1.0, form.drift.wait_factor)
        seconds += factor * step.wait.median_s * math.exp(HIGH * step.wait.sigma)
        if step.gap is not None:
            seconds += factor * (step.times_mean - 1) * step.gap.median_s * math.exp(step.gap.sigma)
    return min(seconds / DAY, LONGEST_DAYS)


def walk(form: FraudForm, cases: Batch, opens: Bools, rng: np.random.Generator) -> list[Batch]:
    """Draw the steps that every case takes, with their times and amounts.

    Args:
        form: fraud form with the steps.
        cases: as :meth:`Campaigns.targets` returns them.
        opens: (cases,) whether the case is the first of its seller account, so that there is an
            offer to answer.
        rng: stream of the caller.

    Returns:
        For every step its acts: ``row`` of the case, ``time``, ``nth`` repetition, ``amount_eur``.
    """
    variants, steps, size = list(form.variants()), form.steps(), len(cases)
    clock = cases["contact_time"].copy()
    worth = rng.standard_normal(size)  # log amount of each case, in standard deviations
    stopped = np.zeros(size, dtype=bool)
    acts = []
    for index, step in enumerate(steps):
        here = np.ones(size, dtype=bool)
        if step.variant is not None:
            here = cases["variant"] == variants.index(step.variant)
        if step.event in MONEY:  # a target who does not become a victim stops before money moves
            stopped |= here & (cases["reach"] < Phase.SPENDING)
        probability: Floats = np.full(size, step.share)
        if step.phase == Phase.PERSUASION and step.share < 1:
            probability = probability * cases["share_factors"][:, index]
        done = rng.random(size) < probability
        if step.event is Event.LISTING:
            done |= opens
        done &= here & ~stopped & (step.phase <= cases["reach"])
        row = np.flatnonzero(done)
        factor = cases["wait_factor"][row]
        started = later(clock[row], factor * _durations(rng, step.wait, len(row)))
        nth, time = _repeated(rng, step, started, factor)
        times = np.bincount(np.cumsum(nth == 0) - 1, minlength=len(row))
        row = np.repeat(row, times)
        np.maximum.at(clock, row, time)
        amount: Floats = np.zeros(len(row))
        money = _offer_money(form, step) if step.event is Event.LISTING else step.money
        if money is not None:
            amount = _amounts(rng, money, worth[row], nth, cases["amount_factor"][row])
        acts.append(Batch({"row": row, "time": time, "nth": nth, "amount_eur": amount}))
    return acts


def moments(
    steps: tuple[Step, ...], acts: list[Batch], events: tuple[Event, ...], size: int
) -> tuple[Ints, Ints]:
    """Return the (cases,) first and last time of some events; int64's maximum and -1 if none."""
    first, last = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    for step, done in zip(steps, acts, strict=True):
        if step.event in events:
            np.minimum.at(first, done["row"], done["time"])
            np.maximum.at(last, done["row"], done["time"])
    return first, last


def _durations(rng: np.random.Generator, wait: Wait, size: int) -> Floats:
    return wait.median_s * np.exp(wait.sigma * rng.standard_normal(size))


def later(time: Ints, wait: Floats) -> Ints:
    """Return the times after waits in seconds; after a long one, times at night move to the day."""
    moment = time + wait.astype(np.int64)
    return np.where(wait > LONG_WAIT_S, by_day(moment), moment)


def _repeated(
    rng: np.random.Generator, step: Step, first: Ints, factor: Floats
) -> tuple[Ints, Ints]:
    """Return the repetition number and time of each act; acts of a case are adjacent."""
    size = len(first)
    if step.times_max == 1 or step.gap is None:
        return np.zeros(size, dtype=np.int64), first
    share = (step.times_mean - 1) / (step.times_max - 1)
    times = 1 + rng.binomial(step.times_max - 1, min(max(share, 0.0), 1.0), size)
    row = np.repeat(np.arange(size), times)
    start = np.cumsum(times) - times
    nth = np.arange(len(row)) - start[row]
    gap = np.where(nth == 0, 0.0, factor[row] * _durations(rng, step.gap, len(row)))
    passed = np.cumsum(gap)
    since_first = passed - passed[start][row] if size else passed
    moment = first[row] + since_first.astype(np.int64)
    return nth, np.where(gap > LONG_WAIT_S, by_day(moment), moment)


def _amounts(
    rng: np.random.Generator, money: Money, worth: Floats, nth: Ints, factor: Floats
) -> Floats:
    """Draw log-normal amounts: the first of a case at its ``worth``, later ones correlated."""
    other = rng.standard_normal(len(nth))
    mixed = SAME_CASE * worth + math.sqrt(1 - SAME_CASE**2) * other
    deviation = money.sigma * np.where(nth == 0, worth, mixed)
    amount = money.median_eur * factor * money.growth**nth * np.exp(deviation)
    return neat(rng, np.maximum(amount, LEAST_EUR), money.rounding)


def _offer_money(form: FraudForm, offer: Step) -> Money | None:
    """Return the amount of an offer: that of the payment which follows it."""
    for step in form.steps():
        if step.event in MONEY and step.variant == offer.variant:
            return step.money
    return None
