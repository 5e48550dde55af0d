"""Cells of a column once they are read: values, and which cells are empty or bad."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthetic_data.arrays import Bools


@dataclass(frozen=True, eq=False)
class Read:
    """Cells as numbers or text.

    Attributes:
        values: (n,) values; undefined where empty or bad.
        empty: (n,) cells without a value.
        bad: (n,) cells that could not be parsed.
        expected: what a cell must be, and how to solve it.
        worded: number of cells that are empty because a word says so.
        whole_day: (n,) moments of which only the day is known; None for what is no moment.
    """

    values: NDArray[Any]
    empty: Bools
    bad: Bools
    expected: str
    worded: int = 0
    whole_day: Bools | None = None


def no_value(cells: pa.Array) -> Bools:
    """Return (n,) whether a cell holds nothing, or no number at all (NaN)."""
    empty: Bools = cells.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    return empty


def matches(text: pa.Array, pattern: str) -> Bools:
    """Return (n,) whether a text fits a pattern; what holds nothing does not."""
    found = pc.fill_null(pc.match_substring_regex(text, pattern), False)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
