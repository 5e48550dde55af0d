"""Registers: the customers of each partner, with the telephone number and address on record.

Every register has its own errors: a number is missing, mistyped or outdated, an address is wrong.
They are hashed from the number of the row and depend on nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import Ints
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY
from synthetic_data.memberships import Memberships
from synthetic_data.population import NEVER_DAY, Population
from synthetic_data.schema import TABLES
from synthetic_data.settings import WorldSettings
from synthetic_data.statements import opening_eur

MISSING_SHARE = 0.5  # [A] of the wrong phone numbers; the others are mistyped
OLD_NUMBER_DAYS = 5_000  # [A] maximum age of a phone number when the world starts


def registers(
    world: WorldSettings, population: Population, chunk_rows: int = 1_000_000
) -> Iterator[tuple[str, Batch]]:
    """Yield the rows of the registers of all sectors that take part, before coding.

    Args:
        world: settings.
        population: its persons and businesses.
        chunk_rows: persons per block; every register has one batch, maybe empty, per block.

    Yields:
        Name of a table, and rows with the columns of ``schema.TABLES`` and numbers of entities.
    """
    register = _Registers(world, population)
    tables: dict[str, Callable[[_Block], Batch]] = {
        "accounts": register.accounts,
        "subscribers": register.subscribers,
        "customers": register.customers,
        "users": register.users,
        "merchants": register.merchants,
        "traders": register.traders,
        "members": register.members,
        "advertisers": register.advertisers,
    }
    count = -(-population.persons // chunk_rows)
    for index in range(count):
        first = index * chunk_rows
        person = np.arange(first, min(first + chunk_rows, population.persons))
        block = _Block(index, count, person)
        for table, rows in tables.items():
            if TABLES[table].sector not in world.market.absent:
                yield table, rows(block)


def register_phone(world: WorldSettings, population: Population, table: str, number: Ints) -> Ints:
    """Return the telephone number on record for each row, at the end of the horizon.

    Args:
        world: settings, of which the quality of the linkage.
        population: its persons and businesses.
        table: the register.
        number: (rows,) accounts, or customers as ``partner * 2 * persons + person``.

    Returns:
        (rows,) phones, -1 for a missing one.
    """
    linkage, hashed = world.linkage, population.hash
    twice = 2 * population.persons
    person = population.owner(number) if table == "accounts" else number % twice
    private = person >= 0
    changed = private & (population.number_renewal[person] < world.days)
    kept = hashed.uniform(f"{table} phone outdated", number) < linkage.phone_outdated_share
    business = population.first_business_phone + number - population.first_business_account
    right = np.where(private, person + population.persons * (changed & ~kept), business)
    u = hashed.uniform(f"{table} phone wrong", number)
    wrong = u < linkage.phone_wrong_share
    missing = u < linkage.phone_wrong_share * MISSING_SHARE
    # a mistyped number is the first number of a random person, or a second one, mostly unassigned
    mistyped = (hashed.uniform(f"{table} phone typed", number) * twice).astype(np.int64)
    return np.where(missing, -1, np.where(wrong, mistyped, right))


@dataclass(frozen=True, eq=False)
class _Block:
    """Block ``index`` of ``count``: its persons, and the same part of any other range."""

    index: int
    count: int
    person: Ints

    def part(self, size: int) -> Ints:
        """Return the numbers below ``size`` that fall in the block."""
        edges = [each * size // self.count for each in (self.index, self.index + 1)]
        return np.arange(*edges)


class _Registers:
    """The rows of every register for a block of persons, or the same part of the businesses."""

    def __init__(self, world: WorldSettings, population: Population) -> None:
        self._world, self._population = world, population
        self._members = Memberships(world, population)

    def _phone(self, table: str, number: Ints) -> Ints:
        return register_phone(self._world, self._population, table, number)

    def accounts(self, block: _Block) -> Batch:
        """Return bank accounts; those of providers and exchanges have no telephone number."""
        population, person = self._population, block.person
        businesses = block.part(len(population.account_bank) - 2 * population.persons)
        every = np.concatenate(
            [person, population.persons + person, population.first_business_account + businesses]
        )
        account = every[population.account_bank[every] >= 0]
        owner = population.owner(account)
        collecting = account >= population.first_collecting_account
        return Batch(
            {
                "account": account,
                "bank": population.account_bank[account],
                "age": np.where(owner >= 0, population.age[owner], -1),
                "phone": np.where(collecting, -1, self._phone("accounts", account)),
                "opened_day": population.account_opened[account],
                "opening_eur": opening_eur(self._world, population, account),
                "holder": np.where(owner >= 0, owner, account),
            }
        )

    def subscribers(self, block: _Block) -> Batch:
        """Return telephone numbers: every person's first one, and the new one after a change."""
        population, person = self._population, block.person
        changed = person[population.number_renewal[person] < NEVER_DAY]
        since = -np.floor(population.hash.uniform("number since", person) * OLD_NUMBER_DAYS) - 1
        return Batch(
            {
                "phone": np.concatenate([person, population.persons + changed]),
                "operator": population.operator[np.concatenate([person, changed])],
                "since_day": np.concatenate(
                    [since.astype(np.int64), population.number_renewal[changed]]
                ),
            }
        )

    def customers(self, block: _Block) -> Batch:
        """Return customers of partner webshops with an account before the end of the horizon."""
        population, everybody = self._population, block.person
        parts = []
        for index in range(len(self._world.market.webshop)):
            shop = np.full(len(everybody), index)
            opened = self._members.customer_opened(shop, everybody)
            known = opened < self._world.days * DAY
            person, number = everybody[known], shop[known] * 2 * population.persons
            number = number + person
            wrong = population.hash.uniform("customers address wrong", number)
            other = population.hash.uniform("customers address", number) * population.households
            parts.append(
                Batch(
                    {
                        "customer": number,
                        "shop": shop[known],
                        "phone": self._phone("customers", number),
                        "address": np.where(
                            wrong < self._world.linkage.address_wrong_share,
                            other.astype(np.int64),
                            population.household[person],
                        ),
                        "opened_day": opened[known] // DAY,
                    }
                )
            )
        return joined(parts)

    def users(self, block: _Block) -> Batch:
        """Return users of marketplaces with an account before the end of the horizon."""
        place, person = self._at_all("marketplace", block.person)
        number = place * 2 * self._population.persons + person
        opened = self._members.user_opened(place, person)
        users = Batch(
            {
                "user": number,
                "place": place,
                "phone": self._phone("users", number),
                "opened_day": opened,
            }
        )
        return users.take(opened < self._world.days)

    def merchants(self, block: _Block) -> Batch:
        """Return shops that are paid through a payment provider."""
        population = self._population
        shop = block.part(population.shops)
        shop = shop[population.shop_psp[shop] >= 0]
        own = population.first_business_account + shop
        return Batch(
            {
                "merchant": shop,
                "psp": population.shop_psp[shop],
                "payout_account": population.shop_account(shop),
                "opened_day": population.account_opened[own],
            }
        )

    def traders(self, block: _Block) -> Batch:
        """Return customers of crypto exchanges, with their main bank account."""
        person = block.person
        person = person[self._members.is_trader(person)]
        person = person[self._members.trader_opened(person) < self._world.days]
        exchange = self._members.trader_exchange(person)
        number = exchange * 2 * self._population.persons + person
        return Batch(
            {
                "trader": number,
                "exchange": exchange,
                "account": person,
                "phone": self._phone("traders", number),
                "opened_day": self._members.trader_opened(person),
            }
        )

    def members(self, block: _Block) -> Batch:
        """Return members of social platforms: every person is on every platform [A]."""
        platform, person = self._at_all("social", block.person)
        number = platform * 2 * self._population.persons + person
        return Batch(
            {"member": number, "platform": platform, "phone": self._phone("members", number)}
        )

    def advertisers(self, block: _Block) -> Batch:
        """Return advertisers: every business advertises on every platform [A]."""
        population = self._population
        platform, business = self._at_all("social", block.part(population.businesses))
        opened = population.account_opened[population.first_business_account + business]
        return Batch({"advertiser": business, "platform": platform, "opened_day": opened})

    def _at_all(self, sector: str, number: Ints) -> tuple[Ints, Ints]:
        """Return every pair of a partner of a sector and a number."""
        partners = len(self._world.market.partners(sector))
        return np.repeat(np.arange(partners), len(number)), np.tile(number, partners)
