"""Everything that a partner could count about its own rows: a yardstick for its own detector.

Columns are built by search, not by thought: every entity in a row, with all that the partner's
tables say about that entity, in windows of ten minutes to always, counted, summed and dated; every
pair of entities; registers; reports; and a bank's running balance. Nothing looks at a row that is
not earlier.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from proeftuin.features.asof import FOREVER, History, Lookups, Past, first_of_pair, standing_reports
from proeftuin.features.table import DAY, HOUR, MINUTE, cents, ints
from proeftuin.features.views import DeskView
from proeftuin.sectors import DECIDING
from synthetic_data.arrays import Array, Bools, Floats, Ints, Matrix
from synthetic_data.reports import KIND_ENTITY
from synthetic_data.rows import CASH_OUT, SAVINGS_IN
from synthetic_data.schema import TABLES
from synthetic_data.world import AMOUNT, World

WINDOWS = {
    "10m": 10 * MINUTE, "2h": 2 * HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "all": FOREVER,
}  # fmt: skip
#: Columns that name a kind of row, so that each kind has a history of its own.
KINDS = ("kind", "withdrawal", "incoming")
FRESH = DAY  #: a counterpart is fresh for a payer until a day after the first payment


class OwnColumns:
    """The columns that one partner's own tables give for some of the rows it decides on.

    Args:
        view: everything the partner holds.
        sector: its sector.
        event: (rows,) references of the rows to describe.
    """

    def __init__(self, view: DeskView, sector: str, event: Ints) -> None:
        self._view, self._facts = view, DECIDING[sector]
        self._table = TABLES[self._facts.rows]
        rows = view.tables[self._facts.rows]
        self._rows = rows.set_index(str(self._table.event)).loc[event]
        self._time = ints(self._rows["time"])
        self._asked = {name: Lookups(ints(self._rows[name]), self._time) for name in self.entities}

    @property
    def entities(self) -> dict[str, str]:
        """Entity columns of the rows, with the kind of entity."""
        return {
            name: str(column.entity)
            for name, column in self._table.columns.items()
            if column.entity is not None and name != self._table.event
        }

    def matrix(self) -> tuple[list[str], Matrix]:
        """Return the names of the columns and their values, (rows, columns) float32 with NaN."""
        names, values = [], []
        for name, column in self._columns():
            names.append(name)
            values.append(column.astype(np.float32))
        return names, np.column_stack(values)

    def _columns(self) -> Iterator[tuple[str, Array]]:
        yield from self._plain()
        for name, table, column, events in self._mentions():
            yield from self._history(name, table, column, events)
        for pair in combinations(self.entities, 2):
            yield from self._pair(*pair)
        yield from self._registered()
        yield from self._reported()
        if self._facts.holds_accounts:
            yield from self._fresh()
            yield from self._balance()

    def _plain(self) -> Iterator[tuple[str, Array]]:
        """Yield the row itself, and the clock."""
        for name, column in self._table.columns.items():
            if column.entity is None and name != "time" and not column.answer:
                yield name, self._rows[name].to_numpy(np.float64)
        if (amount := self._amount(self._facts.rows)) is not None:
            whole = cents(self._rows[amount])
            yield "whole_tens", (whole % 1000 == 0).astype(float)
            yield "whole_hundreds", (whole % 10_000 == 0).astype(float)
        yield "hour", self._time % DAY / HOUR
        yield "weekday", (self._time // DAY % 7).astype(float)

    def _amount(self, table: str) -> str | None:
        name = AMOUNT.get(table, "amount_eur")
        return name if name in TABLES[table].columns else None

    def _mentions(self) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
        """Yield the histories to ask: entity of the row, table, its column there, and the rows."""
        for table, rows in self._view.tables.items():
            if "time" not in rows:
                continue
            kinds = [name for name in KINDS if name in rows]
            parts = rows.groupby(kinds[0]) if kinds else [("", rows)]
            for kind, part in parts:
                for column, about in TABLES[table].columns.items():
                    if about.entity is None or column == TABLES[table].event:
                        continue
                    for name, entity in self.entities.items():
                        if entity == about.entity:
                            yield name, f"{table}{kind}", column, part[part[column] >= 0]

    def _history(
        self, name: str, table: str, column: str, events: pd.DataFrame
    ) -> Iterator[tuple[str, Array]]:
        """Yield counts, sums, distances in time and new counterparts of an entity's rows."""
        label, plain = f"{name}_as_{table}_{column}", table.rstrip("0123456789")
        who, when = ints(events[column]), ints(events["time"])
        amount = self._amount(plain)
        value = None if amount is None else cents(events[amount])
        past = History(who, when, value).before(self._asked[name])
        yield from _windows(label, past, with_sums=value is not None)
        if value is not None and amount is not None:
            mean = past.total() / np.maximum(past.count(), 1)
            own = self._amount(self._facts.rows)
            if own is not None:
                yield f"{label}_amount_over_mean", cents(self._rows[own]) / np.maximum(mean, 1)
        for other, about in TABLES[plain].columns.items():
            if about.entity is None or other in (column, TABLES[plain].event):
                continue
            first = first_of_pair(who, ints(events[other]))
            met = History(who[first], when[first]).before(self._asked[name])
            for window in ("24h", "7d", "30d"):
                yield f"{label}_new_{other}_{window}", met.count(WINDOWS[window])

    def _pair(self, one: str, other: str) -> Iterator[tuple[str, Array]]:
        """Yield the history of two entities together, and of this amount between them."""
        every = self._view.tables[self._facts.rows]
        amount = self._amount(self._facts.rows)
        both = pd.concat([every[[one, other]], self._rows[[one, other]]])
        code = np.asarray(both.groupby([one, other], sort=False).ngroup(), dtype=np.int64)
        known, asked = code[: len(every)], code[len(every) :]
        when = ints(every["time"])
        value = None if amount is None else cents(every[amount])
        past = History(known, when, value).before(Lookups(asked, self._time))
        yield from _windows(f"{one}_{other}", past, with_sums=value is not None)
        if value is not None and amount is not None:
            own = cents(self._rows[amount])
            same, now = pd.factorize(np.concatenate([value, own]))[0], len(value)
            code = pd.factorize(code * (same.max() + 1) + same)[0]
            again = History(code[:now], when).before(Lookups(code[now:], self._time))
            for window in ("2h", "24h", "7d", "30d"):
                yield f"{one}_{other}_same_{window}", again.count(WINDOWS[window])

    def _registered(self) -> Iterator[tuple[str, Array]]:
        """Yield what registers say about the entities of the row, as numbers."""
        for table, rows in self._view.tables.items():
            if "time" in rows or "day" in rows:
                continue
            key = next(iter(TABLES[table].columns))
            about = rows.drop_duplicates(key).set_index(key)
            for name, entity in self.entities.items():
                if entity != TABLES[table].columns[key].entity:
                    continue
                for column, said in TABLES[table].columns.items():
                    if said.entity is None:
                        value = self._rows[name].map(about[column]).to_numpy(np.float64)
                        days = self._time / DAY - value
                        yield f"{name}_{column}", days if column.endswith("_day") else value

    def _reported(self) -> Iterator[tuple[str, Array]]:
        """Yield reports that stood: about an entity, and about earlier rows of an entity."""
        labels, every = self._view.labels, self._view.tables[self._facts.rows]
        row_kind = self._facts.row
        about = labels[labels["kind"] == row_kind]
        rows = every.set_index(str(self._table.event)).reindex(about["value"])
        for name, entity in self.entities.items():
            for kind, named in KIND_ENTITY.items():
                if named == entity:
                    count = standing_reports(labels, kind, self._asked[name])
                    yield f"{name}_reported_as_{kind}", count
            held = rows[name].notna().to_numpy()
            past = History(
                rows[name].to_numpy()[held].astype(np.int64), ints(about["known_at"])[held]
            ).before(self._asked[name])
            for window in ("24h", "7d", "30d", "all"):
                yield f"{name}_rows_reported_{window}", past.count(WINDOWS[window])

    def _fresh(self) -> Iterator[tuple[str, Array]]:
        """Yield what the payer has paid to counterparts first paid less than a day earlier."""
        every = self._view.tables["payments"]
        payer, payee, time = (ints(every[name]) for name in ("payer", "payee", "time"))
        pair = pd.factorize(payer * (payee.max() + 1) + payee)[0]
        first = pd.Series(time).groupby(pair).transform("min").to_numpy()
        fresh: Bools = time - first < FRESH
        spent = History(payer[fresh], time[fresh], cents(every["amount_eur"])[fresh])
        yield from _windows("payer_to_fresh", spent.before(self._asked["payer"]), with_sums=True)
        received = History(payee[fresh], time[fresh], cents(every["amount_eur"])[fresh])
        yield from _windows("payee_from_fresh", received.before(self._asked["payee"]), True)

    def _balance(self) -> Iterator[tuple[str, Array]]:
        """Yield the running balance of both accounts, as far as they are the bank's own."""
        tables = self._view.tables
        paid, done = tables["payments"], tables["actions"]
        own = cents(self._rows["amount_eur"])
        moved, sums = done["kind"].isin([SAVINGS_IN, CASH_OUT]), cents(done["amount_eur"])
        sign = np.where(done["kind"] == CASH_OUT, -1, 1)
        account = np.concatenate(
            [ints(paid["payer"]), ints(paid["payee"]), ints(done["account"])[moved]]
        )
        time = np.concatenate([ints(paid["time"]), ints(paid["time"]), ints(done["time"])[moved]])
        amount = cents(paid["amount_eur"])
        value = np.concatenate([-amount, amount, (sign * sums)[moved]])
        opening = tables["accounts"].set_index("account")["opening_eur"]
        book = History(account, time, value)
        for name in ("payer", "payee"):
            start = self._rows[name].map(opening).to_numpy(np.float64) * 100
            balance: Floats = start + book.before(self._asked[name]).total()
            yield f"{name}_balance", balance
            yield f"amount_over_{name}_balance", own / np.maximum(balance, 100)
            change = book.before(self._asked[name])
            for window in ("2h", "24h", "7d"):
                yield f"{name}_balance_change_{window}", change.total(WINDOWS[window])


def answered(world: World, sector: str, event: Ints) -> Matrix:
    """Return what other partners answer about first payments, (rows, answers) with NaN for others.

    No desk of a study has them yet: practice of today beside a bank's own tables.
    """
    rows = world.tables[DECIDING[sector].rows]
    schema = TABLES[DECIDING[sector].rows]
    names = [name for name, column in schema.columns.items() if column.answer]
    if not names:
        return np.zeros((len(event), 0), dtype=np.float32)
    first = first_of_pair(ints(rows["payer"]), ints(rows["payee"]))
    said = rows[names].astype("float32").where(pd.Series(first, index=rows.index), np.nan)
    return said.set_index(rows[str(schema.event)]).loc[event].to_numpy()


def _windows(label: str, past: Past, with_sums: bool) -> Iterator[tuple[str, Array]]:
    for window, seconds in WINDOWS.items():
        yield f"{label}_count_{window}", past.count(seconds)
        if with_sums:
            yield f"{label}_sum_{window}", past.total(seconds)
    yield f"{label}_since_first", past.since_first()
    yield f"{label}_since_last", past.since_last()
