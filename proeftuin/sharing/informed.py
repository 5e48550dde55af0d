"""What each bank gets to see under a regime: its own features, plus a signal, or the pooled whole.

One :class:`Informed` per world; what several arms have in common is computed once.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from proeftuin.features.asof import Ints
from proeftuin.features.bank import FeatureTable, bank_features
from proeftuin.features.telecom import BOUNDS as CALL_BOUNDS
from proeftuin.features.telecom import CallBook, call_features
from proeftuin.settings import LineBusy
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.line_busy import ask_line_busy
from proeftuin.views import BankView, TelecomView, bank_view, telecom_view
from synthetic_data.reports import PAYEE, PAYMENT
from synthetic_data.seeds import Seeds
from synthetic_data.world import POLICE, World

UNKNOWN_DAYS = 90  # a centre computes the same "unknown number" as the line-busy signal
VALUE_BYTES = 8


@dataclass(frozen=True, eq=False)
class Informed:
    """The information of every bank in one world, by regime.

    Attributes:
        world: the world.
        seeds: the repetition's streams.
    """

    world: World
    seeds: Seeds

    @cache  # noqa: B019 - one object per repetition, dropped with it
    def own(self, bank: int) -> FeatureTable:
        """Return what a bank knows by itself."""
        return bank_features(self._view(bank))

    @cache  # noqa: B019
    def with_line_busy(self, bank: int, signal: LineBusy) -> tuple[FeatureTable, list[Flow]]:
        """Return a bank's own features with the operators' answers, and what crossed for them."""
        table = self.own(bank)
        telecom = self._telecom(self._operators(signal))
        return ask_line_busy(
            table,
            _phones(self._view(bank), table),
            telecom.phones.to_numpy(),
            self._calls,
            signal,
            bank=self.world.banks[bank],
            seeds=self.seeds.child("line_busy", self.world.banks[bank]),
        )

    @cache  # noqa: B019
    def pooled(self, banks: tuple[int, ...]) -> tuple[FeatureTable, list[Flow]]:
        """Return what a centre of these banks, all operators and the police knows together."""
        view = bank_view(self.world, banks, name="centre", with_police=True)
        table = bank_features(view)
        columns = call_features(
            self._calls, view.labels, _phones(view, table), table.time, UNKNOWN_DAYS
        )
        return table.with_columns(columns, CALL_BOUNDS), self._pooling_flows(banks, view)

    @cached_property
    def _calls(self) -> CallBook:
        return CallBook(self.world.calls)

    @cache  # noqa: B019
    def _view(self, bank: int) -> BankView:
        return bank_view(self.world, (bank,), name=self.world.banks[bank], with_police=False)

    def _telecom(self, operators: tuple[int, ...]) -> TelecomView:
        return telecom_view(self.world, operators)

    def _operators(self, signal: LineBusy) -> tuple[int, ...]:
        names = self.world.operators
        chosen = names if signal.operators == "all" else signal.operators
        return tuple(names.index(name) for name in chosen)

    def _pooling_flows(self, banks: tuple[int, ...], view: BankView) -> list[Flow]:
        """Every row of the coalition's banks, all call records and the police's reports."""
        flows = []
        for bank in banks:
            own = self._view(bank)
            fields = own.payments.shape[1] + own.accounts.shape[1] + own.actions.shape[1]
            phones = own.accounts["phone"].to_numpy()
            flows.append(
                _bulk(self.world.banks[bank], "bank_records", phones[phones >= 0], fields,
                      len(own.payments) + len(own.accounts) + len(own.actions))
            )  # fmt: skip
        calls = self.world.calls
        flows.append(
            _bulk("telecom", "call_records", self.world.subscribers["phone"].to_numpy(),
                  calls.shape[1], len(calls))
        )  # fmt: skip
        reports = view.labels[view.labels["partner"] == POLICE]
        told = view.payments[
            view.payments["payment"].isin(reports.loc[reports["kind"] == PAYMENT, "value"])
        ]
        holders = np.concatenate([told["payer"], reports.loc[reports["kind"] == PAYEE, "value"]])
        accounts = self.world.accounts.set_index("account")["phone"]
        flows.append(
            _bulk(POLICE, "reports", np.unique(accounts.reindex(holders)), reports.shape[1],
                  len(reports))
        )  # fmt: skip
        return flows


def _bulk(sender: str, data: str, about: Ints, fields: int, records: int) -> Flow:
    return Flow(
        sender=sender,
        receiver="centre",
        data=data,
        form="in_clear",
        about=np.unique(about),
        fields=fields,
        records=records,
        bytes=records * fields * VALUE_BYTES,
    )


def _phones(view: BankView, table: FeatureTable) -> Ints:
    """Return the payer's phone in the bank's books, for every row."""
    phone: Ints = view.accounts.set_index("account")["phone"].reindex(table.payer).to_numpy()
    return phone
