"""What a mapping says of partners, their files, and what fills every column of a world."""

import re
from datetime import datetime
from typing import Annotated, Literal

import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from proeftuin.imports.fields import Reading
from scenarios.parameters import STRICT
from synthetic_data.settings import SectorName
from synthetic_data.stored import MOST_PERSONS

#: Words that say that there is no value, unless a file has its own; compared without case.
EMPTY_WORDS = (
    "NA", "N/A", "#N/A", "NULL", "(null)", "None", "NaN", "nil", "-", "--", "?", "unknown",
    "onbekend", "n.v.t.", "nvt", "geen",
)  # fmt: skip
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_EUR = {"EUR": 1.0, "cents": 0.01}
#: Size of every unit by reading: in seconds, EUR or years; rates of the mapping are added to EUR.
UNITS = {
    Reading.TIME: _SECONDS,
    Reading.DAY: _SECONDS,
    Reading.AMOUNT: _EUR,
    Reading.BALANCE: _EUR,
    Reading.AGE: {"years": 1.0},
}
#: Units of an age that say when somebody was born instead.
BIRTHS = (BIRTH_DATE, BIRTH_YEAR) = ("birth_date", "birth_year")
_DELIMITER = re.compile(r"[\t !#-/:-@\[-`{-~]")  #: a sign of ASCII, no letter, digit or quote


def _one_sign(delimiter: str) -> str:
    if not _DELIMITER.fullmatch(delimiter):
        raise ValueError("give one sign, such as , ; | or \\t")
    return delimiter


def _known_encoding(encoding: str) -> str:
    try:
        b"a".decode(encoding, "replace").encode(encoding)
    except (LookupError, UnicodeError, AttributeError):
        raise ValueError("no such encoding; give utf-8, utf-16, cp1252 or latin-1") from None
    return encoding


def _usable_format(layout: str) -> str:
    if "%Z" in layout:
        raise ValueError("%Z, the name of a zone, is not understood; use %z, or leave it out")
    try:
        pd.to_datetime(pd.Series([""]), format=layout, errors="coerce")
    except re.error:
        raise ValueError("names the same part of a moment twice") from None
    except ValueError as error:
        raise ValueError(f"no format of strptime ({error})") from None
    return layout


def _moment(origin: str) -> str:
    try:
        zone = datetime.fromisoformat(origin).tzinfo
    except ValueError:
        raise ValueError("is no date or moment like 1899-12-30 or 2022-09-01 08:00") from None
    if zone is not None:
        raise ValueError("has a zone; give the moment by the wall clock of time_zone")
    return origin


def _as_number(given: object) -> object:
    """Return a number that is written as one, also where YAML sees a word, such as 1e-5."""
    try:
        return float(given) if isinstance(given, str) else given
    except ValueError:
        raise ValueError("is no number") from None


def _as_words(given: object) -> object:
    if isinstance(given, str):
        return (given,)
    return tuple(given) if isinstance(given, list) else given


Delimiter = Annotated[str, AfterValidator(_one_sign)]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
Layout = Annotated[str, AfterValidator(_usable_format)]
Moment = Annotated[str, AfterValidator(_moment)]
Number = Annotated[float, BeforeValidator(_as_number)]
DecimalSign = Literal[".", ","]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, max_length=40)]
Words = Annotated[tuple[Text, ...], BeforeValidator(_as_words)]
SomeWords = Annotated[Words, Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ColumnSource:
    """Source of a column of a world.

    Attributes:
        column: column of the file.
        value: the same value in every row, as it was written.
        row_number: the number of the row identifies it.
        prefix: put before every identifier, so that two columns with numbers of their own, such as
            customers and terminals, do not name the same things.
        delay_days: the moment of the reported event plus so many days.
        format: format of a moment or date, as for strptime; None for ISO 8601.
        clock: column with the time of day, if the moment stands in two columns.
        unit: what a number counts: a key of ``UNITS``, of the mapping's ``rates``, or
            ``birth_date`` or ``birth_year`` for an age.
        origin: moment from which a unit counts, by the wall clock; None for 1970 in UTC.
        decimal: decimal sign of a number; None for a point, where that leaves no doubt.
        currency: column with the currency of an amount, a key of the mapping's ``rates``.
        signed: whether an amount below 0 leaves the account of the payer and one above comes in.
        values: translation of the words in the column, for flags, actions, kinds and forms.
    """

    column: str | None = None
    value: str | None = None
    row_number: bool = False
    prefix: Text | None = None
    delay_days: Annotated[Number, Field(ge=0, le=3650)] | None = None
    format: Layout | None = None
    clock: str | None = None
    unit: str | None = None
    origin: Moment | None = None
    decimal: DecimalSign | None = None
    currency: str | None = None
    signed: bool = False
    values: Annotated[dict[str, str], Field(min_length=1)] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Declared:
    """What a number of the banks about a payment is; the same at every bank.

    Attributes:
        low, high: public bounds, known without looking at the data; numbers beyond are clipped.
        unit: what the number counts.
        kind: how a cell becomes a number.
        missing: value of an empty cell; None refuses empty cells.
        decimal: decimal sign; None for a point, where that leaves no doubt.
        format: format of a date, as for strptime; None for ISO 8601.
        values: number that a word stands for, of a number or flag.
        one_of: words of a category, each of which becomes a feature of 0 and 1.
        other: whether all other words together become one, too; else they are refused.
    """

    low: Number
    high: Number
    unit: Text
    kind: Literal["number", "flag", "category", "days_since"] = "number"
    missing: Number | None = None
    decimal: DecimalSign | None = None
    format: Layout | None = None
    values: Annotated[dict[str, Number], Field(min_length=1)] | None = None
    one_of: SomeWords | None = None
    other: bool = False


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Feature(Declared):
    """A bank's own number about a payment, as a feature for its detector.

    Attributes:
        column: column of the file.
    """

    column: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Indicator(Feature):
    """One word of a category, as a feature that is 1 where the column holds it.

    Attributes:
        word: the word; None for all that are not in ``one_of``.
    """

    word: str | None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Where:
    """Which rows of a file are read: those in which a column holds one of the words."""

    columns: Annotated[SomeWords, Field(alias="column")]
    words: Annotated[SomeWords, Field(alias="is")]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AboutPayments:
    """Which payments a report of an account is about, besides the account.

    Attributes:
        payments: those that the account received, sent, or both, before the report.
        days: of so many days before the report; None for all.
    """

    payments: Literal["received", "sent", "both"]
    days: Annotated[Number, Field(gt=0)] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class File:
    """One table of a partner: a CSV or Parquet file, with a path relative to the mapping file.

    Attributes:
        file: the path.
        columns: by name in the world.
        delimiter: between the columns of a CSV file.
        encoding: of a CSV file that begins with no mark of its own.
        na_values: words that say that there is no value.
        where: rows that are read; None for all.
        distinct: whether a register takes each key once, where it stands first.
        spread: payments that reports of accounts are about; None for none.
        features: numbers about payments, by name.
    """

    file: Text
    columns: dict[str, ColumnSource]
    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8"
    na_values: Words = EMPTY_WORDS
    where: Where | None = None
    distinct: bool = False
    spread: AboutPayments | None = None
    features: dict[str, Feature] = Field(default_factory=dict)

    def named(self) -> dict[str, str]:
        """Return the columns of the file that the mapping names, by their keys in the mapping."""
        given = {
            f"columns.{name}{key}": column
            for name, source in self.columns.items()
            for key, column in (
                ("", source.column),
                (".clock", source.clock),
                (".currency", source.currency),
            )
        }
        given |= {f"features.{name}": feature.column for name, feature in self.features.items()}
        where = () if self.where is None else self.where.columns
        given |= {f"where.column[{place}]": column for place, column in enumerate(where)}
        return {key: column for key, column in given.items() if column is not None}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Partner:
    """A party with data: its name, sector and tables."""

    name: str
    sector: SectorName
    tables: Annotated[dict[str, File], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Defaults:
    """What holds for every file, unless the file or column says otherwise."""

    delimiter: Delimiter | None = None
    encoding: Encoding | None = None
    na_values: Words | None = None
    decimal: DecimalSign | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class InBoth:
    """A word in both languages of a report."""

    en: Name
    nl: Name


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Called:
    """What the banks and payments of a mapping really are, such as insurers and claims."""

    banks: InBoth
    payments: InBoth


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Mapping:
    """A whole import.

    Attributes:
        partners: in the order in which they are numbered within their sector.
        time_zone: wall clock of the result, and of moments without a zone.
        salt: key of the hash of identifiers; None draws a new key and stores it nowhere.
        start: first day of the world, or one of its first week; None for that of the first event.
        country_code: of phone numbers without one.
        persons: adults behind the data, the base of rates; None counts the private accounts.
        rates: EUR for one unit of every other currency.
        features: numbers about payments, declared once for all banks.
        defaults: what holds for every file; the files of the partners say it already.
        called: what reports say that banks and payments are; None if they are just that.
    """

    partners: Annotated[tuple[Partner, ...], Field(min_length=1)]
    time_zone: str = "Europe/Amsterdam"
    salt: Annotated[str, Field(min_length=16)] | None = None
    start: Annotated[str, AfterValidator(_moment)] | None = None
    country_code: Annotated[str, Field(pattern=r"^[1-9]\d{0,2}$")] = "31"
    persons: Annotated[int, Field(ge=1, le=MOST_PERSONS)] | None = None
    rates: dict[str, Annotated[Number, Field(gt=0)]] = Field(default_factory=dict)
    features: dict[str, Declared] = Field(default_factory=dict)
    defaults: Defaults = Field(default_factory=Defaults)
    called: Called | None = None
