"""The journeys of one form, month by month."""

import math
from dataclasses import dataclass

import numpy as np

from scenarios.base import FraudForm
from synthetic_data.arrays import Bools
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.codes import RowNumbers
from synthetic_data.freezes import Freezes
from synthetic_data.journeys.book import Book
from synthetic_data.journeys.campaigns import LONGEST, Campaigns
from synthetic_data.journeys.collecting import collect
from synthetic_data.journeys.steps import MONEY, journey_days, walk
from synthetic_data.journeys.traces import Traces
from synthetic_data.population import Population
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings


@dataclass(frozen=True, eq=False)
class Happening:
    """The rows and cases of one form's campaigns that begin in one 30-day month.

    Attributes:
        rows: intents by table: columns ``rows.INTENTS[table]``, ``case`` (-1 for rows that belong
            to no single case), ``phase`` and the row's own code, if the table has one; within the
            horizon, none before the month begins, some perhaps months later.
        openings: rows that criminals add to registers, with numbers instead of codes.
        cases: all targets with an event within the horizon: ``case, person, account, bank``
            (-1 if a shop is the victim), ``shop`` (-1 otherwise), ``variant`` (index in
            ``form.variants()`` or -1), ``campaign, group, succeeded`` (money was lost within the
            horizon), ``contact_time, real_weight, caller`` (number shown, -1 for none or the
            bank's own).
    """

    rows: dict[str, Batch]
    openings: dict[str, Batch]
    cases: Batch


class Journeys:
    """The criminal groups of one form.

    Args:
        form: fraud form.
        world: settings.
        population: its persons and businesses.
        freezes: accounts that banks freeze; those of mules are added.
        numbers: source of the codes of rows.
        seeds: subtree of the world.
        forms: names of all forms across which criminals' numbers interleave.

    Attributes:
        form: fraud form.
        first_month: first month to generate; negative, for campaigns that begin before the world.
    """

    def __init__(
        self,
        form: FraudForm,
        world: WorldSettings,
        population: Population,
        freezes: Freezes,
        numbers: RowNumbers,
        seeds: Seeds,
        *,
        forms: tuple[str, ...],
    ) -> None:
        self.form, self._world, self._numbers = form, world, numbers
        self._seeds = seeds.child("journeys", form.name)
        longest = LONGEST * form.preparation.campaign_days + journey_days(form)
        self.first_month = -math.ceil(longest / MONTH_DAYS)
        self._campaigns = Campaigns(form, world, population, self.first_month, self._seeds)
        self._book = Book(form, world, population, freezes, forms)

    def month(self, index: int) -> Happening:
        """Return the rows and cases of a month's campaigns; months must be generated in order."""
        campaigns, steps = self._campaigns.begin(index), self.form.steps()
        cases = self._book.serve(self._campaigns.targets(campaigns, index))
        cases = self._campaigns.kept(cases, index)
        opens = self._book.opens(cases)
        acts = walk(self.form, cases, opens, self._seeds.rng("steps", index))
        cases = self._book.with_mules(cases, steps, acts, self._seeds.rng("mules", index))
        self._book.with_shops(cases)
        traces = Traces(self.form, self._world, self._book, cases, self._seeds.rng("rows", index))
        collect(traces, steps, acts)
        rows = {table: self._coded(table, rows, index) for table, rows in traces.rows().items()}
        return Happening(rows, traces.openings(), self._targets(traces, acts))

    def _coded(self, table: str, rows: Batch, month: int) -> Batch:
        """Number the cases across all forms, and add the rows' own codes."""
        case = rows["case"]
        rows = rows.plus(case=np.where(case < 0, case, self._book.own(case)))
        event = TABLES[table].event
        if event is None:
            return rows
        chunk = int(self._book.own(np.array(month - self.first_month)))
        return rows.plus(**{event: self._numbers.draw(table, "journeys", chunk, len(rows))})

    def _targets(self, traces: Traces, acts: list[Batch]) -> Batch:
        cases, end = traces.cases, self._world.days * DAY
        happened: Bools = (cases["contact_time"] >= 0) & (cases["contact_time"] < end)
        succeeded = np.zeros(len(cases), dtype=bool)
        for step, done in zip(self.form.steps(), acts, strict=True):
            row = done["row"][(done["time"] >= 0) & (done["time"] < end)]
            happened[row] = True
            if step.event in MONEY:
                succeeded[row] = True
        nobody, shop = np.full(len(cases), -1), np.full(len(cases), -1)
        by_person = self.form.VICTIM == "person"
        if not by_person:
            shop = self._book.partner_of("customers", cases["web"])
        targets = {
            "case": self._book.own(cases["case"]),
            "person": cases["person"] if by_person else nobody,
            "account": cases["account"] if by_person else nobody,
            "bank": cases["bank"] if by_person else nobody,
            "shop": shop,
            "variant": cases["variant"].astype(np.int8),
            "campaign": cases["campaign"],
            "group": cases["group"],
            "succeeded": succeeded,
            "contact_time": cases["contact_time"],
            "real_weight": cases["real_weight"],
            "caller": traces.caller,
        }
        return Batch(targets).take(happened)
