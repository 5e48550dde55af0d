"""The view of one partner: its slice of the world, and its labels as known at a moment.

A view holds no truth and no internal identity: only rows that the partner's own systems would
store, linked by account numbers, phone numbers and device fingerprints.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

import pandas as pd

from proeftuin.features.split import InUse
from proeftuin.sectors import DECIDING
from synthetic_data.schema import TABLES
from synthetic_data.world import OwnFeatures, World


@dataclass(frozen=True)
class DeskView:
    """The view of a partner of a deciding sector, or of several of one sector together.

    Attributes:
        partners: indices of the partners in the sector; one, except for a centre.
        tables: the tables that the sector decides with, with their rows only, in the world's
            order; a payment has two holders, the bank that pays and the bank that is paid.
        labels: reports that are known here, as label events.
        features: the partners' own features of their customers' payments.
        in_use: which payments need columns; None if all do.
    """

    partners: tuple[int, ...]
    tables: dict[str, pd.DataFrame]
    labels: pd.DataFrame
    features: OwnFeatures = field(default_factory=OwnFeatures)
    in_use: InUse | None = None


@dataclass(frozen=True)
class TelecomView:
    """The view of telecom operators: calls of their subscribers.

    Attributes:
        operators: indices of the operators.
        calls: call records of subscribers.
        phones: phone numbers of the subscribers.
    """

    operators: tuple[int, ...]
    calls: pd.DataFrame
    phones: pd.Series


def desk_view(
    world: World, sector: str, partners: tuple[int, ...], reporting: Collection[str]
) -> DeskView:
    """Return the view of partners of a deciding sector, of one or of several that pooled.

    Args:
        world: the world.
        sector: the sector.
        partners: indices of the partners in the sector.
        reporting: names of the partners whose reports are known: its own, or a coalition's.
    """
    tables = {}
    for name in DECIDING[sector].tables:
        table = TABLES[name]
        rows = world.tables.get(name, pd.DataFrame({c: [] for c in table.columns}, dtype="int64"))
        rows = rows[reduce(or_, (rows[holder].isin(partners) for holder in table.holders))]
        tables[name] = rows.drop(columns=[c for c, each in table.columns.items() if each.answer])
    return DeskView(
        partners=partners,
        tables=tables,
        labels=world.labels[world.labels["partner"].isin(reporting)],
        features=_own_features(world.features, tables, partners),
    )


def _own_features(
    features: OwnFeatures, tables: dict[str, pd.DataFrame], partners: tuple[int, ...]
) -> OwnFeatures:
    """Return the numbers about payments that customers of these partners made."""
    if "payments" not in tables:
        return OwnFeatures()
    payments, values = tables["payments"], features.values
    sent = payments.loc[payments["payer_bank"].isin(partners), "payment"]
    return replace(features, values=values[values["payment"].isin(sent)])


def telecom_view(world: World, operators: tuple[int, ...]) -> TelecomView:
    """Return the view of the given operators."""
    subscribers, calls = world.tables["subscribers"], world.tables["calls"]
    if len(operators) < len(world.partners["telecom"]):
        calls = calls[calls["operator"].isin(operators)]
    phones = subscribers.loc[subscribers["operator"].isin(operators), "phone"]
    return TelecomView(operators=operators, calls=calls, phones=phones)
