"""How well each detector finds fraud, alone, federated and pooled: figures in README.md.

    python benchmarks/detectors.py            worlds of the default size, two of them
    python benchmarks/detectors.py privacy=record_dp privacy.epsilon=3

Average precision on fraudulent transfers on the test days of ``study=one_arm``, mean over banks:
each detector with the settings of its YAML and, in brackets, with the best on validation of those
and ``CANDIDATES``, as many in every arm. A private arm neither uses validation days nor trains
trees, so it has only the former.
"""

import argparse
import dataclasses

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin.commandline import environment
from proeftuin.detectors.model import Model
from proeftuin.features.split import Split, split_rows, to_unit
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.learning.tuning import best, tried_by
from proeftuin.sectors import BANK
from proeftuin.settings.arm import Arm
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, generate

CANDIDATES = {
    "logistic": "{learning_rate:0.003}",
    "logistic_binned": "{learning_rate:0.003}",
    "mlp": "{learning_rate:0.002}",
    "mlp_binned": "{learning_rate:0.002}",
    "boosted_trees": "{weight_decay:10.0}",
}
SHARING = ("alone", "federated", "pooled")


def main() -> None:
    """Print a line per detector."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repetitions", type=int, default=2)
    arguments.add_argument("overrides", nargs="*", help="such as world=hamlet")
    given = arguments.parse_args()
    environment.prepare()
    torch.set_num_threads(1)
    private = any(each.startswith("privacy=") for each in given.overrides)
    every = {
        name: settings_for(
            [
                "study=one_arm",
                f"detector={name}",
                f"+detector.candidates.other={other}",
                *given.overrides,
            ]
        )
        for name, other in CANDIDATES.items()
        if name != "boosted_trees" or not private
    }
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for repetition in range(given.repetitions):
        settings = next(iter(every.values()))
        seeds = Seeds(settings.seed).child("repetition", repetition)
        bench = Bench(settings, seeds)
        for name, one in every.items():
            chosen = one.arms["chosen"]
            arm = dataclasses.replace(chosen, regime=one.arms["silo"].regime)
            for sharing in SHARING:
                figures = bench.precisions(sharing, arm)
                found.setdefault((name, sharing), []).append(figures)
                print(repetition, name, sharing, *np.round(figures, 4), flush=True)
    print(f"{'':16}", *(f"{sharing:>16}" for sharing in SHARING))
    for name in every:
        means = [np.mean(found[name, sharing], axis=0) for sharing in SHARING]
        print(f"{name:16}", *(f"{plain:8.3f} ({tuned:.3f})" for plain, tuned in means))


class Bench:
    """The rows of one world, by bank and pooled."""

    def __init__(self, settings: Settings, seeds: Seeds) -> None:
        self.settings, self.seeds = settings, seeds
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        information = InformationSets(world, seeds)
        everyone = world.coalition("all")
        banks = tuple(desk for desk in information.desks if desk.sector == BANK)
        self.alone = {desk.name: information.own(desk) for desk in banks}
        self.pooled = {"centre": information.pooled(banks, everyone)}
        self.transfers = fraudulent_transfers(truth)

    def precisions(self, sharing: str, arm: Arm) -> tuple[float, float]:
        """Return the average precision with the given settings, and with the chosen ones."""
        tables = self.pooled if sharing == "pooled" else self.alone
        splits = {
            name: split_rows(table, self.settings.evaluation, self.seeds.child("split", name))
            for name, table in tables.items()
        }
        names = next(iter(tables.values())).names
        tried = [self._learned(sharing, splits, names, each) for each in tried_by(arm).values()]
        chosen = {
            owner: best({str(place): each[owner] for place, each in enumerate(tried)}).model
            for owner in splits
        }
        plain = {owner: each.model for owner, each in tried[0].items()}
        return self._precision(tables, plain), self._precision(tables, chosen)

    def _learned(
        self, sharing: str, splits: dict[str, Split], names: tuple[str, ...], arm: Arm
    ) -> dict[str, Learned]:
        federation, seeds = self.settings.federation, self.seeds.child("arms")
        if sharing != "federated":
            return learn_each(Training(splits, names, arm, federation, seeds))
        return dict.fromkeys(splits, learn_jointly(Training(splits, names, arm, federation, seeds)))

    def _precision(self, tables: dict[str, FeatureTable], models: dict[str, Model]) -> float:
        values = []
        for name, table in tables.items():
            tested = table.time >= self.settings.evaluation.test_day * DAY
            fraud = np.isin(table.event[tested], self.transfers)
            if fraud.any():
                score = models[name].score(to_unit(table, tested))
                values.append(float(average_precision_score(fraud, score)))
        return float(np.mean(values))


def fraudulent_transfers(truth: Truth) -> np.ndarray:
    """Return the payments of a world that victims were persuaded to make."""
    return truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"].to_numpy()


if __name__ == "__main__":
    main()
