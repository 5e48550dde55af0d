"""The simulation of a world, chunk by chunk of time, in constant memory.

Ordinary life and journeys draw from separate random streams and do not depend on each other, so the
rows of ordinary life are the same, bit for bit, with and without fraud.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from scenarios.base import Phase
from scenarios.registry import Scenario
from synthetic_data.arrays import Ints
from synthetic_data.background.bank import Banking
from synthetic_data.background.episodes import HonestEpisodes
from synthetic_data.background.exchange import Exchange
from synthetic_data.background.marketplace import MarketplaceTrade
from synthetic_data.background.shopping import ShopPurchases
from synthetic_data.background.social import AdvertClicks
from synthetic_data.background.telecom import Telephony
from synthetic_data.batch import Batch, Outbox, joined
from synthetic_data.clock import DAY, MONTH_DAYS, Chunk, chunks
from synthetic_data.freezes import Freezes
from synthetic_data.journeys.engine import Journeys
from synthetic_data.population import Population, populate
from synthetic_data.registers import registers
from synthetic_data.reports import (
    KIND_ENTITY,
    KINDS,
    LOSSES,
    NO_LABELS,
    case_reports,
    false_reports,
    label_frame,
    still_true,
)
from synthetic_data.rows import INTENTS, RowWriter, in_order
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings
from synthetic_data.statements import Statements

REGISTER_ROWS = 1_000_000  #: persons per block of a register


#: The cases of a world without fraud.
_NO_CASES = pd.DataFrame(
    {
        name: pd.Series(dtype=dtype)
        for name, dtype in {
            "case": "int64",
            "form": "str",
            "variant": "str",
            "age": "int16",
            "bank": "int8",
            "group": "int64",
            "campaign": "int64",
            "succeeded": "bool",
            "contact_time": "int64",
            "real_weight": "float64",
        }.items()
    }
)


class EventSource(Protocol):
    """A part of ordinary life."""

    per_day: float

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None: ...

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the intents of a chunk by table: none before it, possibly some after it."""


@dataclass(frozen=True, eq=False)
class Span:
    """The coded rows of one chunk of time.

    Attributes:
        tables: rows by table, in order of time, of the sectors that take part.
        staged: those rows that journeys caused, with ``case``, ``form`` (index) and ``phase``.
    """

    tables: dict[str, Batch]
    staged: dict[str, Batch]


class Simulation:
    """One world, from its settings, scenario and seeds; a pure function of the three."""

    def __init__(self, world: WorldSettings, scenario: Scenario, seeds: Seeds) -> None:
        self.world, self.scenario, self._seeds = world, scenario, seeds
        self.forms = tuple(scenario.forms)
        self.population: Population = populate(world, seeds)
        self._freezes = Freezes(world, self.population)
        forms = tuple(scenario.forms.values())
        self.writer = RowWriter(world, self.population, forms, self._freezes, seeds)
        kinds: tuple[type[EventSource], ...] = (
            Banking,
            Telephony,
            ShopPurchases,
            MarketplaceTrade,
            Exchange,
            AdvertClicks,
            HonestEpisodes,
        )
        self._sources = [kind(world, self.population, seeds) for kind in kinds]
        self._journeys = [
            Journeys(
                form,
                world,
                self.population,
                self._freezes,
                self.writer.numbers,
                seeds,
                forms=scenario.numbered_forms,
            )
            for form in scenario.forms.values()
        ]
        self._next_month = [each.first_month for each in self._journeys]
        self._statements = Statements(world, self.population, self.writer)
        self._ordinary, self._criminal = Outbox(), Outbox()
        self._openings: dict[str, list[Batch]] = {}
        self._cases: list[pd.DataFrame] = []
        self._labels: list[Batch] = []
        #: rows by which victims lost money: of journeys, by table, with ``case`` and code
        self._lost: dict[str, list[Batch]] = {table: [] for table in LOSSES}

    def holds(self, table: str) -> bool:
        """Return whether the sector that holds a table takes part."""
        return TABLES[table].sector not in self.world.market.absent

    def spans(self) -> Iterator[Span]:
        """Simulate the world once and yield the rows of every chunk in order."""
        per_day = sum(source.per_day for source in self._sources)
        for chunk in chunks(self.world.days, per_day, self.world.events_per_chunk):
            self._begin_journeys(chunk)
            self._ordinary.put("actions", self._freezes.decided(chunk))
            for source in self._sources:
                for table, intents in source.happen(chunk).items():
                    self._ordinary.put(table, intents)
            yield self._happened(chunk)

    def registers(self) -> Iterator[tuple[str, Batch]]:
        """Yield the coded rows of all registers in blocks; call it after :meth:`spans`.

        Criminals' own entries are spread over the blocks at random; the rows of a block are sorted
        by code.
        """
        opened = {table: joined(parts) for table, parts in self._openings.items()}
        blocks = -(-self.population.persons // REGISTER_ROWS)
        block_of = {
            table: self._seeds.rng("registers", table).integers(0, blocks, len(rows))
            for table, rows in opened.items()
        }
        done: dict[str, int] = {}
        for table, rows in registers(self.world, self.population, REGISTER_ROWS):
            block = done[table] = done.get(table, -1) + 1
            parts = [rows]
            if table in opened:
                parts.append(opened[table].take(block_of[table] == block))
            coded = self.writer.coded(table, _only(joined(parts), TABLES[table].columns))
            first = next(iter(TABLES[table].columns))
            yield table, coded.take(np.argsort(coded[first]))

    def links(self) -> Iterator[pd.DataFrame]:
        """Yield the persons behind the codes of registers: ``entity, code, person``."""
        persons = self.population.persons
        for table, rows in registers(self.world, self.population, REGISTER_ROWS):
            first, column = next(iter(TABLES[table].columns.items()))
            if column.entity in ("merchant", "advertiser"):
                continue
            number = rows[first]
            if column.entity == "account":
                person = self.population.owner(number)
            else:
                person = number % persons if column.entity == "phone" else number % (2 * persons)
            code = self.writer.codes[str(column.entity)](number)
            yield pd.DataFrame({"entity": column.entity, "code": code, "person": person})

    def labels(self) -> pd.DataFrame:
        """Return all labels known within the horizon; call it after :meth:`spans`."""
        partners = {
            sector: self.world.market.partners(sector) for sector in self.world.market.present
        }
        labels = still_true(joined([NO_LABELS, *self._labels]), self._losses("payments", "payment"),
                            self._losing_cases())  # fmt: skip
        return label_frame(self._coded_labels(labels), partners, self.forms, self.world.days)

    def cases(self) -> pd.DataFrame:
        """Return all targets of all forms, as in :class:`synthetic_data.world.Truth`.

        Call it after :meth:`spans`: a case has succeeded if a payment was not refused.
        """
        cases = pd.concat([_NO_CASES, *self._cases], ignore_index=True)
        lost = cases["case"].isin(self.writer.codes["case"](self._losing_cases()))
        return cases.assign(succeeded=cases["succeeded"] & lost)

    def _losses(self, table: str, column: str) -> Ints:
        rows = [part[column] for part in self._lost[table]]
        return np.concatenate([np.zeros(0, dtype=np.int64), *rows])

    def _losing_cases(self) -> Ints:
        return np.unique(np.concatenate([self._losses(table, "case") for table in self._lost]))

    def _begin_journeys(self, chunk: Chunk) -> None:
        """Generate the campaigns of every month that begins before a chunk ends; keep the rows."""
        for index, journeys in enumerate(self._journeys):
            while self._next_month[index] * MONTH_DAYS * DAY < chunk.stop:
                month = self._next_month[index]
                self._next_month[index] += 1
                happening = journeys.month(month)
                for table, rows in happening.rows.items():
                    form = np.full(len(rows), index, dtype=np.int8)
                    self._criminal.put(table, rows.plus(form=form))
                for table, rows in happening.openings.items():
                    self._openings.setdefault(table, []).append(rows)
                self._cases.append(self._case_frame(index, happening.cases))
                labels = case_reports(
                    journeys.form,
                    self.forms,
                    self.world,
                    happening.cases,
                    happening.rows,
                    self.population,
                    self._seeds.child("reports", journeys.form.name, month),
                )
                self._labels.append(labels)

    def _happened(self, chunk: Chunk) -> Span:
        """Return the rows of a chunk; one code path writes ordinary life and journeys."""
        tables, staged, ordinary = {}, {}, {}
        for table in INTENTS:
            due = self._ordinary.take(table, chunk.stop)
            ordinary[table] = self.writer.rows(table, joined(due), chunk.index) if due else None
            criminal = self._criminal.take(table, chunk.stop)
            parts = [part for part in (ordinary[table],) if part is not None]
            if criminal:
                staged[table] = self.writer.rows(table, joined(criminal), chunk.index)
                self._note_losses(table, staged[table])
                parts.append(staged[table])
            if not parts:
                continue
            names = [name for name in parts[0].columns if name in parts[-1].columns]
            tables[table] = in_order(table, joined(_only(part, names) for part in parts))
        payments = ordinary["payments"]
        if payments is not None and self.forms:
            private = payments.take(np.flatnonzero(self.population.owner(payments["_payer"]) >= 0))
            wrong = false_reports(
                self.world,
                tuple(self.scenario.forms.values()),
                chunk,
                private.plus(payee=private["_payee"]),
                self.population,
                self._seeds.child("reports", "false", chunk.index),
            )
            self._labels.append(wrong)
        for block in self._statements.book(chunk, tables["payments"], tables["actions"]):
            tables["statements"] = (
                joined([tables["statements"], block]) if "statements" in tables else block
            )
        return Span(
            tables={
                table: _only(rows, TABLES[table].columns)
                for table, rows in tables.items()
                if self.holds(table)
            },
            staged={table: rows for table, rows in staged.items() if self.holds(table)},
        )

    def _note_losses(self, table: str, rows: Batch) -> None:
        if table in self._lost:
            lost = rows.take((rows["case"] >= 0) & (rows["phase"] == Phase.TRANSFER))
            self._lost[table].append(_only(lost, ("case", str(TABLES[table].event))))

    def _case_frame(self, form: int, cases: Batch) -> pd.DataFrame:
        person, account = cases["person"], cases["account"]
        variants = (*self.scenario.forms[self.forms[form]].variants(), "")
        known = person >= 0
        return pd.DataFrame(
            {
                "case": self.writer.codes["case"](cases["case"]),
                "form": self.forms[form],
                "variant": np.array(variants)[cases["variant"]],
                "age": np.where(known, self.population.age[person], -1),
                "bank": np.where(known, self.population.account_bank[account], -1),
                "group": cases["group"],
                "campaign": cases["campaign"],
                "succeeded": cases["succeeded"].astype(bool),
                "contact_time": cases["contact_time"],
                "real_weight": cases["real_weight"],
            }
        )

    def _coded_labels(self, labels: Batch) -> Batch:
        """Replace the numbers in labels by codes; references to rows are codes already."""
        value: Ints = labels["value"].astype(np.int64)
        for index, kind in enumerate(KINDS):
            codes = self.writer.codes.get(KIND_ENTITY[kind])
            rows = np.flatnonzero(labels["kind"] == index)
            if codes is None or not len(rows):
                continue
            number = value[rows]
            if KIND_ENTITY[kind] == "device":
                number = self.population.fingerprint(number)
            value[rows] = codes(number)
        return labels.plus(value=value, case=self.writer.codes["case"](labels["case"]))


def _only(rows: Batch, names: Iterable[str]) -> Batch:
    """Return some columns, in the given order."""
    return Batch({name: rows[name] for name in names})
