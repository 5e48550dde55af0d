"""Parses the cells of an imported column, and marks the cells that it cannot parse."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proeftuin.imports.cells import Read, no_value
from proeftuin.imports.fields import Reading
from proeftuin.imports.moments import read_moments
from proeftuin.imports.numbers import numeric, read_numbers
from proeftuin.imports.sources import (
    BIRTH_DATE,
    BIRTH_YEAR,
    EMPTY_WORDS,
    ColumnSource,
    Feature,
    Indicator,
    Where,
)
from proeftuin.imports.words import FLAGS, places, read_words
from synthetic_data.arrays import Bools, Ints
from synthetic_data.clock import DAY

_NONE = pa.scalar(None, pa.string())
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


def read_cells(
    reading: Reading,
    cells: pa.Array,
    source: ColumnSource,
    time_zone: str,
    *,
    na_words: Collection[str] = EMPTY_WORDS,
    clock_cells: pa.Array | None = None,
    currency_cells: pa.Array | None = None,
    rates: Mapping[str, float] | None = None,
    never: bool = False,
) -> Read:
    """Parse the cells of a column; :func:`text_cells` reads identifiers.

    Args:
        reading: what the column means.
        cells: (n,) cells as they are in the file.
        source: unit, format, decimal sign and translation.
        time_zone: wall clock of the result.
        na_words: words of a text that say that there is no value (``File.na_values``).
        clock_cells: (n,) times of day, where ``source.clock`` names a column.
        currency_cells: (n,) currencies of amounts, where ``source.currency`` names a column.
        rates: EUR for one unit of every other currency (``Mapping.rates``).
        never: whether a moment from 2100 on says that there is none; for a column that is filled
            with ``NEVER``.

    Returns:
        Seconds since 1970 by the wall clock, or days since then; amounts in EUR, below 0 as well if
        ``source.signed``; ages in years, or the day of birth since 1970 for the units
        ``birth_date`` and ``birth_year`` (see ``derived.py``).
    """
    words = _without(na_words, source.values or ())
    if reading in (Reading.FLAG, Reading.ACTION, Reading.NAME):
        text, worded = text_cells(cells, words)
        return replace(read_words(reading, text, source.values), worded=worded)
    if reading is Reading.AGE and source.unit == BIRTH_YEAR:
        return _birth_years(cells, words)
    born = reading is Reading.AGE and source.unit == BIRTH_DATE
    if born or reading in (Reading.TIME, Reading.DAY):
        source = replace(source, unit=None) if born else source
        plain, worded = _of_moments(cells, clock_cells, words, is_number=source.unit is not None)
        days = reading is not Reading.TIME
        read = read_moments(plain, source, time_zone, whole_days=days, never=never)
        return replace(read, worded=worded)
    plain, worded = _of_numbers(cells, words)
    currency = None if currency_cells is None else text_cells(currency_cells, na_words)[0]
    return replace(read_numbers(reading, plain, source, currency, rates or {}), worded=worded)


def read_feature(
    feature: Feature,
    cells: pa.Array,
    time_zone: str,
    *,
    times: Ints,
    na_words: Collection[str] = EMPTY_WORDS,
) -> Read:
    """Parse the cells of a feature, without cutting numbers off at its bounds.

    Args:
        feature: the feature.
        cells: (n,) cells as they are in the file.
        time_zone: wall clock of ``times``.
        times: (n,) moments of the payments, in seconds since 1970 by the wall clock.
        na_words: words of a text that say that there is no value.
    """
    if isinstance(feature, Indicator):
        text, worded = text_cells(cells, _without(na_words, feature.one_of or ()))
        return replace(_indicator(feature, text), worded=worded)
    if feature.kind == "flag" or feature.values:
        return _coded(feature, cells, na_words)
    source = ColumnSource(column=feature.column, decimal=feature.decimal, format=feature.format)
    if feature.kind == "days_since":
        read = read_cells(Reading.DAY, cells, source, time_zone, na_words=na_words)
        return replace(read, values=(times // DAY - read.values).astype(np.float64))
    return read_cells(Reading.FEATURE, cells, source, time_zone, na_words=na_words)


def as_text(cells: pa.Array) -> pa.Array:
    """Return cells as trimmed text; whole numbers stored as floats lose their ``.0``.

    Every kind of space becomes a plain one; what is not seen at all, such as the mark of a
    direction of writing, is taken out.
    """
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_floating(cells.type):
        whole = pc.and_(pc.equal(pc.floor(cells), cells), pc.less(pc.abs(cells), 2.0**63))
        numbers = pc.if_else(whole, cells, pa.scalar(None, cells.type)).cast(pa.int64())
        others = pc.if_else(pc.is_nan(cells), pa.scalar(None, cells.type), cells)
        cells = pc.coalesce(numbers.cast(pa.string()), others.cast(pa.string()))
    text = cells.cast(pa.string())
    if not pc.all(pc.string_is_ascii(text), min_count=0).as_py():
        text = pc.replace_substring_regex(text, r"\p{Cf}+", "")
        text = pc.replace_substring_regex(text, r"\p{Z}", " ")
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(text, ""), _NONE, text)


def text_cells(cells: pa.Array, na_words: Collection[str] = EMPTY_WORDS) -> tuple[pa.Array, int]:
    """Return the text of words and identifiers, and how many are empty because a word says so.

    Whole numbers lose their ``.0`` here even if they are text: a program wrote them as floats.

    Args:
        cells: (n,) cells as they are in the file.
        na_words: words that say that there is no value, compared without case.
    """
    text, worded = _without_words(as_text(cells), na_words)
    if pc.any(pc.ends_with(text, ".0")).as_py():
        text = pc.replace_substring_regex(text, r"^(-?\d+)\.0$", r"\1")
    return text, worded


def row_ids(file: str, rows: Ints) -> pa.Array:
    """Return (n,) identifiers of rows, the same wherever the mapping names the file.

    Args:
        file: the file as the mapping names it.
        rows: (n,) numbers of rows in it.
    """
    return pc.binary_join_element_wise(
        PurePath(file).as_posix(), pa.array(rows).cast(pa.string()), ":"
    )


def chosen_rows(where: Where, columns: pa.RecordBatch) -> Bools:
    """Return (n,) which rows of a file are read."""
    words, chosen = pa.array(where.words), np.zeros(len(columns), dtype=bool)
    for name in where.columns:
        text, _ = text_cells(columns.column(name), ())
        chosen |= pc.is_in(text, words).to_numpy(zero_copy_only=False)
    return chosen


def _without(na_words: Collection[str], meant: Iterable[str]) -> list[str]:
    """Return the words for no value that a mapping gives no meaning."""
    known = {word.lower() for word in meant}
    return [word for word in na_words if word.lower() not in known]


def _without_words(text: pa.Array, na_words: Collection[str]) -> tuple[pa.Array, int]:
    words = [word.strip().lower() for word in na_words]
    longest = max((len(word.encode()) for word in words), default=0)
    if not pc.any(pc.less_equal(pc.binary_length(text), longest)).as_py():
        return text, 0
    found = pc.is_in(pc.utf8_lower(text), pa.array(words, pa.string()))
    return pc.if_else(found, _NONE, text), pc.sum(found).as_py() or 0


def _of_numbers(cells: pa.Array, na_words: Collection[str]) -> tuple[pa.Array, int]:
    """Return numbers as they are, anything else as text, both without what says no value."""
    kind = cells.type
    if pa.types.is_boolean(kind):
        return cells, 0
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = [float(word) for word in na_words if _NUMBER.match(word)]
        if not numbers:
            return cells, 0
        found = pc.is_in(cells.cast(pa.float64()), pa.array(numbers))
        return pc.if_else(found, pa.scalar(None, kind), cells), pc.sum(found).as_py() or 0
    text, worded = _without_words(as_text(cells), na_words)
    if not any(_NUMBER.match(word) for word in na_words):
        return text, worded
    whole, more = _without_words(pc.replace_substring_regex(text, r"\.0+$", ""), na_words)
    return pc.if_else(pc.is_null(whole), _NONE, text), worded + more


def _of_moments(
    cells: pa.Array, clock: pa.Array | None, na_words: Collection[str], *, is_number: bool
) -> tuple[pa.Array, int]:
    """Return moments of Parquet or numbers as they are, and others as text with their clock."""
    if is_number:
        return _of_numbers(cells, na_words)
    if clock is None and pa.types.is_temporal(cells.type):
        return cells, 0
    if pa.types.is_timestamp(cells.type):
        cells = cells.cast(pa.date32(), safe=False)  # the time of day stands in the other column
    text, worded = text_cells(cells, na_words)
    if clock is None:
        return text, worded
    hours, _ = text_cells(clock, na_words)
    return pc.binary_join_element_wise(text, hours, " "), worded  # nothing, if either is missing


def _birth_years(cells: pa.Array, na_words: Collection[str]) -> Read:
    """Return the middle of each year of birth, as a day since 1970."""
    plain, worded = _of_numbers(cells, na_words)
    years, empty, bad, _ = numeric(plain, None)
    bad = (bad | ~((years >= 1900) & (years < 2100) & (years == np.floor(years)))) & ~empty
    whole = np.where(empty | bad, 1970, years).astype(np.int64) - 1970
    born = whole.astype("datetime64[Y]").astype("datetime64[M]") + np.timedelta64(6, "M")
    days = born.astype("datetime64[D]").astype(np.int64)
    return Read(days, empty, bad, "is no year of birth from 1900 to 2100", worded)


def _indicator(feature: Indicator, text: pa.Array) -> Read:
    """Return 1 where a cell holds the word; the first word of a category tells of bad cells."""
    known = dict.fromkeys(feature.one_of or ())
    place, empty = places(text, known), no_value(text)
    mine = -1 if feature.word is None else [*known].index(feature.word)
    tells = mine == 0 and not feature.other
    bad = (place < 0) & ~empty & tells
    expected = f"is none of {', '.join(known)}; add it to one_of, or say other: true"
    return Read(((place == mine) & ~empty).astype(np.float64), empty, bad, expected)


def _coded(feature: Feature, cells: pa.Array, na_words: Collection[str]) -> Read:
    """Return the numbers that words stand for; of a number, also other numbers as they are."""
    coding: Mapping[str, float] = feature.values or FLAGS
    text, worded = text_cells(cells, _without(na_words, coding))
    place, empty = places(text, coding), no_value(text)
    values = np.array([*coding.values()], dtype=np.float64)[place]
    bad, expected = (place < 0) & ~empty, f"is none of {', '.join(coding)}"
    if feature.kind == "number":
        rest = pc.if_else(pa.array(place >= 0), _NONE, text)
        numbers, _, no_number, hint = numeric(rest, feature.decimal)
        values = np.where(place >= 0, values, numbers)
        bad, expected = bad & no_number, f"{expected} and no number{hint}"
    return Read(values, empty, bad, f"{expected}; say under values what it means", worded)
