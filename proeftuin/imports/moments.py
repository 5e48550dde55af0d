"""Moments and days: written out, counted from a moment, or as Parquet has them."""

import re
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from proeftuin.imports.cells import Read, matches, no_value
from proeftuin.imports.fields import Reading
from proeftuin.imports.numbers import numeric
from proeftuin.imports.sources import UNITS, ColumnSource
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import DAY

#: Moments outside these years are taken for a wrong unit or format; days reach further back.
EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100, in seconds since 1970
EARLIEST_DAY = -25_567  # 1900, in days since 1970
FIRST, LAST = datetime(1890, 1, 1), datetime(2110, 1, 1)  #: beyond any of these, in any zone

_DATE = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_ZONE = r" ?(Z|[+-]\d{2}:?\d{2})"
_ISO = rf"^{_DATE}([T ]{_CLOCK}({_ZONE})?)?$"
_HAS_ZONE = rf"{_CLOCK}{_ZONE}$"
_HOUR = pd.Timedelta(hours=1)


def read_moments(
    cells: pa.Array, source: ColumnSource, time_zone: str, *, whole_days: bool, never: bool
) -> Read:
    """Read seconds since 1970 by the wall clock, or days since then.

    Args:
        cells: (n,) numbers, moments of Parquet, or trimmed text.
        source: format, or unit and origin.
        time_zone: wall clock of the result.
        whole_days: whether dates are meant.
        never: whether a moment from 2100 on says that there is none.
    """
    if source.unit is not None:
        moments, empty, bad, expected = _counted(cells, source, whole_days=whole_days)
    elif pa.types.is_temporal(cells.type):
        empty, bad = no_value(cells), np.zeros(len(cells), dtype=bool)
        moments = pd.DatetimeIndex(pd.to_datetime(_of_our_age(cells).to_pandas()))
        expected = "is no moment"
    else:
        moments, empty, bad, expected = _written(cells.cast(pa.string()), source.format)
    seconds = _wall_clock(moments, time_zone)
    late = seconds >= LATEST
    if never:
        empty = empty | (late & ~bad)
    earliest = EARLIEST_DAY * DAY if whole_days else EARLIEST
    bad = (bad | late | (seconds < earliest)) & ~empty
    expected += f" (years {1900 if whole_days else 1990} to 2099)"
    days = _whole_days(cells, source) & ~empty & ~bad
    return Read(seconds // DAY if whole_days else seconds, empty, bad, expected, whole_day=days)


def _whole_days(cells: pa.Array, source: ColumnSource) -> Bools:
    """Return of which cells only the day is written."""
    if source.unit is not None:
        return np.full(len(cells), source.unit == "d")
    if pa.types.is_temporal(cells.type):
        return np.full(len(cells), pa.types.is_date(cells.type))
    if source.format is not None:
        return np.full(len(cells), not re.search("%[HIcXTR]", source.format))
    return matches(cells.cast(pa.string()), rf"^{_DATE}$")


_Found = tuple[pd.DatetimeIndex, Bools, Bools, str]


def _counted(cells: pa.Array, source: ColumnSource, *, whole_days: bool) -> _Found:
    """Return moments that are numbers: by the wall clock if they count from a day or from there."""
    numbers, empty, bad, hint = numeric(cells, source.decimal)
    by_the_clock = source.origin is not None or (whole_days and source.unit == "d")
    origin = source.origin or "1970-01-01"
    size = UNITS[Reading.TIME][str(source.unit)]
    seconds = _since_1970(datetime.fromisoformat(origin)) + numbers * size
    moments = _moments_of(np.where(empty | bad, 0.0, seconds))
    expected = f"is no number of {source.unit} since {origin}{hint}"
    if source.origin is None:
        expected += "; say under origin from when it counts, if from another moment"
    return moments if by_the_clock else moments.tz_localize("UTC"), empty, bad, expected


def _moments_of(seconds: Floats) -> pd.DatetimeIndex:
    """Return moments without a zone; a fraction that a date in a float cannot hold is rounded."""
    near = np.clip(seconds, _since_1970(FIRST), _since_1970(LAST))
    return pd.DatetimeIndex(np.rint(near * 1e3).astype(np.int64).astype("datetime64[ms]"))


def _since_1970(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1)).total_seconds()


def _written(text: pa.Array, layout: str | None) -> _Found:
    """Return moments that are written out, all with a zone or all without."""
    empty = no_value(text)
    if layout is not None:
        zoned, fits = np.full(len(text), "%z" in layout), ~empty
        expected = f"does not fit the format {layout}"
    else:
        zoned, fits = matches(text, _HAS_ZONE), matches(text, _ISO)
        expected = (
            "is no moment like 2025-03-31T14:05:00; give the column's format, or its unit if it is "
            "a number"
        )
    odd = np.zeros(len(text), dtype=bool)
    if zoned.any() and not zoned[fits].all():
        odd = fits & (zoned != (np.count_nonzero(zoned) * 2 > np.count_nonzero(fits)))
        expected += "; here some moments have a time zone and some have none"
    words = text.to_pandas().where(fits & ~odd)
    layout = "ISO8601" if layout is None else layout
    moments = pd.DatetimeIndex(pd.to_datetime(words, format=layout, errors="coerce", utc=True))
    if not zoned[fits & ~odd].any():
        moments = moments.tz_localize(None)
    return moments, empty, odd, expected


def _of_our_age(cells: pa.Array) -> pa.Array:
    """Return dates and timestamps of Parquet; those that no smaller unit can hold are far away."""
    kind = cells.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return pa.nulls(len(cells), pa.timestamp("us"))  # a time of day, or a duration
    first, last = pa.scalar(FIRST, kind), pa.scalar(LAST, kind)
    return pc.if_else(pc.less(cells, first), first, pc.if_else(pc.less(cells, last), cells, last))


def _wall_clock(moments: pd.DatetimeIndex, time_zone: str) -> Ints:
    """Return seconds since 1970 by the wall clock; what is no moment lies long before."""
    first, last = (pd.Timestamp(each, tz=moments.tz) for each in (FIRST, LAST))
    # Far years have no time of a place. What is no moment is neither before nor after.
    moments = moments.where(~np.asarray(moments > last), last)
    moments = moments.where(~np.asarray(moments < first), first)
    if moments.tz is not None:
        moments = _in_order(pd.DatetimeIndex(moments), time_zone)
    microseconds: Ints = pd.DatetimeIndex(moments).as_unit("us").to_numpy().astype(np.int64)
    return microseconds // 1_000_000


def _in_order(moments: pd.DatetimeIndex, time_zone: str) -> pd.DatetimeIndex:
    """Return moments by the wall clock, in the order in which they happened.

    When the clocks go back, two hours share one by the clock: the first gets its first half.
    """

    def clock(at: pd.DatetimeIndex) -> pd.DatetimeIndex:
        return at.tz_convert(time_zone).tz_localize(None)

    here = clock(moments)
    first = np.asarray(clock(moments + _HOUR) == here)
    second = np.asarray(clock(moments - _HOUR) == here)
    if not (first | second).any():
        return here
    start, second_half = here.floor("h"), pd.to_timedelta(np.where(second, 1800, 0), unit="s")
    shared = start + (here - start) / 2 + second_half
    return pd.DatetimeIndex(here.where(~(first | second), shared))
