"""Payments that a bank holds or refuses by a rule of its own, for all customers alike.

Nothing is trained and nothing is shared. The assumptions favour the measure: a payment refused by a
limit is not made in another way, and a customer who reports a payment gets back all that is held.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proeftuin.features.table import DAY, HOUR, FeatureTable, cents
from proeftuin.sectors import BANK
from proeftuin.settings.measures import AnyMeasure, LowerLimit, Rules, TimeLock
from proeftuin.sharing.query import Desk
from scenarios import plugins
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.reports import PAYMENT
from synthetic_data.world import World

#: Payments that do not go through at once: ``event``, ``time``, ``until`` (seconds; when it is
#: released, ``NEVER`` if refused), ``found`` (moment at which it is found to be fraud while it is
#: held, ``NEVER`` if not), ``acting`` (name of the bank).
HELD = {"event": "int64", "time": "int64", "until": "int64", "found": "int64", "acting": "str"}
NEVER = 2**62
RAISED_HOURS = 24  #: so long a limit that the customer raised stands


@dataclass(frozen=True, eq=False)
class BankPayments:
    """The payments of one bank, with the bank's own knowledge about them.

    Attributes:
        desk: the bank.
        table: its payments with features.
        blocks: entities refused without the measure, at any bank (``sharing.query.BLOCKS``).
        world: gives the reports to the bank, and the banks of accounts.
        test_day: first day of the test period.
    """

    desk: Desk
    table: FeatureTable
    blocks: pd.DataFrame
    world: World
    test_day: int

    def own_rows(self) -> Ints:
        """Return the rows of the test period that are the bank's own."""
        table = self.table
        rows: Ints = np.flatnonzero(
            (table.partner == self.desk.index) & (table.time >= self.test_day * DAY)
        )
        return rows

    def refused(self, rows: Ints) -> pd.DataFrame:
        """Return that the bank refuses rows of the table (see ``HELD``)."""
        return pd.DataFrame(
            {
                "event": self.table.event[rows],
                "time": self.table.time[rows],
                "until": NEVER,
                "found": NEVER,
            }
        ).assign(acting=self.desk.name)[list(HELD)]


def no_holds() -> pd.DataFrame:
    """Return an empty table of held payments."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in HELD.items()})


def rule_score(table: FeatureTable, rows: Bools) -> Floats:
    """Return the score of the rules: the amount, if the payee is new to the payer."""
    score = table.amount_eur[rows].astype(np.float64)
    return score * table.new_payee[rows] if len(table.new_payee) else score


def holds(bank: BankPayments, measures: Mapping[str, AnyMeasure]) -> pd.DataFrame:
    """Return the payments of the test period that measures hold or refuse (see ``HELD``)."""
    found = [no_holds()]
    for measure in measures.values():
        match measure:
            case TimeLock():
                found.append(_locked(measure, bank))
            case LowerLimit():
                found.append(_above_limit(measure, bank))
            case Rules():
                pass
            case _:
                carry_out: Callable[[AnyMeasure, BankPayments], pd.DataFrame] = plugins.loaded(
                    "proeftuin.holds", measure.name
                )
                found.append(carry_out(measure, bank))
    return pd.concat([each for each in found if len(each)] or found[:1], ignore_index=True)


def _locked(lock: TimeLock, bank: BankPayments) -> pd.DataFrame:
    """Hold large payments to new payees; look what becomes known while they are held."""
    table, rows = bank.table, bank.own_rows()
    rows = rows[table.new_payee[rows] & (table.amount_eur[rows] >= lock.above_eur)]
    held = pd.DataFrame(
        {
            "event": table.event[rows],
            "time": table.time[rows],
            "until": table.time[rows] + int(lock.hours * HOUR),
            "payer": table.entities["payer"][rows],
            "code": table.entities["account"][rows],
        }
    )
    told = [_reports_of_payers(bank), _new_blocks(bank)]
    moments = [
        held.merge(known, on=key)[["event", "time", "until", "moment"]]
        for known, key in zip(told, ("payer", "code"), strict=True)
    ]
    known = pd.concat(moments, ignore_index=True)
    known = known[(known["moment"] > known["time"]) & (known["moment"] < known["until"])]
    first = known.groupby("event")["moment"].min()
    found = held["event"].map(first).astype("Int64").fillna(NEVER)
    return held.assign(found=found.astype("int64"), acting=bank.desk.name)[list(HELD)]


def _reports_of_payers(bank: BankPayments) -> pd.DataFrame:
    """Return when which customer of the bank reports a payment: ``payer, moment``."""
    table, labels = bank.table, bank.world.labels
    labels = labels[(labels["partner"] == bank.desk.name) & (labels["kind"] == PAYMENT)]
    row = pd.Index(table.event).get_indexer(pd.Index(labels["value"]))
    payer = table.entities["payer"][row[row >= 0]]
    return pd.DataFrame({"payer": payer, "moment": labels["known_at"].to_numpy()[row >= 0]})


def _new_blocks(bank: BankPayments) -> pd.DataFrame:
    """Return when which payee becomes blocked, here or at its own bank: ``code, moment``."""
    blocks, register = bank.blocks, bank.world.tables["accounts"]
    blocks = blocks[(blocks["sector"] == BANK) & (blocks["entity"] == "account")]
    register = register[register["account"].isin(blocks["code"])]
    holder = blocks["code"].map(register.set_index("account")["bank"])
    blocks = blocks[(blocks["partner"] == bank.desk.index) | (blocks["partner"] == holder)]
    return blocks[["code", "since"]].rename(columns={"since": "moment"})


def _above_limit(limit: LowerLimit, bank: BankPayments) -> pd.DataFrame:
    """Refuse payments beyond the limit of their day.

    A refused payment does not count towards the limit, so a later payment that still fits passes.
    """
    table, rows = bank.table, bank.own_rows()
    rows = rows[table.column("log_hours_since_limit")[rows] > np.log1p(RAISED_HOURS)]
    day = pd.DataFrame(
        {
            "payer": table.entities["payer"][rows],
            "day": table.time[rows] // DAY,
            "cents": cents(pd.Series(table.amount_eur[rows])),
        }
    )
    return bank.refused(rows[_do_not_fit(day, int(limit.daily_eur * 100))])


def _do_not_fit(day: pd.DataFrame, limit: int) -> Bools:
    """Mark the payments, in order of time, that exceed the rest of their day's limit."""
    refused = np.zeros(len(day), dtype=bool)
    while True:
        paid = day["cents"].where(~refused, 0).groupby([day["payer"], day["day"]]).cumsum()
        over = ~refused & (paid.to_numpy() > limit)
        if not over.any():
            return refused
        # the first of each day is refused for certain; then look at the rest of the day again
        first = ~day[over].duplicated(["payer", "day"]).to_numpy()
        refused[np.flatnonzero(over)[first]] = True
