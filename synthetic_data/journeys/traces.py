"""The rows that a month's journeys leave in the tables of the partners."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.base import FraudForm, Step
from synthetic_data.arrays import Ints
from synthetic_data.background.exchange import CREDITED_S
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR
from synthetic_data.journeys.book import Book
from synthetic_data.journeys.crowd import crowd_of
from synthetic_data.rows import neat
from synthetic_data.settings import WorldSettings

SENT_ON_SHARE = 0.5  # [A] crypto that leaves the exchange; the rest is sold there or blocked
SENT_ON_S, SENT_ON_SIGMA = 2.0 * HOUR, 1.2  # [A] median time until crypto leaves for the wallet
PRICE_SIGMA = 0.01  # [A] log-normal sigma of the price change in between


class Traces:
    """Collects rows by table, openings of accounts, and the receipts of mules.

    Args:
        form: fraud form.
        world: settings.
        book: the form's resources.
        cases: targets, with their resources.
        rng: stream of the month.
    """

    def __init__(
        self,
        form: FraudForm,
        world: WorldSettings,
        book: Book,
        cases: Batch,
        rng: np.random.Generator,
    ) -> None:
        self.form, self.world, self.book, self.cases, self.rng = form, world, book, cases, rng
        self.population = book.population
        self.crowd = crowd_of(book.population)
        self.end = world.days * DAY
        #: (cases,) number shown to the target, -1 for none or the bank's own.
        self.caller = np.full(len(cases), -1)
        self._at_device = rng.random(len(cases))
        self._rows: dict[str, list[Batch]] = {}
        self._openings: dict[str, list[Batch]] = {}
        #: receipts of mules; see :func:`synthetic_data.journeys.spending.spend`.
        self.receipts: list[Batch] = []

    def rows(self) -> dict[str, Batch]:
        """Return all rows within the horizon, by table."""
        found = {table: self.inside(joined(parts)) for table, parts in self._rows.items()}
        return {table: rows for table, rows in found.items() if len(rows)}

    def openings(self) -> dict[str, Batch]:
        """Return new rows of registers."""
        return {register: joined(parts) for register, parts in self._openings.items()}

    def put(self, table: str, *, phase: int, **columns: NDArray[Any]) -> None:
        """Add rows of a table; ``case`` is among the columns, -1 for rows outside any case."""
        size = len(columns["case"])
        if size:
            batch = Batch({**columns, "phase": np.full(size, int(phase), dtype=np.int8)})
            self._rows.setdefault(table, []).append(batch)

    def open(self, register: str, **columns: NDArray[Any]) -> None:
        """Add rows of a register."""
        if len(next(iter(columns.values()))):
            self._openings.setdefault(register, []).append(Batch(columns))

    def receive(
        self, time: Ints, chain: Ints, amount_eur: NDArray[Any], person: Ints, mule: Ints
    ) -> None:
        """Record a mule's receipts; see :func:`synthetic_data.journeys.spending.spend`.

        A frozen mule receives nothing.
        """
        columns = {
            "time": time,
            "chain": chain,
            "amount_eur": amount_eur,
            "person": person,
            "mule": mule,
        }
        refused = self.book.freezes.frozen(chain[:, 0], time)
        self.receipts.append(Batch(columns).take(~refused))

    def own_device(self, person: Ints, time: Ints) -> Ints:
        """Return the persons' own devices."""
        share = self.world.population.shared_computer_share
        return self.population.own_device(person, time, self.rng.random(len(person)) < share)

    def holder_device(self, account: Ints, time: Ints) -> Ints:
        """Return the device of each holder: a person's own, or a company's computer."""
        population, owner = self.population, self.population.owner(account)
        business = account - population.first_business_account
        office = population.office_device(np.maximum(business, 0))
        return np.where(owner >= 0, self.own_device(np.maximum(owner, 0), time), office)

    def device(self, step: Step, done: Batch) -> Ints:
        """Return the device of each act: the victim's own or the criminals'."""
        row = done["row"]
        taken_over = self._at_device[row] < step.criminal_device
        own = self.own_device(self.cases["person"][row], done["time"])
        return np.where(taken_over, self.criminal_device(row), own)

    def criminal_device(self, row: Ints) -> Ints:
        """Return the criminals' device in some cases."""
        return self.book.device(self.cases["device"][row])

    def criminal_phone(self, row: Ints) -> Ints:
        """Return the criminals' phone number in some cases, as registers have it."""
        return self.book.phone(self.cases["number"][row])

    def chain(self, row: Ints, lane: Ints | int) -> Ints:
        """Return (rows, CHAIN) accounts of the mule in some cases, none of them the victim's.

        Args:
            row: (rows,) cases.
            lane: 0 for the usual mule, 1 for the second one.
        """
        cases = self.cases
        chain: Ints = self.book.chains[cases["mule"][row], lane]
        time = np.maximum(cases["mule_time"][row], 0)
        chain[:, 0] = self.book.usable(chain[:, 0], time, cases["person"][row])
        return chain

    def buy_crypto(self, bought: Batch, phase: int) -> None:
        """Add the payment to an exchange, the deposit there, and the transfer to a wallet.

        Args:
            bought: ``time``, the buying ``person`` and ``account``, ``amount_eur``, ``device``,
                ``mule`` whose wallet receives the crypto, ``case``.
            phase: phase of the journey.
        """
        bought = bought.take(~self.book.freezes.frozen(bought["account"], bought["time"]))
        rng, size, person = self.rng, len(bought), bought["person"]
        time, amount, case = bought["time"], bought["amount_eur"], bought["case"]
        exchange = self.book.members.trader_exchange(person)
        trader, new = self.book.trader(exchange, person, time)
        self.open(
            "traders",
            trader=trader[new],
            exchange=exchange[new],
            account=bought["account"][new],
            phone=self.population.phone(person[new], time[new]),
            opened_day=time[new] // DAY - rng.integers(0, 3, len(new)),
        )
        self.put(
            "payments",
            time=time,
            payer=bought["account"],
            payee=self.population.exchange_account[exchange],
            amount_eur=amount,
            device=bought["device"],
            case=case,
            phase=phase,
        )
        credited = time + rng.integers(*CREDITED_S, size)
        held = rng.lognormal(math.log(SENT_ON_S), SENT_ON_SIGMA, size).astype(np.int64)
        price = np.exp(PRICE_SIGMA * rng.standard_normal(size))
        deposits = Batch(
            {
                "time": credited,
                "exchange": exchange,
                "trader": trader,
                "withdrawal": np.zeros(size, dtype=np.int8),
                "amount_eur": amount,
                "account": bought["account"],
                "wallet": np.full(size, -1),
                "case": case,
            }
        )
        sent = deposits.plus(
            time=credited + held,
            withdrawal=np.ones(size, dtype=np.int8),
            amount_eur=neat(rng, amount * price, 0.0),
            account=np.full(size, -1),
            wallet=self.book.wallet(bought["mule"]),
        ).take(rng.random(size) < SENT_ON_SHARE)
        for transfers in (deposits, sent):
            self.put("transfers", phase=phase, **transfers.columns)

    def inside(self, rows: Batch) -> Batch:
        """Return the rows within the horizon."""
        return rows.take((rows["time"] >= 0) & (rows["time"] < self.end))
