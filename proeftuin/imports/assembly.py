"""Assembles consistent files into the tables, reports and features of one world."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from proeftuin.imports.checks import Parts, bank_of
from proeftuin.imports.codes import ranked, ranks
from proeftuin.imports.fields import ALSO_NAMED, LABEL_TABLE, REGISTERS, UNKNOWN_DAY
from proeftuin.imports.loading import Part
from proeftuin.imports.mapping import Mapping
from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY
from synthetic_data.reports import KIND_ENTITY, NEVER
from synthetic_data.rows import NOT_CHECKED
from synthetic_data.schema import LABELS, SECTORS, TABLES
from synthetic_data.world import FeatureBounds, OwnFeatures, World

LONG_AGO = -3650  # [A] an unknown day of opening counts as ten years before the start
_EVENTS = {schema.event: table for table, schema in TABLES.items() if schema.event is not None}


def all_parts(parts: Parts) -> Iterator[Part]:
    """Yield every file."""
    for files in parts.values():
        yield from files


class Assembly:
    """The tables of a world, from files without problems.

    Attributes:
        days: length of the world: the last event falls on the last day.
        start: Monday at midnight at or before the first event, ISO 8601.
        tables: as of :class:`synthetic_data.world.World`.
        reports: all label events, also those that arrive after the last day.
    """

    def __init__(self, mapping: Mapping, parts: Parts) -> None:
        self._mapping, self._parts = mapping, parts
        times = [part.columns["time"] for part in all_parts(parts) if "time" in part.columns]
        first = min(int(each.min()) for each in times) // DAY
        # Day 0 of 1970 was a Thursday.
        self._first_day = first - (first + 3) % 7
        self.days = max(int(each.max()) for each in times) // DAY - self._first_day + 1
        self.start = str(np.datetime64(self._first_day, "D").astype("datetime64[s]"))
        self._known = self._all_hashes()
        self._bank = bank_of(parts)
        self._partners = {
            sector: names
            for sector in SECTORS
            if (names := tuple(p.name for p in mapping.partners if p.sector == sector))
        }
        self.tables = {
            table: self._table(table)
            for table, schema in TABLES.items()
            if schema.sector in self._partners
        }
        self.reports = self._reports()

    def world(self) -> World:
        """Return the world, with the reports that arrive before it ends."""
        stop = self.days * DAY
        known = self.reports[self.reports["known_at"] < stop].reset_index(drop=True)
        stands = known["withdrawn_at"] >= stop
        return World(
            partners=self._partners,
            days=self.days,
            tables=self.tables,
            features=self._features(),
            labels=known.assign(withdrawn_at=known["withdrawn_at"].mask(stands, NEVER)),
        )

    def listed(self) -> int:
        """Count the accounts with an age, or else all accounts, or else the largest register."""
        if "accounts" in self._parts:
            accounts = self.tables["accounts"]
            return int((accounts["age"] >= 0).sum()) or len(accounts)
        return max((len(self.tables.get(name, ())) for name in REGISTERS.values()), default=0) or 1

    def _all_hashes(self) -> dict[str, Ints]:
        """Return the distinct hashes of every entity, sorted; rows keep their long hash."""
        found: dict[str, list[Ints]] = {}
        for part in all_parts(self._parts):
            if part.table == LABEL_TABLE:
                continue
            for name, column in TABLES[part.table].columns.items():
                if column.entity is not None and column.entity not in _EVENTS:
                    found.setdefault(column.entity, []).append(part.columns[name])
        return {entity: ranks(hashes) for entity, hashes in found.items()}

    def _features(self) -> OwnFeatures:
        """Return the features that each bank gives of its own customers' payments."""
        parts = [part for part in self._parts.get("payments", ()) if part.features]
        if not parts:
            return OwnFeatures()
        frames = []
        for part in parts:
            rows = pd.DataFrame({"payment": part.columns["payment"]} | part.features)
            sender = self._bank.reindex(part.columns["payer"]).to_numpy()
            frames.append(rows[sender == part.index])
        given = parts[0].partner.tables["payments"].features
        return OwnFeatures(
            measures={
                name: FeatureBounds(one.low, one.high, one.unit) for name, one in given.items()
            },
            values=pd.concat(frames)[["payment", *given]].sort_values("payment", ignore_index=True),
        )

    def _table(self, table: str) -> pd.DataFrame:
        schema, files = TABLES[table], self._parts.get(table, ())
        dtypes = {name: column.dtype for name, column in schema.columns.items()}
        if not files:
            return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in dtypes.items()})
        rows = pd.concat([self._frame(part) for part in files], ignore_index=True)
        if table == "payments":
            # The payer's bank knows most of a payment (device, app); its row is the one kept.
            rows = rows.sort_values("sent_here", ascending=False, kind="stable")
            rows = rows.drop_duplicates("payment")
        named = [name for name, column in schema.columns.items() if column.entity is not None]
        order = [name for name in ("time", "day") if name in dtypes] + named
        return rows[list(dtypes)].sort_values(order, ignore_index=True).astype(dtypes)

    def _frame(self, part: Part) -> pd.DataFrame:
        schema = TABLES[part.table]
        columns: dict[str, Any] = {
            name: self._final(name, column.entity, column.unit, part.columns[name])
            for name, column in schema.columns.items()
            if name in part.columns
        }
        if part.table == "payments":
            for side in ("payer", "payee"):
                bank = self._bank.reindex(part.columns[side]).fillna(-1)
                columns[f"{side}_bank"] = bank.to_numpy().astype(np.int8)
            columns["sent_here"] = columns["payer_bank"] == part.index
            columns["name_match"] = NOT_CHECKED
        else:
            columns[schema.holders[0]] = np.int8(part.index)
        return pd.DataFrame(columns)

    def _final(
        self, name: str, entity: str | None, unit: str, values: NDArray[Any]
    ) -> NDArray[Any]:
        """Replace hashes of entities by codes; count moments and days from the start."""
        if entity in self._known:
            return ranked(self._known[entity], values)
        if name == "time":
            return values - self._first_day * DAY
        if unit == "days":
            return np.where(values == UNKNOWN_DAY, LONG_AGO, values - self._first_day)
        return values

    def _reports(self) -> pd.DataFrame:
        frames = [self._labels(part) for part in self._parts.get(LABEL_TABLE, ())]
        labels = pd.concat([*frames, pd.DataFrame(columns=list(LABELS))][: len(frames) or 1])
        labels["case"] = labels.groupby(["partner", "case"]).ngroup()
        labels = labels.astype({name: column.dtype for name, column in LABELS.items()})
        return labels.drop_duplicates().sort_values(
            ["known_at", "case", "kind", "value"], kind="stable", ignore_index=True
        )

    def _labels(self, part: Part) -> pd.DataFrame:
        columns, start = part.columns, self._first_day * DAY
        gone, value = columns["withdrawn_at"], columns["value"].copy()
        for kind in np.unique(columns["kind"]):
            entity, of_kind = KIND_ENTITY[kind], columns["kind"] == kind
            if entity in self._known:
                value[of_kind] = ranked(self._known[entity], value[of_kind])
        labels = pd.DataFrame(
            {
                "partner": part.partner.name,
                "case": np.where(columns["case"] < 0, columns["value"], columns["case"]),
                "form": columns["form"],
                "kind": columns["kind"],
                "value": value,
                "known_at": columns["known_at"] - start,
                "withdrawn_at": np.where(gone == NEVER, NEVER, gone - start),
            }
        )
        if "kind" in part.partner.tables[LABEL_TABLE].columns:
            return labels
        return pd.concat([labels, *self._also_named(labels)])

    def _also_named(self, labels: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """Yield the entities reported along with a row: its payee, customer or merchant."""
        for kind, (column, also) in ALSO_NAMED.items():
            named = labels[labels["kind"] == kind]
            if named.empty:
                continue
            rows = self.tables[_EVENTS[kind]].set_index(kind)[column]
            yield named.assign(kind=also, value=rows.loc[named["value"]].to_numpy())
