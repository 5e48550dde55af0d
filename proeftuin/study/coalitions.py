"""The value of every coalition in one world, without training a model for each of them.

A desk trains one model, on its rows as they look under several coalitions; columns that a coalition
does not provide are zero, as for a partner that gets no answers. Every coalition is then scored,
gets thresholds on the validation days and is followed through the journeys like any arm.

The approximation: one model trained for all coalitions stands in for a model trained for each (as
in Covert et al. 2021, J. Mach. Learn. Res. 22:209), and federated learning is left out: every
partner has its own model.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pandas as pd

from proeftuin.decisions.actions import ScoredDesk, actions_of
from proeftuin.decisions.blocks import own_blocks, without_established
from proeftuin.decisions.holds import no_holds
from proeftuin.decisions.scoring import score_desk
from proeftuin.detectors.model import Model
from proeftuin.features.split import Split, rehearsal_rows, split_rows
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.federation.training import Training
from proeftuin.learning.tuning import choose_each, tried_by
from proeftuin.outcomes.contribution import TOGETHER
from proeftuin.outcomes.journeys import cases_of, follow, value_of
from proeftuin.outcomes.reference import Reference
from proeftuin.outcomes.shapley import Coalition
from proeftuin.sectors import DECIDING
from proeftuin.settings.arm import Arm, Regime
from proeftuin.settings.study import Contribution, Evaluation, Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.query import Desk
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth

LEARNED_FROM = 6  #: coalitions to train on: the empty, the full and four random ones
COLUMNS = ("arm", "players", "coalition", "fraud_form", "metric", "value", "fields")


def values_of_coalitions(
    contribution: Contribution,
    settings: Settings,
    information: InformationSets,
    truth: Truth,
    seeds: Seeds,
) -> pd.DataFrame:
    """Return the value of every coalition (see ``COLUMNS``), for all forms together and each."""
    arm = settings.arms[contribution.arm]
    surrogate = Surrogate(arm, contribution.players, settings, information, seeds)
    cases = cases_of(Reference.of(information, truth, settings))
    found = []
    for coalition in subsets(surrogate.players):
        followed = follow(cases, surrogate.actions(coalition), no_holds())
        value = value_of(followed, cases)
        name = TOGETHER.join(sorted(coalition))
        found.append(value.assign(coalition=name, fields=surrogate.fields(coalition)))
    every = pd.concat(found, ignore_index=True)
    return every.assign(arm=contribution.arm, players=contribution.players)[list(COLUMNS)]


def subsets(names: tuple[str, ...]) -> Iterator[Coalition]:
    """Return every coalition, the empty one first."""
    sizes = range(len(names) + 1)
    return map(frozenset, chain.from_iterable(combinations(names, size) for size in sizes))


class Surrogate:
    """One model per desk for all coalitions of a regime, in one world.

    Args:
        arm: whose regime and detector; not a private one.
        kind: whether ``sectors`` or ``instruments`` are the players.
        settings: of the study.
        information: the world.
        seeds: the arm's streams.

    Attributes:
        players: names of the players.
    """

    def __init__(
        self, arm: Arm, kind: str, settings: Settings, information: InformationSets, seeds: Seeds
    ) -> None:
        self._arm, self._kind, self._settings, self._information = arm, kind, settings, information
        self._seeds = seeds.child("coalitions", kind)
        self.players = self._players()
        self._whole = {
            desk: information.at_desk(
                desk, self._within(frozenset(self.players)), information.own(desk)
            )
            for desk in information.desks
        }
        everyone = information.world.coalition("all")
        self._facts = {
            name: {
                (flow.data, flow.fields)
                for desk in information.desks
                if desk.sector in instrument.consumers
                for flow in information.answer(desk, instrument, everyone).flows
            }
            for name, instrument in arm.regime.instruments.items()
        }
        self._models = self._learn()
        late = settings.evaluation.scored_day * DAY
        self._late = {
            d: information.own(d).take(information.own(d).time >= late) for d in information.desks
        }
        self._own_blocks = own_blocks(information.world, settings.intervention)
        self._done: dict[tuple[str, Coalition], pd.DataFrame] = {}

    def actions(self, coalition: Coalition) -> pd.DataFrame:
        """Return the actions of all desks under a coalition (``decisions.actions.ACTIONS``)."""
        done = [
            self._actions(sector, coalition)
            for sector in DECIDING
            if any(desk.sector == sector for desk in self._information.desks)
        ]
        every = pd.concat(done, ignore_index=True)
        return every.sort_values("time", kind="stable", ignore_index=True)

    def fields(self, coalition: Coalition) -> int:
        """Return how many different facts about one person cross under a coalition."""
        facts: set[tuple[str, int]] = set()
        for name, instrument in self._within(coalition).instruments.items():
            sides = (instrument.providers, instrument.consumers)
            if self._kind == "instruments" or all(coalition.intersection(side) for side in sides):
                facts |= self._facts[name]
        return sum(count for _, count in facts)

    def _players(self) -> tuple[str, ...]:
        regime = self._arm.regime
        if self._kind == "instruments":
            return tuple(regime.instruments)
        sectors = regime.sectors()
        return tuple(sector for sector in self._information.world.partners if sector in sectors)

    def _within(self, coalition: Coalition) -> Regime:
        """Return the regime of one coalition alone."""
        regime = replace(self._arm.regime, learning="own")
        if self._kind == "instruments":
            some = {name: each for name, each in regime.instruments.items() if name in coalition}
            return replace(regime, instruments=some)
        partners = self._information.world.partners
        inside = (names for sector, names in partners.items() if sector in coalition)
        names = tuple(chain.from_iterable(inside))
        return replace(regime, coalition=names or ("nobody",))

    def _providing(self, sector: str, coalition: Coalition) -> Coalition:
        """Return the members of a coalition that provide something to a sector."""
        instruments = {
            name: each
            for name, each in self._arm.regime.instruments.items()
            if sector in each.consumers
        }
        if self._kind == "instruments":
            return coalition & frozenset(instruments)
        if sector not in coalition:
            return frozenset()
        return coalition & {sector, *(s for each in instruments.values() for s in each.providers)}

    def _actions(self, sector: str, coalition: Coalition) -> pd.DataFrame:
        """Return the actions of a sector; they depend on the members that provide it something."""
        key = sector, self._providing(sector, coalition)
        if key not in self._done:
            regime = self._within(coalition)
            scored, blocks = [], [self._own_blocks[self._own_blocks["sector"] == sector]]
            for desk in self._information.desks:
                if desk.sector == sector:
                    table, refused = self._information.at_desk(desk, regime, self._late[desk])
                    scored.append(self._score(desk, table))
                    blocks.append(refused)
            world = self._information.world
            standing = without_established(pd.concat(blocks, ignore_index=True), world)
            self._done[key] = actions_of(scored, standing, world)
        return self._done[key]

    def _learn(self) -> dict[str, Model]:
        rng = self._seeds.rng("learned_from")
        some = [frozenset[str](), frozenset(self.players)]
        while len(some) < LEARNED_FROM:
            inside = rng.random(len(self.players)) < 0.5
            some.append(frozenset(np.array(self.players)[inside].tolist()))
        regimes = [self._within(each) for each in some]
        competing = len(tried_by(self._arm)) > 1
        trainings = self._trainings(regimes, split_rows)
        rehearsals = self._trainings(regimes, rehearsal_rows) if competing else {}
        return {
            who: result.model
            for names, training in trainings.items()
            for who, result in choose_each(training, rehearsals.get(names)).items()
        }

    def _trainings(
        self, regimes: list[Regime], rows: Callable[[FeatureTable, Evaluation], Split]
    ) -> dict[tuple[str, ...], Training]:
        """Return the desks' trainings by columns, on their rows as they look under regimes."""
        by_columns: dict[tuple[str, ...], dict[str, Split]] = {}
        for desk in self._information.desks:
            own = self._information.own(desk)
            tables = [self._information.at_desk(desk, each, own)[0] for each in regimes]
            splits = [
                rows(self._widened(desk, table), self._settings.evaluation) for table in tables
            ]
            by_columns.setdefault(self._whole[desk][0].names, {})[desk.name] = _stacked(splits)
        return {
            names: Training(splits, names, self._arm, self._settings.federation, self._seeds)
            for names, splits in by_columns.items()
        }

    def _widened(self, desk: Desk, table: FeatureTable) -> FeatureTable:
        """Return a table with all columns of the whole regime, zero where a column is missing."""
        whole, _ = self._whole[desk]
        if table.names == whole.names:
            return table
        values = np.zeros((len(table.values), len(whole.names)), dtype=np.float32)
        place = {name: index for index, name in enumerate(table.names)}
        for column, name in enumerate(whole.names):
            if name in place:
                values[:, column] = table.values[:, place[name]]
        return replace(table, names=whole.names, bounds=whole.bounds, values=values)

    def _score(self, desk: Desk, table: FeatureTable) -> ScoredDesk:
        return score_desk(
            desk,
            self._widened(desk, table),
            self._models[desk.name],
            self._information,
            self._settings,
        )


def _stacked(splits: list[Split]) -> Split:
    return Split(
        *(
            np.concatenate([getattr(split, name) for split in splits])
            for name in ("train_x", "train_y", "valid_x", "valid_y")
        )
    )
