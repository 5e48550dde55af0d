"""What a mapping must hold beyond the kind of each value: tables, columns, units, features."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import fields
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from proeftuin.imports.fields import (
    CASE,
    CASE_ROWS,
    FIELDS,
    LABEL_TABLE,
    REGISTERS,
    TABLES_OF,
    Reading,
)
from proeftuin.imports.sources import (
    BIRTH_DATE,
    BIRTHS,
    UNITS,
    ColumnSource,
    Declared,
    File,
    Mapping,
    Partner,
)
from proeftuin.imports.words import ACTIONS, FLAGS
from proeftuin.sectors import BANK
from scenarios.names import problem_with
from synthetic_data.partners import problems_with_partners
from synthetic_data.schema import TABLES

MOST_PARTNERS = 127  #: of a sector: their number is one byte
NUMBERS = (Reading.AMOUNT, Reading.BALANCE, Reading.COUNT, Reading.AGE)
MOMENTS = (Reading.TIME, Reading.DAY)
_MONEY = (Reading.AMOUNT, Reading.BALANCE)
_WORDS = (Reading.FLAG, Reading.ACTION, Reading.NAME)
#: Readings that a key of a column is for, and what a message calls them.
_ONLY = {
    "format": (MOMENTS, "moments and days have a format"),
    "clock": ((Reading.TIME,), "moments have a clock"),
    "origin": (MOMENTS, "moments and days have an origin"),
    "decimal": (NUMBERS, "numbers have a decimal sign"),
    "currency": (_MONEY, "amounts have a currency"),
    "values": (_WORDS, "flags, actions, kinds and forms can be translated"),
    "row_number": ((Reading.ID,), "identifiers can be the number of the row"),
    "prefix": ((Reading.ID,), "identifiers have a prefix"),
}
#: Keys that one column has.
_ONE = {"delay_days": "labels.known_at", "signed": "payments.amount_eur"}
#: Pairs of keys that exclude each other.
_NOT_BOTH = (("format", "unit"), ("clock", "unit"), ("currency", "unit"))
#: Pairs of keys of which the first needs the second.
_NEEDS = (("origin", "unit"), ("clock", "column"), ("currency", "column"))
#: Kinds of feature that a key is for.
_KINDS = {
    "decimal": ("number",),
    "values": ("number", "flag"),
    "one_of": ("category",),
    "other": ("category",),
    "format": ("days_since",),
}


def problems_of(mapping: Mapping) -> list[str]:
    """Return everything that is wrong with a mapping, without opening the files that it names."""
    problems = []
    try:
        ZoneInfo(mapping.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(f"time_zone={mapping.time_zone}: no such time zone; e.g. Europe/Amsterdam")
    problems += [
        f"rates.{unit}: {unit} needs no rate; leave it out"
        for unit in UNITS[Reading.AMOUNT]
        if unit in mapping.rates
    ]
    for feature in mapping.features.items():
        problems += _check_feature(*feature)
    by_sector: dict[str, list[str]] = {}
    for partner in mapping.partners:
        by_sector.setdefault(partner.sector, []).append(partner.name)
    problems += problems_with_partners(by_sector)
    problems += [
        f"partners: {len(names)} of the sector {sector}; at most {MOST_PARTNERS} have a number"
        for sector, names in by_sector.items()
        if len(names) > MOST_PARTNERS
    ]
    for partner in mapping.partners:
        problems += _check_partner(partner, mapping)
    problems += _check_features(mapping)
    held = {table for partner in mapping.partners for table in partner.tables}
    if not any("time" in FIELDS[table] for table in held if table in TABLES):
        problems.append(
            "partners: no table with events, so nothing happens; add one, e.g. payments"
        )
    return problems


def meant(name: str, known: Collection[str]) -> str:
    """Return a question about the name that was meant, if one is close."""
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def indicators(name: str, feature: Declared) -> Iterator[str]:
    """Yield the names of the features that a feature becomes: one per word of a category."""
    if feature.kind != "category":
        yield name
    for word in feature.one_of or ():
        yield f"{name}_{re.sub('[^a-z0-9]+', '_', word.lower()).strip('_')}"
    if feature.other:
        yield f"{name}_other"


def _check_partner(partner: Partner, mapping: Mapping) -> Iterator[str]:
    for table, file in partner.tables.items():
        place = f"{partner.name}.tables.{table}"
        if table in TABLES_OF[partner.sector]:
            yield from (f"{place}.{problem}" for problem in _check_file(table, file, mapping))
            continue
        known = list(TABLES_OF[partner.sector])
        yield (
            f"{place}: no table of a {partner.sector}{meant(table, known)} "
            f"(it has {', '.join(known)})"
        )
    if partner.sector == BANK and "accounts" not in partner.tables:
        yield (
            f"{partner.name}.tables: a bank needs accounts, which tell whose an account number "
            "is; add a table accounts with at least the column account"
        )
    yield from _check_cases(partner)


def _check_cases(partner: Partner) -> Iterator[str]:
    """Check that a column says which rows belong to a case, if labels name cases."""
    labels = partner.tables.get(LABEL_TABLE)
    kind = None if labels is None else labels.columns.get("kind")
    if kind is None or partner.sector not in CASE_ROWS:
        return
    table, _ = CASE_ROWS[partner.sector]
    told = table in partner.tables and CASE in partner.tables[table].columns
    if not told and CASE in (kind.value, *(kind.values or {}).values()):
        yield (
            f"{partner.name}.tables.{table}.columns.{CASE}: missing, but labels are of the kind "
            f"{CASE}; say which column has the number of the case that a row belongs to"
        )


def _check_file(table: str, file: File, mapping: Mapping) -> Iterator[str]:
    known = FIELDS[table]
    if file.distinct and table not in REGISTERS.values():
        yield f"distinct: only for registers ({', '.join(sorted(set(REGISTERS.values())))})"
    amount, payment = file.columns.get("amount_eur"), file.columns.get("payment")
    if amount is not None and amount.signed and payment is not None and payment.row_number:
        yield (
            "columns.payment.row_number: a payment between two accounts of a bank stands in its "
            "statements twice, which only a reference tells; give a column"
        )
    if file.spread is not None and table != LABEL_TABLE:
        yield "spread: only for labels; take it out"
    for name, field in known.items():
        if field.fill is None and name not in file.columns:
            yield f"columns.{name}: missing; say which column of {file.file} it is"
    for name, source in file.columns.items():
        if name in known:
            for problem in _check_source(f"{table}.{name}", source, [*mapping.rates]):
                yield f"columns.{name}{problem}"
            continue
        yield (
            f"columns.{name}: {table} has no such column{meant(name, list(known))} "
            f"(it has {', '.join(known)})"
        )
    if file.features and table != "payments":
        yield "features: only payments can have extra features"
    for name, feature in file.features.items():
        declared = mapping.features.get(name)
        told = [] if declared is None else [*_check_feature(name, declared)]
        yield from (problem for problem in _check_feature(name, feature) if problem not in told)
    counts = Counter(one for each in file.features.items() for one in indicators(*each))
    for name, count in counts.items():
        if count > 1:
            yield f"features: {name} is the name of two; give one another name or word"


def _check_source(place: str, source: ColumnSource, rates: list[str]) -> Iterator[str]:
    """Check the keys of a column, named by its table and its name."""
    table, name = place.split(".")
    reading = FIELDS[table][name].reading
    given = {key.name for key in fields(ColumnSource) if _is_given(getattr(source, key.name))}
    own = {"column", "value"}
    own |= {"row_number"} if reading is Reading.ID else set()
    own |= {"delay_days"} if place == _ONE["delay_days"] else set()
    if len(given & own) != 1:
        yield f": give either a {' or a '.join(sorted(own))}"
    if reading is Reading.AGE and source.unit == BIRTH_DATE:
        given -= {"format", "unit"}  # a date, which may have a format
    if reading in MOMENTS and "unit" in given:
        given -= {"decimal"}  # a number, which may have a decimal sign
    for key, (readings, told) in _ONLY.items():
        if key in given and reading not in readings:
            yield f".{key}: only {told}"
    for key, only in _ONE.items():
        if key in given and place != only:
            yield f".{key}: only {only} has it"
    for one, other in _NOT_BOTH:
        if {one, other} <= given:
            yield f": give a {one} or a {other}, not both"
    for one, other in _NEEDS:
        if one in given and other not in given:
            yield f".{one}: give a {other} as well"
    yield from _check_unit(source, reading, rates)
    yield from _check_values(source, reading)


def _is_given(value: object) -> bool:
    return value is not None and value is not False


def _check_unit(source: ColumnSource, reading: Reading, rates: list[str]) -> Iterator[str]:
    known = [*UNITS.get(reading, ())]
    if reading in _MONEY:
        known += rates
    elif reading is Reading.AGE:
        known += BIRTHS
    if source.unit is not None and source.unit not in known:
        foreign = "; other currencies stand under rates" if reading in _MONEY else ""
        allowed = ", ".join(known) or "nothing; leave it out"
        yield f".unit={source.unit}: allowed is {allowed}{foreign}"
    if source.currency is not None and not rates:
        yield ".currency: say under rates of the mapping how many EUR one of each currency is"


def _check_values(source: ColumnSource, reading: Reading) -> Iterator[str]:
    words = {Reading.FLAG: FLAGS, Reading.ACTION: ACTIONS}.get(reading)
    for word, meaning in (source.values or {}).items():
        if reading is Reading.NAME and (problem := problem_with(meaning)):
            yield f".values: {problem}"
        elif words is not None and meaning.lower() not in words:
            allowed = ", ".join(map(str, dict.fromkeys(words.values())))
            yield f".values.{word}={meaning}: allowed is {allowed}"


def _check_feature(name: str, feature: Declared) -> Iterator[str]:
    """Check the bounds of a feature, and the keys that its kind has."""
    place = f"features.{name}"
    for each in dict.fromkeys([name, *indicators(name, feature)]):
        if problem := problem_with(each):
            yield f"features: {problem}"
        if each in FIELDS["payments"]:
            yield f"features.{each}: payments has such a column; choose another name"
    for key, kinds in _KINDS.items():
        if _is_given(getattr(feature, key)) and feature.kind not in kinds:
            yield f"{place}.{key}: only a {' or a '.join(kinds)} has it, and kind is {feature.kind}"
    if feature.kind == "category" and feature.one_of is None:
        yield f"{place}.one_of: missing; list the words, of which each becomes a feature"
    if feature.kind == "category" and (feature.low, feature.high) != (0, 1):
        yield f"{place}: a category becomes features of 0 and 1; leave low and high out"
        return
    if not feature.low < feature.high:
        yield f"{place}: low={feature.low} must be below high={feature.high}"
        return
    numbers = {f".values.{word}": number for word, number in (feature.values or {}).items()}
    if feature.missing is not None:
        numbers[".missing"] = feature.missing
    for key, number in numbers.items():
        if not feature.low <= number <= feature.high:
            yield f"{place}{key}: must lie between low and high"


def _check_features(mapping: Mapping) -> Iterator[str]:
    """Check that all banks have the same features with the same bounds, as joint training needs."""
    given = {
        bank.name: bank.tables["payments"].features if "payments" in bank.tables else {}
        for bank in mapping.partners
        if bank.sector == BANK
    }
    first = {name: bank for bank in reversed(given) for name in given[bank]}
    for name in mapping.features:
        if name not in first:
            yield (
                f"features.{name}: no bank has it; name its column under features of the "
                "payments of every bank, or leave it out here"
            )
    for bank, features in given.items():
        for name, other in first.items():
            place, reference = f"{bank}.tables.payments.features.{name}", given[other][name]
            if name not in features:
                yield (
                    f"{place}: missing, but {other} has it, and every bank's detector needs the "
                    "same columns; add it here, or leave it out at every bank"
                )
                continue
            for key in ("kind", "low", "high", "unit", "one_of", "other"):
                own, needed = getattr(features[name], key), getattr(reference, key)
                if own != needed:
                    yield (
                        f"{place}.{key}={own}: is {needed} at {other}, and must be the same at "
                        "every bank; correct one"
                    )
