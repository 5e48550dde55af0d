"""Mentions: reports in terms of an account, device, shop or seller.

A report names what its receiver recognises, a row or an entity of its own. The partner that holds
the row can look up what else it is about: the device of a reported order, the account into which a
reported shop is paid out, the seller who gave a reported account number.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY
from synthetic_data.reports import PAYEE, PAYMENT
from synthetic_data.schema import ALONE
from synthetic_data.world import World

#: Columns of mentions: the provider's ``sector`` and ``partner`` (index in it), ``case``, ``code``
#: of the entity, ``phone`` of the person behind it in the provider's register (-1 if none),
#: ``known_at`` and ``withdrawn_at`` in seconds.
MENTION = ("sector", "partner", "case", "code", "phone", "known_at", "withdrawn_at")
#: A device that a partner has seen with this customer for longer is the customer's own.
OWN_DEVICE_DAYS = 7
#: Seconds within which an exchange credits a payment.
CREDITED_WITHIN = 3_600


def mentions(world: World, entity: str) -> pd.DataFrame:
    """Return all reports about entities of a kind (see ``MENTION``)."""
    heard = _heard(world)
    found = [make(world, heard)[list(MENTION)] for make in ENTITIES[entity]]
    every = pd.concat([each for each in found if len(each)] or found[:1], ignore_index=True)
    return every[every["code"] >= 0].reset_index(drop=True)


def row_mentions(world: World, row: str) -> pd.DataFrame:
    """Return all reports about rows of a kind, such as ``payment``.

    A checkout and the payment behind it carry the same reference of the payment scheme, so a report
    about one names the other.
    """
    heard = _heard(world)
    own = heard[heard["kind"] == row]
    other = {PAYMENT: "checkout", "checkout": PAYMENT}.get(row)
    if other is not None and "checkouts" in world.tables:
        linked = _of(heard, other).merge(paid_checkouts(world), left_on="value", right_on=other)
        own = pd.concat([own, linked.assign(value=linked[row])], ignore_index=True)
    return own.assign(code=own["value"], phone=_victims(world, row, own))[list(MENTION)]


def _victims(world: World, row: str, reports: pd.DataFrame) -> Ints:
    """Return the phone of the person behind each reported row, where the register has one."""
    maker = {
        PAYMENT: ("payments", "payer", "accounts"),
        "order": ("orders", "customer", "customers"),
    }
    table, customer, register = maker.get(row, ("checkouts", "account", "accounts"))
    if row not in (*maker, "checkout") or reports.empty:
        return np.full(len(reports), -1)
    rows = world.tables[table].set_index(row)[customer]
    return _phones(world, register, rows.reindex(reports["value"]).fillna(-1).to_numpy())


def paid_checkouts(world: World) -> pd.DataFrame:
    """Return every ``checkout`` with its ``payment``: same moment, payer, amount and device."""
    keys = ["time", "account", "amount_eur", "device"]
    payments = world.tables["payments"].rename(columns={"payer": "account"})
    pairs = world.tables["checkouts"][[*keys, "checkout"]].merge(
        payments[[*keys, "payment"]], on=keys
    )
    return pairs[["checkout", "payment"]]


def paid_deposits(world: World) -> pd.DataFrame:
    """Return every deposit (``transfer``) with its ``payment``: same account and sum, just before.

    An exchange knows the payment that it credits.
    """
    deposits = world.tables["transfers"]
    deposits = deposits.loc[deposits["account"] >= 0, ["time", "account", "amount_eur", "transfer"]]
    payments = world.tables["payments"].rename(columns={"payer": "account"})
    payments = payments.loc[
        payments["account"].isin(deposits["account"]), ["time", "account", "amount_eur", "payment"]
    ]
    pairs = deposits.merge(payments, on=["account", "amount_eur"], suffixes=("", "_paid"))
    waited = pairs["time"] - pairs["time_paid"]
    return pairs.loc[waited.between(0, CREDITED_WITHIN), ["transfer", "payment"]]


def _heard(world: World) -> pd.DataFrame:
    """Return all reports with the sector and index of their receiver."""
    of = {
        name: (sector, index)
        for sector, names in world.partners.items()
        for index, name in enumerate(names)
    }
    names = world.labels["partner"].astype(str)
    return world.labels.drop(columns="partner").assign(
        sector=names.map({name: sector for name, (sector, _) in of.items()}),
        partner=names.map({name: index for name, (_, index) in of.items()}).astype(np.int64),
    )


def _of(heard: pd.DataFrame, *kinds: str) -> pd.DataFrame:
    return heard[heard["kind"].isin(kinds)]


def _named(kind: str, register: str | None) -> Callable[[World, pd.DataFrame], pd.DataFrame]:
    """Return a function for entities that reports name directly."""

    def make(world: World, heard: pd.DataFrame) -> pd.DataFrame:
        rows = _of(heard, kind)
        code = rows["value"].to_numpy()
        phone = code if register is None else _phones(world, register, code)
        return rows.assign(code=code, phone=phone)

    return make


def _paid_out(world: World, heard: pd.DataFrame) -> pd.DataFrame:
    """Return the accounts of shops that were reported to their payment provider."""
    rows = _of(heard, "merchant")
    if rows.empty:
        return rows.assign(code=rows["value"], phone=rows["value"])
    code = _payout_account(world, rows["value"])
    return rows.assign(code=code, phone=_phones(world, "accounts", code))


def _devices(table: str, event: str, customer: str, register: str) -> Callable[..., pd.DataFrame]:
    """Return a function for the devices of reported rows, except the customer's own devices."""

    def make(world: World, heard: pd.DataFrame) -> pd.DataFrame:
        reports = _of(heard, event)
        reports = reports[~reports["sector"].isin(ALONE)]
        if reports.empty:
            return reports.assign(code=reports["value"], phone=reports["value"])
        rows = world.tables[table][[event, "time", customer, "device"]]
        named = rows[rows[event].isin(reports["value"])][customer]
        rows = rows[rows[customer].isin(named)]
        since = rows.groupby([customer, "device"])["time"].transform("min")
        rows = rows[rows["time"] - since < OWN_DEVICE_DAYS * DAY]
        reports = reports.merge(rows, left_on="value", right_on=event)
        phone = _phones(world, register, reports[customer].to_numpy())
        return reports.assign(code=reports["device"], phone=phone)

    return make


def _offering_devices(world: World, heard: pd.DataFrame) -> pd.DataFrame:
    """Return the devices from which reported sellers placed their offers."""
    reports = _of(heard, "seller")
    if reports.empty:
        return reports.assign(code=reports["value"], phone=reports["value"])
    offers = world.tables["listings"].groupby(["seller", "device"])["time"].min()
    linked = reports.merge(offers.reset_index(), left_on="value", right_on="seller")
    return _by_then(world, linked, "device")


def _sellers_by_account(world: World, heard: pd.DataFrame) -> pd.DataFrame:
    """Return sellers who gave an account number reported to the police or the help desk."""
    reports = _of(heard, PAYEE)
    reports = reports[reports["sector"].isin(ALONE)]
    if reports.empty or "contacts" not in world.tables:
        return reports[:0].assign(code=reports["value"][:0], phone=reports["value"][:0])
    given = world.tables["contacts"]
    given = given[given["account"].isin(reports["value"])]
    first = given.groupby(["seller", "account"])["time"].min().reset_index()
    return _by_then(world, reports.merge(first, left_on="value", right_on="account"), "seller")


def _by_then(world: World, reports: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return what is linked to a seller, from when both the report and the link exist."""
    return reports.assign(
        code=reports[code],
        phone=_phones(world, "users", reports["seller"].to_numpy()),
        known_at=np.maximum(reports["known_at"], reports["time"]),
    )


def _shops_by_payment(world: World, heard: pd.DataFrame) -> pd.DataFrame:
    """Return shops that received a payment reported to the police."""
    reports = _of(heard, PAYMENT)
    reports = reports[reports["sector"].isin(ALONE)]
    if reports.empty or "checkouts" not in world.tables:
        return reports[:0].assign(code=reports["value"][:0], phone=reports["value"][:0])
    reports = reports.merge(paid_checkouts(world), left_on="value", right_on="payment")
    reports = reports.merge(world.tables["checkouts"][["checkout", "merchant"]], on="checkout")
    phone = _phones(world, "accounts", _payout_account(world, reports["merchant"]))
    return reports.assign(code=reports["merchant"], phone=phone)


def _payout_account(world: World, merchant: "pd.Series[int]") -> Ints:
    """Return the account into which every shop is paid out, -1 if its provider has none."""
    account = world.tables["merchants"].set_index("merchant")["payout_account"]
    return account.reindex(merchant).fillna(-1).to_numpy().astype(np.int64)


_REGISTER_KEY = {"accounts": "account", "users": "user", "customers": "customer"}


def _phones(world: World, register: str, code: Ints) -> Ints:
    """Return the phone number of each code in a register, -1 if none."""
    if register not in world.tables:
        return np.full(len(code), -1)
    known = world.tables[register].set_index(_REGISTER_KEY[register])["phone"]
    return known.reindex(code).fillna(-1).to_numpy().astype(np.int64)


#: Turns reports into mentions, by kind of entity.
ENTITIES: dict[str, tuple[Callable[..., pd.DataFrame], ...]] = {
    "account": (_named(PAYEE, "accounts"), _paid_out),
    "device": (
        _devices("payments", PAYMENT, "payer", "accounts"),
        _devices("orders", "order", "customer", "customers"),
        _offering_devices,
    ),
    "seller": (_named("seller", "users"), _sellers_by_account),
    "merchant": (_shops_by_payment,),
    "customer": (_named("customer", "customers"),),
    "phone": (_named("caller", None),),
}
