"""What an import made of the files, and whether a study of it can mean anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proeftuin.imports.assembly import Assembly, codes_of
from proeftuin.imports.fields import LABEL_TABLE
from proeftuin.imports.rows import ImportedRows, Part, quoted
from proeftuin.imports.truth import Reported
from synthetic_data.clock import DAY
from synthetic_data.reports import NEVER
from synthetic_data.schema import TABLES
from synthetic_data.stored import FEATURES

SUMMARY = "summary.json"  #: file in the folder of the world
MOST_USED = 3  #: identifiers shown of every kind
SHORT = 6  #: hexadecimal digits of a shown hash
#: A phone, address or holder of more accounts than these is a placeholder; so is a device or
#: network of more payers that is also behind this share of all.
MANY, LARGE_SHARE = 50, 0.02
LONG_DAYS = 1100  #: longer horizons are taken for an error in a year
MIDDLE = 0.98  #: of the events; if they take less than half of the days, some year is wrong
MUCH = 0.05  #: share of cells beyond bounds, or of rows later than their case, worth a warning
CURRENCY = r"(?i)currency|valuta|\bccy\b"  #: names of columns that say in what money an amount is
#: Identifiers that link rows, by table and column, with whom they are counted over.
IDENTIFIERS = {
    ("accounts", "phone"): "account", ("accounts", "holder"): "account",
    ("payments", "device"): "payer", ("payments", "network"): "payer",
    ("payments", "payer"): "payee", ("payments", "payee"): "payer",
    ("subscribers", "phone"): "phone", ("calls", "number"): "subscriber",
    ("orders", "device"): "customer", ("orders", "address"): "customer",
    ("customers", "phone"): "customer", ("users", "phone"): "user",
    ("listings", "device"): "seller", ("checkouts", "device"): "merchant",
    ("traders", "phone"): "trader", ("transfers", "wallet"): "trader",
    ("members", "phone"): "member",
}  # fmt: skip
PLACEHOLDERS = ("phone", "holder", "device", "network", "address", "wallet")


@dataclass(frozen=True)
class Used:
    """An identifier that many rows have.

    Attributes:
        table, column: where it stands.
        code: first digits of its salted hash; the same value has others in another import.
        rows: that have it.
        share: of the rows that have any.
        users: distinct payers, accounts, customers or so on with it, as ``user`` says.
        rank: 1 for the most frequent one.
    """

    table: str
    column: str
    code: str
    rows: int
    share: float
    users: int
    user: str
    rank: int


@dataclass(frozen=True)
class Link:
    """How many of the things that one party names another knows too."""

    what: str
    known: int
    all: int


@dataclass(frozen=True)
class Cells:
    """What became of the cells of one column of one file.

    Attributes:
        partner, table, column, file: which.
        absent: whether the file has no such column, so that all cells are unknown.
        empty, by_word, clipped, rewritten: shares of the rows (``proeftuin.imports.rows.Counts``).
    """

    partner: str
    table: str
    column: str
    file: str
    absent: bool
    empty: float
    by_word: float
    clipped: float
    rewritten: float


@dataclass(frozen=True)
class Summary:
    """What an import made.

    Attributes:
        stored: number of rows by table of the world, labels and features included.
        rows: number of rows by partner and table, as read from the files.
        start, days: midnight at which the world begins, ISO 8601, and its length.
        fraud: rows that count as fraud, by table.
        reports_per_week: reports, as the files have them, that arrived in every week (earlier ones
            in the first), and later ones last.
        links: what is known on both sides.
        used: the most frequent identifiers of every kind.
        cells: of every column of every file.
        warnings: what would make a study meaningless, each with what to do.
    """

    stored: dict[str, int]
    rows: dict[str, dict[str, int]]
    start: str
    days: int
    fraud: dict[str, int]
    reports_per_week: list[int]
    links: list[Link]
    used: list[Used]
    cells: list[Cells]
    warnings: list[str]


def summary_of(rows: ImportedRows, world: Assembly, reported: Reported) -> Summary:
    """Return the summary of an import.

    Args:
        rows: of all files.
        world: what they were assembled into.
        reported: what is known of fraud.
    """
    reports, fraud = reported.reports, reported.fraud
    of_partner: dict[str, dict[str, int]] = {}
    for part in rows.parts:
        of_partner.setdefault(part.partner.name, {})[part.table] = part.count
    weeks = -(-world.days // 7)
    known_at = world.known_at()
    week = np.where(known_at < world.days * DAY, np.maximum(known_at, 0) // (7 * DAY), weeks)
    used, links = [*_used(world)], [*_links(rows, world)]
    cells = [each for part in rows.parts for each in _cells(part)]
    warnings = [
        *_of_fraud(reports, fraud, world.days),
        *_of_cases(rows),
        *_of_horizon(rows, world.days),
        *_of_links(rows, links),
        *_of_placeholders(used),
        *_of_cells(cells),
        *_of_money(rows),
        *_of_ages(world),
        *_of_themselves(world),
    ]
    stored = {name: n for name in (*TABLES, LABEL_TABLE, FEATURES) if (n := world.counts.get(name))}
    return Summary(
        stored=stored,
        rows=of_partner,
        start=world.start,
        days=world.days,
        fraud={str(table): int(count) for table, count in fraud.value_counts().items()},
        reports_per_week=np.bincount(week, minlength=weeks + 1).tolist(),
        links=links,
        used=used,
        cells=cells,
        warnings=warnings,
    )


def _used(world: Assembly) -> Iterator[Used]:
    for (table, column), user in IDENTIFIERS.items():
        if not world.counts.get(table):
            continue
        codes = codes_of(str(TABLES[table].columns[column].entity))
        first = world.frame(
            table,
            f"select hash, count(*) as n, count(distinct {quoted(user)}) as users, "
            f"sum(n) over () as whole from written join {codes} on code = {quoted(column)} "
            f"group by hash order by n desc, users desc, hash limit {MOST_USED}",
        )
        for rank, (code, count, users, whole) in enumerate(first.itertuples(index=False), 1):
            short = f"{code & (16**SHORT - 1):0{SHORT}x}"
            yield Used(table, column, short, count, count / whole, users, user, rank)


def _links(rows: ImportedRows, world: Assembly) -> Iterator[Link]:
    numbers = [
        f"select {column} from {table}"
        for table, column in (("subscribers", "phone"), ("calls", "subscriber"))
        if table in rows.tables
    ]
    for table in ("accounts", "customers", "users", "traders", "members"):
        if numbers and table in rows.tables:
            known = f"phone in ({' union all '.join(numbers)})"
            counted = f"select count(*) filter ({known}), count(*) from {table} where phone >= 0"
            yield Link(f"phones in {table} that an operator knows", *_two(rows.frame(counted)))
    if world.counts.get("payments"):
        counted = "select count(*) filter (payee_bank >= 0), count(*) from written"
        found = world.frame("payments", counted)
        yield Link("payments to an account of a bank that takes part", *_two(found))
        each = (
            "select count(distinct payer_bank) as n from written "
            "where device >= 0 and payer_bank >= 0 group by device"
        )
        found = world.frame("payments", f"select count(*) filter (n > 1), count(*) from ({each})")
        if len(rows.of("payments")) > 1:
            yield Link("devices that several banks see", *_two(found))


def _two(found: pd.DataFrame) -> tuple[int, int]:
    first, second = found.astype("int64").to_numpy()[0]
    return int(first), int(second)


def _cells(part: Part) -> Iterator[Cells]:
    for column, found in part.cells.items():
        whole = max(found.cells, 1)
        yield Cells(
            partner=part.partner.name,
            table=part.table,
            column=column,
            file=part.file.file,
            absent=column not in {*part.file.columns, *part.file.features},
            empty=found.empty / whole,
            by_word=found.by_word / whole,
            clipped=found.clipped / whole,
            rewritten=found.rewritten / whole,
        )


def _of_fraud(reports: pd.DataFrame, fraud: "pd.Series[str]", days: int) -> Iterator[str]:
    if reports.empty:
        yield "no reports: nothing can be learned and nothing counts as fraud; add labels"
    elif (reports["withdrawn_at"] < NEVER).all():
        yield "every report was withdrawn, so nothing counts as fraud; is withdrawn_at right?"
    elif fraud.empty:
        yield (
            "no row counts as fraud, because reports name accounts or persons only; say under "
            "labels which payments of a reported account count (spread)"
        )
    elif (reports["known_at"] >= days * DAY).all():
        yield (
            "no report is known before the world ends, so no detector learns anything; is known_at "
            "right?"
        )


def _of_cases(rows: ImportedRows) -> Iterator[str]:
    for part in rows.of(LABEL_TABLE):
        if part.late > MUCH:
            yield (
                f"{part.file.file}, {part.theirs('known_at')}: {part.late:.0%} of the rows of its "
                "cases were made when the case was known already; is it the right column?"
            )


def _of_horizon(rows: ImportedRows, days: int) -> Iterator[str]:
    if days > LONG_DAYS:
        yield f"{days:,} days is a horizon of years; is a year in the files wrong?"
    for table in rows.tables:
        if table == LABEL_TABLE or "time" not in TABLES[table].columns:
            continue
        tail = (1 - MIDDLE) / 2
        middle = rows.frame(
            f"select approx_quantile(time, {1 - tail}) - approx_quantile(time, {tail}) as s, "
            f"max(time) - min(time) as whole from {rows.source(table)}"
        ).iloc[0]
        if middle["whole"] > 2 * 7 * DAY and middle["s"] * 2 < middle["whole"]:
            yield (
                f"{table}: {MIDDLE:.0%} of the rows lie within {middle['s'] / DAY:,.0f} of "
                f"{middle['whole'] / DAY:,.0f} days; is a date in the files wrong?"
            )


def _of_links(rows: ImportedRows, links: list[Link]) -> Iterator[str]:
    for link in links:
        if link.all and not link.known and link.what.startswith("phones"):
            yield (
                f"0 of {link.all:,} {link.what}, so facts about calls reach nobody; are the "
                "numbers written alike?"
            )
    with_phones = {table for table, column in IDENTIFIERS if column == "phone"}
    for table in sorted(with_phones & {*rows.tables}):
        if "calls" in rows.tables and not rows.number(
            f"select count(*) from {quoted(table)} where phone >= 0"
        ):
            yield f"{table} has no phone numbers, so facts about calls reach nobody; map phone"


def _of_placeholders(used: list[Used]) -> Iterator[str]:
    for each in used:
        everywhere = "time" not in TABLES[each.table].columns or each.share > LARGE_SHARE
        if each.column in PLACEHOLDERS and each.users > MANY and everywhere:
            yield (
                f"{each.table}.{each.column}: one value (hash {each.code}...) stands in "
                f"{each.rows:,} rows of {each.users:,}; is it a placeholder? Name it under "
                "na_values"
            )


def _of_cells(cells: list[Cells]) -> Iterator[str]:
    for each in cells:
        if each.clipped > MUCH:
            yield (
                f"{each.file}, {each.column}: {each.clipped:.0%} of the numbers lie beyond low and "
                "high and were cut off; are the bounds, unit and decimal sign right?"
            )
        if each.empty == 1 and not each.absent and each.table != LABEL_TABLE:
            yield f"{each.file}, {each.column}: no cell has a value; leave the column out"


def _of_money(rows: ImportedRows) -> Iterator[str]:
    unread = {
        part.file.file: ", ".join(name for name in part.unread if re.search(CURRENCY, name))
        for part in rows.parts
        if any(source.unit in (None, "cents") and source.currency is None
               for name, source in part.file.columns.items() if name.endswith("_eur"))
    }  # fmt: skip
    for file, names in unread.items():
        if names:
            yield (
                f"{file}: nobody reads {names}, and every amount counts as euros; map it as "
                "currency, with rates"
            )


def _of_ages(world: Assembly) -> Iterator[str]:
    customers = world.customers()
    for bank, count in customers.items():
        if not count:
            yield (
                f"{bank} has no private customers, because every cell of age is empty, which is a "
                "business, so none of its payments is judged; leave age out if no age is known"
            )


def _of_themselves(world: Assembly) -> Iterator[str]:
    if not world.counts.get("payments"):
        return
    counted = "select count(*) filter (payer = payee), count(*) from written"
    count, _ = _two(world.frame("payments", counted))
    if count:
        yield (
            f"{count:,} payments go from an account to itself; do payer and payee have numbers of "
            "their own? Give one of them a prefix"
        )
