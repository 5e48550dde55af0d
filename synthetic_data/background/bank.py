"""Ordinary bank life: bills, friends, salaries, rent, large one-offs, own savings and cash.

Online shopping and second-hand trade have their own modules. The large one-offs are the look-alikes
of fraud: a new payee, a large sum, sometimes with a raised limit, savings moved first, and the
payee or the bank on the phone.
"""

import math

import numpy as np
from scipy.special import ndtri

from synthetic_data.activity import Activity
from synthetic_data.arrays import Floats, Ints
from synthetic_data.background.actors import sittings
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, MONTH_DAYS, PAYMENTS, Chunk
from synthetic_data.population import PAGES, Population
from synthetic_data.rows import CASH_OUT, LIMIT_RAISE, SAVINGS_IN, limit_eur, neat
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

BILL, FRIEND, SAVINGS, LARGE = range(4)
#: Shares of bills, friends and own savings among payments that are not large. [A]
KIND_SHARES = (0.45, 0.4, 0.15)
#: Median amount in EUR, log-normal sigma, probability of a round amount; by kind. [A]
MEDIAN_EUR = np.array([65.0, 28.0, 250.0, 1100.0], dtype=np.float32)
SIGMA = np.array([0.9, 1.0, 1.2, 1.2], dtype=np.float32)
ROUNDING = np.array([0.05, 0.55, 0.8, 0.5])
WEALTH_SIGMA = 0.45  # [A] of incomes, and with them of amounts: ninth decile 3.2 times the first
HOUSING_SHARE = 0.36  # [A] rent or mortgage as a share of income
BENEFIT_PAYERS, BENEFIT_SHARE = 5, 0.15  # [A] large bodies, and persons before pension they pay
PENSION_AGE, STATE_PENSION = 67, 0.5  # [A] flat part of a pension, as a share of a median income
PRIVATE_SHARE = 0.3  # [A] large payments to a private person
#: Mean page used of a person's book of payees: a minimum, and more in proportion to activity. [A]
BOOK, BOOK_BY_ACTIVITY = 0.5, 1.8
CALLED_S = 120  # [A] shortest time from a call of the payee to a payment after it
ACTION_SHARE_OTHERWISE = 0.05  # [A] share before an ordinary payment, relative to a large one
USUAL_EUR = {LIMIT_RAISE: 1500.0, SAVINGS_IN: 300.0, CASH_OUT: 60.0}  # [A] median, for no reason
LIMIT_RAISES_DAY, SAVINGS_DAY = 0.002, 0.02  # [A] per person and day, for no visible reason
ALLOWANCE_SHARE, ALLOWANCE_EUR, ALLOWANCE_SIGMA = 0.35, 130.0, 0.6  # [A] for care, rent, children
SALARY_DAYS, ALLOWANCE_DAYS, HOUSING_DAYS = range(22, 25), range(19, 20), range(3)  # [A] of a month
#: Days to the working day before or after each weekday: banks book nothing at weekends.
WORKDAY_BEFORE, WORKDAY_AFTER = (0, 0, 0, 0, 0, -1, -2), (0, 0, 0, 0, 0, 2, 1)


class Banking:
    """Ordinary transfers and other actions of customers at their bank."""

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
        monthly = 2 + ALLOWANCE_SHARE
        rate = world.payments.per_person_day + monthly / MONTH_DAYS + actions
        self.per_day = population.persons * rate

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the payments, actions and calls of a chunk of time."""
        person, time, kind = self._occasions(chunk)
        payments = self._payments(person, time, kind, chunk)
        return {
            "payments": joined(
                [payments, self._salaries(chunk), self._allowances(chunk), self._housing(chunk)]
            ),
            "actions": self._actions(payments, kind, chunk),
            "calls": self._calls(payments, person, kind, chunk),
        }

    def wealth(self, person: Ints) -> Floats:
        """Return the (rows,) static factor of each person on incomes and amounts."""
        u = np.clip(self._population.hash.uniform("wealth", person), 1e-9, 1 - 1e-9)
        return np.exp(WEALTH_SIGMA * ndtri(u))

    def _size(self, rng: np.random.Generator, chunk: Chunk, per_person_day: float) -> int:
        days = PAYMENTS.intensity(chunk, self._world.first_month).sum()
        return int(rng.poisson(self._population.persons * per_person_day * days))

    def _times(self, rng: np.random.Generator, chunk: Chunk, size: int) -> Ints:
        return PAYMENTS.draw(rng, chunk, self._world.first_month, size)

    def _occasions(self, chunk: Chunk) -> tuple[Ints, Ints, Ints]:
        """Return person, time and kind of each payment; those of a sitting are adjacent."""
        settings, rng = self._world.payments, self._seeds.rng("occasions", chunk.index)
        alone = self._size(rng, chunk, settings.per_person_day * (1 - settings.sitting_share))
        person = self._activity.draw(rng, alone)
        time = self._times(rng, chunk, alone)
        person, time = sittings(rng, person, time, settings.sitting_share)
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
        second = rng.random(size, dtype=np.float32) < population.second_use(person)
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
        """Return each person's second account in everyday use, or else a housemate's account."""
        population = self._population
        own = population.has_second(person) & population.second_serves(person)
        return np.where(own, person + population.persons, self._housemate(person))

    def _housemate(self, person: Ints) -> Ints:
        """Return a housemate of each person, or the first contact of a person who lives alone."""
        mate = self._population.housemate(person)
        friend = self._population.friend(person, np.zeros(len(person), dtype=np.int64))
        return np.where(mate == person, friend, mate)

    def _payees(self, rng: np.random.Generator, person: Ints, kind: Ints) -> Ints:
        population, size = self._population, len(person)
        width = BOOK + BOOK_BY_ACTIVITY * self._activity.relative(person)
        page = np.minimum((width * rng.exponential(size=size)).astype(np.int64), PAGES - 1)
        # a person's billers are hashed: the same page is the same biller
        habit = population.hash.uniform("biller", person.astype(np.int64) * PAGES + page)
        business = np.minimum(np.searchsorted(self._popularity, habit), population.businesses - 1)
        payee = population.first_business_account + business.astype(np.int64)
        friends = np.flatnonzero(kind == FRIEND)
        payee[friends] = population.friend(person[friends], page[friends])
        large = np.flatnonzero(kind == LARGE)
        others = rng.integers(1, population.persons, len(large))
        anybody = (person[large] + others) % population.persons
        firm = population.first_business_account + rng.integers(
            0, population.businesses, len(large)
        )
        payee[large] = np.where(rng.random(len(large)) < PRIVATE_SHARE, anybody, firm)
        return payee

    def _monthly(self, chunk: Chunk, days: range, shift: tuple[int, ...]) -> tuple[Ints, Ints]:
        """Return the persons whose monthly payment falls within a chunk, and its time in seconds.

        Times are spread evenly over the days; person ``(rank * step + offset) mod P`` has the time
        of that rank, so nothing has to be stored.

        Args:
            chunk: period.
            days: days of the month.
            shift: days by which banks move a payment due on each weekday.
        """
        persons, (step, offset) = self._population.persons, self._turn
        length = len(days) * DAY / persons
        ranks, times = [], []
        for month in range(chunk.start // (MONTH_DAYS * DAY), chunk.stop // (MONTH_DAYS * DAY) + 1):
            for index, day in enumerate(days):
                first, last = (persons * edge // len(days) for edge in (index, index + 1))
                due = month * MONTH_DAYS + day
                opening = (due + shift[due % 7]) * DAY
                low = first + math.ceil((chunk.start - opening) / length)
                high = first + math.ceil((chunk.stop - opening) / length)
                rank = np.arange(max(low, first), max(min(high, last), first))
                ranks.append(rank)
                times.append((opening + (rank - first) * length).astype(np.int64))
        return (np.concatenate(ranks) * step + offset) % persons, np.concatenate(times)

    def _salaries(self, chunk: Chunk) -> Batch:
        """Return salaries, benefits and pensions: a flat part and a supplement from a fund."""
        person, time = self._monthly(chunk, SALARY_DAYS, WORKDAY_BEFORE)
        rng, population = self._seeds.rng("salaries", chunk.index), self._population
        u = population.hash.uniform("employer", person)
        retired = population.age[person] >= PENSION_AGE
        employer = ((u - BENEFIT_SHARE) / (1 - BENEFIT_SHARE)).clip(0) ** 2 * population.businesses
        body = np.where(retired, 0, u / BENEFIT_SHARE * BENEFIT_PAYERS)
        payer = np.where(retired | (u < BENEFIT_SHARE), body, employer).astype(np.int64)
        income = self._world.payments.income_median_eur * self.wealth(person)
        income *= rng.lognormal(0, 0.05, len(person))
        flat = STATE_PENSION * self._world.payments.income_median_eur
        paid = np.where(retired, np.minimum(flat, income), income)
        fund = np.flatnonzero(income > paid)
        first = Batch({"time": time, "payer": payer, "payee": person, "amount_eur": paid})
        second = Batch(
            {
                "time": time[fund] + rng.integers(0, HOUR, len(fund)),
                "payer": 1 + (u[fund] * (BENEFIT_PAYERS - 1)).astype(np.int64),
                "payee": person[fund],
                "amount_eur": (income - paid)[fund],
            }
        )
        rows = joined([first, second])
        return rows.plus(
            payer=population.first_business_account + rows["payer"],
            amount_eur=neat(rng, rows["amount_eur"], 0.02),
            device=population.office_device(rows["payer"]),
        )

    def _allowances(self, chunk: Chunk) -> Batch:
        """Return allowances for care, rent or children, which one of the large bodies pays."""
        person, time = self._monthly(chunk, ALLOWANCE_DAYS, WORKDAY_BEFORE)
        u = self._population.hash.uniform("allowance", person) / ALLOWANCE_SHARE
        entitled = np.flatnonzero(u < 1)
        person, time, u = person[entitled], time[entitled], u[entitled]
        amount = ALLOWANCE_EUR * np.exp(ALLOWANCE_SIGMA * ndtri(np.clip(u, 1e-9, 1 - 1e-9)))
        payer = np.ones(len(person), dtype=np.int64)
        return Batch(
            {
                "time": time,
                "payer": self._population.first_business_account + payer,
                "payee": person,
                "amount_eur": np.rint(amount),
                "device": self._population.office_device(payer),
            }
        )

    def _housing(self, chunk: Chunk) -> Batch:
        """Return rent or mortgage payments, standing orders at the start of the month."""
        person, time = self._monthly(chunk, HOUSING_DAYS, WORKDAY_AFTER)
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
        """Return limits raised, savings moved, cash withdrawn: at random or before a payment."""
        settings, rng = self._world.payments, self._seeds.rng("actions", chunk.index)
        parts = []
        for action, rate, share in (
            (LIMIT_RAISE, LIMIT_RAISES_DAY, settings.large_limit_raise_share),
            (SAVINGS_IN, SAVINGS_DAY, settings.large_savings_share),
            (CASH_OUT, settings.cash_per_person_day, 0.0),
        ):
            size = self._size(rng, chunk, rate)
            probability = np.where(kind == LARGE, share, share * ACTION_SHARE_OTHERWISE)
            row = np.flatnonzero(rng.random(len(kind)) < probability)
            lead = np.clip(rng.lognormal(math.log(1200), 1.5, len(row)), 30, DAY).astype(np.int64)
            account = rng.integers(0, self._population.persons, size)
            before = np.maximum(payments["time"][row] - lead, chunk.start)
            needed = payments["amount_eur"][row]
            median = USUAL_EUR[action]
            usual = np.maximum(rng.lognormal(math.log(median), 0.8, size) // 10 * 10, 10.0)
            amount = np.concatenate([usual, np.ceil(needed / 50) * 50])
            if action == LIMIT_RAISE:
                amount = limit_eur(amount)
            parts.append(
                Batch(
                    {
                        "time": np.concatenate([self._times(rng, chunk, size), before]),
                        "account": np.concatenate([account, payments["payer"][row]]),
                        "kind": np.full(size + len(row), action, dtype=np.int8),
                        "amount_eur": amount,
                    }
                )
            )
        return joined(parts)

    def _calls(self, payments: Batch, person: Ints, kind: Ints, chunk: Chunk) -> Batch:
        """Return calls during or just before some large payments: hard look-alikes of fraud."""
        settings = self._world.payments
        rng, population = self._seeds.rng("calls", chunk.index), self._population
        large = np.flatnonzero(kind == LARGE)
        u = rng.random(len(large))
        called = u < settings.large_call_share + settings.large_called_share
        row, over = large[called], u[called] >= settings.large_call_share
        size = len(row)
        outside = population.first_outside_phone + rng.integers(
            0, population.next_phone - population.first_outside_phone, size
        )
        bank = population.bank_phone[population.bank[person[row]]]
        before = rng.lognormal(math.log(300), 0.9, size).astype(np.int64)
        after = rng.lognormal(math.log(180), 0.9, size).astype(np.int64)
        by_bank, incoming = rng.random(size) < 0.4, rng.random(size) < 0.5
        # a call that is over: some time in the hour before, part of it spent talking
        before = np.where(over, rng.integers(CALLED_S, HOUR, size), before)
        talked = (before * rng.uniform(0.05, 0.9, size)).astype(np.int64)
        return Batch(
            {
                "time": np.maximum(payments["time"][row] - before, chunk.start),
                "subscriber": person[row],
                "number": np.where(by_bank & ~over, bank, outside),
                "duration_s": np.where(over, talked, np.minimum(before + after, 3 * HOUR)),
                "incoming": (incoming | over).astype(np.int8),
            }
        )
