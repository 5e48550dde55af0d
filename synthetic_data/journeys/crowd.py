"""The persons whom criminals target, and the accounts that receive the money."""

from functools import lru_cache

import numpy as np

from synthetic_data.arrays import Bools, Ints
from synthetic_data.clock import DAY
from synthetic_data.population import Population

UNDER_35, BETWEEN, FROM_70 = range(3)  #: age groups of targets
#: Susceptibility is uniform ** 20: a fifth of the people are 99 % of the targets, so that at seven
#: victims per 100 adults a year 29 % of the victims are defrauded again in that year. [D] 2.3 of
#: 6.8 (CBS 2025, lowest income fifth)
SUSCEPTIBILITY = 20
#: The exponent with the same result when targets are also drawn in proportion to online shopping,
#: as for fake offers.
SUSCEPTIBILITY_BUYING = 13
OLDEST_MULE = 27  # [A] most mules known to the police are 15 to 23; adults only in this world
LONG_OPEN = 30  # [A] minimum age in days of a recruited mule's account when the world starts
FRESH = (2, 60)  # [A] age in days of a mule account that is opened for the purpose


class Crowd:
    """People by age group, bank and susceptibility, and accounts by day of opening.

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

        opened, bank = population.account_opened, population.account_bank
        persons = population.persons
        young = (population.age <= OLDEST_MULE) & (opened[:persons] <= -LONG_OPEN)
        recruits = np.flatnonzero(young)
        #: accounts of young people that have been open for long, sorted by bank
        self.recruits: Ints = recruits[np.argsort(bank[recruits], kind="stable")]
        self._bank_edges = np.searchsorted(bank[self.recruits], np.arange(self._banks + 1))
        accounts = np.flatnonzero(bank[: 2 * persons] >= 0).astype(np.int32)
        self._by_opening = accounts[np.argsort(opened[accounts], kind="stable")]
        self._openings = opened[self._by_opening]

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

    def recruited(self, rng: np.random.Generator, size: int) -> Ints:
        """Draw existing accounts of young people."""
        account: Ints = self.recruits[rng.integers(0, len(self.recruits), size)]
        return account

    def fresh(self, rng: np.random.Generator, day: Ints) -> Ints:
        """Draw an account opened shortly before each day, -1 if there is none.

        Args:
            rng: stream of the caller.
            day: (accounts,) day of first use.
        """
        first = np.searchsorted(self._openings, day - FRESH[1], side="left")
        last = np.searchsorted(self._openings, day - FRESH[0], side="right")
        index = first + (rng.random(len(day)) * (last - first)).astype(np.int64)
        account = self._by_opening[np.minimum(index, len(self._by_opening) - 1)]
        return np.where(last > first, account.astype(np.int64), -1)

    def next_in_chain(self, rng: np.random.Generator, account: Ints, other_bank: Bools) -> Ints:
        """Draw existing accounts of young people, at another bank or at the same one.

        Args:
            rng: stream of the caller.
            account: (accounts,) previous account in the chain.
            other_bank: (accounts,) whether the next one is at another bank.
        """
        bank, size = self._population.account_bank[account], len(self.recruits)
        first = self._bank_edges[bank]
        here = self._bank_edges[bank + 1] - first
        elsewhere = np.where(here == 0, True, np.where(here == size, False, other_bank))
        u = rng.random(len(account))
        index = (u * np.where(elsewhere, size - here, here)).astype(np.int64)
        index += np.where(elsewhere, here * (index >= first), first)
        return self.recruits[index]

    def usable(self, account: Ints, time: Ints, *others: Ints) -> Ints:
        """Return mule accounts, replacing those that cannot receive the money.

        Args:
            account: (rows,) mule accounts.
            time: (rows,) seconds; the account must be open.
            others: (rows,) persons who cannot be the mule, such as the victim and the payer.
        """
        population = self._population
        owner = population.owner(account)
        wrong = population.account_opened[account] + 1 > time // DAY
        for other in others:
            wrong |= owner == other
        rows = np.flatnonzero(wrong)
        index = (population.hash.uniform("stand-in", account[rows]) * len(self.recruits)).astype(
            np.int64
        )
        for _ in others:  # a recruit has one account here, so there is one clash per person at most
            recruit = self.recruits[index % len(self.recruits)]
            clash = np.zeros(len(rows), dtype=bool)
            for other in others:
                clash |= recruit == other[rows]
            index += clash
        result = account.copy()
        result[rows] = self.recruits[index % len(self.recruits)]
        return result


@lru_cache(maxsize=1)
def crowd_of(population: Population) -> Crowd:
    """Return the crowd of a population, the same one for all forms."""
    return Crowd(population)
