"""The columns of every table a partner holds: dtype, unit and meaning.

All partners of a sector hold the same tables.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column: its numpy dtype, unit and meaning."""

    dtype: str
    unit: str
    meaning: str


_TIME = Column("int64", "s", "seconds since the start of the world, a Monday at midnight")
_LABELS = {
    "case": Column("int64", "code", "case number of the report"),
    "kind": Column("str", "name", "what the value refers to: payment, payee or caller"),
    "known_at": Column("int64", "s", "moment the report arrived; nobody knows it earlier"),
    "value": Column("int64", "code", "payment reference, account or phone number reported"),
}

TABLES: dict[str, dict[str, dict[str, Column]]] = {
    "bank": {
        "payments": {
            "time": _TIME,
            "payment": Column("int64", "code", "reference, the same at both banks"),
            "payer": Column("int64", "code", "account that pays"),
            "payee": Column("int64", "code", "account that is paid"),
            "payer_bank": Column("int8", "index", "bank of the payer, as the account number tells"),
            "payee_bank": Column("int8", "index", "bank of the payee, likewise"),
            "amount_eur": Column("float64", "EUR", "amount"),
            "app": Column("int8", "0/1", "made in the app rather than on the web"),
            "device": Column("int64", "code", "fingerprint of the device used"),
        },
        "accounts": {
            "account": Column("int64", "code", "account number"),
            "bank": Column("int8", "index", "bank that holds the account"),
            "age": Column("int64", "years", "age of the holder, -1 for a business"),
            "phone": Column("int64", "code", "phone number of the holder, -1 for a business"),
            "opened_day": Column("int64", "days", "day of opening, negative before the start"),
        },
        "actions": {
            "time": _TIME,
            "account": Column("int64", "code", "account"),
            "bank": Column("int8", "index", "bank that holds the account"),
            "kind": Column("int8", "code", "0 daily limit raised, 1 savings moved to the account"),
        },
        "labels": _LABELS,
    },
    "telecom": {
        "calls": {
            "time": Column("int32", "s", "start of the call, seconds since the start of the world"),
            "subscriber": Column("int32", "code", "phone number of the operator's customer"),
            "number": Column("int32", "code", "the other number, as displayed"),
            "duration_s": Column("int32", "s", "length of the call"),
            "incoming": Column("int32", "0/1", "whether the customer was called"),
        },
        "subscribers": {
            "phone": Column("int64", "code", "phone number"),
            "operator": Column("int64", "index", "operator"),
        },
    },
    "police": {"labels": _LABELS},
}
