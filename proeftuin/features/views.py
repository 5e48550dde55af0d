"""What one partner sees: its slice of the world, and its labels as known at a moment.

A view holds no truth and no internal identity: only rows that the partner's own systems would
store, linked by account numbers, phone numbers and device fingerprints.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import pandas as pd

from synthetic_data.schema import TABLES
from synthetic_data.settings import Sector
from synthetic_data.world import OwnFeatures, World


@dataclass(frozen=True)
class BankView:
    """What a bank (or, for a centre, several banks together) sees.

    Attributes:
        name: partner name.
        banks: indices of the banks whose systems these are; one, except for a centre.
        payments: transfers from or to an account here, in the world's order.
        accounts: own accounts only.
        actions: raised limits and moved savings of own customers.
        labels: reports that reached this partner, as label events.
        features: numbers of the banks' own about the payments of their customers.
    """

    name: str
    banks: tuple[int, ...]
    payments: pd.DataFrame
    accounts: pd.DataFrame
    actions: pd.DataFrame
    labels: pd.DataFrame
    features: OwnFeatures


@dataclass(frozen=True)
class DeskView:
    """What a web shop, payment provider, marketplace or exchange (or several together) sees.

    Attributes:
        partners: indices in the sector of those whose systems these are; one, except for a centre.
        tables: every table of the sector with their rows only, in the world's order.
        labels: reports that are known here, as label events.
    """

    partners: tuple[int, ...]
    tables: dict[str, pd.DataFrame]
    labels: pd.DataFrame


@dataclass(frozen=True)
class TelecomView:
    """What telecom operators see: their subscribers' calls.

    Attributes:
        operators: indices of the operators.
        calls: call records of subscribers.
        phones: phone numbers of the subscribers.
    """

    operators: tuple[int, ...]
    calls: pd.DataFrame
    phones: pd.Series


def bank_view(world: World, banks: tuple[int, ...], *, name: str, with_police: bool) -> BankView:
    """Return the view of one bank, or of several that pooled everything.

    Args:
        world: the world.
        banks: indices of the banks.
        name: name of the view's owner.
        with_police: whether the reports to the police are known as well (a centre).
    """
    payments, accounts, actions = (world.tables[t] for t in ("payments", "accounts", "actions"))
    seen = payments["payer_bank"].isin(banks) | payments["payee_bank"].isin(banks)
    sent = payments.loc[payments["payer_bank"].isin(banks), "payment"]
    features, values = world.features, world.features.values
    sources = [world.partners["bank"][index] for index in banks]
    if with_police:
        sources += world.partners.get("police", ())
    return BankView(
        name=name,
        banks=banks,
        payments=payments[seen],
        accounts=accounts[accounts["bank"].isin(banks)],
        actions=actions[actions["bank"].isin(banks)],
        labels=world.labels[world.labels["partner"].isin(sources)],
        features=replace(features, values=values[values["payment"].isin(sent)]),
    )


def desk_view(
    world: World, sector: Sector, partners: tuple[int, ...], told: Collection[str]
) -> DeskView:
    """Return the view of partners of a sector whose rows name one holder.

    Args:
        world: the world.
        sector: whose tables; not banks, whose payments have two sides.
        partners: indices of the partners in the sector.
        told: names of the partners whose reports are known: the partner's own, or a coalition's.
    """
    tables = {}
    for name, table in TABLES.items():
        if table.sector != sector:
            continue
        rows = world.tables.get(name, pd.DataFrame({c: [] for c in table.columns}, dtype="int64"))
        tables[name] = rows[rows[table.holders[0]].isin(partners)]
    labels = world.labels[world.labels["partner"].isin(told)]
    return DeskView(partners=partners, tables=tables, labels=labels)


def telecom_view(world: World, operators: tuple[int, ...]) -> TelecomView:
    """Return the view of the given operators."""
    subscribers, calls = world.tables["subscribers"], world.tables["calls"]
    if len(operators) < len(world.partners["telecom"]):
        calls = calls[calls["operator"].isin(operators)]
    phones = subscribers.loc[subscribers["operator"].isin(operators), "phone"]
    return TelecomView(operators=operators, calls=calls, phones=phones)
