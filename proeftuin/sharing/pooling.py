"""The pooled data of a centre: rows of partners of a sector, and all reports of a coalition."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from proeftuin.features.desks import DESCRIBE
from proeftuin.features.split import InUse
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.features.telecom import BOUNDS as CALL_BOUNDS
from proeftuin.features.telecom import CallBook, call_features
from proeftuin.features.views import desk_view
from proeftuin.instruments.base import FactKind
from proeftuin.sectors import DECIDING
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.query import Desk
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Ints
from synthetic_data.partners import PartnerKey
from synthetic_data.reports import PAYEE, PAYMENT
from synthetic_data.world import World

UNKNOWN_DAYS = 90  # a centre computes the same "unknown number" as the line-busy signal
VALUE_BYTES = 8
CENTRE = "centre"
GIVEN_BEFORE = 30 * DAY  # [A] as long before a report as a seller counts as reported


def pooled_table(
    sources: Sources,
    desks: tuple[Desk, ...],
    chosen: frozenset[PartnerKey],
    in_use: InUse | None = None,
) -> FeatureTable:
    """Return the features of the pooled rows of one sector, from all data of a coalition.

    Args:
        sources: the world as the parties hold it.
        desks: the partners of one sector that pool their rows.
        chosen: all partners of the coalition; the centre has their reports, whatever
            their sector, and the calls of operators if banks pool.
        in_use: which payments need columns; None if all do.
    """
    world, sector = sources.world, desks[0].sector
    partners = tuple(desk.index for desk in desks)
    labels = linked_labels(sources, world.labels[world.labels["partner"].isin(_names(chosen))])
    view = desk_view(world, sector, partners, ())
    table = DESCRIBE[sector](replace(view, labels=labels, in_use=in_use))
    operators = _operators(world, chosen)
    if not operators or not DECIDING[sector].decides_on_payments:
        return table
    rows, book = table.places, _calls(sources, operators)
    phones = sources.payer_phones(table)[rows]
    calls = call_features(book, labels, phones, table.time[rows], UNKNOWN_DAYS)
    return table.with_described(calls, CALL_BOUNDS)


def pooling_flows(
    sources: Sources,
    together: Collection[tuple[Desk, ...]],
    chosen: frozenset[PartnerKey],
    kinds: Collection[FactKind],
) -> list[Flow]:
    """Return the flows to the centre: rows, calls and reports, each once.

    Args:
        sources: the world as the parties hold it.
        together: the partners that pool their rows, by sector.
        chosen: all partners of the coalition.
        kinds: kinds of facts that it pools; for all but lists and reports it needs whole rows.
    """
    world, desks = sources.world, [desk for group in together for desk in group]
    rows = not {"rows", "payees", "devices", "calls"}.isdisjoint(kinds)
    flows = [_records(sources, desk) for desk in desks if rows]
    operators = _operators(world, chosen) if "calls" in kinds else ()
    if operators and any(DECIDING[desk.sector].decides_on_payments for desk in desks):
        subscribers = world.tables["subscribers"]
        phones = subscribers.loc[subscribers["operator"].isin(operators), "phone"].to_numpy()
        calls = world.tables["calls"]
        flows.append(
            _bulk("telecom", "call_records", phones, (calls[calls["operator"].isin(operators)],))
        )
    others = _names(chosen - {desk.partner for desk in desks if rows})
    if {"reports", "lists"}.isdisjoint(kinds):
        others = frozenset()
    for name, reports in world.labels[world.labels["partner"].isin(others)].groupby("partner"):
        flows.append(_bulk(str(name), "reports", _named(sources, reports), (reports,)))
    return flows


def linked_labels(sources: Sources, labels: pd.DataFrame) -> pd.DataFrame:
    """Add reports that follow from those of another sector.

    A report about a payment is one about the checkout or deposit behind it, and the other way
    round. A seller who gave a buyer a reported account number counts as reported.
    """
    found = [labels]
    for kind, pairs in sources.payment_behind.items():
        for one, other in ((kind, PAYMENT), (PAYMENT, kind)):
            both = labels[labels["kind"] == one].merge(pairs, left_on="value", right_on=one)
            found.append(both.assign(kind=other, value=both[other])[labels.columns])
    if "contacts" in sources.world.tables:
        found.append(_sellers(labels[labels["kind"] == PAYEE], sources.world.tables["contacts"]))
    return pd.concat(found, ignore_index=True).sort_values("known_at", kind="stable")


def _sellers(reported: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Return reports about accounts as reports about the sellers who gave them shortly before."""
    given = contacts.loc[contacts["account"].isin(reported["value"]), ["account", "seller", "time"]]
    both = reported.merge(given[given["account"] >= 0], left_on="value", right_on="account")
    ago = both["known_at"] - both["time"]
    both = both[(ago >= 0) & (ago <= GIVEN_BEFORE)]
    sellers = both.assign(kind="seller", value=both["seller"])[reported.columns]
    return sellers.drop_duplicates()


def _operators(world: World, chosen: frozenset[PartnerKey]) -> tuple[int, ...]:
    names = world.partners.get("telecom", ())
    return tuple(index for index, name in enumerate(names) if PartnerKey("telecom", name) in chosen)


def _names(partners: frozenset[PartnerKey]) -> frozenset[str]:
    """Return the names of partners, by which reports are kept; no two share one."""
    return frozenset(partner.name for partner in partners)


def _calls(sources: Sources, operators: tuple[int, ...]) -> CallBook:
    if len(operators) == len(sources.partners("telecom")):
        return sources.calls
    calls = sources.world.tables["calls"]
    return CallBook(calls[calls["operator"].isin(operators)])


def _records(sources: Sources, desk: Desk) -> Flow:
    """Return the flows of all rows, registers and reports of one partner."""
    view = desk_view(sources.world, desk.sector, (desk.index,), (desk.name,))
    known = [table["phone"].to_numpy() for table in view.tables.values() if "phone" in table]
    if "checkouts" in view.tables:  # their payers are in no register but the banks'
        known.append(sources.phones_of(view.tables["checkouts"]["account"].unique()))
    own = (view.features.values,) if view.features.measures else ()
    tables = (*view.tables.values(), view.labels, *own)
    return _bulk(desk.name, f"{desk.sector}_records", np.concatenate(known), tables)


def _named(sources: Sources, reports: pd.DataFrame) -> Ints:
    """Return the phones of victims and suspects in reports, as far as banks know them."""
    payments = sources.world.tables["payments"]
    reported = reports.loc[reports["kind"] == PAYMENT, "value"]
    victims = payments.loc[payments["payment"].isin(reported), "payer"]
    suspects = reports.loc[reports["kind"] == PAYEE, "value"]
    return sources.phones_of(np.concatenate([victims, suspects]))


def _bulk(sender: str, data: str, about: Ints, tables: tuple[pd.DataFrame, ...]) -> Flow:
    """Return the flow of whole tables to the centre."""
    return Flow(
        sender=sender,
        receiver=CENTRE,
        data=data,
        form="in_clear",
        about=np.unique(about[about >= 0]),
        fields=sum(table.shape[1] for table in tables),
        records=sum(len(table) for table in tables),
        bytes=sum(table.size for table in tables) * VALUE_BYTES,
    )
