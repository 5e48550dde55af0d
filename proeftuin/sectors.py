"""The sectors that decide on rows of their own: one entry holds every fact about a sector.

What every sector holds is in ``synthetic_data/schema.py``; how the rows of a deciding sector are
described is in its module in ``features/``.
"""

from dataclasses import dataclass
from typing import cast

from synthetic_data.schema import TABLES

BANK = "bank"  #: the sector that every study judges, and that alone holds accounts and payments


@dataclass(frozen=True, kw_only=True)
class Sector:
    """A sector whose partners decide on rows of their own.

    Attributes:
        tables: what its partners decide with: first the table of the rows that they decide on; one
            table has the customers' phone numbers, by which people are counted.
        customer: the partner's own customer, as the features of a row name this entity.
        customer_entity: the kind of entity of that customer in the schema and the truth.
    """

    tables: tuple[str, ...]
    customer: str
    customer_entity: str

    @property
    def rows(self) -> str:
        """Table of the rows that its partners decide on."""
        return self.tables[0]

    @property
    def row(self) -> str:
        """Word for one of these rows, as reports use it."""
        return cast(str, TABLES[self.rows].event)  # rows to decide on have a reference

    @property
    def decides_on_payments(self) -> bool:
        """Whether its rows are payments, from an account of its own to any account."""
        return self.rows == "payments"

    @property
    def holds_accounts(self) -> bool:
        """Whether its partners hold accounts, so that the one that is paid can refuse, too."""
        return "accounts" in self.tables

    @property
    def ages(self) -> str | None:
        """Register with the ages of its customers, if it knows them."""
        return next((name for name in self.tables if "age" in TABLES[name].columns), None)


#: By name, in the order in which they decide.
DECIDING: dict[str, Sector] = {
    BANK: Sector(
        tables=("payments", "accounts", "actions"), customer="payer", customer_entity="account"
    ),
    "webshop": Sector(
        tables=("orders", "customers"), customer="customer", customer_entity="customer"
    ),
    "psp": Sector(tables=("checkouts", "merchants"), customer="payer", customer_entity="account"),
    "marketplace": Sector(
        tables=("contacts", "listings", "users"), customer="buyer", customer_entity="user"
    ),
    "exchange": Sector(
        tables=("transfers", "traders"), customer="trader", customer_entity="trader"
    ),
}
