"""Ordinary crypto: deposits from one's bank account, sometimes withdrawn to one's own wallet."""

import math

import numpy as np

from synthetic_data.activity import Activity
from synthetic_data.arrays import Floats, Ints
from synthetic_data.background.actors import LEISURE, bernoulli, by_day
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, Chunk
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population
from synthetic_data.rows import neat
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

ACTIVITY_SIGMA = 1.2  # [A] spread of deposits over customers
MEDIAN_EUR, AMOUNT_SIGMA, NEAT_SHARE = 150.0, 1.5, 0.6  # [A] deposits
CREDITED_S = (2, 60)  # [A] seconds between payment and deposit
HELD_S, HELD_SIGMA = 3.0 * DAY, 1.3  # [A] median time until a withdrawal
PRICE_SIGMA = 0.15  # [A] log-normal sigma of the price change in between
FRESH_WALLET_SHARE = 0.05  # [A] withdrawals to another wallet than the usual one
SERVICE_SHARE = 0.1  # [A] withdrawals to a service that many people use: to swap, to bet, to pay
PERSONS_PER_SERVICE, LEAST_SERVICES = 500, 10  # [A]
BLOCK = 1_000_000


class Exchange:
    """Deposits and withdrawals at crypto exchanges.

    Args:
        world: settings.
        population: its persons and businesses.
        seeds: subtree of the world.
    """

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None:
        self._world, self._population = world, population
        self._seeds, self._members = seeds.child("exchange"), Memberships(world, population)
        blocks = (
            np.arange(first, min(first + BLOCK, population.persons), dtype=np.int32)
            for first in range(0, population.persons, BLOCK)
        )
        traders = [block[self._members.is_trader(block)] for block in blocks]
        self._traders: Ints = np.concatenate(traders)
        size = max(len(self._traders), 1)
        self._activity = Activity(self._seeds.rng("activity"), size, ACTIVITY_SIGMA)
        settings = world.crypto
        self._deposits_day = len(self._traders) * settings.deposits_per_customer_year / 365
        self.per_day = float(self._deposits_day * (2 + settings.withdrawal_share))

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the deposits made in a chunk, with the withdrawals that follow until weeks later.

        A person without an open account makes no deposit.
        """
        rng, population = self._seeds.rng("deposits", chunk.index), self._population
        days = LEISURE.intensity(chunk, self._world.first_month).sum()
        size = int(rng.poisson(self._deposits_day * days))
        if size == 0:
            return {}
        person = self._traders[self._activity.draw(rng, size)].astype(np.int64)
        time = LEISURE.draw(rng, chunk, self._world.first_month, size)
        able = np.flatnonzero(self._members.trader_opened(person) <= time // DAY)
        person, time, size = person[able], time[able], len(able)
        wished = MEDIAN_EUR * np.exp(AMOUNT_SIGMA * rng.standard_normal(size))
        amount = neat(rng, np.maximum(wished, 1.0), NEAT_SHARE)
        exchange = self._members.trader_exchange(person)
        shared = bernoulli(rng, size, self._world.population.shared_computer_share)
        deposits = Batch(
            {
                "time": time + rng.integers(*CREDITED_S, size),
                "exchange": exchange,
                "trader": exchange * 2 * population.persons + person,
                "withdrawal": np.zeros(size, dtype=np.int8),
                "amount_eur": amount,
                "account": person,
                "wallet": np.full(size, -1),
            }
        )
        payments = Batch(
            {
                "time": time,
                "payer": person,
                "payee": population.exchange_account[exchange],
                "amount_eur": amount,
                "device": population.own_device(person, time, shared),
            }
        )
        withdrawals = self._withdrawals(chunk, deposits)
        return {"payments": payments, "transfers": joined([deposits, withdrawals])}

    def _withdrawals(self, chunk: Chunk, deposits: Batch) -> Batch:
        rng, persons = self._seeds.rng("withdrawals", chunk.index), self._population.persons
        share = self._world.crypto.withdrawal_share
        rows = deposits.take(np.flatnonzero(bernoulli(rng, len(deposits), share)))
        size, person = len(rows), rows["account"]
        held = np.clip(rng.lognormal(math.log(HELD_S), HELD_SIGMA, size), HOUR, 60 * DAY)
        # a fresh wallet has the number of a random person, most of whom never use theirs
        fresh = bernoulli(rng, size, FRESH_WALLET_SHARE)
        wallet = np.where(fresh, rng.integers(0, persons, size), person)
        service = bernoulli(rng, size, SERVICE_SHARE)
        price = np.exp(PRICE_SIGMA * rng.standard_normal(size))
        return rows.plus(
            time=by_day(rows["time"] + held.astype(np.int64)),
            withdrawal=np.ones(size, dtype=np.int8),
            amount_eur=neat(rng, rows["amount_eur"] * price, 0.0),
            account=np.full(size, -1),
            wallet=np.where(service, service_wallet(rng.random(size), persons), wallet),
        )


def service_wallet(u: Floats, persons: int) -> Ints:
    """Return the wallet of a service for each uniform number; services use persons' numbers."""
    services = max(LEAST_SERVICES, persons // PERSONS_PER_SERVICE)
    return (u * services).astype(np.int64) * (persons // services)
