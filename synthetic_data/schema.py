"""The columns of every table a partner holds: dtype, unit and meaning.

All partners of a sector hold the same tables. A column that names an entity says which
(``entity``), and whether its code is the same at every partner (``key``: an account number, a phone
number as the register has it, a device fingerprint, an address) or this partner's own pseudonym.
"""

from dataclasses import dataclass

BUSINESS = -1  #: age of a holder who is no private person
UNKNOWN_AGE = -2  #: age of a private person who is of an age that nobody told


@dataclass(frozen=True)
class Column:
    """One column: its numpy dtype, unit and meaning, and the entity it names, if any.

    ``answer`` marks what another partner answers when it is asked: no desk sees it of its own.
    """

    dtype: str
    unit: str
    meaning: str
    entity: str | None = None
    key: bool = False
    answer: bool = False


@dataclass(frozen=True)
class TableSchema:
    """One table of a sector.

    Attributes:
        sector: sector whose partners hold it.
        columns: by name.
        holders: columns with the index of the partner(s) that hold a row.
        event: name of the column with the code of the row itself, if it has one.
    """

    sector: str
    columns: dict[str, Column]
    holders: tuple[str, ...]
    event: str | None = None


@dataclass(frozen=True)
class SectorSchema:
    """What the partners of a sector hold besides its tables.

    Attributes:
        reported: what a report to them names by default; None if they receive no reports.
        alone: whether the sector is one partner, which has its name and holds only reports.
    """

    reported: str | None
    alone: bool = False


#: Every sector that can hold data, by name; a world may leave some of them out.
SECTORS: dict[str, SectorSchema] = {
    "bank": SectorSchema("payment"),
    "telecom": SectorSchema(None),
    "webshop": SectorSchema("order"),
    "marketplace": SectorSchema("seller"),
    "psp": SectorSchema("checkout"),
    "exchange": SectorSchema("transfer"),
    "social": SectorSchema(None),
    "police": SectorSchema("payment", alone=True),
    "helpdesk": SectorSchema("payment", alone=True),
}
#: Sectors of one partner.
ALONE = tuple(name for name, sector in SECTORS.items() if sector.alone)


def _partner(sector: str) -> Column:
    return Column("int8", "index", f"{sector} that holds the row")


_TIME = Column("int64", "s", "seconds since the start of the world, a Monday at midnight")
_DEVICE = Column("int64", "code", "fingerprint of the device used", "device", key=True)
_NETWORK = Column("int32", "code", "internet address it came from", "network", key=True)
_PHONE = Column("int64", "code", "phone number in the register, -1 if none", "phone", key=True)
_IBAN = Column("int64", "code", "bank account number", "account", key=True)
_OPENED = Column("int32", "days", "day of opening, negative before the start")
_EUR = Column("float64", "EUR", "amount")


def _row(meaning: str) -> Column:
    return Column("int64", "code", f"reference of the {meaning}", meaning)


def _own(meaning: str, entity: str) -> Column:
    return Column("int64", "code", meaning, entity)


#: By table name; every table has a ``time`` column, except registers and statements.
TABLES: dict[str, TableSchema] = {
    "payments": TableSchema(
        "bank",
        {
            "time": _TIME,
            "payment": _row("payment"),
            "payer": Column("int64", "code", "account that pays", "account", key=True),
            "payee": Column("int64", "code", "account that is paid", "account", key=True),
            "payer_bank": Column("int8", "index", "bank of the payer, as the account number tells"),
            "payee_bank": Column("int8", "index", "bank of the payee, likewise"),
            "amount_eur": _EUR,
            "app": Column("int8", "0/1", "made in the app rather than on the web"),
            "device": _DEVICE,
            "network": _NETWORK,
            "name_match": Column(
                "int8",
                "code",
                "answer of the payee's bank when the payer first entered this payee: 0 the name is "
                "the holder's, 1 nearly, 2 it is not, 3 not checked",
                answer=True,
            ),
        },
        holders=("payer_bank", "payee_bank"),
        event="payment",
    ),
    "actions": TableSchema(
        "bank",
        {
            "time": _TIME,
            "account": _IBAN,
            "bank": _partner("bank"),
            "kind": Column(
                "int8",
                "code",
                "0 daily limit raised, 1 savings moved to the account, 2 cash withdrawn, 3 account "
                "frozen by the bank, 4 released",
            ),
            "amount_eur": Column("float64", "EUR", "amount moved or withdrawn, or new limit, or 0"),
        },
        holders=("bank",),
    ),
    "accounts": TableSchema(
        "bank",
        {
            "account": _IBAN,
            "bank": _partner("bank"),
            "age": Column("int16", "years", "age of the holder, -1 for a business, -2 if unknown"),
            "phone": _PHONE,
            "opened_day": _OPENED,
            "opening_eur": Column("float64", "EUR", "balance when the world starts"),
            "holder": Column(
                "int64",
                "code",
                "person or company that holds it, as identified when it was opened, -1 if unknown",
                "holder",
                key=True,
            ),
        },
        holders=("bank",),
    ),
    "statements": TableSchema(
        "bank",
        {
            "day": Column("int32", "days", "last day of the 30-day month"),
            "account": _IBAN,
            "bank": _partner("bank"),
            "in_eur": Column("float64", "EUR", "received in the month, savings moved in included"),
            "out_eur": Column("float64", "EUR", "paid and withdrawn in the month"),
            "balance_eur": Column("float64", "EUR", "balance at the end of the day"),
        },
        holders=("bank",),
    ),
    "calls": TableSchema(
        "telecom",
        {
            "time": Column("int32", "s", "start of the call, seconds since the start of the world"),
            "subscriber": Column(
                "int32", "code", "phone number of the operator's customer", "phone", key=True
            ),
            "number": Column(
                "int32", "code", "the other number, unique if withheld", "phone", key=True
            ),
            "duration_s": Column("int32", "s", "length of the call, 0 for a text message"),
            "incoming": Column("int8", "0/1", "whether the customer was called"),
            "vouched": Column(
                "int8", "0/1", "whether the network a call came from vouches for the other number"
            ),
            "operator": _partner("telecom"),
        },
        holders=("operator",),
    ),
    "subscribers": TableSchema(
        "telecom",
        {
            "phone": _PHONE,
            "operator": _partner("telecom"),
            "since_day": Column("int32", "days", "first day of the number, negative if older"),
        },
        holders=("operator",),
    ),
    "orders": TableSchema(
        "webshop",
        {
            "time": _TIME,
            "order": _row("order"),
            "shop": _partner("webshop"),
            "customer": _own("customer account at this shop", "customer"),
            "amount_eur": _EUR,
            "pay_later": Column("int8", "0/1", "paid after delivery instead of at once"),
            "device": _DEVICE,
            "network": _NETWORK,
            "address": Column("int64", "code", "delivery address", "address", key=True),
            "pick_up": Column("int8", "0/1", "delivered at a parcel point"),
        },
        holders=("shop",),
        event="order",
    ),
    "customers": TableSchema(
        "webshop",
        {
            "customer": _own("customer account at this shop", "customer"),
            "shop": _partner("webshop"),
            "phone": _PHONE,
            "address": Column("int64", "code", "home address", "address", key=True),
            "opened_day": _OPENED,
        },
        holders=("shop",),
    ),
    "checkouts": TableSchema(
        "psp",
        {
            "time": _TIME,
            "checkout": _row("checkout"),
            "psp": _partner("psp"),
            "merchant": _own("shop that is paid, as the provider knows it", "merchant"),
            "account": Column("int64", "code", "account that pays", "account", key=True),
            "amount_eur": _EUR,
            "device": _DEVICE,
            "network": _NETWORK,
        },
        holders=("psp",),
        event="checkout",
    ),
    "merchants": TableSchema(
        "psp",
        {
            "merchant": _own("shop, as the provider knows it", "merchant"),
            "psp": _partner("psp"),
            "payout_account": Column(
                "int64", "code", "account that receives the payouts", "account", key=True
            ),
            "opened_day": _OPENED,
        },
        holders=("psp",),
    ),
    "listings": TableSchema(
        "marketplace",
        {
            "time": _TIME,
            "listing": _row("listing"),
            "place": _partner("marketplace"),
            "seller": _own("account of the seller at this marketplace", "user"),
            "price_eur": Column("float64", "EUR", "asking price"),
            "device": _DEVICE,
            "network": _NETWORK,
        },
        holders=("place",),
        event="listing",
    ),
    "contacts": TableSchema(
        "marketplace",
        {
            "time": _TIME,
            "contact": _row("contact"),
            "place": _partner("marketplace"),
            "seller": _own("account of the seller at this marketplace", "user"),
            "buyer": _own("account of the buyer at this marketplace", "user"),
            "account": Column(
                "int64",
                "code",
                "account number the seller gave in the conversation, -1 if none",
                "account",
                key=True,
            ),
        },
        holders=("place",),
        event="contact",
    ),
    "users": TableSchema(
        "marketplace",
        {
            "user": _own("account at this marketplace", "user"),
            "place": _partner("marketplace"),
            "phone": _PHONE,
            "opened_day": _OPENED,
        },
        holders=("place",),
    ),
    "transfers": TableSchema(
        "exchange",
        {
            "time": _TIME,
            "transfer": _row("transfer"),
            "exchange": _partner("exchange"),
            "trader": _own("customer account at this exchange", "trader"),
            "withdrawal": Column("int8", "0/1", "crypto sent to a wallet; 0 is a deposit"),
            "amount_eur": _EUR,
            "account": Column(
                "int64", "code", "account the deposit came from, -1 otherwise", "account", key=True
            ),
            "wallet": Column(
                "int64", "code", "wallet it was sent to, -1 for a deposit", "wallet", key=True
            ),
        },
        holders=("exchange",),
        event="transfer",
    ),
    "traders": TableSchema(
        "exchange",
        {
            "trader": _own("customer account at this exchange", "trader"),
            "exchange": _partner("exchange"),
            "account": _IBAN,
            "phone": _PHONE,
            "opened_day": _OPENED,
        },
        holders=("exchange",),
    ),
    "clicks": TableSchema(
        "social",
        {
            "time": _TIME,
            "click": _row("click"),
            "platform": _partner("social"),
            "member": _own("account of the person who clicks", "member"),
            "advertiser": Column(
                "int64", "code", "business that placed the advert", "advertiser", key=True
            ),
        },
        holders=("platform",),
        event="click",
    ),
    "members": TableSchema(
        "social",
        {
            "member": _own("account at this platform", "member"),
            "platform": _partner("social"),
            "phone": _PHONE,
        },
        holders=("platform",),
    ),
    "advertisers": TableSchema(
        "social",
        {
            "advertiser": Column(
                "int64", "code", "business that places adverts", "advertiser", key=True
            ),
            "platform": _partner("social"),
            "opened_day": _OPENED,
        },
        holders=("platform",),
    ),
}

#: Columns of the labels, which the partners of some sectors receive (``SECTORS``).
LABELS = {
    "partner": Column("str", "name", "partner that received the report"),
    "case": Column("int64", "code", "case number: one per victim and fraud, whoever is told"),
    "form": Column("str", "name", "fraud form as recorded, not always right"),
    "kind": Column("str", "name", "what the value refers to: a payment, payee, caller and so on"),
    "value": Column("int64", "code", "code of the row or entity reported"),
    "known_at": Column("int64", "s", "moment the report arrived; nobody knows it earlier"),
    "withdrawn_at": Column("int64", "s", "moment it was withdrawn; far in the future if never"),
}
