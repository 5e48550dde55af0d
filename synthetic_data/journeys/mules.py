"""The accounts that receive the money of a fraud and move it on."""

from functools import lru_cache

import numpy as np

from scenarios.phases import Preparation
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import DAY
from synthetic_data.holders import ADULT, holders_of
from synthetic_data.population import Population

#: Years in which recruits become e times as rare with age: most mules known to the police are 15 to
#: 23 (Bekkers et al. 2023), and some are of any age. [A]
YOUNG_YEARS, ANY_YEARS = 4.0, 30.0
LONG_OPEN = 30  # [A] minimum age in days of a recruited mule's account when the world starts
#: Age in days of an account that is opened for the purpose, when first used: median, and spread of
#: its logarithm; one in ten is bought aged, from four months to over a year. [A]
OPENED_DAYS, OPENED_SIGMA = 30.0, 1.1
SMALL = 0.5  # [A] share of businesses, the least popular, whose accounts serve as mules


class Mules:
    """Accounts by the holder's age and by bank.

    Args:
        population: its persons and businesses.
    """

    def __init__(self, population: Population) -> None:
        self._population = population
        opened, bank = population.account_opened, population.account_bank
        persons = population.persons
        recruits = np.flatnonzero(opened[:persons] <= -LONG_OPEN)
        #: main accounts that have been open for long, sorted by bank
        self.recruits: Ints = recruits[np.argsort(bank[recruits], kind="stable")]
        banks = np.arange(len(population.bank_phone) + 1)
        self._edges = np.searchsorted(bank[self.recruits], banks)
        years = population.age[self.recruits] - ADULT
        self._weight_young = _cumulated(np.exp(-years / YOUNG_YEARS))
        self._weight_any = _cumulated(np.exp(-years / ANY_YEARS))

    def draw(self, rng: np.random.Generator, day: Ints, preparation: Preparation) -> Ints:
        """Draw the accounts that serve as mules from a day on.

        Args:
            rng: stream of the caller.
            day: (mules,) day of first use.
            preparation: shares of the form's mules of each kind.
        """
        size = len(day)
        recruited = self.recruited(rng, size, preparation.older_mule_share)
        opened = holders_of(self._population).opened(rng, day, OPENED_DAYS, OPENED_SIGMA)
        account = np.where(rng.random(size) < preparation.recruited_mule_share, recruited, opened)
        business = self.businesses(rng, day)
        company = (rng.random(size) < preparation.business_mule_share) & (business >= 0)
        return np.where(company, business, account)

    def recruited(self, rng: np.random.Generator, size: int, older_share: float) -> Ints:
        """Draw existing accounts: mostly of young people, a share of people of any age."""
        older, u = rng.random(size) < older_share, rng.random(size)
        young = np.searchsorted(self._weight_young, u * self._weight_young[-1], side="right") - 1
        others = np.searchsorted(self._weight_any, u * self._weight_any[-1], side="right") - 1
        found: Ints = self.recruits[np.where(older, others, young)]
        return found

    def businesses(self, rng: np.random.Generator, day: Ints) -> Ints:
        """Draw accounts of small businesses, -1 for one that is not open by then."""
        population = self._population
        first = int(population.businesses * (1 - SMALL))
        which = rng.integers(first, population.businesses, len(day))
        account = population.first_business_account + which
        return np.where(population.account_opened[account] < day, account, -1)

    def next_in_chain(
        self, rng: np.random.Generator, account: Ints, other_bank: Bools, older_share: float
    ) -> Ints:
        """Draw existing accounts, at another bank or at the same one.

        Args:
            rng: stream of the caller.
            account: (accounts,) previous account in the chain.
            other_bank: (accounts,) whether the next one is at another bank.
            older_share: share of people of any age; the others are mostly young.
        """
        young, others = (
            self._next(rng, account, other_bank, weight)
            for weight in (self._weight_young, self._weight_any)
        )
        return np.where(rng.random(len(account)) < older_share, others, young)

    def _next(
        self, rng: np.random.Generator, account: Ints, other_bank: Bools, weight: Floats
    ) -> Ints:
        bank = self._population.account_bank[account]
        low, high = weight[self._edges[bank]], weight[self._edges[bank + 1]]
        here, total = high - low, weight[-1]
        elsewhere = np.where(here == 0, True, np.where(here == total, False, other_bank))
        point = rng.random(len(account)) * np.where(elsewhere, total - here, here)
        point += np.where(elsewhere, np.where(point >= low, here, 0.0), low)
        index = np.searchsorted(weight, point, side="right") - 1
        found: Ints = self.recruits[np.minimum(index, len(self.recruits) - 1)]
        return found

    def chosen(self, u: Floats, among: Bools) -> Ints:
        """Return the recruit at each uniform number, of some of them, mostly young; -1 if none.

        Args:
            u: (rows,) uniform numbers in [0, 1).
            among: (recruits,) which of them can be chosen.
        """
        if not among.any():
            return np.full(len(u), -1)
        weight = _cumulated(np.diff(self._weight_young) * among)
        found: Ints = self.recruits[np.searchsorted(weight, u * weight[-1], side="right") - 1]
        return found

    def usable(self, account: Ints, time: Ints, frozen: Bools, *others: Ints) -> Ints:
        """Return mule accounts, replacing those that cannot receive the money.

        Args:
            account: (rows,) mule accounts.
            time: (rows,) seconds; the account must be open.
            frozen: (rows,) whether the account is frozen then.
            others: (rows,) persons who cannot be the mule, such as the victim and the payer; -1 for
                a company.
        """
        population = self._population
        owner = population.owner(account)
        wrong = frozen | (population.account_opened[account] + 1 > time // DAY)
        for other in others:
            wrong |= (owner == other) & (owner >= 0)
        rows = np.flatnonzero(wrong)
        u = population.hash.uniform("stand-in", account[rows])
        index = np.searchsorted(self._weight_young, u * self._weight_young[-1], side="right") - 1
        for _ in others:  # a recruit has one account here, so there is one clash per person at most
            recruit = self.recruits[index % len(self.recruits)]
            clash = np.zeros(len(rows), dtype=bool)
            for other in others:
                clash |= recruit == other[rows]
            index += clash
        result = account.copy()
        result[rows] = self.recruits[index % len(self.recruits)]
        return result


def _cumulated(weight: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(weight)])


@lru_cache(maxsize=1)
def mules_of(population: Population) -> Mules:
    """Return the mules of a population, the same ones for all forms."""
    return Mules(population)
