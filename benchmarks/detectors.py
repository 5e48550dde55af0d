"""Which detector is best alone, together and pooled, and with which settings? Figures in README.md.

    python benchmarks/detectors.py            worlds of the demonstration, two of them
    python benchmarks/detectors.py seed=7     the search: worlds of another seed than the answers'
    python benchmarks/detectors.py privacy=record_dp privacy.epsilon=8

Average precision on the fraud payments of the test days of ``study=demo``, mean over banks by their
fraud: every detector with the settings of its YAML and with those of ``SEARCH``. A private arm
trains no trees.
"""

import argparse
import dataclasses

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin.commandline import environment
from proeftuin.features.split import Split, split_rows, to_unit
from proeftuin.features.table import DAY
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.sectors import BANK
from proeftuin.settings.arm import Arm
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, generate

#: Tried once, for all ways of sharing alike, on two worlds of seed 7.
SEARCH: dict[str, tuple[str, ...]] = {
    "logistic": ("learning_rate=0.003",),
    "logistic_binned": ("learning_rate=0.003", "weight_decay=0.001"),
    "mlp": ("learning_rate=0.002", "rounds=50", "weight_decay=0.0001", "weight_decay=0.01"),
    "mlp_binned": (
        "learning_rate=0.001", "learning_rate=0.004", "learning_rate=0.006", "rounds=15",
        "rounds=50", "weight_decay=0.00001", "weight_decay=0.00003", "weight_decay=0.001",
        "weight_decay=0.01", "hidden=[8]", "hidden=[32]", "bins=4", "bins=16",
    ),
    "boosted_trees": ("rounds=100", "weight_decay=10.0"),
}  # fmt: skip
SHARING = ("alone", "federated", "pooled")


def main() -> None:
    """Print a line per detector and setting."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repetitions", type=int, default=2)
    arguments.add_argument("overrides", nargs="*", help="such as world=hamlet")
    given = arguments.parse_args()
    environment.prepare()
    torch.set_num_threads(1)
    private = any(each.startswith("privacy=") for each in given.overrides)
    base = settings_for(["study=one_arm", "world.market.absent=[webshop, marketplace, psp, "
                         "exchange, social, helpdesk]", *given.overrides])  # fmt: skip
    every = {
        f"{name} {change}".strip(): base_with(given.overrides, name, change)
        for name, changes in SEARCH.items()
        for change in ("", *changes)
        if name != "boosted_trees" or not private
    }
    found: dict[tuple[str, str], list[float]] = {}
    for repetition in range(given.repetitions):
        seeds = Seeds(base.seed).child("repetition", repetition)
        bench = Bench(base, seeds)
        for name, arm in every.items():
            for sharing in SHARING:
                found.setdefault((name, sharing), []).append(bench.precision(sharing, arm))
            row = [f"{found[name, sharing][-1]:8.3f}" for sharing in SHARING]
            print(f"{repetition} {name:36}", *row, flush=True)
    print(f"{'':38}", *(f"{sharing:>9}" for sharing in SHARING))
    for name in every:
        print(f"  {name:36}", *(f"{np.mean(found[name, way]):9.3f}" for way in SHARING))


def base_with(overrides: list[str], detector: str, change: str) -> Arm:
    """Return an arm with that detector, and one of its settings changed."""
    changed = [f"detector.{change}"] if change else []
    given = [each for each in overrides if not each.startswith("seed=")]
    arms = settings_for(["study=one_arm", f"detector={detector}", *changed, *given]).arms
    return dataclasses.replace(arms["chosen"], regime=arms["silo"].regime)


class Bench:
    """The rows of one world, by bank and pooled."""

    def __init__(self, settings: Settings, seeds: Seeds) -> None:
        self.settings, self.seeds = settings, seeds
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        information = InformationSets(world, seeds, settings.evaluation)
        everyone = world.coalition("all")
        banks = tuple(desk for desk in information.desks if desk.sector == BANK)
        self.alone = {desk.name: information.own(desk) for desk in banks}
        self.pooled = {"centre": information.pooled(banks, everyone)}
        self.transfers = fraudulent_transfers(truth)

    def precision(self, sharing: str, arm: Arm) -> float:
        """Return the average precision of an arm's detector."""
        tables = self.pooled if sharing == "pooled" else self.alone
        splits = {
            name: split_rows(table, self.settings.evaluation) for name, table in tables.items()
        }
        names = next(iter(tables.values())).names
        learned = self._learned(sharing, splits, names, arm)
        values, frauds = [], []
        for owner, table in tables.items():
            for bank in np.unique(table.partner):
                tested = (table.partner == bank) & (
                    table.time >= self.settings.evaluation.test_day * DAY
                )
                fraud = np.isin(table.event[tested], self.transfers)
                if fraud.any():
                    score = learned[owner].model.score(to_unit(table, tested))
                    values.append(float(average_precision_score(fraud, score)))
                    frauds.append(int(fraud.sum()))
        return float(np.average(values, weights=frauds))

    def _learned(
        self, sharing: str, splits: dict[str, Split], names: tuple[str, ...], arm: Arm
    ) -> dict[str, Learned]:
        federation, seeds = self.settings.federation, self.seeds.child("arms")
        if sharing != "federated":
            return learn_each(Training(splits, names, arm, federation, seeds))
        return dict.fromkeys(splits, learn_jointly(Training(splits, names, arm, federation, seeds)))


def fraudulent_transfers(truth: Truth) -> np.ndarray:
    """Return the payments of a world that victims were persuaded to make."""
    return truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"].to_numpy()


if __name__ == "__main__":
    main()
