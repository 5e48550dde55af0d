"""How an import reads every column of a world, and what fills a column that is absent."""

from dataclasses import dataclass
from enum import StrEnum

from synthetic_data.reports import KIND_ENTITY, KIND_SOURCE, NEVER
from synthetic_data.schema import ALONE, BUSINESS, SECTORS, TABLES, UNKNOWN_AGE

LABEL_TABLE = "labels"
CASE = "case"  #: kind of a label that names a case of the partner's own, and with it all its rows
UNKNOWN_DAY = -(10**6)  #: stands for an unknown date until the start of the world is known


class Reading(StrEnum):
    """How to parse the cells of a column."""

    TIME = "time"
    DAY = "day"
    AMOUNT = "amount"
    BALANCE = "balance"
    COUNT = "count"
    AGE = "age"
    FLAG = "flag"
    ID = "id"
    NAME = "name"
    ACTION = "action"
    FEATURE = "feature"


@dataclass(frozen=True)
class Field:
    """One column that a partner can provide.

    Attributes:
        reading: how to parse its cells.
        fill: value of an empty cell; None means that it is required.
        absent: value of a column that is not mapped, where that says something else.
        entity: what an identifier names.
        shared: whether the identifier is the same at every partner.
    """

    reading: Reading
    fill: float | str | None = None
    entity: str | None = None
    shared: bool = False
    absent: float | str | None = None


#: Values for "unknown" by column name; the key column of a register is never filled.
_FILLS: dict[str, float] = {
    "device": -1,
    "network": -1,
    "phone": -1,
    "address": -1,
    "holder": -1,
    "vouched": 1,
    "wallet": -1,
    "payout_account": -1,
    "opened_day": UNKNOWN_DAY,
    "since_day": UNKNOWN_DAY,
    "opening_eur": 0.0,
    "app": 0,
    "pay_later": 0,
    "pick_up": 0,
}
_FILLS_IN_TABLE: dict[tuple[str, str], float] = {
    ("actions", "amount_eur"): 0.0,
    ("calls", "number"): -1,  # withheld
    ("checkouts", "account"): -1,
    ("contacts", "account"): -1,
    ("transfers", "account"): -1,
    ("traders", "account"): -1,
}
_READINGS = {
    "days": Reading.DAY,
    "EUR": Reading.AMOUNT,
    "0/1": Reading.FLAG,
    "s": Reading.COUNT,
}
_BALANCES = ("opening_eur", "balance_eur")
_CASE_NUMBER = Field(Reading.ID, fill=-1, entity=CASE)
#: Fields of a row of a label file; ``event`` becomes the value of the label, and ``holder`` is the
#: partner whose pseudonym the police or the Fraudehelpdesk report.
_LABEL_FIELDS = {
    "event": Field(Reading.ID),
    "label": Field(Reading.FLAG, fill=1),
    "kind": Field(Reading.NAME, fill=""),
    "holder": Field(Reading.NAME, fill=""),
    "form": Field(Reading.NAME, fill="unknown"),
    CASE: _CASE_NUMBER,
    "known_at": Field(Reading.TIME),
    "withdrawn_at": Field(Reading.TIME, fill=NEVER),
}
#: Further entity that a label of a row names, by kind: its column in that row, and its kind.
ALSO_NAMED = {
    "payment": ("payee", "payee"),
    "order": ("customer", "customer"),
    "checkout": ("merchant", "merchant"),
}
#: Table whose rows can belong to a case, by sector, and what a report of such a row names in it.
CASE_ROWS = {
    name: KIND_SOURCE[sector.reported]
    for name, sector in SECTORS.items()
    if sector.reported is not None and not sector.alone
}
#: Sectors whose partners have their own pseudonyms for an entity. The two banks of a payment use
#: the same reference for it, so the reference is shared although it is no key.
_NAMED_BY = {
    column.entity: table.sector
    for table in TABLES.values()
    for column in table.columns.values()
    if column.entity is not None and not column.key and len(table.holders) == 1
}
#: Registers: the table that lists the owner of a code, by table and column that refers to it.
REGISTERS = {
    ("actions", "account"): "accounts",
    ("statements", "account"): "accounts",
    ("calls", "subscriber"): "subscribers",
    ("orders", "customer"): "customers",
    ("checkouts", "merchant"): "merchants",
    ("listings", "seller"): "users",
    ("contacts", "seller"): "users",
    ("contacts", "buyer"): "users",
    ("transfers", "trader"): "traders",
    ("clicks", "member"): "members",
    ("clicks", "advertiser"): "advertisers",
}


def is_shared(entity: str) -> bool:
    """Return whether an entity has the same identifier at every partner."""
    return entity != CASE and entity not in _NAMED_BY


def _field(table: str, name: str) -> Field:
    schema = TABLES[table]
    column = schema.columns[name]
    first = next(iter(schema.columns))
    fill = _FILLS_IN_TABLE.get((table, name), None if name == first else _FILLS.get(name))
    if name == "time":
        return Field(Reading.TIME)
    if column.entity is not None:
        return Field(Reading.ID, fill, column.entity, is_shared(column.entity))
    if name == "kind":
        return Field(Reading.ACTION)
    if name == "age":  # without ages, everybody is a private customer
        return Field(Reading.AGE, BUSINESS, absent=UNKNOWN_AGE)
    if name in _BALANCES:
        return Field(Reading.BALANCE, fill)
    return Field(_READINGS[column.unit], fill)


#: Columns that can be mapped, by table; the owner of the file holds the row.
FIELDS: dict[str, dict[str, Field]] = {
    table: {
        name: _field(table, name)
        for name, column in schema.columns.items()
        if column.unit != "index" and not column.answer
    }
    | ({CASE: _CASE_NUMBER} if table in dict(CASE_ROWS.values()) else {})
    for table, schema in TABLES.items()
} | {LABEL_TABLE: _LABEL_FIELDS}

#: Tables that a partner of a sector can have.
TABLES_OF = {
    sector: tuple(table for table, schema in TABLES.items() if schema.sector == sector)
    + ((LABEL_TABLE,) if schema.reported else ())
    for sector, schema in SECTORS.items()
}


def kinds_of(sector: str) -> tuple[str, ...]:
    """Return the kinds that a sector can report.

    Police and Fraudehelpdesk can report all but cases, for they have no rows of their own.
    """
    return tuple(
        kind
        for kind, entity in KIND_ENTITY.items()
        if sector in ALONE or _NAMED_BY.get(entity, sector) == sector
    ) + ((CASE,) if sector in CASE_ROWS else ())
