"""The single code path that writes rows: both ordinary life and journeys supply *intents*.

Intents name persons, accounts, phones and devices by number; ``INTENTS`` lists their columns by
table. Rows carry the codes that partners see (``schema.py``), in order of time.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.base import FraudForm, Phase
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY
from synthetic_data.codes import Codes, RowNumbers
from synthetic_data.freezes import FREEZE, Freezes
from synthetic_data.networks import Networks
from synthetic_data.population import Population
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

LIMIT_RAISE, SAVINGS_IN, CASH_OUT = 0, 1, 2
MATCH, CLOSE_MATCH, NO_MATCH, NOT_CHECKED = 0, 1, 2, 3
LIMITS_EUR = (1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000)  # [A] daily limits on offer

#: Columns with the accounts of a row: it is refused while one of them is frozen.
ACCOUNTS = {
    "payments": ("payer", "payee"),
    "actions": ("account",),
    "checkouts": ("account",),
    "transfers": ("account",),
}

#: Columns of the intents by table. Numbers are those of ``Population``; amounts are final
#: (:func:`neat`); ``device`` is a device number, not a fingerprint; :class:`RowWriter` adds the
#: network. A customer, user, trader or member number is ``partner * 2 * persons + person``, or
#: ``partner * 2 * persons + persons + k`` for accounts that criminals opened. A merchant or
#: advertiser number is a business, or ``businesses + k`` for a criminal's; a wallet is a person's,
#: or ``persons + k``.
#: Journeys add ``case`` (-1 outside a case), ``phase`` and the row's own code
#: (``schema.TABLES[table].event``), and to calls whether they show another's number (``spoofed``).
INTENTS: dict[str, tuple[str, ...]] = {
    "payments": ("time", "payer", "payee", "amount_eur", "device"),
    "actions": ("time", "account", "kind", "amount_eur"),
    "calls": ("time", "subscriber", "number", "duration_s", "incoming"),
    "orders": (
        "time", "shop", "customer", "amount_eur", "pay_later", "device", "address", "pick_up",
    ),
    "checkouts": ("time", "psp", "merchant", "account", "amount_eur", "device"),
    "listings": ("time", "place", "seller", "price_eur", "device"),
    "contacts": ("time", "place", "seller", "buyer", "account"),
    "transfers": ("time", "exchange", "trader", "withdrawal", "amount_eur", "account", "wallet"),
    "clicks": ("time", "platform", "member", "advertiser"),
}  # fmt: skip


def neat(rng: np.random.Generator, amount_eur: Floats, probability: Floats | float) -> Floats:
    """Round amounts as people do: to cents, or with some probability to a round amount.

    Args:
        rng: stream of the caller.
        amount_eur: (rows,) raw amounts, positive.
        probability: (rows,) or one probability of a round amount.

    Returns:
        (rows,) amounts in EUR with two decimals, at least 0.01.
    """
    amount = amount_eur.astype(np.float64)
    step = np.select([amount < 20, amount < 200, amount < 2000], [1.0, 5.0, 50.0], 100.0)
    is_neat = rng.random(len(amount)) < probability
    rounded = np.where(is_neat, np.maximum(step, np.rint(amount / step) * step), amount)
    cents: Floats = np.maximum(np.rint(rounded * 100), 1)
    return cents / 100


def limit_eur(needed_eur: Floats) -> Floats:
    """Return the (rows,) daily limit in EUR that people choose who need to pay so much."""
    place = np.searchsorted(LIMITS_EUR, needed_eur)
    limit: Floats = np.array(LIMITS_EUR, dtype=np.float64)[np.minimum(place, len(LIMITS_EUR) - 1)]
    return limit


class RowWriter:
    """Turns intents into the rows that partners store.

    Args:
        world: settings.
        population: its persons and businesses.
        forms: forms of fraud, by the ``form`` of the intents of journeys.
        freezes: accounts that refuse rows.
        seeds: subtree of the world; keys the codes.
    """

    def __init__(
        self,
        world: WorldSettings,
        population: Population,
        forms: Sequence[FraudForm],
        freezes: Freezes,
        seeds: Seeds,
    ) -> None:
        self._freezes = freezes
        self._population, self._names = population, world.name_check
        self._calling = world.calls
        self._true_names = np.array([form.preparation.true_name_share for form in forms])
        self._stop = world.days * DAY
        self._networks = Networks(world, population)
        self.numbers = RowNumbers(seeds)
        entities = {
            column.entity
            for table in TABLES.values()
            for column in table.columns.values()
            if column.entity is not None and table.event != column.entity
        }
        self.codes = {entity: Codes(seeds, entity) for entity in {*sorted(entities), "case"}}

    def rows(self, table: str, intents: Batch, chunk: int) -> Batch:
        """Return the rows of intents, in their order, without those that cannot happen.

        Rows outside the horizon are dropped, and so are payments and actions of accounts that are
        not open yet, and all rows that a frozen account refuses. Those have a code all the same: a
        freeze changes no other row.

        Args:
            table: name in ``schema.TABLES``.
            intents: columns of ``INTENTS[table]``; rows of journeys have their own code already.
            chunk: number of the chunk, for the codes of ordinary rows.

        Returns:
            The columns of the schema; ``case`` and ``phase`` are kept if given; payments also
            keep ``_payer`` and ``_payee``, the account numbers, and actions ``_account``.
        """
        happens = (intents["time"] >= 0) & (intents["time"] < self._stop)
        for side in {"payments": ("payer", "payee"), "actions": ("account",)}.get(table, ()):
            opened = self._population.account_opened[intents[side]].astype(np.int64)
            happens &= intents["time"] >= opened * DAY
        if not happens.all():
            intents = intents.take(happens)
        derive = {"payments": self._payments, "actions": self._actions, "calls": self._calls}
        columns = derive[table](intents) if table in derive else dict(intents.columns)
        if "device" in columns:
            columns["network"] = self._networks.of(columns["device"], columns["time"])
        event = TABLES[table].event
        if event is not None and event not in columns:
            columns[event] = self.numbers.draw(table, "ordinary", chunk, len(intents))
        rows = Batch(columns)
        refused = self._refused(table, intents)
        return self.coded(table, rows.take(~refused) if refused.any() else rows)

    def _refused(self, table: str, intents: Batch) -> Bools:
        """Return the (rows,) mask of what banks refuse because an account is frozen."""
        refused = np.zeros(len(intents), dtype=bool)
        for side in ACCOUNTS.get(table, ()):
            refused |= self._freezes.frozen(intents[side], intents["time"])
        if table == "actions":
            refused &= intents["kind"] < FREEZE
        return refused

    def coded(self, table: str, rows: Batch) -> Batch:
        """Return rows of a table with entity numbers replaced by codes, in the schema's dtypes."""
        schema = TABLES[table]
        columns = {}
        for name, values in rows.columns.items():
            column = schema.columns.get(name)
            if column is None:
                columns[name] = values
                continue
            if column.entity == "device":
                values = self._population.fingerprint(values)
            if column.entity is not None and name != schema.event:
                values = self.codes[column.entity](values)
            columns[name] = values.astype(column.dtype, copy=False)
        return Batch(columns)

    def _payments(self, intents: Batch) -> dict[str, NDArray[Any]]:
        population, device = self._population, intents["device"]
        brought = device >= population.next_device
        app = np.where(
            brought, population.hash.uniform("app", device) < 0.5, device < 2 * population.persons
        )
        return {
            **intents.columns,
            "_payer": intents["payer"],
            "_payee": intents["payee"],
            "payer_bank": population.account_bank[intents["payer"]],
            "payee_bank": population.account_bank[intents["payee"]],
            "app": app,
            "name_match": self._name_match(intents),
        }

    def _name_match(self, intents: Batch) -> Ints:
        """Return the (rows,) answers of the payees' banks: the same for all payments of a pair.

        Victims who are told a false name of the payee enter that one; providers and exchanges are
        paid by their own.
        """
        hashed, names, payee = self._population.hash, self._names, intents["payee"]
        pair = intents["payer"].astype(np.int64) * len(self._population.account_bank) + payee
        u = hashed.uniform("name entered", pair)
        nearly = u < names.mismatch_share + names.typo_share
        answer = np.where(u < names.mismatch_share, NO_MATCH, np.where(nearly, CLOSE_MATCH, MATCH))
        if "phase" in intents.columns:
            false = (intents["case"] >= 0) & (intents["phase"] == Phase.TRANSFER)
            false &= payee < self._population.first_collecting_account
            share = self._true_names[intents["form"]]
            false &= hashed.uniform("name told", pair) >= share
            resembles = u < names.false_name_close_share
            answer = np.where(false, np.where(resembles, CLOSE_MATCH, NO_MATCH), answer)
        unchecked = hashed.uniform("name unchecked", payee) < names.unchecked_share
        return np.where(unchecked, NOT_CHECKED, answer)

    def _actions(self, intents: Batch) -> dict[str, NDArray[Any]]:
        account = intents["account"]
        bank = self._population.account_bank[account]
        return {**intents.columns, "_account": account, "bank": bank}

    def _calls(self, intents: Batch) -> dict[str, NDArray[Any]]:
        """Return the records of calls: one for each end that is a subscriber of an operator."""
        persons = self._population.persons
        mirrored = intents.take(intents["number"] < 2 * persons)
        other = mirrored["number"]
        both = joined(
            [
                intents.plus(
                    subscriber=self._population.phone(intents["subscriber"], intents["time"]),
                    operator=self._population.operator[intents["subscriber"]],
                ),
                mirrored.plus(
                    subscriber=other,
                    number=self._population.phone(mirrored["subscriber"], mirrored["time"]),
                    incoming=1 - mirrored["incoming"],
                    operator=self._population.operator[other % persons],
                ),
            ]
        )
        columns = dict(both.columns)
        spoofed = columns.pop("spoofed", np.zeros(len(both), dtype=bool))
        return {**columns, "vouched": self._vouched(both, spoofed)}

    def _vouched(self, calls: Batch, spoofed: Bools) -> Bools:
        """Return whether the network that a call came from vouches for the number it shows.

        An honest company's line is vouched for or never; of a subscriber's calls, some are not.
        """
        number, hashed, settings = (
            calls["number"].astype(np.int64),
            self._population.hash,
            self._calling,
        )
        call = (number << 32) + calls["time"]
        line = np.where(number < 2 * self._population.persons, call, number)
        honest = hashed.uniform("vouched for", line) >= settings.unvouched_share
        passed = hashed.uniform("spoofing noticed", call) >= settings.spoofing_noticed_share
        vouched: Bools = (calls["incoming"] == 0) | np.where(spoofed, passed, honest)
        return vouched


def in_order(table: str, rows: Batch) -> Batch:
    """Return the rows of a table by time; a code, which carries no information, breaks ties."""
    tie = {"actions": "account", "calls": "subscriber"}.get(table) or TABLES[table].event
    low = np.uint64((1 << 34) - 1)
    key = (rows["time"].astype(np.uint64) << np.uint64(34)) | (
        rows[str(tie)].astype(np.uint64) & low
    )
    return rows.take(np.argsort(key))
