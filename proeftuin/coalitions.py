"""What every coalition would stop in one world, without learning anew for every one of them.

A desk learns once, from rows as several coalitions would have told of them; whatever a coalition
does not tell is silence (zero), as it is for a partner whom nobody answers. Every coalition is then
scored, given thresholds on the validation days and followed through the journeys as any arm is.
What is approximated: a model that learned for all coalitions together stands in for one that learned
for this coalition alone, and joint learning is left out: every partner has its own model.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pandas as pd

from proeftuin.detectors.model import Model
from proeftuin.features.asof import Floats, Ints
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.learning import learn_each
from proeftuin.outcomes.actions import ScoredDesk
from proeftuin.outcomes.shapley import Coalition
from proeftuin.settings import Arm, Contribution, Intervention, Regime, Settings
from proeftuin.sharing.informed import Informed
from proeftuin.sharing.telling import Desk
from proeftuin.split import Matrix, Split, split_rows, to_unit
from synthetic_data.seeds import Seeds

LEARNED_FROM = 6  #: coalitions whose rows are learned from: nobody, everybody and four more


def players(contribution: Contribution, regime: Regime, informed: Informed) -> tuple[str, ...]:
    """Return who is to be credited: instruments, or the sectors that tell or are told by them."""
    if contribution.players == "instruments":
        return tuple(regime.instruments)
    taking_part = {
        sector
        for instrument in regime.instruments.values()
        for sector in (*instrument.providers, *instrument.consumers)
    }
    return tuple(sector for sector in informed.world.partners if sector in taking_part)


def subsets(names: tuple[str, ...]) -> Iterator[Coalition]:
    """Return every coalition, nobody first."""
    sizes = range(len(names) + 1)
    return map(frozenset, chain.from_iterable(combinations(names, size) for size in sizes))


def within(regime: Regime, coalition: Coalition, informed: Informed, kind: str) -> Regime:
    """Return the regime when only a coalition takes part."""
    if kind == "instruments":
        some = {name: each for name, each in regime.instruments.items() if name in coalition}
        return replace(regime, learning="own", instruments=some)
    names = tuple(
        name for sector in informed.world.partners if sector in coalition
        for name in informed.world.partners[sector]
    )  # fmt: skip
    if not names:
        return replace(regime, learning="own", instruments={})
    return replace(regime, learning="own", coalition=names)


class Surrogate:
    """One model a desk for all coalitions of a regime, in one world.

    Args:
        arm: whose regime and detector; not a private one.
        contribution: who the players are.
        settings: of the study.
        informed: the world.
        seeds: the arm's streams.
    """

    def __init__(
        self,
        arm: Arm,
        contribution: Contribution,
        settings: Settings,
        informed: Informed,
        seeds: Seeds,
    ) -> None:
        self.players = players(contribution, arm.regime, informed)
        self._arm, self._kind = arm, contribution.players
        self._settings, self._informed = settings, informed
        self._seeds = seeds.child("coalitions")
        self._models = self._learn()
        self._scored: dict[tuple[Desk, frozenset[str]], ScoredDesk] = {}

    def scored(self, coalition: Coalition) -> tuple[list[ScoredDesk], pd.DataFrame]:
        """Return what every desk alerts when a coalition takes part, and what it refuses."""
        regime = within(self._arm.regime, coalition, self._informed, self._kind)
        scored, blocks = [], []
        for desk in self._informed.desks:
            key = desk, self._heard(desk, coalition)
            table, _, refused = self._informed.at_desk(desk, regime)
            blocks.append(refused)
            if key not in self._scored:
                self._scored[key] = self._score(desk, table)
            scored.append(self._scored[key])
        return scored, pd.concat(blocks, ignore_index=True)

    def _heard(self, desk: Desk, coalition: Coalition) -> frozenset[str]:
        """Return the members of a coalition that can tell a desk something."""
        instruments = self._arm.regime.instruments
        if self._kind == "instruments":
            told = {n for n, each in instruments.items() if desk.sector in each.consumers}
        elif desk.sector not in coalition:
            return frozenset()
        else:
            told = {
                sector for each in instruments.values() if desk.sector in each.consumers
                for sector in each.providers
            }  # fmt: skip
        return coalition & told

    def _whole(self) -> Regime:
        return within(self._arm.regime, frozenset(self.players), self._informed, self._kind)

    def _learn(self) -> dict[str, Model]:
        rng = self._seeds.rng("learned_from")
        some = [frozenset[str](), frozenset(self.players)]
        while len(some) < LEARNED_FROM:
            inside = rng.random(len(self.players)) < 0.5
            some.append(frozenset(np.array(self.players)[inside].tolist()))
        regimes = [within(self._arm.regime, each, self._informed, self._kind) for each in some]
        by_columns: dict[tuple[str, ...], dict[str, Split]] = {}
        for desk in self._informed.desks:
            names = self._informed.at_desk(desk, self._whole())[0].names
            splits = [self._split(desk, regime, part) for part, regime in enumerate(regimes)]
            by_columns.setdefault(names, {})[desk.name] = _stacked(splits)
        learned = {
            who: result
            for names, splits in by_columns.items()
            for who, result in learn_each(
                splits, names, self._arm, self._settings.federation, seeds=self._seeds
            ).items()
        }
        return {who: result.model for who, result in learned.items()}

    def _split(self, desk: Desk, regime: Regime, part: int) -> Split:
        """Return a desk's rows as one coalition tells of them; honest ones in one part only."""
        table = self._widened(desk, self._informed.at_desk(desk, regime)[0])
        split = split_rows(table, self._settings.evaluation, self._seeds.child("split", desk.name))
        rng = self._seeds.rng("part", desk.name)
        return Split(
            *_part(split.train_x, split.train_y, part, rng),
            *_part(split.valid_x, split.valid_y, part, rng),
        )

    def _widened(self, desk: Desk, table: FeatureTable) -> FeatureTable:
        """Return a table with all columns of the whole regime, silent where nothing was told."""
        whole = self._informed.at_desk(desk, self._whole())[0]
        if table.names == whole.names:
            return table
        values = np.zeros((len(table.values), len(whole.names)), dtype=np.float32)
        place = {name: index for index, name in enumerate(table.names)}
        for column, name in enumerate(whole.names):
            if name in place:
                values[:, column] = table.values[:, place[name]]
        return replace(table, names=whole.names, bounds=whole.bounds, values=values)

    def _score(self, desk: Desk, table: FeatureTable) -> ScoredDesk:
        table = self._widened(desk, table)
        return score_desk(desk, table, self._models[desk.name], self._informed, self._settings)


def _part(
    rows: Matrix, labels: Matrix, part: int, rng: np.random.Generator
) -> tuple[Matrix, Matrix]:
    """Keep all rows with a report, and of the others those that fall to this part."""
    kept = (labels > 0) | (rng.integers(0, LEARNED_FROM, len(labels)) == part)
    return rows[kept], labels[kept]


def _stacked(splits: list[Split]) -> Split:
    return Split(
        *(
            np.concatenate([getattr(split, name) for split in splits])
            for name in ("train_x", "train_y", "valid_x", "valid_y")
        )
    )
