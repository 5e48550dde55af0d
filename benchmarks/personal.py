"""What personalisation adds to joint training, bank by bank: figures in README.md.

    python benchmarks/personal.py                 a world of the default size

Average precision on fraudulent transfers on the test days of ``study=demo``, at every bank, with
the privacy policies ``none`` and ``record_dp``.
"""

import argparse

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin.commandline import environment
from proeftuin.features.split import split_rows, to_unit
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.settings.arm import Arm
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate

OPTIONS = ("silo", "fedavg", "local_head", "fine_tuning", "mean_regularised")


def main() -> None:
    """Print a line per way of learning and privacy policy."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repetitions", type=int, default=1)
    arguments.add_argument("overrides", nargs="*", help="such as world=hamlet")
    chosen = arguments.parse_args()
    environment.prepare()
    torch.set_num_threads(1)
    every = {
        option: settings_for(
            [
                "study=demo",
                *([] if option == "silo" else [f"federation={option}"]),
                *chosen.overrides,
            ]
        )
        for option in OPTIONS
    }
    settings = every["silo"]
    for repetition in range(chosen.repetitions):
        seeds = Seeds(settings.seed).child("repetition", repetition)
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        information = InformationSets(world, seeds, settings.evaluation)
        tables = {desk.name: information.own(desk) for desk in information.desks}
        transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
        frauds = np.asarray(transfers)
        print(f"{'':30}", *(f"{name:>8}" for name in tables), f"{'mean':>8}")
        for option, one in every.items():
            for policy in ("federated", "federated_dp"):
                found = precisions(tables, one, one.arms[policy], frauds, seeds, option)
                label = f"{option} {one.arms[policy].privacy.name}"
                values = [*found, float(np.mean(found))]
                print(f"{label:30}", *(f"{value:8.3f}" for value in values), flush=True)


def precisions(
    tables: dict[str, FeatureTable],
    settings: Settings,
    arm: Arm,
    frauds: np.ndarray,
    seeds: Seeds,
    option: str,
) -> list[float]:
    """Train the banks in one way, and return the average precision at each."""
    splits = {name: split_rows(table, settings.evaluation) for name, table in tables.items()}
    names, streams = next(iter(tables.values())).names, seeds.child("arms")
    if option == "silo":
        alone = learn_each(Training(splits, names, arm, settings.federation, streams))
        models = {name: alone[name].model for name in tables}
    else:
        together = learn_jointly(Training(splits, names, arm, settings.federation, streams))
        models = {name: together.model_of(name) for name in tables}
    values = []
    for name, table in tables.items():
        tested = table.time >= settings.evaluation.test_day * DAY
        score = models[name].score(to_unit(table, tested))
        values.append(float(average_precision_score(np.isin(table.event[tested], frauds), score)))
    return values


if __name__ == "__main__":
    main()
