"""What each partner gets to see under a regime: its own features, what it is told, or the whole.

One :class:`Informed` per world; what several arms have in common is computed once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from proeftuin.features.asof import Ints
from proeftuin.features.bank import bank_features
from proeftuin.features.table import FeatureTable
from proeftuin.features.telecom import BOUNDS as CALL_BOUNDS
from proeftuin.features.telecom import call_features
from proeftuin.instruments.base import Instrument, Statistic
from proeftuin.settings import DESKS, Regime
from proeftuin.sharing import in_call, reported
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.sources import Sources
from proeftuin.sharing.telling import Desk, Question, Told, no_blocks
from proeftuin.views import BankView, bank_view
from synthetic_data.reports import PAYEE, PAYMENT
from synthetic_data.seeds import Seeds
from synthetic_data.world import POLICE, World

UNKNOWN_DAYS = 90  # a centre computes the same "unknown number" as the line-busy signal
VALUE_BYTES = 8
CENTRE = "centre"

#: How each statistic is told.
TELL: dict[Statistic, Callable[[Question, Sources], Told]] = {
    Statistic.IN_CALL: in_call.tell,
    Statistic.REPORTED: reported.tell,
}
#: Sectors whose rows can be described.
DESCRIBED = ("bank",)


@dataclass(frozen=True, eq=False)
class Briefing:
    """What all partners have in front of them under a regime.

    Attributes:
        tables: features by desk; desks that pooled their rows share one table.
        together: the desks that learn together, by the name of who learns; the others learn alone.
        flows: what crossed.
        blocks: what is refused because an instrument that acts says so.
    """

    tables: dict[Desk, FeatureTable]
    together: dict[str, tuple[Desk, ...]]
    flows: list[Flow]
    blocks: pd.DataFrame


class Informed:
    """The information of every partner in one world, by regime.

    Args:
        world: the world.
        seeds: the repetition's streams.
    """

    def __init__(self, world: World, seeds: Seeds) -> None:
        # rows in order of time, ties by their reference: whatever order they arrive in
        payments = world.tables["payments"].sort_values(["time", "payment"], ignore_index=True)
        self.world = replace(world, tables={**world.tables, "payments": payments})
        self.sources = Sources(self.world)
        self.seeds = seeds
        self.desks = tuple(
            Desk(sector, index, name)
            for sector in DESKS
            if sector in DESCRIBED
            for index, name in enumerate(self.sources.partners(sector))
        )
        self._own: dict[Desk, FeatureTable] = {}
        self._told: dict[tuple[Desk, Instrument, frozenset[str]], Told] = {}
        self._pooled: dict[tuple[Desk, ...], tuple[FeatureTable, list[Flow]]] = {}

    def own(self, desk: Desk) -> FeatureTable:
        """Return what a partner knows by itself."""
        if desk not in self._own:
            self._own[desk] = bank_features(self._view(desk.index))
        return self._own[desk]

    def told(self, desk: Desk, instrument: Instrument, chosen: frozenset[str]) -> Told:
        """Return what a partner is told by an instrument.

        Args:
            desk: who is told.
            instrument: what is asked.
            chosen: names of the partners that take part.
        """
        key = desk, instrument, chosen
        if key not in self._told:
            self._told[key] = self._ask(self.own(desk), desk, instrument, chosen)
        return self._told[key]

    def pooled(self, desks: tuple[Desk, ...]) -> tuple[FeatureTable, list[Flow]]:
        """Return what a centre of these partners, all operators and the police knows together."""
        if desks not in self._pooled:
            self._pooled[desks] = self._pool(tuple(desk.index for desk in desks))
        return self._pooled[desks]

    def brief(self, regime: Regime) -> Briefing:
        """Return what everybody has in front of them under a regime."""
        chosen = self._chosen(regime)
        tables: dict[Desk, FeatureTable] = {}
        flows: list[Flow] = []
        blocks = [no_blocks()]
        together = self._together(regime, chosen)
        if regime.learning == "pooled":
            for desks in together.values():
                table, crossed = self.pooled(desks)
                tables |= dict.fromkeys(desks, table)
                flows += crossed
        for desk in self.desks:
            if desk in tables:
                continue
            table = self.own(desk)
            for instrument in regime.instruments.values():
                if desk.sector not in instrument.consumers or desk.name not in self._taking_part(
                    instrument, desk.sector, chosen
                ):
                    continue
                told = self.told(desk, instrument, chosen)
                table = table.with_columns(told.columns, told.bounds)
                flows += told.flows
                blocks.append(told.blocks)
            tables[desk] = table
        return Briefing(tables, together, flows, pd.concat(blocks, ignore_index=True))

    def customer_ages(self, desk: Desk) -> Ints:
        """Return the ages of a partner's customers, as far as it knows them."""
        if desk.sector != "bank":
            return np.zeros(0, dtype=np.int64)
        accounts = self.world.tables["accounts"]
        own = (accounts["bank"] == desk.index) & (accounts["age"] >= 0)
        ages: Ints = accounts.loc[own, "age"].to_numpy()
        return ages

    def _chosen(self, regime: Regime) -> frozenset[str]:
        everyone = frozenset(name for names in self.world.partners.values() for name in names)
        return everyone if regime.coalition == "all" else everyone & frozenset(regime.coalition)

    def _taking_part(
        self, instrument: Instrument, sector: str, chosen: frozenset[str]
    ) -> frozenset[str]:
        """Return the partners of a sector in an instrument: those it names there, or else all."""
        names = chosen & frozenset(self.sources.partners(sector))
        if instrument.partners == "all":
            return names
        return names & frozenset(instrument.partners) or names

    def _together(self, regime: Regime, chosen: frozenset[str]) -> dict[str, tuple[Desk, ...]]:
        """Return the desks that learn together: those of one sector, if there are two or more."""
        if regime.learning == "own":
            return {}
        word = {"federated": "joint", "pooled": CENTRE}[regime.learning]
        found = {}
        for sector in DESKS:
            desks = tuple(d for d in self.desks if d.sector == sector and d.name in chosen)
            if len(desks) > 1:
                found[f"{word}_{sector}"] = desks
        return found

    def _ask(
        self, table: FeatureTable, desk: Desk, instrument: Instrument, chosen: frozenset[str]
    ) -> Told:
        providers = {}
        for sector in instrument.providers:
            names = self._taking_part(instrument, sector, chosen) - {desk.name}
            known = self.sources.partners(sector)
            providers[sector] = tuple(i for i, name in enumerate(known) if name in names)
        seeds = self.seeds.child(instrument.name, desk.name)
        question = Question(instrument, desk, table, providers, seeds)
        return TELL[instrument.STATISTIC](question, self.sources)

    def _pool(self, banks: tuple[int, ...]) -> tuple[FeatureTable, list[Flow]]:
        view = bank_view(self.world, banks, name=CENTRE, with_police=True)
        table = bank_features(view)
        if "telecom" not in self.world.partners:
            return table, self._pooling_flows(banks)
        phones = self.sources.payer_phones(table)
        calls = call_features(self.sources.calls, view.labels, phones, table.time, UNKNOWN_DAYS)
        return table.with_columns(calls, CALL_BOUNDS), self._pooling_flows(banks)

    def _view(self, bank: int) -> BankView:
        return bank_view(
            self.world, (bank,), name=self.world.partners["bank"][bank], with_police=False
        )

    def _pooling_flows(self, banks: tuple[int, ...]) -> list[Flow]:
        """Every row of the coalition's banks, all call records and the police's reports."""
        world, flows = self.world, []
        for bank in banks:
            view = self._view(bank)
            own = (view.features.values,) if view.features.measures else ()
            tables = (view.payments, view.accounts, view.actions, view.labels, *own)
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
        world, phone_of = self.world, self.sources.phone_of
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
        receiver=CENTRE,
        data=data,
        form="in_clear",
        about=np.unique(about[about >= 0]),
        fields=sum(table.shape[1] for table in tables),
        records=sum(len(table) for table in tables),
        bytes=sum(table.size for table in tables) * VALUE_BYTES,
    )
