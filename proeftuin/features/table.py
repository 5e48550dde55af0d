"""The rows that a partner decides on, as numbers: the same shape for every sector.

A bank decides on payments, a shop on orders, a payment provider on checkouts, a marketplace on
contacts, an exchange on transfers. Each column has public bounds, fixed in the code (or by the
provider of an imported feature) and not from data, so that scaling can be private.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from proeftuin.sectors import DECIDING
from synthetic_data.arrays import Bools, Floats, Ints

MINUTE, HOUR, DAY = 60, 3_600, 86_400
Bounds = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Reports:
    """Reports about rows of a table.

    Attributes:
        row: (reports,) index of the row.
        known_at, withdrawn_at: (reports,) seconds; far in the future if never withdrawn.
    """

    row: Ints
    known_at: Ints
    withdrawn_at: Ints

    @classmethod
    def together(cls, parts: Collection[tuple[Ints, "Reports"]]) -> "Reports":
        """Return the reports about parts of a table, each with its rows' places in the whole."""
        return cls(
            np.concatenate([places[reports.row] for places, reports in parts]),
            np.concatenate([reports.known_at for _, reports in parts]),
            np.concatenate([reports.withdrawn_at for _, reports in parts]),
        )


@dataclass(frozen=True)
class FeatureTable:
    """Features of the rows that partners of one sector decide on.

    Attributes:
        sector: sector of the partners.
        names: (columns,) names.
        bounds: (columns, 2) public lower and upper bound of each column.
        values: (described, columns) float32, clipped to the bounds.
        event: (rows,) references of the rows.
        time: (rows,) seconds.
        entities: (rows,) codes of the entities in the rows, by kind: ``payer``, the paid
            ``account``, ``device``, ``customer`` and so on.
        amount_eur: (rows,) amounts.
        age: (rows,) age of the customer, -1 for a business or if unknown to the partner.
        partner: (rows,) index of the partner that decides.
        reports: reports about these rows that reached this view.
        described: (rows,) whether a row is among the values; None if all are.
        new_payee: (rows,) whether a payment is the first from its payer to its payee; empty in
            sectors that do not decide on payments.
        pair_age_s: (rows,) seconds since that first payment; likewise.
    """

    sector: str
    names: tuple[str, ...]
    bounds: Floats
    values: NDArray[np.float32]
    event: Ints
    time: Ints
    entities: dict[str, Ints]
    amount_eur: Floats
    age: Ints
    partner: Ints
    reports: Reports
    described: Bools | None = None
    new_payee: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    pair_age_s: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def customer(self) -> Ints:
        """Return for every row which of the partner's own customers it is about."""
        return self.entities[DECIDING[self.sector].customer]

    def labelled(self, moment: int) -> Bools:
        """Return for every row whether a report about it stands at a moment (seconds)."""
        stands = (self.reports.known_at <= moment) & (self.reports.withdrawn_at > moment)
        labelled = np.zeros(len(self.event), dtype=bool)
        labelled[self.reports.row[stands]] = True
        return labelled

    @property
    def places(self) -> Ints:
        """Return the places of the described rows, (described,)."""
        if self.described is None:
            return np.arange(len(self.event))
        return np.flatnonzero(self.described)

    def column(self, name: str) -> NDArray[np.float32]:
        """Return the column of a name, (rows,); NaN at rows that are not described."""
        column: NDArray[np.float32] = self.values[:, self.names.index(name)]
        if self.described is None:
            return column
        whole = np.full(len(self.event), np.nan, dtype=np.float32)
        whole[self.described] = column
        return whole

    def values_of(self, rows: Bools) -> NDArray[np.float32]:
        """Return the values of some rows (a mask).

        Raises:
            ValueError: if one of them is not described: it must never count as zeros.
        """
        if self.described is None:
            return self.values[rows]
        if (rows & ~self.described).any():
            raise ValueError("rows were asked for that this study describes nowhere")
        return self.values[rows[self.described]]

    def with_reports(self, reports: Reports) -> "FeatureTable":
        """Return the table with further reports about its rows."""
        joined = Reports(
            row=np.concatenate([self.reports.row, reports.row]),
            known_at=np.concatenate([self.reports.known_at, reports.known_at]),
            withdrawn_at=np.concatenate([self.reports.withdrawn_at, reports.withdrawn_at]),
        )
        return replace(self, reports=joined)

    def take(self, rows: Bools) -> "FeatureTable":
        """Return the table with some of its rows (a mask), in their order."""
        place = np.cumsum(rows) - 1
        kept = rows[self.reports.row]
        return replace(
            self,
            values=self.values[rows if self.described is None else rows[self.described]],
            described=None if self.described is None else self.described[rows],
            new_payee=self.new_payee[rows] if len(self.new_payee) else self.new_payee,
            pair_age_s=self.pair_age_s[rows] if len(self.pair_age_s) else self.pair_age_s,
            event=self.event[rows],
            time=self.time[rows],
            entities={kind: codes[rows] for kind, codes in self.entities.items()},
            amount_eur=self.amount_eur[rows],
            age=self.age[rows],
            partner=self.partner[rows],
            reports=Reports(
                row=place[self.reports.row[kept]],
                known_at=self.reports.known_at[kept],
                withdrawn_at=self.reports.withdrawn_at[kept],
            ),
        )

    def with_columns(self, columns: dict[str, Floats], bounds: Bounds) -> "FeatureTable":
        """Return the table with further columns, (rows,) each, such as a signal, at the end."""
        some = self.places
        return self.with_described({name: each[some] for name, each in columns.items()}, bounds)

    def with_described(self, columns: dict[str, Floats], bounds: Bounds) -> "FeatureTable":
        """Return the table with further columns at the end, of the described rows alone."""
        if not columns:
            return self
        limits = np.array([bounds[name] for name in columns])
        first = len(self.names)
        values = np.empty((len(self.values), first + len(columns)), dtype=np.float32, order="F")
        values[:, :first] = self.values
        for place, column in enumerate(columns.values()):
            np.clip(column, *limits[place], out=values[:, first + place], casting="unsafe")
        return replace(
            self,
            names=(*self.names, *columns),
            bounds=np.vstack([self.bounds, limits]),
            values=values,
        )


def matrix(columns: dict[str, Floats], bounds: Bounds, rows: int) -> dict[str, Any]:
    """Return columns as ``names``, ``bounds`` and clipped float32 ``values``, filled by column."""
    limits = np.array([bounds[name] for name in columns])
    values = np.empty((rows, len(columns)), dtype=np.float32, order="F")
    for index, column in enumerate(columns.values()):
        np.clip(column, *limits[index], out=values[:, index], casting="unsafe")
    return {"names": tuple(columns), "bounds": limits, "values": values}


def reports_about(labels: pd.DataFrame, kind: str, event: Ints) -> Reports:
    """Find the rows that reports are about; the kind is the row's, such as ``payment``."""
    labels = labels[labels["kind"] == kind]
    row = pd.Index(event).get_indexer(pd.Index(labels["value"]))
    labels, row = labels[row >= 0], row[row >= 0]
    return Reports(row, ints(labels["known_at"]), ints(labels["withdrawn_at"]))


def reports_about_entity(
    labels: pd.DataFrame, kind: str, entity: Ints, time: Ints, before: int
) -> Reports:
    """Find the rows of reported entities, such as a ``seller``, where reports name no row.

    Args:
        labels: label events.
        kind: kind of entity in the labels.
        entity: (rows,) code of the entity.
        time: (rows,) seconds.
        before: most seconds between a row and the report for the row to count as reported.
    """
    named = labels.loc[labels["kind"] == kind, ["value", "known_at", "withdrawn_at"]]
    rows = pd.DataFrame({"row": np.arange(len(entity)), "value": entity, "time": time})
    found = named.merge(rows[rows["value"].isin(named["value"])], on="value")
    found = found[(found["known_at"] - found["time"]).between(0, before)]
    return Reports(ints(found["row"]), ints(found["known_at"]), ints(found["withdrawn_at"]))


def ints(column: pd.Series) -> Ints:
    """Return a column as int64."""
    return column.to_numpy().astype(np.int64)


def cents(amount_eur: pd.Series) -> Ints:
    """Return euros as whole cents: exact sums do not depend on the order of entities."""
    return np.round(amount_eur.to_numpy() * 100).astype(np.int64)
