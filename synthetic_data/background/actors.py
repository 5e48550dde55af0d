"""Draws that all of ordinary life shares: sittings, businesses by popularity, open accounts."""

import dataclasses

import numpy as np

from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import DAY, HOUR, SHOPPING
from synthetic_data.population import Population

SITTING_S = 240  # [A] median pause between payments in one sitting
POPULARITY = 1.05  #: exponent of the popularity of businesses [A]
#: Second-hand trade, crypto and social media: evenings, without a payday or a December peak. [A]
LEISURE = dataclasses.replace(SHOPPING, payday=1.0, season=(1.0,) * 12)
NIGHT_END, NIGHT_SHIFT = 7 * HOUR, 8 * HOUR  # [A] events at night move to the day


def sittings(rng: np.random.Generator, person: Ints, time: Ints, share: float) -> tuple[Ints, Ints]:
    """Return payments of which some follow another one within minutes, in one sitting.

    Args:
        rng: stream of the caller.
        person: (sittings,) persons.
        time: (sittings,) seconds.
        share: share of the payments that follow another one; a sitting has ``1 / (1 - share)``
            payments on average, a geometric number of them.

    Returns:
        (payments,) person and time, payments of a sitting adjacent.
    """
    size = rng.geometric(1 - share, len(person))
    first = np.repeat(np.cumsum(size) - size, size)
    pause = SITTING_S * np.exp(rng.standard_normal(len(first), dtype=np.float32))
    passed = np.cumsum(np.maximum(pause, 20).astype(np.int64))
    return np.repeat(person, size), np.repeat(time, size) + passed - passed[first]


def zipf(u: Floats, size: int, exponent: float = POPULARITY) -> Ints:
    """Return ranks below ``size`` with a Zipf-like law, by inverting its continuous form.

    Args:
        u: (rows,) uniform numbers in [0, 1).
        size: number of ranks.
        exponent: rank ``r`` has about ``(r + 1) ** -exponent`` of the weight; not 1.
    """
    power = 1 - exponent
    rank = (1 + u * ((size + 1) ** power - 1)) ** (1 / power)
    ranks: Ints = np.minimum(rank.astype(np.int64) - 1, size - 1)
    return ranks


def zipf_share(size: int, exponent: float = POPULARITY) -> Floats:
    """Return the (size,) probabilities of the ranks of :func:`zipf`."""
    power = 1 - exponent
    edges = (np.arange(1, size + 2, dtype=np.float64) ** power - 1) / ((size + 1) ** power - 1)
    return np.diff(edges)


def paying_account(
    rng: np.random.Generator, population: Population, person: Ints, time: Ints
) -> Ints:
    """Return the (rows,) account from which each person pays, -1 if none is open yet.

    Args:
        rng: stream of the caller.
        population: its persons and businesses.
        person: (rows,) persons.
        time: (rows,) seconds.
    """
    day = time // DAY
    other = person + population.persons
    main = population.account_opened[person] <= day
    second = population.has_second(person) & (population.account_opened[other] <= day)
    chosen = rng.random(len(person), dtype=np.float32) < population.second_use(person)
    use_second = second & (chosen | ~main)
    return np.where(use_second, other, np.where(main, person, -1))


def established(opened: Ints) -> Ints:
    """Return the business that gets each business's purchases and clicks until it opens.

    That is the business itself if it is open when the world starts, otherwise the next more popular
    one that is.

    Args:
        opened: (businesses,) day of opening; the first is open when the world starts.
    """
    rank = np.arange(len(opened), dtype=np.int32)
    return np.maximum.accumulate(np.where(opened < 0, rank, 0))


def by_day(time: Ints) -> Ints:
    """Return times in seconds, with those between 1:00 and 7:00 moved eight hours later."""
    second = time % DAY
    return time + NIGHT_SHIFT * ((second > HOUR) & (second < NIGHT_END))


def partner(u: Floats, shares: dict[str, float]) -> Ints:
    """Return the index of the partner at each uniform number, by market share."""
    edges = np.cumsum(list(shares.values()))
    return np.minimum(np.searchsorted(edges, u, side="right"), len(edges) - 1)


def bernoulli(rng: np.random.Generator, size: int, share: float) -> Bools:
    """Return (size,) independent draws, each true with probability ``share``."""
    return rng.random(size, dtype=np.float32) < share
