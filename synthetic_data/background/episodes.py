"""Honest episodes in which look-alikes of fraud meet: calls, new payees, large sums, new accounts.

Ordinary life has each of these by itself. Here they come together, as in life, at several partners:
each kind of episode has a quota of its own (``habits.Episodes``). All times are in seconds, and
nothing of an episode happens before it begins.
"""

import math
from collections.abc import Callable

import numpy as np

from scenarios.base import SHOP_ROUNDING
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.background.actors import bernoulli, by_day, paying_account, zipf
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, MINUTE, PAYMENTS, Chunk
from synthetic_data.holders import holders_of
from synthetic_data.population import Population
from synthetic_data.rows import LIMIT_RAISE, SAVINGS_IN, limit_eur, neat
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

LONGEST_CALL_S = 6 * HOUR
SAVINGS_UNIT_EUR = 50  # [A] as before any large payment
NEAT = 0.5  # [A] share of round amounts, as of any large payment
#: Median EUR and log-normal sigma of the payments of each kind of episode. [A]
AMOUNTS = {
    "helper": (350.0, 1.2),
    "seller": (140.0, 1.1),
    "bank": (900.0, 1.3),
    "house": (2_500.0, 1.1),
    "crowd": (25.0, 0.8),
    "repeated": (120.0, 1.2),
    "long": (150.0, 1.2),
    "relative": (120.0, 1.2),
    "order": (110.0, 0.9),
}
#: Median minutes and log-normal sigma of their calls. [A]
CALLS = {
    "helper": (15.0, 0.8),
    "seller": (6.0, 0.9),
    "bank": (16.0, 0.8),
    "house": (12.0, 0.8),
    "crowd": (5.0, 1.0),
    "long": (130.0, 0.45),
    "relative": (12.0, 0.9),
    "order": (25.0, 0.6),
}
YOUNG_YEARS = 9.0  # [A] sellers and students become e times as rare with every nine years of age
BUYER_YEARS = 25.0  # [A] likewise those who buy or rent a house
PARENT_AGE, PARENT_YEARS = 66.0, 5.0  # [A] whom a child helps: half of those of 66
OPENED_DAYS, OPENED_SIGMA = 25.0, 1.2  # [A] age of a relative's new account
GENERATION_YEARS, CLOSE_CONTACTS = 30, 12  # [A] between parent and child; contacts to look among
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


class Cast:
    """The episodes of one kind in one chunk, and the rows they leave.

    Attributes:
        kind: key of ``AMOUNTS`` and ``CALLS``.
        population: persons and businesses.
        begin: (episodes,) second at which each begins.
        rng: stream of the kind and chunk.
        rows: intents by table.
    """

    def __init__(
        self,
        kind: str,
        world: WorldSettings,
        population: Population,
        begin: Ints,
        rng: np.random.Generator,
    ) -> None:
        self.kind, self._world, self.population = kind, world, population
        self.begin, self.rng = begin, rng
        self.rows: dict[str, list[Batch]] = {}
        self.size = len(begin)

    def chance(self, share: float) -> Bools:
        """Return (episodes,) independent draws."""
        return bernoulli(self.rng, self.size, share)

    def anybody(self) -> Ints:
        """Return (episodes,) persons."""
        return self.rng.integers(0, self.population.persons, self.size)

    def other_than(self, person: Ints) -> Ints:
        """Return (episodes,) persons, none of them the given one."""
        persons = self.population.persons
        return (person + self.rng.integers(1, persons, self.size)) % persons

    def contact(self, person: Ints, pages: int) -> Ints:
        """Return one of the first contacts in each person's book."""
        return self.population.friend(person, self.rng.integers(0, pages, len(person)))

    def child(self, parent: Ints) -> Ints:
        """Return the contact of each parent who is most nearly a generation younger."""
        pages = np.arange(CLOSE_CONTACTS)
        near = self.population.friend(parent[:, None], pages[None, :])
        years = self.population.age[parent][:, None].astype(np.int64) - self.population.age[near]
        most = np.argmin(np.abs(years - GENERATION_YEARS), axis=1)
        child: Ints = near[np.arange(len(parent)), most]
        return child

    def firm(self) -> Ints:
        """Return (episodes,) accounts of businesses, each as likely as another."""
        population = self.population
        which = self.rng.integers(0, population.businesses, self.size)
        return population.first_business_account + which

    def business_number(self) -> Ints:
        """Return (episodes,) telephone numbers of businesses, each as likely as another."""
        population = self.population
        which = self.rng.integers(0, population.businesses, self.size)
        return population.first_business_phone + which

    def other_shop(self) -> Ints:
        """Return (episodes,) online shops that are no partners, the least popular most often."""
        shops, partners = self.population.shops, len(self._world.market.webshop)
        return shops - 1 - zipf(self.rng.random(self.size), shops - partners, 0.5)

    def a_while(self, median_s: float, sigma: float = 0.8) -> Ints:
        """Return (episodes,) durations in seconds."""
        wait: Ints = np.maximum(
            self.rng.lognormal(math.log(median_s), sigma, self.size), 20
        ).astype(np.int64)
        return wait

    def amounts(self, rounding: float = NEAT) -> Floats:
        """Return (episodes,) amounts in EUR of the kind, round with some probability."""
        median, sigma = AMOUNTS[self.kind]
        raw = np.maximum(self.rng.lognormal(math.log(median), sigma, self.size), 1.0)
        return neat(self.rng, raw, rounding)

    def call(self, person: Ints, number: Ints, incoming: Floats | float, which: Bools) -> Ints:
        """Add calls that begin with the episodes; return the (episodes,) second of their end.

        Args:
            person: (episodes,) subscribers.
            number: (episodes,) the other number.
            incoming: probability that the subscriber is called.
            which: (episodes,) whether there is a call.
        """
        minutes, sigma = CALLS[self.kind]
        length = np.clip(self.a_while(minutes * MINUTE, sigma), 30, LONGEST_CALL_S)
        calls = Batch(
            {
                "time": self.begin,
                "subscriber": person,
                "number": number.astype(np.int64),
                "duration_s": length.astype(np.int32),
                "incoming": (self.rng.random(self.size) < incoming).astype(np.int8),
            }
        )
        self._put(
            "calls", calls.take(which & (self.population.phone(person, self.begin) != number))
        )
        return self.begin + length

    def during(self, end: Ints) -> Ints:
        """Return a moment of each call that lasts until ``end``."""
        span = (0.25 + 0.65 * self.rng.random(self.size)) * (end - self.begin)
        return self.begin + span.astype(np.int64)

    def means(self, person: Ints, time: Ints, shared_share: float | None = None) -> Batch:
        """Return how each person pays: ``payer``, an account or -1 if none is open, and ``device``.

        Args:
            person: (episodes,) persons.
            time: (episodes,) seconds.
            shared_share: share of them at the household's computer; the usual one if None.
        """
        if shared_share is None:
            shared_share = self._world.population.shared_computer_share
        payer = paying_account(self.rng, self.population, person, time)
        device = self.population.own_device(person, time, self.chance(shared_share))
        return Batch({"payer": payer, "device": device})

    def pay(self, means: Batch, payee: Ints, time: Ints, amount_eur: Floats, which: Bools) -> Batch:
        """Add payments; return all (episodes,) of them, with ``made``: which can be.

        Nobody pays from or to an account that is not open yet, or to the paying account itself.
        """
        payer = means["payer"]
        opened = self.population.account_opened[payee].astype(np.int64) * DAY
        able = which & (payer >= 0) & (payer != payee) & (opened <= time)
        payments = means.plus(time=time, payee=payee, amount_eur=amount_eur)
        self._put("payments", payments.take(able))
        return payments.plus(made=able)

    def prepare(self, payments: Batch, *, limit: Bools, savings: Bools) -> None:
        """Add limits that are raised and savings that are moved before some payments."""
        amount = payments["amount_eur"]
        saved = np.ceil(amount / SAVINGS_UNIT_EUR) * SAVINGS_UNIT_EUR
        for kind, which, eur in (
            (LIMIT_RAISE, limit, limit_eur(amount)),
            (SAVINGS_IN, savings, saved),
        ):
            lead = self.rng.random(self.size) * (payments["time"] - self.begin)
            actions = Batch(
                {
                    "time": self.begin + lead.astype(np.int64),
                    "account": payments["payer"],
                    "kind": np.full(self.size, kind, dtype=np.int8),
                    "amount_eur": eur,
                }
            )
            self._put("actions", actions.take(which & (payments["payer"] >= 0)))

    def checkout(self, payments: Batch, psp: Ints, merchant: Ints) -> None:
        """Add the payments that go through a provider, as the provider sees them."""
        purchases = {
            "time": payments["time"],
            "psp": psp,
            "merchant": merchant,
            "account": payments["payer"],
            "amount_eur": payments["amount_eur"],
            "device": payments["device"],
        }
        self._put("checkouts", Batch(purchases).take(payments["made"] & (psp >= 0)))

    def at(self, begin: Ints) -> "Cast":
        """Return a cast of the same kind with other moments, which adds to the same rows."""
        other = Cast(self.kind, self._world, self.population, by_day(begin), self.rng)
        other.rows = self.rows
        return other

    def _put(self, table: str, rows: Batch) -> None:
        self.rows.setdefault(table, []).append(rows)


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
