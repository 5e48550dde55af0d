"""A mapping says what files are, once for all of them where it can; what is wrong is told."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from proeftuin.errors import SettingsError
from proeftuin.imports.mapping import read_mapping
from proeftuin.imports.sources import EMPTY_WORDS, File, Indicator, Mapping

WORDS = {"file": "f", "app": "a", "time": "t", "payment": "i", "amount_eur": "e", "known_at": "k"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "mapping.yaml"


def written(
    place: Path, top: str = "", file: str = "", features: str = "{}", **columns: str
) -> Path:
    """Write a mapping of one bank, with keys of the mapping, of its payments, and columns."""
    given = WORDS | columns
    payments = {key: given[key] for key in ("time", "payment", "amount_eur", "app")}
    payments |= {"payer": "p", "payee": "q"}
    of_payments = ", ".join(f"{name}: {source}" for name, source in payments.items())
    accounts = (
        f"account: iban{''.join(f', {key}: {columns[key]}' for key in ('age',) if key in columns)}"
    )
    place.write_text(
        f"""
{top}
partners:
  - name: bank_a
    sector: bank
    tables:
      payments:
        file: p.csv
        columns: {{{of_payments}}}
        features: {features}
        {file}
      accounts: {{file: a.csv, columns: {{{accounts}}}}}
      labels: {{file: l.csv, columns: {{event: i, known_at: {given["known_at"]}}}}}
"""
    )
    return place


def payments(mapping: Mapping) -> File:
    return mapping.partners[0].tables["payments"]


def refused(place: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        read_mapping(place)
    return "\n".join(caught.value.problems)


def test_words_of_a_file_stay_as_they_were_written(place: Path) -> None:
    """YAML takes yes for true, 010 for eight and 2025-01-01 for a date."""
    written(
        place,
        file="where: {column: [From, To], is: 010}\n        na_values: [no, 1.50, ~]",
        app="{column: a, values: {yes: 1, no: 0, on: yes, 01: true}}",
        amount_eur="{value: 1_000}",
        time="{column: t, unit: h, origin: 2022-09-01}",
    )
    file = payments(read_mapping(place))
    assert file.where is not None
    assert (file.where.columns, file.where.words) == (("From", "To"), ("010",))
    assert file.na_values == ("no", "1.50", "~")
    assert file.columns["app"].values == {"yes": "1", "no": "0", "on": "yes", "01": "true"}
    assert file.columns["amount_eur"].value == "1_000"
    assert file.columns["time"].origin == "2022-09-01"


def test_a_mapping_that_a_program_wrote_is_read_as_well(place: Path) -> None:
    written(place)
    content: Any = yaml.safe_load(place.read_text())
    columns = content["partners"][0]["tables"]["payments"]["columns"]
    columns["app"] = {"column": "a", "values": {"yes": 1, True: 1, "0": 0}}
    place.write_text(yaml.safe_dump(content))
    assert payments(read_mapping(place)).columns["app"].values == {
        "yes": "1",
        "true": "1",
        "0": "0",
    }


def test_what_is_said_for_all_files_holds_where_nothing_else_is_said(place: Path) -> None:
    top = "defaults: {delimiter: ';', encoding: cp1252, na_values: [leeg], decimal: ','}"
    written(
        place,
        top,
        file="encoding: utf-16",
        features="{s: {column: s, low: 0, high: 1, unit: u}, f: {column: f, kind: flag}}",
        amount_eur="{column: e, decimal: '.'}",
        age="leeftijd",
    )
    mapping = read_mapping(place)
    file, accounts = payments(mapping), mapping.partners[0].tables["accounts"]
    assert (file.delimiter, file.encoding, file.na_values) == (";", "utf-16", ("leeg",))
    assert (accounts.encoding, accounts.columns["age"].decimal) == ("cp1252", ",")
    assert (file.columns["amount_eur"].decimal, file.columns["payer"].decimal) == (".", None)
    assert (file.features["s"].decimal, file.features["f"].decimal) == (",", None)


def test_a_word_is_translated_once(place: Path) -> None:
    told = "the key a stands in its group twice"
    assert told in refused(written(place, app="{column: a, values: {a: 1, a: 0}}"))


def test_a_file_says_what_is_usual_by_itself(place: Path) -> None:
    file = payments(read_mapping(written(place)))
    assert (file.delimiter, file.encoding, file.na_values) == (",", "utf-8", EMPTY_WORDS)
    assert (file.where, file.distinct) == (None, False)


def test_features_are_declared_once(place: Path) -> None:
    top = """
features:
  score: {low: 0, high: 1e3, unit: points, missing: 0}
  new: {kind: flag}
  since: {kind: days_since, low: 0, high: 30}
"""
    features = (
        "{score: Score, new: {column: New, values: {J: 1, N: 0}}, "
        "since: {column: On, format: '%d'}}"
    )
    file = payments(read_mapping(written(place, top, features=features)))
    score, new, since = (file.features[name] for name in ("score", "new", "since"))
    assert (score.column, score.low, score.high, score.unit) == ("Score", 0, 1000, "points")
    assert (new.low, new.high, new.unit, new.values) == (0, 1, "share", {"J": 1, "N": 0})
    assert (since.column, since.unit, since.format) == ("On", "days", "%d")


def test_a_category_becomes_a_feature_for_each_of_its_words(place: Path) -> None:
    top = "features: {type: {kind: category, one_of: [CASH_OUT, pay-in, 1], other: true}}"
    file = payments(read_mapping(written(place, top, features="{type: Type}")))
    words = {name: one.word for name, one in file.features.items() if isinstance(one, Indicator)}
    assert words == {
        "type_cash_out": "CASH_OUT",
        "type_pay_in": "pay-in",
        "type_1": "1",
        "type_other": None,
    }
    assert file.named()["features.type_1"] == "Type"


def test_every_column_that_is_read_is_named(place: Path) -> None:
    written(
        place,
        "rates: {USD: 0.9}",
        file="where: {column: Bank, is: x}",
        features="{s: {column: Score, low: 0, high: 1, unit: u}}",
        time="{column: Date, clock: Clock}",
        amount_eur="{column: Amount, currency: Currency}",
        payment="{row_number: true}",
        app="{value: 1}",
    )
    assert payments(read_mapping(place)).named() == {
        "columns.time": "Date",
        "columns.time.clock": "Clock",
        "columns.amount_eur": "Amount",
        "columns.amount_eur.currency": "Currency",
        "columns.payer": "p",
        "columns.payee": "q",
        "features.s": "Score",
        "where.column[0]": "Bank",
    }


@pytest.mark.parametrize(
    "columns",
    [
        {"known_at": "{delay_days: 0}"},
        {"known_at": "{delay_days: 7.5}"},
        {"payment": "{row_number: true}"},
        {"amount_eur": "{column: e, signed: true}"},
        {"amount_eur": "{column: e, unit: USD}"},
        {"amount_eur": "{column: e, currency: c}"},
        {"age": "{column: b, unit: birth_date, format: '%d-%m-%Y'}"},
        {"age": "{column: b, unit: birth_year}"},
        {"time": "{column: t, unit: d, origin: 1899-12-30, decimal: ','}"},
    ],
)
def test_what_a_column_can_say(place: Path, columns: dict[str, str]) -> None:
    read_mapping(written(place, "rates: {USD: 0.92}", **columns))


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"payment": "{row_number: true, column: x}"}, "payment: give either a column or a row_nu"),
        ({"payment": "{}"}, "payment: give either a column or a row_number or a value"),
        ({"amount_eur": "{row_number: true}"}, "row_number: only identifiers can be the number"),
        ({"known_at": "{delay_days: 0, column: k}"}, "give either a column or a delay_days or a v"),
        ({"known_at": "{delay_days: -1}"}, "delay_days=-1: Input should be greater than or equal"),
        ({"time": "{delay_days: 1}"}, "time.delay_days: only labels.known_at has it"),
        ({"app": "{column: a, signed: true}"}, "app.signed: only payments.amount_eur has it"),
        ({"app": "{column: a, clock: c}"}, "app.clock: only moments have a clock"),
        ({"time": "{column: t, clock: c, unit: h}"}, "time: give a clock or a unit, not both"),
        ({"time": "{value: 2025-01-01, clock: c}"}, "time.clock: give a column as well"),
        ({"time": "{column: t, origin: 2025-01-01}"}, "time.origin: give a unit as well"),
        ({"time": "{column: t, unit: h, origin: soon}"}, "origin=soon: is no date or moment like"),
        (
            {"time": "{column: t, unit: h, origin: 2025-01-01T00:00Z}"},
            "has a zone; give the moment",
        ),
        ({"time": "{column: t, unit: days}"}, "unit=days: allowed is s, ms, us, min, h, d"),
        ({"time": "{column: t, format: '%Q'}"}, "time.format=%Q: no format of strptime"),
        ({"time": "{column: t, unit: h, format: '%d'}"}, "give a format or a unit, not both"),
        ({"amount_eur": "{column: e, unit: USD}"}, "unit=USD: allowed is EUR, cents; other curren"),
        ({"amount_eur": "{column: e, currency: c}"}, "currency: say under rates of the mapping"),
        ({"amount_eur": "{column: e, decimal: ';'}"}, "decimal=;: Input should be '.' or ','"),
        ({"app": "{column: a, decimal: ','}"}, "app.decimal: only numbers have a decimal sign"),
        ({"app": "{column: a, values: {fraud: 2}}"}, "app.values.fraud=2: allowed is 0, 1"),
        ({"age": "{column: b, unit: days}"}, "unit=days: allowed is years, birth_date, birth_year"),
        ({"age": "{column: b, format: '%d'}"}, "age.format: only moments and days have a format"),
    ],
)
def test_what_a_column_cannot_say(place: Path, columns: dict[str, str], told: str) -> None:
    assert told in refused(written(place, **columns))


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("encoding: nosuch", "encoding=nosuch: no such encoding; give utf-8, utf-16, cp1252 or"),
        ("encoding: base64", "encoding=base64: no such encoding"),
        ("where: Bank", "where: is no group; write its keys below it, as key: value"),
        (
            "where: {colum: Bank, is: x}",
            "colum: unknown key; did you mean column? (allowed are col",
        ),
        ("where: {column: Bank, is: []}", "where.is: holds nothing; give at least one"),
        ("distinct: true", "payments.distinct: only for registers (accounts, advertisers,"),
        ("decimal: ','", "payments.decimal: unknown key"),
    ],
)
def test_what_a_file_cannot_say(place: Path, file: str, told: str) -> None:
    problems = refused(written(place, file=file))
    assert told in problems
    assert "partners: holds nothing" not in problems


def test_a_key_in_the_wrong_place_is_not_suggested_again(place: Path) -> None:
    for file, features in (("values: {yes: 1}", "{}"), ("", "{s: {column: x, valus: {yes: 1}}}")):
        problems = refused(written(place, file=file, features=features))
        assert "values: unknown key; did you mean values?" not in problems
        assert "unknown key" in problems


@pytest.mark.parametrize(
    ("top", "told"),
    [
        (
            "defaults: {encoding: nosuch}",
            "mapping.yaml: defaults.encoding=nosuch: no such encoding",
        ),
        (
            "defaults: {where: {}}",
            "mapping.yaml: defaults.where: unknown key (allowed are delimiter",
        ),
        ("rates: {USD: 0}", "mapping.yaml: rates.USD=0: Input should be greater than 0"),
        ("rates: {USD: much}", "mapping.yaml: rates.USD=much: is no number"),
        ("rates: {cents: 1}", "mapping.yaml: rates.cents: cents needs no rate; leave it out"),
        ("features: {s: {low: 0, high: 1, unit: u}}", "mapping.yaml: features.s: no bank has it"),
    ],
)
def test_what_a_mapping_cannot_say_is_told_once(place: Path, top: str, told: str) -> None:
    problems = refused(written(place, top))
    assert told in problems
    assert "\n" not in problems


@pytest.mark.parametrize(
    ("declared", "given", "told"),
    [
        ("{low: 0, unit: u}", "S", "mapping.yaml: features.s.high: missing; add the highest"),
        ("{low: 2, high: 1, unit: u}", "S", "mapping.yaml: features.s: low=2.0 must be below high"),
        ("{kind: flag, values: {a: 3}}", "S", "features.s.values.a: must lie between low and high"),
        ("{kind: flag, one_of: [a]}", "S", "features.s.one_of: only a category has it, and"),
        ("{kind: category}", "S", "features.s.one_of: missing; list the words"),
        ("{kind: category, one_of: [a], low: 2}", "S", "features of 0 and 1; leave low and"),
        ("{kind: days_since}", "S", "features.s.low: missing"),
        ("{low: 0, high: 1, unit: u, format: '%d'}", "S", "features.s.format: only a days_since"),
        ("{kind: flag}", "{values: {a: 1}}", "payments.features.s.column: missing; add it"),
    ],
)  # fmt: skip
def test_what_a_feature_cannot_say_is_told_once(
    place: Path, declared: str, given: str, told: str
) -> None:
    problems = refused(written(place, f"features: {{s: {declared}}}", features=f"{{s: {given}}}"))
    assert told in problems
    assert ("bank_a" in problems) == ("payments" in told)


def test_two_features_of_one_name_are_refused(place: Path) -> None:
    features = "{c: {column: x, kind: category, one_of: [a b, a_b]}}"
    told = "payments.features: c_a_b is the name of two; give one another name or word"
    assert told in refused(written(place, features=features))


def test_a_feature_that_is_not_declared_is_asked_for(place: Path) -> None:
    written(place, "features: {score: {low: 0, high: 1, unit: u}}", features="{scor: Score}")
    told = "features.scor=Score: the mapping has no such feature; did you mean score?; declare it"
    assert told in refused(place)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file: is no group"),
        ("partners: []", "partners: holds nothing; give at least one"),
        ("partners: {}", "partners: is no list; write it as [a, b]"),
        ("partners: [3]", "partners.0: is no group"),
        ("partners: [{name: a, sector: bank, tables: 3}]", "partners.a.tables: is no group"),
    ],
)
def test_what_is_no_mapping_is_told_in_words(place: Path, text: str, told: str) -> None:
    place.write_text(text)
    assert told in refused(place)
