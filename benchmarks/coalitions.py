"""How far the shared models of coalitions are from models trained anew: figures in README.md.

    python benchmarks/coalitions.py [--worlds 8]

Shares of the loss stopped and of victims spared in worlds of ``study=value_of_sharing``: by the
arms ``silo`` and ``chain``, and by the models that value the coalitions of sectors of ``chain``,
for the empty and the full coalition. Beside it ``silo`` with every report in training six times.
"""

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import torch

import proeftuin.study.arm
from proeftuin.commandline import environment
from proeftuin.decisions.holds import no_holds
from proeftuin.features.split import Split, split_rows
from proeftuin.outcomes.journeys import cases_of, follow, value_of
from proeftuin.outcomes.reference import Reference
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study.coalitions import LEARNED_FROM, Surrogate
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, generate

METRICS = ("stopped_share", "victims_spared_share")


def main() -> None:
    """Print both shares, in per cent, for every world, and the errors of the shared models."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--worlds", type=int, default=8)
    worlds = arguments.parse_args().worlds
    environment.prepare()
    torch.set_num_threads(1)
    settings = settings_for(["study=value_of_sharing"])
    found = []
    for repetition in range(worlds):
        seeds = Seeds(settings.seed).child("repetition", repetition)
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        found.append(
            measured(
                settings,
                InformationSets(world, seeds, settings.evaluation),
                truth,
                seeds.child("arms"),
            )
        )
        print(repetition, {name: np.round(100 * shares, 1) for name, shares in found[-1].items()})
    by_name = {name: np.array([one[name] for one in found]) for name in found[0]}
    anew = by_name["chain"] - by_name["silo"]
    differences = {
        "nobody - silo": by_name["nobody"] - by_name["silo"],
        "everybody - chain": by_name["everybody"] - by_name["chain"],
        "gain of everybody - gain of chain": by_name["everybody"] - by_name["nobody"] - anew,
        "silo, reports six times - silo": by_name["heavier"] - by_name["silo"],
    }
    for name, each in differences.items():
        mean, size = 100 * each.mean(0), 100 * np.abs(each).mean(0)
        error = 100 * each.std(0, ddof=1) / np.sqrt(worlds)
        for place, metric in enumerate(METRICS):
            print(
                f"{name:34} {metric:22} mean {mean[place]:5.1f} (standard error "
                f"{error[place]:.1f}), mean size {size[place]:.1f}"
            )


def measured(
    settings: Settings, information: InformationSets, truth: Truth, seeds: Seeds
) -> dict[str, np.ndarray]:
    """Return both shares by every model, in one world."""
    found = {name: of_arm(name, settings, information, truth, seeds) for name in ("silo", "chain")}
    proeftuin.study.arm.split_rows = heavier  # type: ignore[assignment]
    found["heavier"] = of_arm("silo", settings, information, truth, seeds)
    proeftuin.study.arm.split_rows = split_rows
    shared = Surrogate(settings.arms["chain"], "sectors", settings, information, seeds)
    cases = cases_of(Reference.of(information, truth, settings))
    for name, coalition in (("nobody", frozenset()), ("everybody", frozenset(shared.players))):
        value = value_of(follow(cases, shared.actions(coalition), no_holds()), cases)
        of_all = value[value["fraud_form"] == "all"].set_index("metric")["value"]
        found[name] = of_all[list(METRICS)].to_numpy(dtype=float)
    return found


def of_arm(
    name: str, settings: Settings, information: InformationSets, truth: Truth, seeds: Seeds
) -> np.ndarray:
    """Return both shares of an arm that is trained anew."""
    with tempfile.TemporaryDirectory() as scratch:
        arm = settings.arms[name]
        result = proeftuin.study.arm.run_arm(
            arm, settings, information, truth, seeds, Path(scratch)
        )
    rows = result.outcomes
    of_all = rows[(rows["partner"] == "all") & (rows["fraud_form"] == "all")]
    return of_all.set_index("metric")["value"][list(METRICS)].to_numpy(dtype=float)


def heavier(*given: object) -> Split:
    """Choose rows as studies do, and repeat every row with a report as often as coalitions do."""
    split = split_rows(*given)  # type: ignore[arg-type]
    y = split.train_y
    more = np.repeat(np.flatnonzero(y > 0), LEARNED_FROM - 1)
    train = np.concatenate([np.arange(len(y)), more])
    return dataclasses.replace(
        split,
        train_x=split.train_x[train],
        train_y=split.train_y[train],
        train_customer=split.train_customer[train],
    )


if __name__ == "__main__":
    main()
