"""The query of a consumer to the providers of an instrument, and the answer it gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from proeftuin.features.table import Bounds, FeatureTable, Reports
from proeftuin.instruments.base import Instrument
from proeftuin.sharing.flows import Flow
from synthetic_data.arrays import Bools, Floats
from synthetic_data.partners import PartnerKey
from synthetic_data.seeds import Seeds


@dataclass(frozen=True)
class Desk:
    """A partner that decides on rows of its own: its sector, its index there and its name."""

    sector: str
    index: int
    name: str

    @property
    def partner(self) -> PartnerKey:
        """The partner whose desk it is."""
        return PartnerKey(self.sector, self.name)


ROW = "row"  #: the kind of entity of a single row, for answers that are acted upon
#: Entities that a partner refuses for some time: ``sector``, ``partner`` (index in it), ``entity``
#: (kind, or ``row``), ``code``, ``since`` and ``until`` (seconds), ``by`` (the instrument, or
#: ``own`` reports).
BLOCKS = {
    "sector": "str",
    "partner": "int64",
    "entity": "str",
    "code": "int64",
    "since": "int64",
    "until": "int64",
    "by": "str",
}


NO_REPORTS = Reports(*(np.zeros(0, dtype=np.int64) for _ in range(3)))


def no_blocks() -> pd.DataFrame:
    """Return an empty table of blocks."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in BLOCKS.items()})


def blocks_of_rows(desk: Desk, table: FeatureTable, hits: Bools, by: str) -> pd.DataFrame:
    """Return the blocks of single rows, for an answer that is acted upon directly.

    Args:
        desk: whose rows.
        table: the rows.
        hits: (rows,) whether a row is refused.
        by: name of the instrument.
    """
    time = table.time[hits]
    rows = {"code": table.event[hits], "since": time, "until": time + 1}
    blocks = pd.DataFrame(rows).assign(sector=desk.sector, partner=desk.index, entity=ROW, by=by)
    return blocks[list(BLOCKS)].astype(BLOCKS)


@dataclass(frozen=True, eq=False)
class Query:
    """What a consumer asks an instrument about all of its rows.

    Attributes:
        instrument: the instrument.
        desk: the desk that asks.
        table: its rows, with the consumer's own features.
        asking: indices in their sector of the partners behind the query; one, except for a centre.
        providers: indices of the providers that take part, by sector.
        seeds: streams for wrong matches and noise, of this instrument and consumer.
    """

    instrument: Instrument
    desk: Desk
    table: FeatureTable
    asking: tuple[int, ...]
    providers: dict[str, tuple[int, ...]]
    seeds: Seeds


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer of an instrument to a query.

    Attributes:
        columns, bounds: features to add, one value per row, with public bounds.
        hits: (rows,) rows at which the answer says that the statistic reached the threshold.
        flows: data flows behind the answer.
        blocks: entities that the consumer refuses, if the instrument acts (see ``BLOCKS``).
        reports: further reports about the consumer's rows, to train on.
    """

    columns: dict[str, Floats]
    bounds: Bounds
    hits: Bools
    flows: list[Flow]
    blocks: pd.DataFrame = field(default_factory=no_blocks)
    reports: Reports = NO_REPORTS


def with_answers(table: FeatureTable, answers: Sequence[Answer]) -> FeatureTable:
    """Return a table with all answers about its rows; added at once, because tables are large."""
    columns = {name: column for answer in answers for name, column in answer.columns.items()}
    bounds = {name: limits for answer in answers for name, limits in answer.bounds.items()}
    table = table.with_columns(columns, bounds)
    for answer in answers:
        if len(answer.reports.row):
            table = table.with_reports(answer.reports)
    return table


def put_together(table: FeatureTable, answers: Mapping[Desk, Answer]) -> Answer:
    """Return the answer about pooled rows that their partners got one by one.

    Args:
        table: the rows, also of partners that did not ask and got zeros.
        answers: about each partner's own rows, in the order of the table.
    """
    rows = {desk: np.flatnonzero(table.partner == desk.index) for desk in answers}
    bounds = {name: limits for each in answers.values() for name, limits in each.bounds.items()}
    columns: dict[str, Floats] = {name: np.zeros(len(table.time)) for name in bounds}
    hits = np.zeros(len(table.time), dtype=bool)
    for desk, answer in answers.items():
        hits[rows[desk]] = answer.hits
        for name, column in answer.columns.items():
            columns[name][rows[desk]] = column
    return Answer(
        columns=columns,
        bounds=bounds,
        hits=hits,
        flows=[flow for each in answers.values() for flow in each.flows],
        blocks=pd.concat([each.blocks for each in answers.values()], ignore_index=True),
        reports=Reports.together([(rows[d], each.reports) for d, each in answers.items()]),
    )


def nothing(table: FeatureTable) -> Answer:
    """Return the answer about a table without such an entity: not even a column."""
    return Answer(columns={}, bounds={}, hits=np.zeros(len(table.time), dtype=bool), flows=[])
