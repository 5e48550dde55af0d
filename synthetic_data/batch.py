"""Batches: columns of equal length, which the parts of the generator exchange."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthetic_data.arrays import Bools, Ints


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of one kind, as arrays by column name; every batch of a kind has the same columns."""

    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def take(self, rows: Ints | Bools) -> "Batch":
        """Return the given rows (indices or a mask)."""
        return Batch({name: column[rows] for name, column in self.columns.items()})

    def plus(self, **columns: NDArray[Any]) -> "Batch":
        """Return the batch with columns added or replaced."""
        return Batch({**self.columns, **columns})


def joined(batches: Iterable[Batch]) -> Batch:
    """Concatenate batches of one kind."""
    parts = list(batches)
    if len(parts) == 1:
        return parts[0]
    return Batch({n: np.concatenate([part[n] for part in parts]) for n in parts[0].columns})


class Outbox:
    """Rows generated ahead of time; each chunk takes those that fall before its end."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Batch]] = {}

    def put(self, table: str, batch: Batch) -> None:
        """Add rows with a ``time`` column; an empty batch still makes the table exist."""
        self._waiting.setdefault(table, []).append(batch)

    def take(self, table: str, until: int) -> list[Batch]:
        """Remove and return the rows of a table with ``time < until``, as a list of batches."""
        due, later = [], []
        for batch in self._waiting.pop(table, []):
            now = batch["time"] < until
            if now.all():
                due.append(batch)
                continue
            if now.any():
                due.append(batch.take(now))
            later.append(batch.take(~now))
        if later:
            self._waiting[table] = [joined(later)]
        return due
