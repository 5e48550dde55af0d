"""Honest episodes in which look-alikes of fraud meet: calls, new payees, large sums, new accounts.

Ordinary life has each of these by itself. Here they come together, as in life, at several partners:
each kind of episode has a quota of its own (``habits.Episodes``). All times are in seconds, and
nothing of an episode happens before it begins.
"""

from collections.abc import Callable

import numpy as np

from scenarios.base import SHOP_ROUNDING
from synthetic_data.background.actors import by_day
from synthetic_data.background.cast import NEAT, Cast
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, MINUTE, PAYMENTS, Chunk
from synthetic_data.holders import holders_of
from synthetic_data.population import Population
from synthetic_data.rows import neat
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

YOUNG_YEARS = 9.0  # [A] sellers and students become e times as rare with every nine years of age
BUYER_YEARS = 25.0  # [A] likewise those who buy or rent a house
PARENT_AGE, PARENT_YEARS = 66.0, 5.0  # [A] whom a child helps: half of those of 66
OPENED_DAYS, OPENED_SIGMA = 25.0, 1.2  # [A] age of a relative's new account
HELPED_AT_COMPUTER = 0.7  # [A] share of parents who are helped at the household's computer
PAYERS_MEAN = 12.0  # [A] of a crowd that pays one person


class HonestEpisodes:
    """Episodes of honest people, by kind.

    Args:
        world: settings.
        population: its persons and businesses.
        seeds: subtree of the world.
    """

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None:
        self._world, self._population = world, population
        self._seeds = seeds.child("episodes")
        quotas = world.episodes
        self._kinds: dict[str, tuple[float, Callable[[Cast], None]]] = {
            "helper": (quotas.helper, _helper),
            "seller": (quotas.young_seller, _young_seller),
            "bank": (quotas.bank_call, _bank_call),
            "house": (quotas.house, _house),
            "crowd": (quotas.crowd, _crowd),
            "repeated": (quotas.equal_sums, _equal_sums),
            "long": (quotas.long_call, _long_call),
            "relative": (quotas.new_account, _new_account),
            "order": (quotas.helpdesk_order, _helpdesk_order),
        }
        #: left out of the length of chunks, so that a quota changes no other row
        self.per_day = 0.0

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the rows of the episodes that begin in a chunk."""
        days = PAYMENTS.intensity(chunk, self._world.first_month).sum()
        found: dict[str, list[Batch]] = {}
        for kind, (quota, play) in self._kinds.items():
            rng = self._seeds.rng(kind, chunk.index)
            size = int(rng.poisson(self._population.persons * quota / 1000 / 365 * days))
            if size:
                begin = PAYMENTS.draw(rng, chunk, self._world.first_month, size)
                cast = Cast(kind, self._world, self._population, begin, rng)
                play(cast)
                for table, batches in cast.rows.items():
                    found.setdefault(table, []).extend(batches)
        return {table: joined(batches) for table, batches in found.items()}


def _helper(cast: Cast) -> None:
    """A child helps a parent over the phone to pay somebody new."""
    people = holders_of(cast.population)
    parent = people.old(cast.rng.random(cast.size), PARENT_AGE, PARENT_YEARS)
    child = cast.child(parent)
    end = cast.call(parent, cast.population.phone(child, cast.begin), 0.5, cast.chance(1.0))
    payee = np.where(cast.chance(0.6), cast.firm(), cast.other_than(parent))
    time, amount = cast.during(end), cast.amounts()
    means = cast.means(parent, time, HELPED_AT_COMPUTER)
    paid = cast.pay(means, payee, time, amount, cast.chance(1.0))
    limit, savings = paid["made"] & cast.chance(0.25), paid["made"] & cast.chance(0.3)
    cast.prepare(paid, limit=limit, savings=savings)


def _young_seller(cast: Cast) -> None:
    """A buyer and a young seller are on the phone while, or just before, the buyer pays."""
    people, population = holders_of(cast.population), cast.population
    seller = people.young(cast.rng.random(cast.size), YOUNG_YEARS)
    buyer = cast.other_than(seller)
    number = population.phone(seller, cast.begin)
    end = cast.call(buyer, number, 0.4, cast.chance(1.0))
    time = np.where(cast.chance(0.6), cast.during(end), end + cast.a_while(10 * MINUTE))
    cast.pay(cast.means(buyer, time), seller, time, cast.amounts(), cast.chance(1.0))


def _bank_call(cast: Cast) -> None:
    """A bank calls its customer, who raises a limit, moves savings or pays while on the phone."""
    population = cast.population
    person = cast.anybody()
    means = cast.means(person, cast.begin)
    bank = population.account_bank[np.maximum(means["payer"], 0)]
    end = cast.call(person, population.bank_phone[bank], 1.0, means["payer"] >= 0)
    private = np.where(cast.chance(0.5), cast.other_than(person), person + population.persons)
    own = np.where(population.account_bank[private] >= 0, private, cast.firm())
    payee = np.where(cast.chance(0.5), cast.firm(), own)
    time, amount = cast.during(end), cast.amounts()
    paid = cast.pay(means, payee, time, amount, cast.chance(0.6))
    cast.prepare(paid, limit=cast.chance(0.5), savings=cast.chance(0.4))


def _house(cast: Cast) -> None:
    """A house is bought or rented: savings, a limit, calls, and two or three sums to new payees."""
    person = holders_of(cast.population).young(cast.rng.random(cast.size), BUYER_YEARS)
    end = cast.call(person, cast.business_number(), 0.5, cast.chance(0.8))
    time = np.where(cast.chance(0.5), cast.during(end), end + cast.a_while(2 * HOUR))
    for share in (1.0, 0.8, 0.4):
        payee = np.where(cast.chance(0.3), cast.other_than(person), cast.firm())
        amount = cast.amounts()
        paid = cast.pay(cast.means(person, time), payee, time, amount, cast.chance(share))
        limit, savings = paid["made"] & cast.chance(0.4), paid["made"] & cast.chance(0.5)
        cast.prepare(paid, limit=limit, savings=savings)
        time = by_day(time + cast.a_while(2 * HOUR, 1.2))


def _crowd(cast: Cast) -> None:
    """Many people pay one young person the same sum: a trip, a present, a collection."""
    population, rng = cast.population, cast.rng
    holder = holders_of(population).young(rng.random(cast.size), YOUNG_YEARS)
    amount = neat(rng, cast.amounts(), 0.8)
    payers = np.minimum(4 + rng.geometric(1 / (PAYERS_MEAN - 4), cast.size), 40)
    row = np.repeat(np.arange(cast.size), payers)
    page = np.arange(len(row)) - np.repeat(np.cumsum(payers) - payers, payers)
    many = cast.at(cast.begin[row] + rng.exponential(DAY, len(row)).astype(np.int64))
    payer = population.friend(holder[row], page)
    number = population.phone(holder[row], many.begin)
    end = many.call(payer, number, 0.5, many.chance(0.15) & (payer != holder[row]))
    time = many.during(end)
    many.pay(many.means(payer, time), holder[row], time, amount[row], payer != holder[row])


def _equal_sums(cast: Cast) -> None:
    """The same sum goes to the same payee twice or more: in parts, or for several people."""
    person = cast.anybody()
    payee = np.where(cast.chance(0.6), cast.firm(), cast.contact(person, 12))
    amount, time, means = cast.amounts(), cast.begin, cast.means(person, cast.begin)
    for share in (1.0, 1.0, 0.35, 0.15):
        cast.pay(means, payee, time, amount, cast.chance(share))
        time = time + cast.a_while(25 * MINUTE, 1.4)


def _long_call(cast: Cast) -> None:
    """A call takes hours, with a relative or a helpdesk; some people pay somebody meanwhile."""
    population = cast.population
    person = cast.anybody()
    business = cast.business_number()
    known = population.phone(cast.contact(person, 3), cast.begin)
    end = cast.call(person, np.where(cast.chance(0.6), known, business), 0.5, cast.chance(1.0))
    payee = np.where(cast.chance(0.5), cast.firm(), cast.contact(person, 40))
    time = cast.during(end)
    cast.pay(cast.means(person, time), payee, time, cast.amounts(), cast.chance(0.15))


def _new_account(cast: Cast) -> None:
    """Relatives pay somebody's new account for the first time, a little and then more."""
    population, people = cast.population, holders_of(cast.population)
    day = np.maximum(cast.begin // DAY, 1)
    account = people.opened(cast.rng, day, OPENED_DAYS, OPENED_SIGMA)
    holder = population.owner(account)
    for share in (1.0, 0.7, 0.4):
        relative = cast.contact(holder, 6)
        which = cast.chance(share) & (relative != holder)
        number = population.phone(holder, cast.begin)
        end = cast.call(relative, number, 0.5, which & cast.chance(0.4))
        time, amount = cast.during(end), cast.amounts()
        cast.pay(cast.means(relative, time), account, time, amount, which)
        more = which & cast.chance(0.4)
        later = by_day(time + cast.a_while(3 * DAY, 1.0))
        sum_eur = neat(cast.rng, 4 * amount, NEAT)
        cast.pay(cast.means(relative, later), account, later, sum_eur, more)


def _helpdesk_order(cast: Cast) -> None:
    """Somebody orders for the first time at a shop, with a helpdesk on the line."""
    population = cast.population
    person = cast.anybody()
    end = cast.call(person, cast.business_number(), 0.3, cast.chance(1.0))
    shop = cast.other_shop()
    psp = population.shop_psp[shop].astype(np.int64)
    account = population.shop_account(shop)
    open_shop = population.account_opened[population.first_business_account + shop] * DAY
    time, amount = cast.during(end), cast.amounts(SHOP_ROUNDING)
    payee = np.where(psp >= 0, population.psp_account[np.maximum(psp, 0)], account)
    paid = cast.pay(cast.means(person, time), payee, time, amount, open_shop <= time)
    cast.checkout(paid, psp, shop)
