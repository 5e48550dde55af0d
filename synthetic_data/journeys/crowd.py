"""The persons whom criminals target."""

from functools import lru_cache

import numpy as np

from synthetic_data.arrays import Ints
from synthetic_data.population import Population

UNDER_35, BETWEEN, FROM_70 = range(3)  #: age groups of targets
#: Susceptibility is uniform ** 20: a fifth of the people are 99 % of the targets, so that at seven
#: victims per 100 adults a year 29 % of the victims are defrauded again in that year. [D] 2.3 of
#: 6.8 (CBS 2025, lowest income fifth)
SUSCEPTIBILITY = 20
#: The exponent with the same result when targets are also drawn in proportion to online shopping,
#: as for fake offers.
SUSCEPTIBILITY_BUYING = 13


class Crowd:
    """People by age group, bank and susceptibility.

    Args:
        population: its persons and businesses.
    """

    def __init__(self, population: Population) -> None:
        self._population = population
        self._banks = len(population.bank_phone)
        age_group = np.digitize(population.age, [35, 70])
        key = (age_group * self._banks + population.bank).astype(np.int16)
        self._order = np.argsort(key, kind="stable").astype(np.int32)
        self._edges = np.searchsorted(key[self._order], np.arange(3 * self._banks + 1))
        u = population.hash.uniform("susceptible", self._order)
        buying = u**SUSCEPTIBILITY_BUYING * population.shopping.relative(self._order)
        #: (2, P + 1) cumulative weights of targets: of any kind, and in proportion to shopping.
        self._weights = np.zeros((2, len(u) + 1))
        self._weights[0, 1:] = np.cumsum(u**SUSCEPTIBILITY)
        self._weights[1, 1:] = np.cumsum(buying)

    def targets(
        self, rng: np.random.Generator, age_group: Ints, bank: Ints, *, buying: bool
    ) -> Ints:
        """Draw a person for each case by susceptibility; the same person may be drawn again.

        Args:
            rng: stream of the caller.
            age_group: (cases,) ``UNDER_35``, ``BETWEEN`` or ``FROM_70``.
            bank: (cases,) main bank of the target, -1 for any.
            buying: whether persons who shop more online are targeted more often.
        """
        weight = self._weights[int(buying)]
        low = age_group * self._banks + np.maximum(bank, 0)
        high = np.where(bank < 0, low + self._banks, low + 1)
        first, last = self._edges[low], self._edges[high]
        none = first == last  # no customer of that age: take any bank
        first = np.where(none, self._edges[age_group * self._banks], first)
        last = np.where(none, self._edges[(age_group + 1) * self._banks], last)
        below, above = weight[first], weight[last]
        point = below + rng.random(len(low)) * (above - below)
        index = np.searchsorted(weight, point, side="right") - 1
        person: Ints = self._order[np.clip(index, first, last - 1)].astype(np.int64)
        return person


@lru_cache(maxsize=1)
def crowd_of(population: Population) -> Crowd:
    """Return the crowd of a population, the same one for all forms."""
    return Crowd(population)
