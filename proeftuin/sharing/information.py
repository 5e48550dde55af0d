"""The information set of each partner under a regime: own features, answers, or pooled tables.

There is one :class:`InformationSets` per world; what several arms share is computed once.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from proeftuin.features.desks import DESCRIBE
from proeftuin.features.split import InUse
from proeftuin.features.table import FeatureTable, ints
from proeftuin.features.views import desk_view
from proeftuin.instruments.base import LISTS, FactKind, Instrument, Statistic
from proeftuin.sectors import DECIDING
from proeftuin.settings.arm import Regime
from proeftuin.settings.study import Evaluation
from proeftuin.sharing import (
    in_call,
    labels,
    name_check,
    notified,
    payee_facts,
    payers_elsewhere,
    recent_call,
    registered,
    reported,
    risk,
)
from proeftuin.sharing.aligned import Aligned, align
from proeftuin.sharing.facts import EVERYTHING, with_facts
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.pooling import CENTRE, linked_labels, pooled_table, pooling_flows
from proeftuin.sharing.query import (
    Answer,
    Desk,
    Query,
    blocks_of_rows,
    no_blocks,
    put_together,
    with_answers,
)
from proeftuin.sharing.sources import Sources
from scenarios import plugins
from synthetic_data.arrays import Ints
from synthetic_data.partners import PartnerKey
from synthetic_data.schema import BUSINESS, TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.world import World

Computed = Callable[[Query, Sources], Answer]
#: Computes the answer, by statistic of the package's own.
ANSWER: dict[str, Computed] = {
    Statistic.IN_CALL: in_call.answer,
    Statistic.RECENT_CALL: recent_call.answer,
    Statistic.REPORTED: reported.answer,
    Statistic.PAYERS_ELSEWHERE: payers_elsewhere.answer,
    Statistic.RISK: risk.answer,
    Statistic.LABELS: labels.answer,
    Statistic.NAME_CHECK: name_check.answer,
    Statistic.NOTIFIED: notified.answer,
    Statistic.PAYEE_FACTS: payee_facts.answer,
    Statistic.REGISTERED: registered.answer,
}


def _computed(statistic: str) -> Computed:
    """Return the function that computes a statistic, of this package or of a plug-in."""
    if statistic in ANSWER:
        return ANSWER[statistic]
    computed: Computed = plugins.loaded("proeftuin.statistics", statistic)
    return computed


@dataclass(frozen=True, eq=False)
class ArmInputs:
    """The inputs of all partners under a regime.

    Attributes:
        tables: features by desk; desks that pooled their rows share one table.
        together: the desks of each joint training, by its name; all other desks train alone.
        flows: data flows between parties.
        blocks: entities refused on the answer of an instrument that acts.
        aligned: columns of other parties that banks train with, in vertical learning.
    """

    tables: dict[Desk, FeatureTable]
    together: dict[str, tuple[Desk, ...]]
    flows: list[Flow]
    blocks: pd.DataFrame
    aligned: dict[Desk, Aligned] = field(default_factory=dict)

    @property
    def learners(self) -> dict[Desk, str]:
        """The owner of every desk's model: the desk itself, or its joint training."""
        alone = {desk: desk.name for desk in self.tables}
        return alone | {desk: who for who, desks in self.together.items() for desk in desks}


class InformationSets:
    """The information of every partner in one world, by regime.

    Args:
        world: the world.
        seeds: streams of the repetition.
        evaluation: of a study that reads no columns of payments but those it learns from or
            scores; None to describe all.
    """

    def __init__(self, world: World, seeds: Seeds, evaluation: Evaluation | None = None) -> None:
        # rows in order of time, ties by reference, so that their order of arrival changes nothing
        rows = {
            name: world.tables[name].sort_values(["time", table.event], ignore_index=True)
            for name, table in TABLES.items()
            if table.event is not None and name in world.tables
        }
        self.world = replace(world, tables={**world.tables, **rows})
        self.sources = Sources(self.world)
        self.seeds, self._evaluation = seeds, evaluation
        self.desks = tuple(
            Desk(sector, index, name)
            for sector, facts in DECIDING.items()
            if facts.rows in world.tables
            for index, name in enumerate(self.sources.partners(sector))
        )
        self._own: dict[Desk, FeatureTable] = {}
        self._told: dict[tuple[object, ...], Answer] = {}
        self._pooled: dict[tuple[tuple[Desk, ...], frozenset[PartnerKey]], FeatureTable] = {}

    def own(self, desk: Desk) -> FeatureTable:
        """Return the features that a partner computes from its own data."""
        if desk not in self._own:
            self._own[desk] = self._describe(desk)
        return self._own[desk]

    def answer(self, desk: Desk, instrument: Instrument, chosen: frozenset[PartnerKey]) -> Answer:
        """Return the answer of an instrument to a partner.

        Args:
            desk: the partner that asks.
            instrument: the instrument.
            chosen: the partners that take part.
        """
        return self._ask((desk,), self.own(desk), instrument, chosen)

    def pooled(self, desks: tuple[Desk, ...], chosen: frozenset[PartnerKey]) -> FeatureTable:
        """Return the features that a centre computes for the pooled rows of partners of one sector.

        Args:
            desks: the partners that pool their rows.
            chosen: all partners that share their data with the centre.
        """
        key = desks, chosen
        if key not in self._pooled:
            self._pooled[key] = pooled_table(
                self.sources, desks, chosen, self._in_use(desks[0].sector)
            )
        return self._pooled[key]

    def forget(self) -> None:
        """Free all features and answers; what is asked for again is computed again, the same."""
        for kept in (self._own, self._told, self._pooled):
            kept.clear()

    def inputs_of(self, regime: Regime, pooling: Collection[FactKind] = EVERYTHING) -> ArmInputs:
        """Return the inputs of all partners under a regime.

        Args:
            regime: the regime.
            pooling: kinds of facts that a centre pools. Without ``rows`` every partner learns
                alone, and an instrument that tells other kinds is left out.
        """
        chosen = self._chosen(regime)
        together = self._together(regime, chosen)
        pooled = list(together.values()) if regime.learning == "pooled" else []
        flows: list[Flow] = []
        if pooled:
            flows = pooling_flows(self.sources, pooled, chosen, pooling)
            told = {n: i for n, i in regime.instruments.items() if {*i.TELLS} <= {*pooling}}
            regime = replace(regime, instruments=told)
            together = together if "rows" in pooling else {}
        blocks = [no_blocks()]
        known = self._pooling(pooled, chosen, pooling)
        alone = set(self.desks).difference(*known)
        known |= {(desk,): self.own(desk) for desk in self.desks if desk in alone}
        tables: dict[Desk, FeatureTable] = {}
        for desks, table in known.items():
            table, crossed, refused = self._asked(desks, table, regime, chosen)
            tables |= dict.fromkeys(desks, table)
            flows += crossed
            blocks += refused
        in_order = {desk: tables[desk] for desk in self.desks}
        aligned = self._aligned(regime, in_order, chosen)
        return ArmInputs(in_order, together, flows, pd.concat(blocks, ignore_index=True), aligned)

    def _pooling(
        self,
        pooled: list[tuple[Desk, ...]],
        chosen: frozenset[PartnerKey],
        kinds: Collection[FactKind],
    ) -> dict[tuple[Desk, ...], FeatureTable]:
        """Return what partners know through a centre, by those who have one table."""
        known: dict[tuple[Desk, ...], FeatureTable] = {}
        for desks in pooled:
            table = self.pooled(desks, chosen)
            if EVERYTHING.difference(kinds):
                table = with_facts(table, {desk: self.own(desk) for desk in desks}, kinds)
            if "rows" in kinds:
                known[desks] = table
            else:
                known |= {(d,): table.take(table.partner == d.index) for d in desks}
        return known

    def at_desk(
        self, desk: Desk, regime: Regime, table: FeatureTable
    ) -> tuple[FeatureTable, pd.DataFrame]:
        """Return the inputs of one partner for some of its rows, and the entities it refuses.

        Args:
            desk: a partner that keeps its rows.
            regime: the regime that it takes part in.
            table: its own features of these rows.
        """
        answer, _, blocks = self._asked((desk,), table, regime, self._chosen(regime))
        return answer, pd.concat([no_blocks(), *blocks], ignore_index=True)

    def _asked(
        self,
        desks: tuple[Desk, ...],
        table: FeatureTable,
        regime: Regime,
        chosen: frozenset[PartnerKey],
    ) -> tuple[FeatureTable, list[Flow], list[pd.DataFrame]]:
        """Add the answers of the regime's instruments to a table; zeros if the desk stays out.

        A joint model has the same columns everywhere, also where no provider answers.
        """
        flows: list[Flow] = []
        blocks = []
        answers: list[Answer] = []
        everyone = self.world.coalition("all")
        split = len(desks) > 1 and regime.today
        apart = {d: table.take(table.partner == d.index) for d in desks if split}
        for instrument in (*regime.today.values(), *regime.instruments.values()):
            usual = instrument in regime.today.values()
            those = everyone if usual else chosen
            if desks[0].sector not in instrument.consumers:
                continue
            if self._takes_part(desks, instrument, those):
                if usual and apart:  # today's practice is the same where rows are pooled
                    heard = {
                        desk: self._heard((desk,), rows, instrument, those)
                        for desk, rows in apart.items()
                        if self._takes_part((desk,), instrument, those)
                    }
                    answer = put_together(table, heard)
                else:
                    answer = self._heard(desks, table, instrument, those)
                flows += [replace(flow, today=usual) for flow in answer.flows]
                blocks.append(answer.blocks)
            elif regime.learning == "federated":
                answer = self._ask(desks, table, instrument, frozenset())
            else:
                continue
            answers.append(answer)
        return with_answers(table, answers), flows, blocks

    def _heard(
        self,
        desks: tuple[Desk, ...],
        table: FeatureTable,
        instrument: Instrument,
        chosen: frozenset[PartnerKey],
    ) -> Answer:
        """Return the answer to a query, with what the desks refuse on it."""
        answer = self._ask(desks, table, instrument, chosen)
        blocks = [answer.blocks.assign(partner=desk.index) for desk in desks]
        if instrument.acts and instrument.STATISTIC not in LISTS:
            blocks += [blocks_of_rows(desk, table, answer.hits, instrument.name) for desk in desks]
        return replace(answer, blocks=pd.concat(blocks, ignore_index=True))

    def customer_ages(self, desk: Desk) -> Ints:
        """Return the ages of the private customers of a partner that has ages, < 0 if unknown."""
        register = DECIDING[desk.sector].ages
        if register is None:
            return np.zeros(0, dtype=np.int64)
        rows, [holder] = self.world.tables[register], TABLES[register].holders
        ages: Ints = rows.loc[
            (rows[holder] == desk.index) & (rows["age"] != BUSINESS), "age"
        ].to_numpy()
        return ages

    def _describe(self, desk: Desk) -> FeatureTable:
        view = desk_view(self.world, desk.sector, (desk.index,), (desk.name,))
        return DESCRIBE[desk.sector](replace(view, in_use=self._in_use(desk.sector)))

    def _in_use(self, sector: str) -> InUse | None:
        if self._evaluation is None or not DECIDING[sector].decides_on_payments:
            return None
        labels = linked_labels(self.sources, self.world.labels)
        named = labels.loc[labels["kind"] == DECIDING[sector].row, "value"]
        return InUse(self._evaluation, ints(named))

    def _chosen(self, regime: Regime) -> frozenset[PartnerKey]:
        return self.world.coalition(regime.coalition)

    def _taking_part(
        self, instrument: Instrument, sector: str, chosen: frozenset[PartnerKey]
    ) -> frozenset[PartnerKey]:
        """Return the partners of a sector in an instrument: those it names there, or else all."""
        everyone = self.world.coalition(self.sources.partners(sector))
        return chosen & (everyone & self.world.coalition(instrument.partners) or everyone)

    def _together(
        self, regime: Regime, chosen: frozenset[PartnerKey]
    ) -> dict[str, tuple[Desk, ...]]:
        """Return the desks that train jointly: those of a sector with two or more of them."""
        if regime.learning in ("own", "vertical"):
            return {}
        word = {"federated": "joint", "pooled": CENTRE}[regime.learning]
        found = {}
        for sector in DECIDING:
            desks = tuple(d for d in self.desks if d.sector == sector and d.partner in chosen)
            if len(desks) > 1:
                found[f"{word}_{sector}"] = desks
        return found

    def _aligned(
        self, regime: Regime, tables: dict[Desk, FeatureTable], chosen: frozenset[PartnerKey]
    ) -> dict[Desk, Aligned]:
        if regime.vertical is None:
            return {}
        return {
            desk: align(
                self.sources, table, regime.vertical, chosen, self.seeds.child("aligned", desk.name)
            )
            for desk, table in tables.items()
            if DECIDING[desk.sector].decides_on_payments and desk.partner in chosen
        }

    def _takes_part(
        self, desks: tuple[Desk, ...], instrument: Instrument, chosen: frozenset[PartnerKey]
    ) -> bool:
        some = self._taking_part(instrument, desks[0].sector, chosen)
        return any(desk.partner in some for desk in desks)

    def _ask(
        self,
        desks: tuple[Desk, ...],
        table: FeatureTable,
        instrument: Instrument,
        chosen: frozenset[PartnerKey],
    ) -> Answer:
        """Put the query of a partner, or of partners that pooled their rows, to an instrument.

        A partner does not ask itself; a centre asks all providers, because it computes for them.
        """
        asker = desks[0] if len(desks) == 1 else Desk(desks[0].sector, -1, CENTRE)
        providers = {}
        for sector in instrument.providers:
            some = self._taking_part(instrument, sector, chosen) - {asker.partner}
            known = self.sources.partners(sector)
            providers[sector] = tuple(
                index for index, name in enumerate(known) if PartnerKey(sector, name) in some
            )
        key = desks, instrument, tuple(providers.items()), len(table.time)
        if key in self._told:
            return self._told[key]
        self._told[key] = _computed(instrument.STATISTIC)(
            Query(
                instrument=instrument,
                desk=asker,
                table=table,
                asking=tuple(desk.index for desk in desks),
                providers=providers,
                seeds=self.seeds.child(instrument.name, asker.name),
            ),
            self.sources,
        )
        return self._told[key]
