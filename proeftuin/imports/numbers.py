"""Numbers: amounts in any currency, balances, counts, ages, and the banks' own."""

import math
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proeftuin.imports.cells import Read, matches, no_value
from proeftuin.imports.fields import Reading
from proeftuin.imports.sources import UNITS, ColumnSource
from proeftuin.imports.words import places
from synthetic_data.arrays import Bools, Floats
from synthetic_data.clock import DAY

OLDEST = 120  #: years; higher ages are taken for an error
LONGEST_S = 7 * DAY  #: of a call; longer ones are taken for a wrong unit
LARGEST_EUR = 1e13  #: beyond it a cent is lost
_THOUSAND = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"  #: a point, or a separator of thousands?


def read_numbers(
    reading: Reading,
    cells: pa.Array,
    source: ColumnSource,
    currency: pa.Array | None,
    rates: Mapping[str, float],
) -> Read:
    """Read numbers, amounts in EUR rounded to cents.

    Args:
        reading: what the column means.
        cells: (n,) numbers, or trimmed text.
        source: unit and decimal sign.
        currency: (n,) trimmed words for the currency of an amount; None for one unit.
        rates: EUR for one unit of every other currency.
    """
    values, empty, bad, hint = numeric(cells, source.decimal)
    like = f"like {'12,50' if source.decimal == ',' else '12.50'}{hint}"
    with np.errstate(invalid="ignore", over="ignore"):
        if reading in (Reading.AMOUNT, Reading.BALANCE):
            if currency is None:
                values = values * (UNITS[reading] | dict(rates))[source.unit or "EUR"]
            else:
                known = {"EUR": 1.0} | dict(rates)
                place = places(currency, known)
                values, bad = values * np.array([*known.values()])[place], bad | (place < 0)
                like += f"; or its currency is none of {', '.join(known)}: add it to rates"
            values = np.rint(values * 100) / 100
            bad = bad | (np.abs(values) > LARGEST_EUR)
        if reading is Reading.AMOUNT and not source.signed:
            bad = bad | (values < 0)
        elif reading is Reading.COUNT:
            bad = bad | (values < 0) | (values > LONGEST_S) | (values != np.floor(values))
        elif reading is Reading.AGE:
            bad = bad | (values < -1) | (values > OLDEST) | (values != np.floor(values))
    expected = {
        Reading.AMOUNT: f"is no amount{'' if source.signed else ' of 0 or more'}, {like}",
        Reading.BALANCE: f"is no amount, {like}",
        Reading.COUNT: f"is no whole number of seconds from 0 to {LONGEST_S:,}{hint}",
        Reading.AGE: f"is no age in years from 0 to {OLDEST}, or -1 for a business{hint}",
        Reading.FEATURE: f"is no number, {like}",
    }[reading]
    return Read(values, empty, bad & ~empty, expected)


def numeric(cells: pa.Array, decimal: str | None) -> tuple[Floats, Bools, Bools, str]:
    """Return numbers, which cells are empty, which are no number, and a hint on the decimal sign.

    Args:
        cells: (n,) numbers, or trimmed text.
        decimal: decimal sign of a text. None for a point; then a text like 1.250 is no number, if
            all with a point are like that: it may be a thousand.
    """
    kind = cells.type
    if not (pa.types.is_string(kind) or pa.types.is_temporal(kind)):
        numbers = pc.fill_null(cells.cast(pa.float64()), math.nan)
        values = numbers.to_numpy(zero_copy_only=False)
        return values, np.isnan(values), np.isinf(values), ""
    text = cells.cast(pa.string())
    empty = no_value(text)
    sign, other = (",", ".") if decimal == "," else (r"\.", ",")
    fits = matches(text, rf"^[+-]?(\d+{sign}?\d*|{sign}\d+)([eE][+-]?\d{{1,3}})?$")
    with_sign = text.filter(pc.match_substring(text, sign[-1]))
    doubt = decimal is None and len(with_sign) > 0 and bool(matches(with_sign, _THOUSAND).all())
    if doubt:
        fits &= ~matches(text, _THOUSAND)
    bad = ~fits & ~empty
    numbers = pc.if_else(pa.array(fits), text, pa.scalar(None, pa.string()))
    if decimal == ",":
        numbers = pc.replace_substring(numbers, ",", ".")
    values = pc.fill_null(numbers.cast(pa.float64()), math.nan).to_numpy(zero_copy_only=False)
    return values, empty, bad | np.isinf(values), _hint(text.filter(pa.array(bad)), other, doubt)


def _hint(bad: pa.Array, other: str, doubt: bool) -> str:
    """Return what to say about the decimal sign of texts that are no number."""
    if doubt:
        return "; 1.250 may be a thousand or little more than one: say decimal: '.' or decimal: ','"
    if pc.any(pc.match_substring(bad, other)).as_py():
        return (
            f"; if the decimal sign is '{other}', say decimal: '{other}'; if it separates "
            "thousands, take it out"
        )
    return ""
