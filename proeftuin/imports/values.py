"""Parses the cells of an imported column, and marks the cells that it cannot parse."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from proeftuin.imports.fields import Reading
from proeftuin.imports.mapping import UNITS, ColumnSource
from scenarios.names import NAME, RESERVED
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import DAY
from synthetic_data.freezes import FREEZE, RELEASE
from synthetic_data.rows import CASH_OUT, LIMIT_RAISE, SAVINGS_IN

#: Moments outside these years are taken for a wrong unit or format; days reach further back.
EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100, in seconds since 1970
EARLIEST_DAY = -25_567  # 1900, in days since 1970
FIRST, LAST = datetime(1890, 1, 1), datetime(2110, 1, 1)  #: beyond any of these, in any zone
OLDEST = 120  #: years; higher ages are taken for an error
LONGEST_S = 7 * DAY  #: of a call; longer ones are taken for a wrong unit

_DATE = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_ZONE = r" ?(Z|[+-]\d{2}:?\d{2})"
_ISO = rf"^{_DATE}([T ]{_CLOCK}({_ZONE})?)?$"
_HAS_ZONE = rf"{_CLOCK}{_ZONE}$"
_FLAGS = {"0": 0, "1": 1, "false": 0, "true": 1}
_ACTIONS = {str(kind): kind for kind in (LIMIT_RAISE, SAVINGS_IN, CASH_OUT, FREEZE, RELEASE)}


@dataclass(frozen=True, eq=False)
class Read:
    """Cells as numbers or text.

    Attributes:
        values: (n,) values; undefined where empty or bad.
        empty: (n,) cells without a value.
        bad: (n,) cells that could not be parsed.
        expected: what a cell must be, and how to solve it.
    """

    values: NDArray[Any]
    empty: Bools
    bad: Bools
    expected: str


def read_cells(reading: Reading, cells: pa.Array, source: ColumnSource, time_zone: str) -> Read:
    """Parse the cells of a column; :mod:`proeftuin.imports.codes` handles identifiers.

    Args:
        reading: what the column means.
        cells: (n,) cells as they are in the file.
        source: unit, format, decimal sign and translation.
        time_zone: wall clock of the result.
    """
    if reading in (Reading.TIME, Reading.DAY):
        return _moments(cells, source, time_zone, whole_days=reading is Reading.DAY)
    if reading in (Reading.FLAG, Reading.ACTION, Reading.NAME):
        return _words(reading, cells, source)
    return _numbers(reading, cells, source)


def as_text(cells: pa.Array) -> pa.Array:
    """Return cells as trimmed text; whole numbers stored as floats lose their ``.0``."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_floating(cells.type):
        whole = pc.equal(pc.floor(cells), cells)
        if pc.all(whole).as_py() is not False:
            cells = cells.cast(pa.int64())
    text = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _null(cells: pa.Array) -> Bools:
    empty: Bools = cells.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    return empty


def _matches(text: pa.Array, pattern: str) -> Bools:
    found = pc.fill_null(pc.match_substring_regex(text, pattern), False)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _numeric(cells: pa.Array, decimal: str = ".") -> tuple[Floats, Bools, Bools]:
    """Return the numbers, which cells are empty, and which are not a number."""
    kind = cells.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.fill_null(cells.cast(pa.float64()), math.nan)
        values = numbers.to_numpy(zero_copy_only=False)
        return values, np.isnan(values), np.isinf(values)
    text = as_text(cells)
    sign = "," if decimal == "," else r"\."
    fits = _matches(text, rf"^-?\d{{1,15}}({sign}\d{{1,15}})?$")
    text = pc.if_else(pa.array(fits), text, pa.scalar(None, pa.string()))
    numbers = pc.replace_substring(text, decimal, ".")
    values = pc.fill_null(numbers.cast(pa.float64()), math.nan).to_numpy(zero_copy_only=False)
    empty = _null(as_text(cells))
    return values, empty, ~fits & ~empty


def _numbers(reading: Reading, cells: pa.Array, source: ColumnSource) -> Read:
    values, empty, bad = _numeric(cells, source.decimal)
    scale = UNITS.get(reading, {}).get(source.unit or "EUR", 1.0)
    if reading in (Reading.AMOUNT, Reading.BALANCE):
        values = np.rint(values * scale * 100) / 100
    comma = "" if source.decimal == "," else "; is the decimal sign a comma? say decimal: ','"
    like = "like 12.50 without thousands separators"
    expected = {
        Reading.AMOUNT: f"is no amount of 0 or more, {like}{comma}",
        Reading.BALANCE: f"is no amount, {like}{comma}",
        Reading.COUNT: f"is no whole number of seconds from 0 to {LONGEST_S:,}",
        Reading.AGE: f"is no age in years from 0 to {OLDEST}, or -1 for a business",
        Reading.FEATURE: f"is no number{comma}",
    }[reading]
    with np.errstate(invalid="ignore"):
        if reading is Reading.AMOUNT:
            bad = bad | (values < 0)
        elif reading is Reading.COUNT:
            bad = bad | (values < 0) | (values > LONGEST_S) | (values != np.floor(values))
        elif reading is Reading.AGE:
            bad = bad | (values < -1) | (values > OLDEST) | (values != np.floor(values))
    return Read(values, empty, bad & ~empty, expected)


def _words(reading: Reading, cells: pa.Array, source: ColumnSource) -> Read:
    text = as_text(cells)
    empty = _null(text)
    if reading is Reading.NAME and source.values is None:
        values = np.asarray(pc.fill_null(text, "").to_numpy(zero_copy_only=False))
        fits = _matches(text, f"^{NAME.pattern}$") & ~np.isin(values, list(RESERVED))
        expected = "is no name of lower-case letters, digits, - and _; translate it with values"
        return Read(values, empty, ~fits & ~empty, expected)
    standard = {Reading.FLAG: _FLAGS, Reading.ACTION: _ACTIONS}.get(reading, {})
    known: dict[str, Any] = dict(source.values or standard)
    words = text.to_numpy(zero_copy_only=False)
    if source.values is None:
        words = pc.utf8_lower(text).to_numpy(zero_copy_only=False)
    place = pd.Index(list(known)).get_indexer(words)
    values = np.array(list(known.values()))[place]
    expected = f"is none of {', '.join(known)}; say under values what it means"
    return Read(values, empty, (place < 0) & ~empty, expected)


def _moments(cells: pa.Array, source: ColumnSource, time_zone: str, *, whole_days: bool) -> Read:
    """Return seconds since 1970 by the wall clock, or days since then."""
    if source.unit is not None:
        numbers, empty, bad = _numeric(cells)
        seconds = numbers * UNITS[Reading.TIME][source.unit]
        bad |= ~((seconds >= EARLIEST) & (seconds < LATEST)) & ~empty
        seconds = np.where(empty | bad, 0, seconds)
        moments = pd.to_datetime((seconds * 1e6).astype(np.int64), unit="us", utc=True)
        expected = f"is no moment in {source.unit} since 1970 (1990 to 2100)"
        return _wall_clock(moments, empty, bad, expected, time_zone, whole_days)
    if pa.types.is_temporal(cells.type):
        empty = _null(cells)
        moments = pd.DatetimeIndex(pd.to_datetime(_of_our_age(cells).to_pandas()))
        expected = "is no moment from 1990 (a day: 1900) to 2100"
        return _wall_clock(moments, empty, empty & False, expected, time_zone, whole_days)
    text = as_text(cells)
    empty = _null(text)
    if source.format is not None:
        zoned = np.full(len(text), "%z" in source.format)
        fits, layout = ~empty, source.format
        expected = f"does not fit the format {source.format} (years to 2100)"
    else:
        zoned, fits, layout = _matches(text, _HAS_ZONE), _matches(text, _ISO), "ISO8601"
        expected = (
            "is no moment like 2025-03-31T14:05:00 (1990 to 2100); give the column's format, or "
            "its unit if it counts from 1970"
        )
    odd = empty & False
    if zoned.any() and not zoned[fits].all():
        odd = fits & (zoned != (np.count_nonzero(zoned) * 2 > np.count_nonzero(fits)))
        expected += "; here some moments have a time zone and some have none"
    words = text.to_pandas().where(fits & ~odd)
    moments = pd.DatetimeIndex(pd.to_datetime(words, format=layout, errors="coerce", utc=True))
    if not zoned[fits & ~odd].any():
        moments = moments.tz_localize(None)
    return _wall_clock(moments, empty, empty & False, expected, time_zone, whole_days)


def _of_our_age(cells: pa.Array) -> pa.Array:
    """Return dates and timestamps of Parquet, without those that no smaller unit can hold."""
    kind = cells.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return pa.nulls(len(cells), pa.timestamp("us"))  # a time of day, or a duration
    near = pc.and_(
        pc.greater_equal(cells, pa.scalar(FIRST, kind)), pc.less(cells, pa.scalar(LAST, kind))
    )
    return pc.if_else(near, cells, pa.scalar(None, kind))


def _wall_clock(
    moments: pd.DatetimeIndex,
    empty: Bools,
    bad: Bools,
    expected: str,
    time_zone: str,
    whole_days: bool,
) -> Read:
    inside: Any = (moments >= pd.Timestamp(FIRST, tz=moments.tz)) & (
        moments < pd.Timestamp(LAST, tz=moments.tz)
    )
    moments = pd.DatetimeIndex(moments.where(inside))  # far years have no time of a place
    if moments.tz is not None:
        moments = moments.tz_convert(time_zone).tz_localize(None)
    lost = np.asarray(moments.isna())
    microseconds: Ints = moments.as_unit("us").to_numpy().astype(np.int64)
    seconds = microseconds // 1_000_000
    earliest = EARLIEST_DAY * DAY if whole_days else EARLIEST
    bad = bad | ((lost | (seconds < earliest) | (seconds >= LATEST)) & ~empty)
    return Read(seconds // DAY if whole_days else seconds, empty, bad, expected)
