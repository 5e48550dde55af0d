"""Ordinary payments: bills, friends, shops, strangers, large one-offs and own savings.

The large one-offs are the look-alikes of fraud: a new payee, a large sum, sometimes with a raised
limit, savings moved first, and the payee or the bank on the phone.
"""

import numpy as np

from synthetic_data.ledger import (
    LIMIT_RAISE,
    NOT_FRAUD,
    OWN_DEVICE,
    SAVINGS_IN,
    ActionIntents,
    CallIntents,
    PaymentIntents,
)
from synthetic_data.population import DAY, Ints, Population
from synthetic_data.rhythm import PAYDAY_FACTOR, PAYMENT_HOURS, PAYMENT_WEEKDAYS, draw_times
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

BILL, CONTACT, SHOP, STRANGER, SAVINGS, HOUSING, LARGE = range(7)
#: Share of each kind before large payments. [A]
KIND_SHARES = (0.28, 0.25, 0.26, 0.07, 0.06, 0.08)
#: Median amount in EUR, log-normal sigma, probability of a neat sum; by kind. [A]
MEDIAN_EUR = np.array([60.0, 25.0, 40.0, 45.0, 250.0, 850.0, 1200.0])
SIGMA = np.array([0.9, 1.0, 0.9, 1.2, 1.2, 0.35, 1.2])
ROUNDING = np.array([0.05, 0.5, 0.15, 0.65, 0.8, 0.2, 0.5])
BOOK_SIZE = 6
ACTION_SHARE_OTHERWISE = 0.05  # [A] of an ordinary payment, relative to a large one
ACTIONS_PER_PERSON_DAY = {LIMIT_RAISE: 0.002, SAVINGS_IN: 0.02}


def ordinary_payments(
    world: WorldSettings, population: Population, seeds: Seeds
) -> tuple[PaymentIntents, CallIntents, ActionIntents]:
    """Draw the payments of ordinary life, with the calls and actions that belong to them."""
    settings, persons = world.payments, population.persons
    rng = seeds.rng("payments", "persons")
    sigma = settings.activity_sigma
    rate = settings.per_person_day * world.days
    activity = rng.lognormal(-(sigma**2) / 2, sigma, persons)
    payer = np.repeat(np.arange(persons), rng.poisson(activity * rate))
    size = len(payer)
    rng = seeds.rng("payments", "time")
    time = draw_times(
        rng,
        size,
        days=world.days,
        hours=PAYMENT_HOURS,
        weekdays=PAYMENT_WEEKDAYS,
        payday=PAYDAY_FACTOR,
    )
    time = _in_sittings(rng, payer, time, settings.sitting_share)
    rng = seeds.rng("payments", "kind")
    kind = rng.choice(len(KIND_SHARES), size, p=KIND_SHARES)
    kind[rng.random(size) < settings.large_share] = LARGE

    rng = seeds.rng("payments", "amount")
    wealth = rng.normal(0, 0.5, persons)
    amount = MEDIAN_EUR[kind] * np.exp(wealth[payer] + SIGMA[kind] * rng.standard_normal(size))
    tail = rng.random(size) < settings.tail_share
    amount[tail] *= 1 + rng.pareto(1.6, tail.sum())

    second = population.second_account[payer]
    from_second = (second >= 0) & (seeds.rng("payments", "account").random(size) < 0.25)
    payee = _payees(payer, kind, world, population, seeds)
    payments = PaymentIntents(
        time=time,
        payer=np.where(from_second, second, payer),
        payee=payee,
        amount_eur=np.maximum(amount, 0.5),
        rounding=ROUNDING[kind],
        device=np.full(size, OWN_DEVICE),
        case=np.full(size, NOT_FRAUD),
        phase=np.zeros(size, dtype=np.int64),
    )
    calls = _calls_around(payments, payer, kind, world, population, seeds)
    return payments, calls, _actions(payments, kind, world, population, seeds)


def _in_sittings(rng: np.random.Generator, payer: Ints, time: Ints, share: float) -> Ints:
    """Move some payments to a few minutes after another one of the same payer."""
    follows = np.flatnonzero((payer[1:] == payer[:-1]) & (rng.random(len(payer) - 1) < share)) + 1
    pause = rng.lognormal(np.log(240), 1.0, len(follows)).astype(np.int64)
    moved = time.copy()
    moved[follows] = time[follows - 1] + np.maximum(pause, 20)
    return moved


def _payees(
    payer: Ints, kind: Ints, world: WorldSettings, population: Population, seeds: Seeds
) -> Ints:
    rng, persons, size = seeds.rng("payments", "payee"), population.persons, len(payer)
    businesses = len(population.business_account)
    popularity = np.cumsum(1 / np.arange(1, businesses + 1) ** 1.05)

    def by_popularity(shape: tuple[int, ...]) -> Ints:
        rank = np.searchsorted(popularity, rng.random(shape) * popularity[-1], side="right")
        accounts: Ints = population.business_account[rank]
        return accounts

    bills, habits = by_popularity((persons, BOOK_SIZE)), by_popularity((persons, BOOK_SIZE))
    friends = rng.integers(0, persons, (persons, BOOK_SIZE))
    landlord = by_popularity((persons,))
    sellers = rng.permutation(persons)[: max(1, int(persons * world.population.sellers_share))]
    seller_weight = np.cumsum(1 / np.arange(1, len(sellers) + 1) ** 0.7)
    page = np.minimum(rng.exponential(1.5, size).astype(np.int64), BOOK_SIZE - 1)
    habit = np.where(rng.random(size) < 0.6, habits[payer, page], by_popularity((size,)))
    chosen = [
        bills[payer, page],
        friends[payer, page],
        habit,
        np.where(
            rng.random(size) < 0.6,
            sellers[
                np.searchsorted(seller_weight, rng.random(size) * seller_weight[-1], side="right")
            ],
            rng.integers(0, persons, size),
        ),
        np.full(size, -1),
        landlord[payer],
        population.business_account[rng.integers(0, businesses, size)],
    ]
    payee = np.choose(kind, chosen)
    own = np.where(population.second_account >= 0, population.second_account, np.arange(persons))
    payee[kind == SAVINGS] = own[payer[kind == SAVINGS]]
    private = (kind == LARGE) & (rng.random(size) < 0.3)
    payee[private] = rng.integers(0, persons, private.sum())
    return payee


def _calls_around(
    payments: PaymentIntents,
    person: Ints,
    kind: Ints,
    world: WorldSettings,
    population: Population,
    seeds: Seeds,
) -> CallIntents:
    """Calls during which some large or stranger payments are made: hard look-alikes."""
    rng = seeds.rng("payments", "calls")
    share = np.where(
        kind == LARGE,
        world.payments.large_call_share,
        np.where(kind == STRANGER, world.payments.stranger_call_share, 0.0),
    )
    row = np.flatnonzero(rng.random(len(kind)) < share)
    size = len(row)
    bank = population.account_bank[payments.payer[row]]
    number = population.outside_phones[rng.integers(0, len(population.outside_phones), size)]
    with_bank = (kind[row] == LARGE) & (rng.random(size) < 0.4)
    number = np.where(with_bank, population.bank_phone[bank], number)
    before = (rng.lognormal(np.log(300), 0.9, size)).astype(np.int64)
    return CallIntents(
        time=payments.time[row] - before,
        subscriber=person[row],
        number=number,
        duration_s=before + rng.lognormal(np.log(180), 0.9, size).astype(np.int64),
        incoming=(rng.random(size) < 0.5).astype(np.int64),
        case=np.full(size, NOT_FRAUD),
    )


def _actions(
    payments: PaymentIntents,
    kind: Ints,
    world: WorldSettings,
    population: Population,
    seeds: Seeds,
) -> ActionIntents:
    """Raised limits and savings moved: now and then for no reason, often before a large payment."""
    rng = seeds.rng("payments", "actions")
    accounts = population.persons + int((population.second_account >= 0).sum())
    share = {
        LIMIT_RAISE: world.payments.large_limit_raise_share,
        SAVINGS_IN: world.payments.large_savings_share,
    }
    times: list[Ints] = []
    owners: list[Ints] = []
    kinds: list[Ints] = []
    for action, rate in ACTIONS_PER_PERSON_DAY.items():
        size = rng.poisson(rate * world.days * accounts)
        times.append(
            draw_times(rng, size, days=world.days, hours=PAYMENT_HOURS, weekdays=PAYMENT_WEEKDAYS)
        )
        owners.append(rng.integers(0, accounts, size))
        chance = np.where(kind == LARGE, share[action], share[action] * ACTION_SHARE_OTHERWISE)
        row = np.flatnonzero(rng.random(len(kind)) < chance)
        lead = rng.lognormal(np.log(1200), 1.5, len(row)).astype(np.int64)
        times.append(payments.time[row] - np.clip(lead, 30, DAY))
        owners.append(payments.payer[row])
        kinds.append(np.full(size + len(row), action))
    return ActionIntents(
        time=np.concatenate(times), account=np.concatenate(owners), kind=np.concatenate(kinds)
    )
