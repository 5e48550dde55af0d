"""A world: the tables and labels of all partners, and separately the truth about fraud.

``generate`` is a pure function of settings, scenario and seeds. The rows of the world carry account
numbers, phone numbers, device fingerprints and references to rows: random codes without meaning.
Nothing in :class:`World` says what is fraud except the reports of victims.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from scenarios.registry import Scenario
from synthetic_data.batch import Batch, joined
from synthetic_data.partners import PartnerKey, problems_with_partners
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings
from synthetic_data.simulation import Simulation, Span

#: Column with the amount of a row, by table; ``amount_eur`` in all others.
AMOUNT = {"listings": "price_eur"}


@dataclass(frozen=True)
class FeatureBounds:
    """The public bounds and the unit of a feature that banks compute themselves."""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, eq=False)
class OwnFeatures:
    """Features of payments that banks supply, beside the tables of the schema.

    Attributes:
        measures: by name; the same at every bank.
        values: ``payment`` and a float64 column for every measure, within its bounds: one row for
            every payment that a bank's customer makes, as that bank computed it.
    """

    measures: Mapping[str, FeatureBounds] = field(default_factory=dict)
    values: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"payment": pd.Series(dtype="int64")})
    )


@dataclass(frozen=True, eq=False)
class World:
    """The rows and labels of all partners together.

    Raises:
        ValueError: a partner has a name that it cannot have (:mod:`synthetic_data.partners`).

    Attributes:
        partners: partner names by index, for every sector that takes part.
        days: length of the horizon.
        tables: every table of ``schema.TABLES`` whose sector takes part, events in order of time.
        labels: reports as label events (``schema.LABELS``), in order of arrival.
        features: features that banks supplied; a generated world has none.
    """

    partners: Mapping[str, tuple[str, ...]]
    days: int
    tables: Mapping[str, pd.DataFrame]
    labels: pd.DataFrame
    features: OwnFeatures = field(default_factory=OwnFeatures)

    def __post_init__(self) -> None:
        if problems := problems_with_partners(self.partners):
            raise ValueError("; ".join(problems))

    def coalition(self, names: Literal["all"] | Collection[str]) -> frozenset[PartnerKey]:
        """Return the partners with these names, which no two partners share, or all."""
        return frozenset(
            PartnerKey(sector, name)
            for sector, known in self.partners.items()
            for name in known
            if names == "all" or name in names
        )


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth, which only the outcomes and the inspection of a world may read.

    Attributes:
        events: rows with a code of their own that criminals or their victims caused:
            ``table, event, case, form, phase, time, amount_eur``; ``case`` is -1 for rows that
            belong to no single case (spending by mules, offers of fake sellers).
        calls: likewise for call records, ``time, subscriber, number, case, form, phase``.
        payments: the payments among the events: ``payment, case, form, phase, bank, time,
            amount_eur``; bank is the payer's.
        cases: all targets: ``case, form, variant, age, bank, group, campaign, succeeded,
            contact_time, real_weight``; age and bank are -1 when a shop is the victim;
            ``real_weight`` is 1 / enrichment for victims and 1 for the others.
        links: the persons behind the codes: ``entity, code, person``.
        persons: number of adults, the base of every rate; 0 if nobody said whom imported rows stand
            for.
        days: length of the world.
    """

    events: pd.DataFrame
    calls: pd.DataFrame
    payments: pd.DataFrame
    cases: pd.DataFrame
    links: pd.DataFrame
    persons: int
    days: int


def generate(world: WorldSettings, scenario: Scenario, seeds: Seeds) -> tuple[World, Truth]:
    """Generate a world in memory; for the largest ones see ``storing.py``.

    Args:
        world: population, markets, ordinary life.
        scenario: the forms of fraud in it.
        seeds: the world's random streams.

    Returns:
        The world, and separately the truth about it.
    """
    simulation = Simulation(world, scenario, seeds)
    spans = list(simulation.spans())
    tables = {
        table: frame(table, (span.tables[table] for span in spans if table in span.tables))
        for table in TABLES
        if any(table in span.tables for span in spans)
    }
    blocks: dict[str, list[Batch]] = {}
    for table, rows in simulation.registers():
        blocks.setdefault(table, []).append(rows)
    tables |= {table: frame(table, parts) for table, parts in blocks.items()}
    staged = [truth_frames(simulation, span) for span in spans]
    return World(
        partners={sector: world.market.partners(sector) for sector in world.market.present},
        days=world.days,
        tables=tables,
        labels=simulation.labels(),
    ), Truth(
        events=pd.concat([events for events, _, _ in staged], ignore_index=True),
        calls=pd.concat([calls for _, calls, _ in staged], ignore_index=True),
        payments=pd.concat([payments for _, _, payments in staged], ignore_index=True),
        cases=simulation.cases(),
        links=pd.concat(simulation.links(), ignore_index=True),
        persons=world.population.persons,
        days=world.days,
    )


def frame(table: str, parts: Iterable[Batch]) -> pd.DataFrame:
    """Return batches of a table as one frame with the columns of the schema."""
    rows = joined(parts)
    return pd.DataFrame({name: rows[name] for name in TABLES[table].columns})


def truth_frames(
    simulation: Simulation, span: Span
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the truth about one chunk of time: events, calls, payments (see :class:`Truth`)."""
    forms = np.array([*simulation.forms, ""])

    def common(rows: Batch) -> dict[str, object]:
        return {
            "case": simulation.writer.codes["case"](rows["case"]),
            "form": forms[rows["form"]],
            "phase": rows["phase"].astype(np.int8),
        }

    events = [_EVENTS.copy()]
    for table, rows in span.staged.items():
        if (event := TABLES[table].event) is None:
            continue
        amount = AMOUNT.get(table, "amount_eur")
        money = rows[amount] if amount in rows.columns else np.zeros(len(rows))
        events.append(
            pd.DataFrame(
                {"table": table, "event": rows[event]}
                | common(rows)
                | {"time": rows["time"], "amount_eur": money}
            )
        )
    calls, payments = _CALLS.copy(), _PAYMENTS.copy()
    if "calls" in span.staged:
        rows = span.staged["calls"]
        seen = {name: rows[name] for name in ("time", "subscriber", "number")}
        calls = pd.DataFrame(seen | common(rows))
    if "payments" in span.staged:
        rows = span.staged["payments"]
        payments = pd.DataFrame(
            {"payment": rows["payment"]}
            | common(rows)
            | {"bank": rows["payer_bank"], "time": rows["time"], "amount_eur": rows["amount_eur"]}
        )
    return pd.concat(events, ignore_index=True), calls, payments


def _empty(**dtypes: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in dtypes.items()})


_EVENTS = _empty(
    table="str",
    event="int64",
    case="int64",
    form="str",
    phase="int8",
    time="int64",
    amount_eur="float64",
)
_CALLS = _empty(
    time="int32", subscriber="int32", number="int32", case="int64", form="str", phase="int8"
)
_PAYMENTS = _empty(
    payment="int64",
    case="int64",
    form="str",
    phase="int8",
    bank="int8",
    time="int64",
    amount_eur="float64",
)
