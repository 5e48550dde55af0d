"""Ordinary bank life: bills, friends, salaries, rent, large one-offs, own savings and cash.

Online shopping and second-hand trade have their own modules. The large one-offs are the look-alikes
of fraud: a new payee, a large sum, sometimes with a raised limit, savings moved first, and the
payee or the bank on the phone.
"""

import math

import numpy as np
from scipy.special import ndtri

from synthetic_data.background.actors import SECOND_SHARE, Activity
from synthetic_data.batch import Batch, Floats, Ints, joined
from synthetic_data.clock import DAY, HOUR, MONTH_DAYS, PAYMENTS, Chunk
from synthetic_data.ledger import CASH_OUT, LIMIT_RAISE, SAVINGS_IN, neat
from synthetic_data.population import PAGES, Population
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

BILL, FRIEND, SAVINGS, LARGE = range(4)
#: Share of bills, friends and own savings among the rest. [A]
KIND_SHARES = (0.45, 0.4, 0.15)
#: Median amount in EUR, log-normal sigma, probability of a neat sum; by kind. [A]
MEDIAN_EUR = np.array([65.0, 28.0, 250.0, 1100.0], dtype=np.float32)
SIGMA = np.array([0.9, 1.0, 1.2, 1.2], dtype=np.float32)
ROUNDING = np.array([0.05, 0.5, 0.8, 0.5])
WEALTH_SIGMA = 0.5  # [A] spread of incomes, and with them of amounts
HOUSING_SHARE = 0.36  # [A] rent or mortgage as a share of income
PENSION_PAYERS, PENSION_SHARE = 5, 0.35  # [A] persons paid by a few large bodies
PRIVATE_SHARE = 0.3  # [A] large payments to a private person
SITTING_S = 240  # [A] median pause between payments in one sitting
ACTION_SHARE_OTHERWISE = 0.05  # [A] of an ordinary payment, relative to a large one
LIMIT_RAISES_DAY, SAVINGS_DAY = 0.002, 0.02  # [A] per person and day, for no visible reason
SALARY_DAYS, HOUSING_DAYS = (22.0, 25.0), (0.0, 3.0)  # [A] days of the month


class Banking:
    """Ordinary transfers, and what customers do at their bank besides."""

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None:
        self._world, self._population, self._seeds = world, population, seeds.child("banking")
        rng = self._seeds.rng("activity")
        self._activity = Activity(rng, population.persons, world.payments.activity_sigma)
        ranks = np.arange(1, population.businesses + 1)
        self._popularity = np.cumsum(1 / ranks**1.05)
        self._popularity /= self._popularity[-1]
        step, offset = rng.integers(1, population.persons, 2)
        while math.gcd(int(step), population.persons) != 1:
            step += 1
        self._turn = int(step), int(offset)
        actions = world.payments.cash_per_person_day + LIMIT_RAISES_DAY + SAVINGS_DAY
        rate = world.payments.per_person_day + 2 / MONTH_DAYS + actions
        self.per_day = population.persons * rate

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the payments, actions and calls of a chunk of time."""
        person, time, kind = self._occasions(chunk)
        payments = self._payments(person, time, kind, chunk)
        return {
            "payments": joined([payments, self._salaries(chunk), self._housing(chunk)]),
            "actions": self._actions(payments, kind, chunk),
            "calls": self._calls(payments, person, kind, chunk),
        }

    def wealth(self, person: Ints) -> Floats:
        """Return each person's static factor on incomes and amounts."""
        u = np.clip(self._population.hash.uniform("wealth", person), 1e-9, 1 - 1e-9)
        return np.exp(WEALTH_SIGMA * ndtri(u))

    def _size(self, rng: np.random.Generator, chunk: Chunk, per_person_day: float) -> int:
        days = PAYMENTS.intensity(chunk, self._world.first_month).sum()
        return int(rng.poisson(self._population.persons * per_person_day * days))

    def _times(self, rng: np.random.Generator, chunk: Chunk, size: int) -> Ints:
        return PAYMENTS.draw(rng, chunk, self._world.first_month, size)

    def _occasions(self, chunk: Chunk) -> tuple[Ints, Ints, Ints]:
        """Who pays when, and what kind of payment; several payments may share a sitting."""
        settings, rng = self._world.payments, self._seeds.rng("occasions", chunk.index)
        alone = self._size(rng, chunk, settings.per_person_day * (1 - settings.sitting_share))
        person = self._activity.draw(rng, alone)
        time = self._times(rng, chunk, alone)
        extra = rng.random(alone) < settings.sitting_share / (1 - settings.sitting_share)
        pause = rng.lognormal(math.log(SITTING_S), 1.0, int(extra.sum()))
        person = np.concatenate([person, person[extra]])
        time = np.concatenate([time, time[extra] + np.maximum(pause, 20).astype(np.int64)])
        edges = np.cumsum(np.array(KIND_SHARES) * (1 - settings.large_share))
        kind = np.searchsorted(edges, rng.random(len(person)), side="right").astype(np.int8)
        return person, time, kind

    def _payments(self, person: Ints, time: Ints, kind: Ints, chunk: Chunk) -> Batch:
        settings, population = self._world.payments, self._population
        rng = self._seeds.rng("payments", chunk.index)
        size = len(person)
        noise = rng.standard_normal(size, dtype=np.float32)
        amount = MEDIAN_EUR[kind] * np.exp(SIGMA[kind] * noise) * self.wealth(person)
        tail = np.flatnonzero(rng.random(size, dtype=np.float32) < settings.tail_share)
        amount[tail] *= 1 + rng.pareto(1.6, len(tail))
        second = rng.random(size, dtype=np.float32) < SECOND_SHARE
        second &= population.has_second(person)
        payee = self._payees(rng, person, kind)
        own = np.flatnonzero(kind == SAVINGS)
        payee[own] = np.where(second[own], person[own], self._other_own(person[own]))
        payer = np.where(second, person + population.persons, person)
        shared = rng.random(size, dtype=np.float32) < self._world.population.shared_computer_share
        rows = Batch(
            {
                "time": time,
                "payer": payer,
                "payee": payee,
                "amount_eur": neat(rng, np.maximum(amount, 0.5), ROUNDING[kind]),
                "device": population.own_device(person, time, shared),
            }
        )
        return rows

    def _other_own(self, person: Ints) -> Ints:
        """Return each person's second account, or a housemate's where there is none."""
        population = self._population
        other = self._housemate(person)
        return np.where(population.has_second(person), person + population.persons, other)

    def _housemate(self, person: Ints) -> Ints:
        """Return a housemate, or the first contact of who lives alone."""
        population = self._population
        after = np.minimum(person + 1, population.persons - 1)
        before = np.maximum(person - 1, 0)
        home = population.household[person]
        mate = np.where(population.household[after] == home, after, before)
        alone = (population.household[mate] != home) | (mate == person)
        friend = population.friend(person, np.zeros(len(person), dtype=np.int64))
        return np.where(alone, friend, mate)

    def _payees(self, rng: np.random.Generator, person: Ints, kind: Ints) -> Ints:
        population, size = self._population, len(person)
        page = np.minimum(rng.exponential(2.0, size).astype(np.int64), PAGES - 1)
        # a person's billers are hashed: the same page is the same biller
        habit = population.hash.uniform("biller", person.astype(np.int64) * PAGES + page)
        business = np.minimum(np.searchsorted(self._popularity, habit), population.businesses - 1)
        payee = population.first_business_account + business.astype(np.int64)
        friends = np.flatnonzero(kind == FRIEND)
        payee[friends] = population.friend(person[friends], page[friends])
        large = np.flatnonzero(kind == LARGE)
        anybody = rng.integers(0, population.persons, len(large))
        firm = population.first_business_account + rng.integers(
            0, population.businesses, len(large)
        )
        payee[large] = np.where(rng.random(len(large)) < PRIVATE_SHARE, anybody, firm)
        return payee

    def _monthly(self, chunk: Chunk, window: tuple[float, float]) -> tuple[Ints, Ints]:
        """Return who has a fixed moment of the month within a chunk, and that moment.

        Moments are spread evenly over the window; person ``(rank * step + offset) mod P`` has the
        moment of that rank, so nothing has to be stored.
        """
        persons, (step, offset) = self._population.persons, self._turn
        length = (window[1] - window[0]) * DAY / persons
        ranks, months = [], []
        for month in range(chunk.start // (MONTH_DAYS * DAY), chunk.stop // (MONTH_DAYS * DAY) + 1):
            opening = (month * MONTH_DAYS + window[0]) * DAY
            low = math.ceil((chunk.start - opening) / length)
            high = math.ceil((chunk.stop - opening) / length)
            ranks.append(np.arange(max(low, 0), max(min(high, persons), 0)))
            months.append(np.full(len(ranks[-1]), opening))
        rank, opening_of = np.concatenate(ranks), np.concatenate(months)
        time = (opening_of + rank * length).astype(np.int64)
        return (rank * step + offset) % persons, time

    def _salaries(self, chunk: Chunk) -> Batch:
        """Salaries, pensions and benefits, on the days before the payday peak."""
        person, time = self._monthly(chunk, SALARY_DAYS)
        rng, population = self._seeds.rng("salaries", chunk.index), self._population
        u = population.hash.uniform("employer", person)
        payer = np.where(
            u < PENSION_SHARE,
            u / PENSION_SHARE * PENSION_PAYERS,
            ((u - PENSION_SHARE) / (1 - PENSION_SHARE)) ** 2 * population.businesses,
        ).astype(np.int64)
        income = self._world.payments.income_median_eur * self.wealth(person)
        return Batch(
            {
                "time": time,
                "payer": population.first_business_account + payer,
                "payee": person,
                "amount_eur": neat(rng, income * rng.lognormal(0, 0.05, len(person)), 0.02),
                "device": self._office_device(payer),
            }
        )

    def _office_device(self, business: Ints) -> Ints:
        """Return the computer a business pays from: that of some household."""
        population = self._population
        computer = population.hash.uniform("office", business) * population.households
        return 2 * population.persons + computer.astype(np.int64)

    def _housing(self, chunk: Chunk) -> Batch:
        """Rent or mortgage, a standing order at the start of the month."""
        person, time = self._monthly(chunk, HOUSING_DAYS)
        population = self._population
        landlord = population.hash.uniform("landlord", person) ** 3 * population.businesses
        income = self._world.payments.income_median_eur * self.wealth(person)
        shared = np.zeros(len(person), dtype=bool)
        return Batch(
            {
                "time": time,
                "payer": person,
                "payee": population.first_business_account + landlord.astype(np.int64),
                "amount_eur": np.rint(HOUSING_SHARE * income * 100) / 100,
                "device": population.own_device(person, time, shared),
            }
        )

    def _actions(self, payments: Batch, kind: Ints, chunk: Chunk) -> Batch:
        """Limits raised, savings moved, cash withdrawn: at random, or before a large payment."""
        settings, rng = self._world.payments, self._seeds.rng("actions", chunk.index)
        parts = []
        for action, rate, share in (
            (LIMIT_RAISE, LIMIT_RAISES_DAY, settings.large_limit_raise_share),
            (SAVINGS_IN, SAVINGS_DAY, settings.large_savings_share),
            (CASH_OUT, settings.cash_per_person_day, 0.0),
        ):
            size = self._size(rng, chunk, rate)
            chance = np.where(kind == LARGE, share, share * ACTION_SHARE_OTHERWISE)
            row = np.flatnonzero(rng.random(len(kind)) < chance)
            lead = np.clip(rng.lognormal(math.log(1200), 1.5, len(row)), 30, DAY).astype(np.int64)
            account = rng.integers(0, self._population.persons, size)
            before = np.maximum(payments["time"][row] - lead, chunk.start)
            needed = payments["amount_eur"][row]
            median = 60.0 if action == CASH_OUT else 300.0  # [A] EUR
            usual = np.maximum(rng.lognormal(math.log(median), 0.8, size) // 10 * 10, 10.0)
            amount = np.concatenate([usual, np.ceil(needed / 50) * 50])
            parts.append(
                Batch(
                    {
                        "time": np.concatenate([self._times(rng, chunk, size), before]),
                        "account": np.concatenate([account, payments["payer"][row]]),
                        "kind": np.full(size + len(row), action, dtype=np.int8),
                        "amount_eur": amount * (action != LIMIT_RAISE),
                    }
                )
            )
        return joined(parts)

    def _calls(self, payments: Batch, person: Ints, kind: Ints, chunk: Chunk) -> Batch:
        """Calls during which some large payments are made: hard look-alikes."""
        rng, population = self._seeds.rng("calls", chunk.index), self._population
        large = np.flatnonzero(kind == LARGE)
        row = large[rng.random(len(large)) < self._world.payments.large_call_share]
        size = len(row)
        outside = population.first_outside_phone + rng.integers(
            0, population.next_phone - population.first_outside_phone, size
        )
        bank = population.bank_phone[population.bank[person[row]]]
        before = rng.lognormal(math.log(300), 0.9, size).astype(np.int64)
        after = rng.lognormal(math.log(180), 0.9, size).astype(np.int64)
        return Batch(
            {
                "time": np.maximum(payments["time"][row] - before, chunk.start),
                "subscriber": person[row],
                "number": np.where(rng.random(size) < 0.4, bank, outside),
                "duration_s": np.minimum(before + after, 3 * HOUR),
                "incoming": (rng.random(size) < 0.5).astype(np.int8),
            }
        )
