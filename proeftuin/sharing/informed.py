"""What each bank gets to see under a regime: its own features, plus a signal, or the pooled whole.

One :class:`Informed` per world; what several arms have in common is computed once.
"""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from proeftuin.features.asof import Ints
from proeftuin.features.bank import bank_features
from proeftuin.features.table import FeatureTable
from proeftuin.features.telecom import BOUNDS as CALL_BOUNDS
from proeftuin.features.telecom import CallBook, call_features
from proeftuin.settings import LineBusy
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.line_busy import ask_line_busy
from proeftuin.views import BankView, bank_view
from synthetic_data.reports import PAYEE, PAYMENT
from synthetic_data.seeds import Seeds
from synthetic_data.world import POLICE, World

UNKNOWN_DAYS = 90  # a centre computes the same "unknown number" as the line-busy signal
VALUE_BYTES = 8


class Informed:
    """The information of every bank in one world, by regime.

    Args:
        world: the world.
        seeds: the repetition's streams.
    """

    def __init__(self, world: World, seeds: Seeds) -> None:
        # rows in order of time, ties by their reference: whatever order they arrive in
        payments = world.tables["payments"].sort_values(["time", "payment"], ignore_index=True)
        self.world = replace(world, tables={**world.tables, "payments": payments})
        self.seeds = seeds
        self._own: dict[int, FeatureTable] = {}
        self._busy: dict[tuple[int, LineBusy], tuple[FeatureTable, list[Flow]]] = {}
        self._pooled: dict[tuple[int, ...], tuple[FeatureTable, list[Flow]]] = {}

    def own(self, bank: int) -> FeatureTable:
        """Return what a bank knows by itself."""
        if bank not in self._own:
            self._own[bank] = bank_features(self._view(bank))
        return self._own[bank]

    def with_line_busy(self, bank: int, signal: LineBusy) -> tuple[FeatureTable, list[Flow]]:
        """Return a bank's own features with the operators' answers, and what crossed for them."""
        if (bank, signal) not in self._busy:
            self._busy[bank, signal] = self._ask_line_busy(bank, signal)
        return self._busy[bank, signal]

    def pooled(self, banks: tuple[int, ...]) -> tuple[FeatureTable, list[Flow]]:
        """Return what a centre of these banks, all operators and the police knows together."""
        if banks not in self._pooled:
            self._pooled[banks] = self._pool(banks)
        return self._pooled[banks]

    def _ask_line_busy(self, bank: int, signal: LineBusy) -> tuple[FeatureTable, list[Flow]]:
        table, name, names = (
            self.own(bank),
            self.world.partners["bank"][bank],
            self.world.partners["telecom"],
        )
        chosen = names if signal.operators == "all" else signal.operators
        subscribers = self.world.tables["subscribers"]
        taking_part = subscribers["operator"].isin([names.index(operator) for operator in chosen])
        return ask_line_busy(
            table,
            self._phones(table),
            subscribers.loc[taking_part, "phone"].to_numpy(),
            self._calls,
            signal,
            bank=name,
            seeds=self.seeds.child("line_busy", name),
        )

    def _pool(self, banks: tuple[int, ...]) -> tuple[FeatureTable, list[Flow]]:
        view = bank_view(self.world, banks, name="centre", with_police=True)
        table = bank_features(view)
        if "telecom" not in self.world.partners:
            return table, self._pooling_flows(banks)
        calls = call_features(
            self._calls, view.labels, self._phones(table), table.time, UNKNOWN_DAYS
        )
        return table.with_columns(calls, CALL_BOUNDS), self._pooling_flows(banks)

    @cached_property
    def _calls(self) -> CallBook:
        return CallBook(self.world.tables["calls"])

    @cached_property
    def _phone_of(self) -> pd.Series:
        return self.world.tables["accounts"].set_index("account")["phone"]

    def _phones(self, table: FeatureTable) -> Ints:
        """Return the payer's phone in the bank's books, for every row."""
        phone: Ints = self._phone_of.reindex(table.entities["payer"]).to_numpy()
        return phone

    def _view(self, bank: int) -> BankView:
        return bank_view(
            self.world, (bank,), name=self.world.partners["bank"][bank], with_police=False
        )

    def _pooling_flows(self, banks: tuple[int, ...]) -> list[Flow]:
        """Every row of the coalition's banks, all call records and the police's reports."""
        world, flows = self.world, []
        for bank in banks:
            view = self._view(bank)
            tables = (view.payments, view.accounts, view.actions, view.labels)
            phones = view.accounts["phone"].to_numpy()
            flows.append(_bulk(view.name, "bank_records", phones, tables))
        if "telecom" in world.partners:
            phones = world.tables["subscribers"]["phone"].to_numpy()
            flows.append(_bulk("telecom", "call_records", phones, (world.tables["calls"],)))
        if "police" in world.partners:
            flows.append(self._police_flow())
        return flows

    def _police_flow(self) -> Flow:
        """All reports to the police, with the victims and suspects whom banks know."""
        world, phone_of = self.world, self._phone_of
        payments = world.tables["payments"]
        reports = world.labels[world.labels["partner"].isin(world.partners["police"])]
        reported = reports.loc[reports["kind"] == PAYMENT, "value"]
        victims = payments.loc[payments["payment"].isin(reported), "payer"]
        suspects = reports.loc[reports["kind"] == PAYEE, "value"]
        named = phone_of.reindex(np.concatenate([victims, suspects])).to_numpy()
        return _bulk(POLICE, "reports", named, (reports,))


def _bulk(sender: str, data: str, about: Ints, tables: tuple[pd.DataFrame, ...]) -> Flow:
    """Return the flow of whole tables to the centre."""
    return Flow(
        sender=sender,
        receiver="centre",
        data=data,
        form="in_clear",
        about=np.unique(about[about >= 0]),
        fields=sum(table.shape[1] for table in tables),
        records=sum(len(table) for table in tables),
        bytes=sum(table.size for table in tables) * VALUE_BYTES,
    )
