"""Persons' customer accounts and their opening times: computed from numbers, never stored.

Orders, deals, deposits and registers all use these functions, so they cannot disagree.
"""

import math

import numpy as np

from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import DAY, HOUR, SHOPPING, Chunk
from synthetic_data.population import Population
from synthetic_data.settings import WorldSettings

SHOP_PAST, USER_PAST = 3_650, 2_000  # [A] days before the world in which accounts were opened
#: Share of adults with an account at one partner shop: at the start of the world, its minimum
#: there, and its maximum at the end. [A]
START_CUSTOMERS, LEAST_CUSTOMERS, MOST_CUSTOMERS = 0.4, 0.2, 0.95
NEVER = 2**40  #: a moment after every horizon, in seconds


class Memberships:
    """Accounts of persons at webshops, marketplaces and exchanges.

    At partner shop ``i`` the persons open their accounts in a fixed order, a permutation
    ``position = (step_i * person + offset_i) mod persons``. The order is invertible, so the persons
    who open an account within a period are found without visiting the others. Accounts are opened
    at the pace of shopping, so fresh accounts have the same share of the orders in every season.

    Args:
        world: settings.
        population: its persons and businesses.
    """

    def __init__(self, world: WorldSettings, population: Population) -> None:
        self._world, self._population = world, population
        persons, shopping = population.persons, world.shopping
        horizon = Chunk(0, 0, world.days * DAY)
        #: (hours + 1,) shopping from the start of the world to each hour, in average days
        self._pace = np.cumsum(np.r_[0.0, SHOPPING.intensity(horizon, world.first_month)])
        total = self._pace[-1]
        share = np.array(list(world.market.webshop.values()))
        wanted = shopping.fresh_customer_share * shopping.per_person_day * share
        #: (shops,) accounts opened per person on an average day; a person opens one per shop at
        #: most, so a large share of fresh customers cannot last for years.
        self.opening_rate = np.minimum(wanted, (MOST_CUSTOMERS - LEAST_CUSTOMERS) / total)
        self._start_share = np.minimum(START_CUSTOMERS, MOST_CUSTOMERS - self.opening_rate * total)
        #: (shops,) days in which the shop would have gained its initial customers at this rate
        self._recent = np.minimum(
            self._start_share / np.maximum(self.opening_rate, 1e-12), SHOP_PAST
        )
        shops = np.arange(len(share))
        offset = population.hash.uniform("customer offset", shops) * persons
        self._offset = offset.astype(np.int64)
        first = (persons * (0.25 + population.hash.uniform("customer step", shops) / 2)).astype(int)
        self._step = np.array([_coprime(int(each), persons) for each in first])

    def customer_opened(self, shop: Ints, person: Ints) -> Ints:
        """Return the (rows,) second at which persons open accounts at partner shops, or ``NEVER``.

        Args:
            shop: (rows,) partner shops by index.
            person: (rows,) persons.
        """
        position = (self._step[shop] * person + self._offset[shop]) % self._population.persons
        return self._moment(shop, position)

    def customers_opening(self, shop: int, chunk: Chunk) -> tuple[Ints, Ints]:
        """Return the persons who open an account at a shop within a chunk, and the seconds."""
        persons = self._population.persons
        days = self._pace[[chunk.start // HOUR, chunk.stop // HOUR]]
        edges = (self._start_share[shop] + days * self.opening_rate[shop]) * persons
        position = np.arange(int(edges[0]) - 1, min(int(edges[1]) + 2, persons))
        moment = self._moment(np.full(len(position), shop), position)
        within = (moment >= chunk.start) & (moment < chunk.stop)
        inverse = pow(int(self._step[shop]), -1, persons)
        person = (position[within] - self._offset[shop]) * inverse % persons
        return person, moment[within]

    def customers_share(self, chunk: Chunk) -> Floats:
        """Return the (shops,) share of persons with an account halfway through a chunk."""
        hour = (chunk.start + chunk.stop) / 2 / HOUR
        days = np.interp(hour, np.arange(len(self._pace)), self._pace)
        share: Floats = self._start_share + days * self.opening_rate
        return share

    def user_opened(self, place: Ints, person: Ints) -> Ints:
        """Return the (rows,) day on which persons open accounts at marketplaces; all do so [A].

        Args:
            place: (rows,) marketplaces by index.
            person: (rows,) persons.
        """
        number = place * 2 * self._population.persons + person
        return self._day("user opened", number)

    def is_trader(self, person: Ints) -> Bools:
        """Return whether each person has an account at a crypto exchange, now or later."""
        uniform = self._population.hash.uniform("trader", person)
        return uniform < self._world.crypto.customers_share

    def trader_exchange(self, person: Ints) -> Ints:
        """Return the exchange of each person, if a trader."""
        shares = np.cumsum(list(self._world.market.exchange.values()))
        uniform = self._population.hash.uniform("trader exchange", person)
        return np.minimum(np.searchsorted(shares, uniform, side="right"), len(shares) - 1)

    def trader_opened(self, person: Ints) -> Ints:
        """Return the day on which each person opens the account at the exchange, if a trader.

        The day is never before the opening of the person's main bank account.
        """
        bank = self._population.account_opened[person]
        return np.maximum(self._day("trader opened", person), bank)

    def _moment(self, shop: Ints, position: Ints) -> Ints:
        """Return the second at which the person at a position of a shop's order opens, or never."""
        ahead = (position + 0.5) / self._population.persons - self._start_share[shop]
        # accounts from before the world: the present daily rate at first, lower further back
        back, recent = -ahead / self._start_share[shop], self._recent[shop]
        past = np.floor(-DAY * (back * recent + back**4 * (SHOP_PAST - recent))).astype(np.int64)
        days = ahead / np.maximum(self.opening_rate[shop], 1e-12)
        hour = np.interp(days, self._pace, np.arange(len(self._pace)))
        future = np.where(days < self._pace[-1], (hour * HOUR).astype(np.int64), NEVER)
        return np.where(ahead < 0, past, future)

    def _day(self, fact: str, number: Ints) -> Ints:
        uniform = self._population.hash.uniform(fact, number)
        return np.floor(uniform * (USER_PAST + self._world.days)).astype(np.int64) - USER_PAST


def _coprime(first: int, persons: int) -> int:
    """Return the smallest number from ``first`` on that is coprime with ``persons``."""
    while math.gcd(first, persons) != 1:
        first += 1
    return first
