"""How well each detector finds fraud, at banks alone and on pooled rows: figures in README.md.

    python benchmarks/detectors.py            a world of the default size, two repetitions

Average precision of fraudulent transfers on the test days of ``study=one_arm``, each detector with
the settings of its YAML. Of banks alone, the mean over banks.
"""

import argparse
import dataclasses

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin import telemetry
from proeftuin.compose import settings_for
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.learning import learn_each
from proeftuin.settings import Settings
from proeftuin.sharing.informed import Informed
from proeftuin.split import split_rows, to_unit
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, generate

DETECTORS = ("logistic", "logistic_binned", "mlp", "mlp_binned", "boosted_trees")


def main() -> None:
    """Print a line per detector."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repetitions", type=int, default=2)
    arguments.add_argument("overrides", nargs="*", help="such as world=hamlet")
    chosen = arguments.parse_args()
    telemetry.switch_off()
    torch.set_num_threads(1)
    every = {
        name: settings_for(["study=one_arm", f"detector={name}", *chosen.overrides])
        for name in DETECTORS
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in DETECTORS}
    settings = every[DETECTORS[0]]
    for repetition in range(chosen.repetitions):
        seeds = Seeds(settings.seed).child("repetition", repetition)
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        informed = Informed(world, seeds)
        everyone = frozenset(name for names in world.partners.values() for name in names)
        banks = tuple(desk for desk in informed.desks if desk.sector == "bank")
        pooled = informed.pooled(banks, everyone)
        alone = {desk.name: informed.own(desk) for desk in banks}
        for name, one in every.items():
            silo = precisions(alone, one, truth, seeds)
            centre = precisions({"centre": pooled}, one, truth, seeds)
            found[name].append((float(np.mean(silo)), centre[0]))
            print(name, repetition, found[name][-1], flush=True)
    print(f"{'':18}{'banks alone':>14}{'pooled':>10}")
    for name, pairs in found.items():
        print(f"{name:18}{np.mean(pairs, axis=0)[0]:14.3f}{np.mean(pairs, axis=0)[1]:10.3f}")


def precisions(
    tables: dict[str, FeatureTable], settings: Settings, truth: Truth, seeds: Seeds
) -> list[float]:
    """Let owners learn each on its own rows, and return the average precision of each."""
    arm = settings.arms["silo"]
    arm = dataclasses.replace(arm, detector=settings.arms["chosen"].detector)
    splits = {
        name: split_rows(table, settings.evaluation, seeds.child("split", name))
        for name, table in tables.items()
    }
    names = next(iter(tables.values())).names
    learned = learn_each(splits, names, arm, settings.federation, seeds=seeds.child("arms"))
    transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    values = []
    for name, table in tables.items():
        tested = table.time >= settings.evaluation.test_day * DAY
        fraud = np.isin(table.event[tested], transfers)
        if fraud.any():
            score = learned[name].model.score(to_unit(table, tested))
            values.append(float(average_precision_score(fraud, score)))
    return values


if __name__ == "__main__":
    main()
