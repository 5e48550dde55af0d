"""A world joined with its truth: the fraud rows of every table, by form and case."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.base import Phase
from synthetic_data.arrays import Array, Bools
from synthetic_data.freezes import FREEZE, NEVER_S, RELEASE
from synthetic_data.rows import ACCOUNTS
from synthetic_data.schema import TABLES, Column
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World

#: Maximum number of ordinary rows in a sample, for checks that would be slow on all rows.
SAMPLE = 200_000
NOT_KNOWN = 2**31 - 1  #: seconds; after every horizon


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a table: all fraud, and a random part of the rest, in the table's order.

    Attributes:
        table: name of the table.
        rows: the rows.
        position: (rows,) row numbers in the whole table.
        fraud: (rows,) whether criminals or their victims caused the row.
        share: share of the ordinary rows that is in the sample.
    """

    table: str
    rows: pd.DataFrame
    position: NDArray[np.integer[Any]]
    fraud: Bools
    share: float


class Evidence:
    """The data of the checks; what several of them need is computed once.

    Args:
        world, truth: the world and the truth about it.
        twin: the same world without fraud, if it was generated.
        seeds: random streams of the samples.
    """

    def __init__(
        self, world: World, truth: Truth, twin: tuple[World, Truth] | None, seeds: Seeds
    ) -> None:
        self.world, self.truth, self.seeds = world, truth, seeds
        self.twin = twin[0] if twin is not None else None
        self._fraud: dict[str, Bools] = {}
        self._samples: dict[str, Sample] = {}

    @cached_property
    def event_tables(self) -> tuple[str, ...]:
        """Names of the event tables whose fraud rows are known."""
        return tuple(
            name
            for name, rows in self.world.tables.items()
            if "time" in rows and (name != "actions" or self.twin is not None)
        )

    @property
    def registers(self) -> tuple[str, ...]:
        """Names of the registers, which list customers, numbers and other entities."""
        return tuple(
            name
            for name, rows in self.world.tables.items()
            if "time" not in rows and name != "statements"
        )

    def fraud(self, table: str) -> Bools:
        """Return a (rows,) mask of an event table: rows that criminals or their victims caused."""
        if table not in self._fraud:
            self._fraud[table] = self._mark(table)
        return self._fraud[table]

    def sample(self, table: str) -> Sample:
        """Return all fraud of an event table and, on average, at most ``SAMPLE`` other rows."""
        if table not in self._samples:
            rows, fraud = self.world.tables[table], self.fraud(table)
            share = min(1.0, SAMPLE / max(1, len(rows) - int(fraud.sum())))
            kept = fraud | (self.seeds.rng("sample", table).random(len(rows)) < share)
            position = np.flatnonzero(kept)
            self._samples[table] = Sample(
                table, rows.iloc[position], position, fraud[position], share
            )
        return self._samples[table]

    @cached_property
    def payments(self) -> pd.DataFrame:
        """All payments with ``fraud``, ``transfer`` (by a victim), ``case`` and ``form``."""
        rows = self.world.tables["payments"]
        truth = self.truth.payments.drop_duplicates("payment").set_index("payment")
        found = truth.index.get_indexer(pd.Index(rows["payment"]))
        hit = found >= 0
        case = np.full(len(rows), -1, dtype=np.int64)
        form = np.full(len(rows), "", dtype=object)
        transfer = np.zeros(len(rows), dtype=bool)
        case[hit] = truth["case"].to_numpy()[found[hit]]
        form[hit] = truth["form"].to_numpy()[found[hit]]
        transfer[hit] = truth["phase"].to_numpy()[found[hit]] == Phase.TRANSFER
        return rows.assign(fraud=hit, transfer=transfer, case=case, form=form)

    @cached_property
    def transfers(self) -> pd.DataFrame:
        """The payments by victims, with the victim's person (-1 for a shop) and weight."""
        rows = self.payments[self.payments["transfer"]]
        weight = self.truth.cases.set_index("case")["real_weight"]
        return rows.assign(
            person=self.person("account").reindex(rows["payer"]).fillna(-1).to_numpy(np.int64),
            real_weight=weight.reindex(rows["case"]).fillna(1.0).to_numpy(),
        )

    @cached_property
    def victims(self) -> pd.DataFrame:
        """Cases in which the target lost money."""
        return self.truth.cases[self.truth.cases["succeeded"]]

    def person(self, entity: str) -> pd.Series:
        """Return the person behind each code of a kind, indexed by code."""
        links = self.truth.links[self.truth.links["entity"] == entity]
        return links.drop_duplicates("code").set_index("code")["person"]

    @cached_property
    def case_labels(self) -> pd.DataFrame:
        """Labels of fraud cases, with ``true_form``, ``real_weight`` and ``happened``.

        ``happened`` is the second of the last event of the case.
        """
        labels, cases = self.world.labels, self.truth.cases.set_index("case")
        own = labels[labels["case"].isin(cases.index)]
        last = self.truth.events.groupby("case")["time"].max()
        return own.assign(
            true_form=cases["form"].reindex(own["case"]).to_numpy(),
            real_weight=cases["real_weight"].reindex(own["case"]).to_numpy(),
            happened=last.reindex(own["case"]).to_numpy(),
        )

    def refused(self, table: str, rows: pd.DataFrame) -> Bools:
        """Return which rows of a table name an account that is frozen at the time.

        An account that was frozen for good before the world began has no rows left in it.
        """
        found = np.zeros(len(rows), dtype=bool)
        for side in ACCOUNTS.get(table, ()):
            time = rows["time"].to_numpy()
            spell = self._freezes.reindex(rows[side])
            found |= (spell["since"].to_numpy() < time) & (time < spell["until"].to_numpy())
            found |= (rows[side] >= 0).to_numpy() & ~rows[side].isin(self._active).to_numpy()
        return found

    @cached_property
    def _freezes(self) -> pd.DataFrame:
        """The first and last second of every freeze, by account."""
        actions = self.world.tables["actions"]
        times = [
            actions[actions["kind"] == kind].set_index("account")["time"]
            for kind in (FREEZE, RELEASE)
        ]
        return pd.DataFrame({"since": times[0], "until": times[1]}).fillna(
            {"since": -1, "until": NEVER_S}
        )

    @cached_property
    def _active(self) -> Array:
        """Accounts that any row names."""
        named = [
            self.world.tables[table][side].unique()
            for table, sides in ACCOUNTS.items()
            if table in self.world.tables
            for side in sides
        ]
        return np.unique(np.concatenate(named))

    def understood_at(self, table: str) -> NDArray[np.int64]:
        """Return the (fraud rows,) second of the first payment of their case.

        Before that payment a call, contact or checkout cannot be recognised as fraud. Cases without
        a payment, such as failed attempts, have ``NOT_KNOWN``.
        """
        paid = self.transfers.groupby("case")["time"].min()
        rows, event = self.world.tables[table][self.fraud(table)], TABLES[table].event
        if event is not None:
            known = self.truth.events[self.truth.events["table"] == table]
            case = known.drop_duplicates("event").set_index("event")["case"].reindex(rows[event])
        else:
            known = self.truth.calls.assign(key=_call_key(self.truth.calls))
            keyed = known.drop_duplicates("key").set_index("key")["case"]
            case = keyed.reindex(_call_key(rows))
        return paid.reindex(case).fillna(NOT_KNOWN).to_numpy(np.int64)

    def _mark(self, table: str) -> Bools:
        rows, event = self.world.tables[table], TABLES[table].event
        if event is not None:
            known = self.truth.events.loc[self.truth.events["table"] == table, "event"]
            return rows[event].isin(known).to_numpy()
        if table == "calls":
            calls = self.truth.calls
            return _call_key(rows).isin(_call_key(calls)).to_numpy()
        if self.twin is not None and table in self.twin.tables:
            of_bank = rows["kind"].to_numpy() >= FREEZE  # its bank freezes a mule, no criminal does
            return added(rows, self.twin.tables[table]) & ~of_bank
        return np.zeros(len(rows), dtype=bool)


def _call_key(calls: pd.DataFrame) -> pd.Series:
    columns = calls[["time", "subscriber", "number"]].astype(np.int64)
    return pd.util.hash_pandas_object(columns, index=False)


def added(rows: pd.DataFrame, before: pd.DataFrame) -> Bools:
    """Return a (rows,) mask of the rows that another table lacks; each copy of a row counts."""
    hashes, known = (
        pd.Series(pd.util.hash_pandas_object(part, index=False).to_numpy())
        for part in (rows, before[rows.columns])
    )
    times = hashes.groupby(hashes).cumcount()
    known_times = known.groupby(known).cumcount()
    numbered = pd.MultiIndex.from_arrays([hashes, times])
    return ~numbered.isin(pd.MultiIndex.from_arrays([known, known_times]))


def columns_of(table: str, kind: str) -> dict[str, Column]:
    """Return the columns of a table that hold ``codes``, or plain ``values``, in their order."""
    return {
        name: column
        for name, column in TABLES[table].columns.items()
        if (column.entity is not None) == (kind == "codes")
    }
