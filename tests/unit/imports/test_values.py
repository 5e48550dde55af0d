"""A cell is read as what its owner meant, or refused; never as something else."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from proeftuin.imports.fields import Reading
from proeftuin.imports.sources import EMPTY_WORDS, ColumnSource, Feature, Indicator, Where
from proeftuin.imports.values import (
    Read,
    as_text,
    chosen_rows,
    read_cells,
    read_feature,
    row_ids,
    text_cells,
)

BAD = "bad"


def shown(read: Read) -> list[Any]:
    """Return values, None for empty cells and BAD for those that cannot be read."""
    cells = zip(read.values.tolist(), read.empty, read.bad, strict=True)
    return [None if empty else BAD if bad else value for value, empty, bad in cells]


def parsed(reading: Reading, cells: Any, **keys: Any) -> Read:
    """Read cells by the keys of a mapping, in Amsterdam."""
    other = ("na_words", "clock_cells", "currency_cells", "rates", "never")
    given = {key: keys.pop(key) for key in other if key in keys}
    source = ColumnSource(column="x", **keys)
    return read_cells(reading, pa.array(cells), source, "Europe/Amsterdam", **given)


def moment(text: str) -> int:
    return int(np.datetime64(text, "s").astype(int))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1e-05", 1e-5),
        ("3.2E+4", 32_000.0),
        ("0.12345678901234567890", 0.12345678901234568),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7.0),
        ("-.5e1", -5.0),
        ("\u00a012.5\u202f", 12.5),
    ],
)
def test_numbers_as_programs_write_them(text: str, number: float) -> None:
    assert shown(parsed(Reading.FEATURE, [text, "12.5"])) == [number, 12.5]


@pytest.mark.parametrize("text", ["1.2.3", "1e", "0x10", "inf", "1e999", "1_000", "١٢", "e5", "."])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert shown(parsed(Reading.FEATURE, [text])) == [BAD]


@pytest.mark.parametrize(("decimal", "text"), [(".", "1,250"), (None, "1,250"), (",", "1.250")])
def test_the_other_decimal_sign_is_refused_with_what_to_say(decimal: Any, text: str) -> None:
    read = parsed(Reading.AMOUNT, [text, "7"], decimal=decimal)
    other = "." if decimal == "," else ","
    assert shown(read) == [BAD, 7.0]
    assert f"if the decimal sign is '{other}', say decimal: '{other}'" in read.expected


def test_thousands_with_a_point_do_not_become_small_amounts() -> None:
    """A Dutch spreadsheet writes 1.250 for twelve hundred and fifty."""
    read = parsed(Reading.AMOUNT, ["1.250", "950", "-1.000"])
    assert shown(read) == [BAD, 950.0, BAD]
    assert "say decimal: '.' or decimal: ','" in read.expected
    assert shown(parsed(Reading.COUNT, ["1.000", "60"])) == [BAD, 60.0]


def test_three_decimals_are_read_where_they_leave_no_doubt() -> None:
    assert shown(parsed(Reading.AMOUNT, ["1.250"], decimal=".")) == [1.25]
    assert shown(parsed(Reading.FEATURE, ["1.250", "0.75"])) == [1.25, 0.75]
    assert shown(parsed(Reading.FEATURE, ["0.125", "0.250"])) == [0.125, 0.25]
    assert shown(parsed(Reading.FEATURE, ["1,250"], decimal=",")) == [1.25]


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([True, False, None]),
        pa.array([1.0, 0.0, float("nan")]),
        pa.array([1.0, 0.0, float("nan")], pa.float32()),
        pa.array([Decimal("1.00"), Decimal("0.00"), None], pa.decimal128(10, 2)),
        pa.array(["1", "0.0", " "], pa.large_string()),
        pa.array(["1", "0", "nvt"]).dictionary_encode(),
    ],
)
def test_a_column_of_any_type_gives_its_numbers(cells: pa.Array) -> None:
    assert shown(parsed(Reading.FEATURE, cells)) == [1.0, 0.0, None]


def test_amounts_in_cents_dollars_or_a_currency_per_row_become_euros() -> None:
    rates = {"USD": 0.5, "Swiss Franc": 2.0}
    assert shown(parsed(Reading.AMOUNT, ["250"], unit="cents")) == [2.5]
    assert shown(parsed(Reading.AMOUNT, [10.01], unit="USD", rates=rates)) == [5.0]
    currencies = pa.array(["EUR", " usd", "Swiss Franc", "JPY", None])
    read = parsed(
        Reading.AMOUNT, ["10"] * 5, currency="Currency", currency_cells=currencies, rates=rates
    )
    assert shown(read) == [10.0, 5.0, 20.0, BAD, BAD]
    assert "its currency is none of EUR, USD, Swiss Franc: add it to rates" in read.expected


def test_an_amount_below_zero_is_refused_unless_amounts_are_signed() -> None:
    assert shown(parsed(Reading.AMOUNT, ["-5", "1e20"])) == [BAD, BAD]
    assert shown(parsed(Reading.AMOUNT, ["-5", "5"], signed=True)) == [-5.0, 5.0]


@pytest.mark.parametrize("word", [*EMPTY_WORDS, "null", "ONBEKEND", " n/a ", "\u00a0"])
@pytest.mark.parametrize("reading", [Reading.TIME, Reading.AMOUNT, Reading.FLAG, Reading.NAME])
def test_a_word_for_no_value_is_an_empty_cell(word: str, reading: Reading) -> None:
    read = parsed(reading, [word])
    assert shown(read) == [None]
    assert read.worded == (word != "\u00a0")


def test_a_placeholder_is_no_identifier() -> None:
    text, worded = text_cells(pa.array(["dev-1", "NULL", "(null)", "-", "", None]))
    assert (text.to_pylist(), worded) == (["dev-1", None, None, None, None, None], 3)


def test_a_list_of_words_replaces_the_usual_one() -> None:
    text, worded = text_cells(pa.array(["geen", "LEEG"]), ["leeg"])
    assert (text.to_pylist(), worded) == (["geen", None], 1)


def test_a_word_that_the_mapping_translates_has_its_meaning() -> None:
    read = parsed(Reading.FLAG, ["geen", "-", "wel"], values={"geen": "0", "wel": "1"})
    assert shown(read) == [0, None, 1]


def test_phones_beside_an_empty_cell_stay_whole_numbers() -> None:
    """One missing phone makes pandas write a column of floats."""
    floats = pa.array([31612345678.0, None, float("nan"), 1.5])
    assert as_text(floats).to_pylist() == ["31612345678", None, None, "1.5"]
    text, _ = text_cells(pa.array(["31612345678.0", "", "1.5", "10.0.0.0"]))
    assert text.to_pylist() == ["31612345678", None, "1.5", "10.0.0.0"]


def test_spaces_and_signs_that_nobody_sees_are_no_part_of_a_number() -> None:
    cells = pa.array(["\u00a0NL20\u202fAAAA\u00a001 ", "\u202a+31\u200b612345678\u202c"])
    assert as_text(cells).to_pylist() == ["NL20 AAAA 01", "+31612345678"]


@pytest.mark.parametrize(
    ("one", "nought"),
    [
        ("1", "0"), ("true", "FALSE"), ("Yes", "no"), ("JA", "nee"), ("y", "N"), ("J", "n"),
        ("t", "f"), ("1.0", "0.0"), (True, False), (1.0, 0.0), (1, 0),
    ],
)  # fmt: skip
def test_a_flag_is_read_in_any_usual_word(one: Any, nought: Any) -> None:
    assert shown(parsed(Reading.FLAG, [one, nought, None])) == [1, 0, None]


def test_a_flag_in_other_words_is_translated_in_any_case() -> None:
    read = parsed(Reading.FLAG, ["FRAUD", "Fine", "other"], values={"fraud": "yes", "fine": "0"})
    assert shown(read) == [1, 0, BAD]
    assert read.expected == "is none of fraud, fine; say under values what it means"
    two = parsed(Reading.FLAG, ["a", "A"], values={"a": "0", "A": "1"})
    assert shown(two) == [0, 1]


def test_an_unknown_flag_is_told_what_is_known() -> None:
    read = parsed(Reading.FLAG, ["2"])
    assert shown(read) == [BAD]
    assert read.expected.startswith("is no 1 or 0, true or false, yes or no, ja or nee; say under")


@pytest.mark.parametrize(
    ("unit", "number", "told"),
    [
        ("s", "90", "2022-09-01T00:01:30"),
        ("ms", "90000", "2022-09-01T00:01:30"),
        ("us", "90000000", "2022-09-01T00:01:30"),
        ("min", "1.5", "2022-09-01T00:01:30"),
        ("h", "25", "2022-09-02T01:00:00"),
        ("d", "0.25", "2022-09-01T06:00:00"),
    ],
)
def test_a_step_counts_from_its_origin_by_the_wall_clock(unit: str, number: str, told: str) -> None:
    read = parsed(Reading.TIME, [number], unit=unit, origin="2022-09-01")
    assert shown(read) == [moment(told)]


def test_dates_of_a_spreadsheet_keep_their_second() -> None:
    serial = {"unit": "d", "origin": "1899-12-30"}
    read = parsed(Reading.TIME, ["44841.441192129627"], **serial)
    assert shown(read) == [moment("2022-10-07T10:35:19")]
    assert shown(parsed(Reading.DAY, ["44841,9"], decimal=",", **serial)) == [19_272]


def test_days_since_1970_are_dates_in_every_zone() -> None:
    source = ColumnSource(column="x", unit="d")
    for zone in ("America/New_York", "Asia/Tokyo"):
        read = read_cells(Reading.DAY, pa.array([19_272]), source, zone)
        assert shown(read) == [19_272]


def test_a_number_without_an_origin_counts_in_universal_time() -> None:
    assert shown(parsed(Reading.TIME, ["1656547200"], unit="s")) == [moment("2022-06-30T02:00:00")]
    read = parsed(Reading.TIME, ["1"], unit="h")
    assert shown(read) == [BAD]
    assert "say under origin from when it counts" in read.expected


@pytest.mark.parametrize(
    ("dates", "clocks", "layout"),
    [
        (["2022-10-07"], ["10:35:19"], None),
        (["7/10/2022"], ["10u35"], "%d/%m/%Y %Hu%M"),
        ([datetime.date(2022, 10, 7)], [datetime.time(10, 35, 19)], None),
        ([datetime.datetime(2022, 10, 7)], ["10:35"], None),
    ],
)
def test_date_and_time_of_day_in_two_columns_are_one_moment(
    dates: Any, clocks: Any, layout: str | None
) -> None:
    clock_cells = pa.array(clocks)
    [read] = shown(parsed(Reading.TIME, dates, clock="c", format=layout, clock_cells=clock_cells))
    assert read // 60 * 60 == moment("2022-10-07T10:35:00")


def test_a_missing_date_or_time_of_day_is_not_made_up() -> None:
    clock_cells = pa.array(["10:35", "n.v.t."])
    read = parsed(Reading.TIME, ["", "2022-10-07"], clock="c", clock_cells=clock_cells)
    assert shown(read) == [None, None]


@pytest.mark.parametrize(
    "cells",
    [
        ["9999-12-31", "2025-01-06"],
        ["9999-12-31T23:59:59Z", "2025-01-05T23:00:00Z"],
        pa.array([datetime.datetime(9999, 12, 31), datetime.datetime(2025, 1, 6)]),
        pa.array([datetime.date(2100, 1, 1), datetime.date(2025, 1, 6)]),
    ],
)
def test_a_far_year_means_never_where_that_can_be(cells: Any) -> None:
    assert shown(parsed(Reading.TIME, cells, never=True)) == [None, moment("2025-01-06")]
    assert shown(parsed(Reading.TIME, cells)) == [BAD, moment("2025-01-06")]


def test_never_in_another_way_of_writing() -> None:
    assert shown(parsed(Reading.TIME, ["31-12-9999"], format="%d-%m-%Y", never=True)) == [None]
    assert shown(parsed(Reading.TIME, ["253402300799"], unit="s", never=True)) == [None]
    assert shown(parsed(Reading.TIME, ["0001-01-01", "soon"], never=True)) == [BAD, BAD]


def test_moments_keep_their_order_when_the_clocks_change() -> None:
    autumn = [
        f"2025-10-26T{clock}"
        for clock in ("01:59:59+02:00", "02:10:00+02:00", "02:50:00+02:00", "02:10:00+01:00",
                      "02:50:00+01:00", "03:00:00+01:00")
    ]  # fmt: skip
    read = shown(parsed(Reading.TIME, autumn))
    assert read == sorted(set(read))
    assert {second // 3600 for second in read[1:-1]} == {moment("2025-10-26T02:00:00") // 3600}
    assert read[-1] == moment("2025-10-26T03:00:00")
    spring = ["2025-03-30T01:59:59+01:00", "2025-03-30T03:00:00+02:00"]
    assert shown(parsed(Reading.TIME, spring)) == [moment(text[:19]) for text in spring]


def test_a_date_or_year_of_birth_gives_a_day_of_birth() -> None:
    born = np.datetime64("1984-10-07"), np.datetime64("1984-07-01")
    births = parsed(Reading.AGE, ["07-10-1984", "geen"], unit="birth_date", format="%d-%m-%Y")
    assert births.empty.tolist() == [False, True]
    assert births.values[0].astype("datetime64[D]") == born[0]
    years = parsed(Reading.AGE, [1984.0, None, 84.0, 1984.5], unit="birth_year")
    assert shown(years)[1:] == [None, BAD, BAD]
    assert years.values[0].astype("datetime64[D]") == born[1]


def test_rows_of_one_bank_in_a_file_of_all() -> None:
    rows = pa.record_batch({"From": ["010", "20", None], "To": ["20", " 20", "0010"]})
    where = Where(**{"column": ["From", "To"], "is": ["010", "0010"]})
    assert chosen_rows(where, rows).tolist() == [True, False, True]


def test_the_number_of_a_row_identifies_it_within_its_file() -> None:
    rows = np.array([2, 3])
    assert row_ids("./bank/p.csv", rows).to_pylist() == ["bank/p.csv:2", "bank/p.csv:3"]


def feature(cells: Any, **keys: Any) -> Read:
    bounds = {"column": "x", "low": 0.0, "high": 1.0, "unit": "share"} | keys
    made = Indicator(**bounds) if "word" in keys else Feature(**bounds)
    times = np.full(len(cells), moment("2025-01-06T12:00:00"))
    return read_feature(made, pa.array(cells), "Europe/Amsterdam", times=times)


def test_a_feature_of_numbers_flags_or_words_with_a_number() -> None:
    assert shown(feature(["1e-05", "nan", "0,5"])) == [1e-5, None, BAD]
    assert shown(feature([True, False, None], kind="flag")) == [1.0, 0.0, None]
    assert shown(feature(["ja", "N", "?", "x"], kind="flag")) == [1.0, 0.0, None, BAD]
    coded = {"low": 0.1, "HIGH": 0.9, "-1": 0.0}
    assert shown(feature(["Low", "high", "0.5", "-1.0", "", "x"], values=coded)) == [
        0.1, 0.9, 0.5, 0.0, None, BAD,
    ]  # fmt: skip
    assert shown(feature([-1, 0.5], values=coded)) == [0.0, 0.5]
    assert shown(feature(["A", "b", "c"], kind="flag", values={"a": 1.0, "b": 0.0}))[2] == BAD


def test_a_category_is_a_feature_of_0_and_1_per_word() -> None:
    cells = ["Cash", "transfer", "", "cheque"]
    keys = {"kind": "category", "one_of": ("cash", "transfer")}
    assert shown(feature(cells, word="cash", **keys)) == [1.0, 0.0, None, BAD]
    # One feature tells of the bad cell, so that it is not told twice.
    assert shown(feature(cells, word="transfer", **keys)) == [0.0, 1.0, None, 0.0]
    keys["other"] = True
    assert shown(feature(cells, word="cash", **keys)) == [1.0, 0.0, None, 0.0]
    assert shown(feature(cells, word=None, **keys)) == [0.0, 0.0, None, 1.0]


def test_a_date_is_the_days_from_it_to_the_payment() -> None:
    keys = {"kind": "days_since", "high": 3650.0, "unit": "days", "format": "%d-%m-%Y"}
    assert shown(feature(["05-01-2025", "06-01-2025", "geen", "x"], **keys)) == [1, 0, None, BAD]
