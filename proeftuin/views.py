"""What one partner sees: its slice of the world, and its labels as known at a moment.

A view holds no truth and no internal identity: only rows that the partner's own systems would
store, linked by account numbers, phone numbers and device fingerprints.
"""

from dataclasses import dataclass

import pandas as pd

from synthetic_data.schema import TABLES
from synthetic_data.world import POLICE, World


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
    """

    name: str
    banks: tuple[int, ...]
    payments: pd.DataFrame
    accounts: pd.DataFrame
    actions: pd.DataFrame
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
    payments, labels = world.payments, world.labels
    seen = payments["payer_bank"].isin(banks) | payments["payee_bank"].isin(banks)
    sources = [world.banks[index] for index in banks] + ([POLICE] if with_police else [])
    return BankView(
        name=name,
        banks=banks,
        payments=payments[seen],
        accounts=world.accounts[world.accounts["bank"].isin(banks)],
        actions=world.actions[world.actions["bank"].isin(banks)],
        labels=labels[labels["partner"].isin(sources)],
    )


def telecom_view(world: World, operators: tuple[int, ...]) -> TelecomView:
    """Return the view of the given operators."""
    phones = world.subscribers.loc[world.subscribers["operator"].isin(operators), "phone"]
    calls = world.calls
    if len(operators) < len(world.operators):
        calls = calls[calls["subscriber"].isin(phones)]
    return TelecomView(operators=operators, calls=calls, phones=phones)


def partner_tables(world: World) -> dict[str, dict[str, pd.DataFrame]]:
    """Return what every partner holds, table by table, with exactly the columns of its schema."""
    held: dict[str, dict[str, pd.DataFrame]] = {}
    for index, name in enumerate(world.banks):
        view = bank_view(world, (index,), name=name, with_police=False)
        held[name] = _by_schema("bank", view.__dict__)
    for index, name in enumerate(world.operators):
        subscribers = world.subscribers[world.subscribers["operator"] == index]
        calls = telecom_view(world, (index,)).calls
        held[name] = _by_schema("telecom", {"calls": calls, "subscribers": subscribers})
    reports = world.labels[world.labels["partner"] == POLICE]
    held[POLICE] = _by_schema(POLICE, {"labels": reports})
    return held


def _by_schema(sector: str, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {
        name: tables[name][list(columns)].astype({c: column.dtype for c, column in columns.items()})
        for name, columns in TABLES[sector].items()
    }
