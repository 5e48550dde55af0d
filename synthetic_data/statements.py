"""Monthly statements: money received, money spent and the balance, in whole cents.

Opening balance, payments, savings moved and cash withdrawn add up to every closing balance, so the
running balance at any time can be computed from a bank's own tables. Accounts may be overdrawn: no
payment fails for lack of money.
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from synthetic_data.arrays import Floats, Ints
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, MONTH_DAYS, Chunk
from synthetic_data.population import Population
from synthetic_data.rows import CASH_OUT, SAVINGS_IN, RowWriter
from synthetic_data.settings import WorldSettings

ROWS = 1_000_000
MONTHS_SAVED, BALANCE_SIGMA = 1.5, 1.0  # [A] median balance in monthly incomes, and its spread
BUSINESS_EUR = 50_000.0  # [A] median balance of a business


def opening_eur(world: WorldSettings, population: Population, account: Ints) -> Floats:
    """Return the (rows,) balance in EUR of accounts when the world starts, or when they open."""
    u = np.clip(population.hash.uniform("balance", account), 1e-9, 1 - 1e-9)
    median = np.where(
        account < 2 * population.persons,
        MONTHS_SAVED * world.payments.income_median_eur,
        BUSINESS_EUR,
    )
    balance: Floats = np.rint(median * np.exp(BALANCE_SIGMA * ndtri(u)) * 100) / 100
    return balance


class Statements:
    """Balances of all accounts, from payments and actions in order of time."""

    def __init__(self, world: WorldSettings, population: Population, ledger: RowWriter) -> None:
        self._population, self._ledger, self._stop = population, ledger, world.days * DAY
        accounts = len(population.account_bank)
        self._balance = np.empty(accounts, dtype=np.int64)
        for first in range(0, accounts, ROWS):
            block = np.arange(first, min(first + ROWS, accounts))
            self._balance[block] = np.rint(100 * opening_eur(world, population, block))
        self._in = np.zeros(accounts, dtype=np.int64)
        self._out = np.zeros(accounts, dtype=np.int64)
        self._month = 0

    def book(self, chunk: Chunk, payments: Batch, actions: Batch) -> Iterator[Batch]:
        """Book the rows of a chunk and yield the statements of every month that ends in it.

        Args:
            chunk: period of the rows.
            payments: rows with ``_payer``, ``_payee``.
            actions: rows with ``_account``.

        Yields:
            Rows of the statements table, in blocks.
        """
        while (end := (self._month + 1) * MONTH_DAYS * DAY) <= min(chunk.stop, self._stop):
            self._add(payments.take(payments["time"] < end), actions.take(actions["time"] < end))
            payments = payments.take(payments["time"] >= end)
            actions = actions.take(actions["time"] >= end)
            yield from self._close((self._month + 1) * MONTH_DAYS - 1)
            self._month += 1
        self._add(payments, actions)

    def _add(self, payments: Batch, actions: Batch) -> None:
        cents = np.rint(payments["amount_eur"] * 100).astype(np.int64)
        np.add.at(self._out, payments["_payer"], cents)
        np.add.at(self._in, payments["_payee"], cents)
        cents = np.rint(actions["amount_eur"] * 100).astype(np.int64)
        for kind, book in ((CASH_OUT, self._out), (SAVINGS_IN, self._in)):
            rows = actions["kind"] == kind
            np.add.at(book, actions["_account"][rows], cents[rows])

    def _close(self, day: int) -> Iterator[Batch]:
        self._balance += self._in - self._out
        population = self._population
        for first in range(0, len(self._balance), ROWS):
            block = np.arange(first, min(first + ROWS, len(self._balance)))
            exists = (population.account_bank[block] >= 0) & (
                population.account_opened[block] <= day
            )
            account = block[exists]
            rows = self._ledger.coded(
                "statements",
                Batch(
                    {
                        "day": np.full(len(account), day),
                        "account": account,
                        "bank": population.account_bank[account],
                        "in_eur": self._in[account] / 100,
                        "out_eur": self._out[account] / 100,
                        "balance_eur": self._balance[account] / 100,
                    }
                ),
            )
            yield rows.take(np.argsort(rows["account"]))
        self._in[:] = 0
        self._out[:] = 0
