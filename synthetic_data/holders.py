"""Persons drawn by age, and accounts by day of opening: smoothly, so that no age is a cliff."""

import math
from functools import lru_cache

import numpy as np

from synthetic_data.arrays import Floats, Ints
from synthetic_data.population import AGE_GROUPS, Population

ADULT = AGE_GROUPS[0][0]  #: years; the world has adults only
NEARBY = 12  #: accounts opened just before or after a moment, one of which is taken
SHORTEST_DAYS = 1.0  #: between opening and first use


class Holders:
    """Persons in proportion to a weight of their age, and private accounts by day of opening.

    Args:
        population: its persons and businesses.
    """

    def __init__(self, population: Population) -> None:
        self._population = population
        self._weights: dict[tuple[float, float], Floats] = {}
        bank = population.account_bank[: 2 * population.persons]
        accounts = np.flatnonzero(bank >= 0).astype(np.int32)
        opened = population.account_opened
        self._by_opening = accounts[np.argsort(opened[accounts], kind="stable")]
        self._openings = opened[self._by_opening]

    def young(self, u: Floats, years: float) -> Ints:
        """Return the person at each uniform number, e times as rare for every so many years."""
        return self._at(u, ADULT - years, -years)

    def old(self, u: Floats, from_age: float, years: float) -> Ints:
        """Return the person at each uniform number; half of those who are of an age, most above.

        Args:
            u: (rows,) uniform numbers in [0, 1).
            from_age: age in years at which the weight is half.
            years: years in which the weight of younger persons falls e times.
        """
        return self._at(u, from_age, years)

    def _at(self, u: Floats, middle: float, years: float) -> Ints:
        """Draw in proportion to the logistic function of ``(age - middle) / years``."""
        if (middle, years) not in self._weights:
            age = np.arange(256)
            weight = 1 / (1 + np.exp(-(age - middle) / years))
            self._weights[middle, years] = np.cumsum(weight[self._population.age])
        cumulated = self._weights[middle, years]
        person: Ints = np.searchsorted(cumulated, u * cumulated[-1], side="right").astype(np.int64)
        return person

    def opened(self, rng: np.random.Generator, day: Ints, median_days: float, sigma: float) -> Ints:
        """Draw private accounts that were opened before each day: some just before, some long.

        Args:
            rng: stream of the caller.
            day: (accounts,) day of use.
            median_days: median age of the account then.
            sigma: log-normal spread of that age.
        """
        size = len(day)
        age = np.exp(math.log(median_days) + sigma * rng.standard_normal(size))
        target = day - np.maximum(age, SHORTEST_DAYS)
        place = np.searchsorted(self._openings, target) + rng.integers(-NEARBY, NEARBY + 1, size)
        latest = np.searchsorted(self._openings, day - SHORTEST_DAYS, side="right") - 1
        account: Ints = self._by_opening[np.clip(place, 0, latest)].astype(np.int64)
        return account


@lru_cache(maxsize=1)
def holders_of(population: Population) -> Holders:
    """Return the holders of a population, the same ones for all who draw."""
    return Holders(population)
