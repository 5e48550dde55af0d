"""The people of honest episodes, and the rows they leave: calls, payments, actions, checkouts."""

import math

import numpy as np

from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.background.actors import bernoulli, by_day, paying_account, zipf
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, HOUR, MINUTE
from synthetic_data.population import Population
from synthetic_data.rows import LIMIT_RAISE, SAVINGS_IN, limit_eur, neat
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
GENERATION_YEARS, CLOSE_CONTACTS = 30, 12  # [A] between parent and child; contacts to look among


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
