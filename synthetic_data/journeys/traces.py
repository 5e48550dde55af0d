"""The rows that a month's journeys leave with the partners."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.base import Event, FraudForm, Step
from synthetic_data.arrays import Bools, Ints
from synthetic_data.background.exchange import CREDITED_S
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR
from synthetic_data.journeys.book import Book
from synthetic_data.journeys.crowd import crowd_of
from synthetic_data.journeys.spending import spend
from synthetic_data.journeys.steps import MONEY, moments
from synthetic_data.journeys.web import WEB_EVENTS, add_web
from synthetic_data.rows import LIMIT_RAISE, SAVINGS_IN, neat
from synthetic_data.settings import WorldSettings

SENT_ON_SHARE = 0.5  # [A] crypto that leaves the exchange; the rest is sold there or blocked
SENT_ON_S, SENT_ON_SIGMA = 2.0 * HOUR, 1.2  # [A] median time until crypto leaves for the wallet
OPENS_SHARE = 0.2  # [A] victims who open an account at an exchange; others pay who buys for them
PRICE_SIGMA = 0.01  # [A] how much the price moves in between
AFTER_PAYING_S = (30, 600)  # [A] how long a call goes on after the last payment
BEFORE_PAYING = (0.3, 0.95)  # [A] of the time until the first payment, for the other calls
SHORTEST_CALL_S, LONGEST_CALL_S = 5, 6 * HOUR  # [A]
SAVINGS_UNIT_EUR = 50  # [A] people move whole fifties
HANGS_UP_S = 5  # before the next call of the same case


class Traces:
    """Collects rows by table, openings of accounts, and what mules received.

    Args:
        form: whose journeys.
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
        self._receipts: list[Batch] = []

    def collect(self, steps: tuple[Step, ...], acts: list[Batch]) -> None:
        """Write down all acts within the horizon and what follows from them."""
        inside = [self._inside(done) for done in acts]
        self._calls(steps, acts, inside)
        for step, done in zip(steps, inside, strict=True):
            if not len(done):
                continue
            if step.event in (Event.LIMIT_RAISE, Event.SAVINGS):
                self._at_own_bank(step, done)
            elif step.event is Event.PAYMENT:
                self._payments(step, done)
            elif step.event is Event.DEPOSIT:
                self._deposits(step, done)
            elif step.event in WEB_EVENTS:
                add_web(step, done, self)
        if self._receipts:
            spend(self.form.spending, joined(self._receipts), self, self.rng)

    def rows(self) -> dict[str, Batch]:
        """Return all rows within the horizon, by table."""
        found = {table: self._inside(joined(parts)) for table, parts in self._rows.items()}
        return {table: rows for table, rows in found.items() if len(rows)}

    def openings(self) -> dict[str, Batch]:
        """Return new rows of registers."""
        return {register: joined(parts) for register, parts in self._openings.items()}

    def put(self, table: str, *, phase: int, **columns: NDArray[Any]) -> None:
        """Add rows of a table; ``case`` is among the columns, -1 for what belongs to none."""
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
        """Note money that reached a mule; see :func:`synthetic_data.journeys.spending.spend`."""
        columns = {
            "time": time,
            "chain": chain,
            "amount_eur": amount_eur,
            "person": person,
            "mule": mule,
        }
        self._receipts.append(Batch(columns))

    def own_device(self, person: Ints, time: Ints) -> Ints:
        """Return the devices persons use themselves."""
        share = self.world.population.shared_computer_share
        return self.population.own_device(person, time, self.rng.random(len(person)) < share)

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
        chain[:, 0] = self.crowd.usable(chain[:, 0], time, cases["person"][row])
        return chain

    def buy_crypto(self, bought: Batch, phase: int) -> None:
        """Add the payment to an exchange, the deposit there, and the transfer to a wallet.

        Args:
            bought: ``time``, ``person`` and ``account`` who buys, ``amount_eur``, ``device``,
                ``mule`` whose wallet it goes to, ``case``.
            phase: of the journey.
        """
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

    def _inside(self, rows: Batch) -> Batch:
        return rows.take((rows["time"] >= 0) & (rows["time"] < self.end))

    def _calls(self, steps: tuple[Step, ...], acts: list[Batch], inside: list[Batch]) -> None:
        """Calls and texts that an operator sees; some calls last until the last payment."""
        first_paid, last_paid = moments(steps, acts, MONEY, len(self.cases))
        parts = []
        for step, done in zip(steps, inside, strict=True):
            if step.event not in (Event.CALL, Event.TEXT):
                continue
            size, row, time = len(done), done["row"], done["time"]
            length = np.zeros(size)
            if step.length is not None:
                z = self.rng.standard_normal(size)
                length = step.length.median_s * np.exp(step.length.sigma * z)
            if step.event is Event.CALL:
                pays = last_paid[row] > time
                stays = pays & (self.rng.random(size) < step.covers)
                over = last_paid[row] - time + self.rng.integers(*AFTER_PAYING_S, size)
                before = (first_paid[row] - time) * self.rng.uniform(*BEFORE_PAYING, size)
                leaves = pays & ~stays & (first_paid[row] > time)
                length = np.where(stays, np.maximum(length, over), length)
                length = np.where(leaves, np.minimum(length, before), length)
                length = np.clip(length, SHORTEST_CALL_S, LONGEST_CALL_S)
            visible = (1 - step.hidden) * self.cases["visible_factor"][row]
            parts.append(
                done.plus(
                    length=length,
                    seen=self.rng.random(size) < visible,
                    spoofed=self.rng.random(size) < step.spoofed,
                    phase=np.full(size, int(step.phase)),
                )
            )
        if parts:
            self._put_calls(joined(parts))

    def _put_calls(self, calls: Batch) -> None:
        calls = calls.take(np.lexsort((calls["time"], calls["row"])))
        if not len(calls):
            return
        row, time = calls["row"], calls["time"]
        same = np.concatenate([row[1:] == row[:-1], [False]])
        free = np.where(same, np.roll(time, -1) - time - HANGS_UP_S, LONGEST_CALL_S)
        length = np.maximum(np.minimum(calls["length"], free), 0).astype(np.int32)
        shown = np.where(
            calls["spoofed"],
            self.population.bank_phone[self.cases["bank"][row]],
            self.book.shown_phone(self.cases["number"][row]),
        )
        calls = calls.plus(length=length, shown=shown).take(calls["seen"])
        own = calls.take(~calls["spoofed"])
        self.caller[own["row"]] = own["shown"]
        for phase in np.unique(calls["phase"]):
            part = calls.take(calls["phase"] == phase)
            self.put(
                "calls",
                time=part["time"],
                subscriber=self.cases["person"][part["row"]],
                number=part["shown"],
                duration_s=part["length"],
                incoming=np.ones(len(part), dtype=np.int8),
                case=self.cases["case"][part["row"]],
                phase=int(phase),
            )

    def _at_own_bank(self, step: Step, done: Batch) -> None:
        savings = step.event is Event.SAVINGS
        kind = SAVINGS_IN if savings else LIMIT_RAISE
        self.put(
            "actions",
            time=done["time"],
            account=self.cases["account"][done["row"]],
            kind=np.full(len(done), kind, dtype=np.int8),
            # as before an ordinary large payment
            amount_eur=np.ceil(done["amount_eur"] / SAVINGS_UNIT_EUR) * SAVINGS_UNIT_EUR * savings,
            case=self.cases["case"][done["row"]],
            phase=step.phase,
        )

    def _payments(self, step: Step, done: Batch) -> None:
        row = done["row"]
        share = self.form.preparation.second_mule_share
        second: Bools = self.rng.random(len(done)) < share
        chain = self.chain(row, second.astype(np.int64))
        self.put(
            "payments",
            time=done["time"],
            payer=self.cases["account"][row],
            payee=chain[:, 0],
            amount_eur=done["amount_eur"],
            device=self.device(step, done),
            case=self.cases["case"][row],
            phase=step.phase,
        )
        person, mule = self.cases["person"][row], self.cases["mule"][row]
        self.receive(done["time"], chain, done["amount_eur"], person, mule)

    def _deposits(self, step: Step, done: Batch) -> None:
        """Crypto that victims buy; who has no account at an exchange may pay a mule instead."""
        case, person = done["row"], self.cases["person"][done["row"]]
        willing = self.population.hash.uniform("opens", self.book.own(self.cases["case"][case]))
        buys = self.book.members.is_trader(person) | (willing < OPENS_SHARE)
        self._payments(step, done.take(~buys))
        done = done.take(buys)
        row = done["row"]
        columns = {name: self.cases[name][row] for name in ("person", "account", "mule", "case")}
        columns |= {"time": done["time"], "amount_eur": done["amount_eur"]}
        self.buy_crypto(Batch({**columns, "device": self.device(step, done)}), step.phase)
