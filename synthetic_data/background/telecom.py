"""Ordinary calls: contacts, businesses and strangers, and now and then one's own bank."""

import numpy as np

from synthetic_data.ledger import NOT_FRAUD, CallIntents
from synthetic_data.population import Population
from synthetic_data.rhythm import CALL_HOURS, CALL_WEEKDAYS, draw_times
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

BOOK_SIZE = 10
LENGTH_SIGMA = 1.2  # [A] log-normal spread of call lengths


def ordinary_calls(world: WorldSettings, population: Population, seeds: Seeds) -> CallIntents:
    """Draw the calls of ordinary life, as each subscriber's operator sees them."""
    settings, persons = world.calls, population.persons
    rng = seeds.rng("calls", "persons")
    activity = rng.lognormal(-0.18, 0.6, persons)
    subscriber = np.repeat(
        np.arange(persons, dtype=np.int32),
        rng.poisson(activity * settings.per_person_day * world.days),
    )
    bank_calls = rng.poisson(settings.bank_per_person_year * world.days / 365 * persons)
    with_bank = rng.integers(0, persons, bank_calls, dtype=np.int32)
    ordinary = len(subscriber)
    subscriber = np.concatenate([subscriber, with_bank])
    size = len(subscriber)
    time = draw_times(
        seeds.rng("calls", "time"), size, days=world.days, hours=CALL_HOURS, weekdays=CALL_WEEKDAYS
    ).astype(np.int32)

    rng = seeds.rng("calls", "number")
    book = rng.integers(0, persons, (persons, BOOK_SIZE), dtype=np.int32)
    page = np.minimum(rng.exponential(2.5, size), BOOK_SIZE - 1).astype(np.int8)
    number = book[subscriber, page]
    strange = rng.random(size) < settings.business_share
    pool = np.concatenate([population.business_phone, population.outside_phones])
    popularity = np.cumsum(1 / np.arange(1, len(pool) + 1) ** 0.8)
    rank = np.searchsorted(popularity, rng.random(strange.sum()) * popularity[-1], side="right")
    number[strange] = rng.permutation(pool)[rank]
    number[ordinary:] = population.bank_phone[population.account_bank[with_bank]]

    rng = seeds.rng("calls", "duration")
    median_s = settings.minutes_mean * 60 / np.exp(LENGTH_SIGMA**2 / 2)
    duration = rng.lognormal(np.log(median_s), LENGTH_SIGMA, size)
    return CallIntents(
        time=time,
        subscriber=subscriber,
        number=number,
        duration_s=np.clip(duration, 2, 3 * 3600).astype(np.int32),
        incoming=(rng.random(size) < 0.5).astype(np.int8),
        case=np.full(size, NOT_FRAUD, dtype=np.int32),
    )
