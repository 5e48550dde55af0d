"""Accounts that their bank freezes: payments to and from them are refused meanwhile.

Banks freeze accounts of mules some time after the first victim has paid, for good unless nothing
can be proved, and now and then that of an honest holder, for some days. A company is always
released, as it has business of its own.
"""

import numpy as np
from scipy.special import ndtri

from scenarios.phases import Preparation
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, Chunk
from synthetic_data.population import Population
from synthetic_data.settings import WorldSettings

FREEZE, RELEASE = 3, 4  #: kinds of actions, after those of ``rows.py``
NEVER_S = 2**40  #: second after every horizon
SIGMA = 1.0  # [A] log-normal spread of the time until a freeze, and of its length
RELEASED_SHARE = 0.15  # [A] of the mules' freezes, those that end as an honest holder's do
ROWS = 1_000_000  #: accounts drawn at a time


class Freezes:
    """Which accounts are frozen, and when; an account is frozen once at most.

    Honest accounts are known from the start; journeys add those of mules as they use them.

    Args:
        world: settings, of which the quota of honest freezes and their length.
        population: its persons and businesses; nobody freezes a payment provider or exchange.
    """

    def __init__(self, world: WorldSettings, population: Population) -> None:
        self._hash, self._settings = population.hash, world.freezing
        self._first_business = population.first_business_account
        self._frozen = np.zeros(len(population.account_bank), dtype=bool)
        self._account = self._since = self._until = np.zeros(0, dtype=np.int64)
        share = world.freezing.honest_per_1000_year / 1000 * world.days / 365
        last = population.first_collecting_account
        for first in range(0, last if share else 0, ROWS):
            account = np.arange(first, min(first + ROWS, last))
            u = self._hash.uniform("frozen", account) / share
            account, u = account[u < 1], u[u < 1]
            since = (u * world.days * DAY).astype(np.int64)
            exists = (population.account_bank[account] >= 0) & (
                population.account_opened[account].astype(np.int64) * DAY < since
            )
            account, since = account[exists], since[exists]
            self._add(account, since, since + self._length(account))

    def frozen(self, account: Ints, time: Ints) -> Bools:
        """Return whether each account is frozen at a time in seconds; -1 for no account."""
        frozen = (account >= 0) & self._frozen[account]
        row = np.flatnonzero(frozen)
        place = np.searchsorted(self._account, account[row])
        frozen[row] = (self._since[place] < time[row]) & (time[row] < self._until[place])
        return frozen

    def catch(self, account: Ints, since: Ints, preparation: Preparation) -> None:
        """Freeze some of the accounts that mules begin to use.

        Args:
            account: (mules,) accounts that victims pay.
            since: (mules,) second of first use.
            preparation: the form's share of mules that are frozen, and the days until then.
        """
        caught = self._hash.uniform("mule frozen", account) < preparation.frozen_mule_share
        account, since = account[caught], since[caught]
        since = since + self._days("mule frozen after", account, preparation.frozen_days_median)
        released = self._hash.uniform("mule released", account) < RELEASED_SHARE
        released |= account >= self._first_business
        until = np.where(released, since + self._length(account), NEVER_S)
        self._add(account, since, until)

    def decided(self, chunk: Chunk) -> Batch:
        """Return what banks decide in a chunk, as intents of actions."""
        parts = []
        for kind, time in ((FREEZE, self._since), (RELEASE, self._until)):
            row = np.flatnonzero((time >= chunk.start) & (time < chunk.stop))
            parts.append((time[row], self._account[row], np.full(len(row), kind, dtype=np.int8)))
        time, account, kinds = (np.concatenate(column) for column in zip(*parts, strict=True))
        nothing = np.zeros(len(time))
        return Batch({"time": time, "account": account, "kind": kinds, "amount_eur": nothing})

    def _length(self, account: Ints) -> Ints:
        return self._days("frozen for", account, self._settings.days_median)

    def _days(self, fact: str, account: Ints, median: float) -> Ints:
        """Return (rows,) durations in seconds."""
        u: Floats = np.clip(self._hash.uniform(fact, account), 1e-9, 1 - 1e-9)
        return (median * DAY * np.exp(SIGMA * ndtri(u))).astype(np.int64)

    def _add(self, account: Ints, since: Ints, until: Ints) -> None:
        """Add freezes; of several of an account, the first counts."""
        account = np.concatenate([self._account, account])
        since, until = np.concatenate([self._since, since]), np.concatenate([self._until, until])
        order = np.lexsort((since, account))
        order = order[np.concatenate([[True], np.diff(account[order]) != 0])[: len(order)]]
        self._account, self._since, self._until = account[order], since[order], until[order]
        self._frozen[account] = True
