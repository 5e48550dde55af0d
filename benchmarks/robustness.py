"""Does a detail of training decide which form of sharing wins? Figures in README.md.

    python benchmarks/robustness.py [--worlds 24] [--first 0] [--csv FILE]

The arms of ``study=robustness`` in the same worlds, as they are and with one detail of training
changed: each arm's gain in fraud found within the budget, over a bank alone and over today's
practice, and by how much the change moves it, with an interval over worlds. Validation days are not
among them, because without candidates nothing looks at them (a test holds that, to the bit). The
last change is no detail but an assumption: every report comes two weeks later.
"""

import argparse
import dataclasses
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch

from proeftuin.commandline import environment
from proeftuin.features.table import DAY
from proeftuin.metrics import ALL
from proeftuin.outcomes.intervals import interval
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study.arm import run_arm
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate

METRICS = ("recall_at_budget", "average_precision")
USUAL, LATER, SEED = "as it is", "reports 14 days later", "another seed of training"
BASELINES = ("silo", "today")
LATER_DAYS = 14
#: Details of training, as they are typed.
CHANGES = {
    "three times the honest rows": "evaluation.negatives_kept=0.3",
    "rounds 40 to 64": "detector.rounds=64",
    "batches of 1024 to 512": "detector.batch_size=512",
}


def main() -> None:
    """Print how far every change moves every gain."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--worlds", type=int, default=24)
    arguments.add_argument("--first", type=int, default=0, help="number of the first world")
    arguments.add_argument("--csv", type=Path, help="also write every number to this file")
    given = arguments.parse_args()
    environment.prepare()
    torch.set_num_threads(1)
    found = []
    for number in range(given.first, given.first + given.worlds):
        found.append(of_world(number))
        if given.csv is not None:
            pd.concat(found).to_csv(given.csv, index=False, float_format="%.6f")
        print(f"world {number}", flush=True)
    print(summary(pd.concat(found)).to_string(index=False))


def of_world(number: int) -> pd.DataFrame:
    """Return ``world, change, arm, metric, value`` of one world."""
    usual = settings_for(["study=robustness"])
    seeds = Seeds(usual.seed).child("repetition", number)
    world, truth = generate(usual.world, usual.scenario, seeds.child("world"))
    information = InformationSets(world, seeds, usual.evaluation)
    arms = seeds.child("arms")
    rows = _of_arms(USUAL, usual, information, truth, arms)
    for name, typed in CHANGES.items():
        changed = settings_for(["study=robustness", typed])
        known = information
        if changed.evaluation != usual.evaluation:
            known = InformationSets(world, seeds, changed.evaluation)
        rows += _of_arms(name, changed, known, truth, arms)
    rows += _of_arms(SEED, usual, information, truth, seeds.child("arms", 1))
    late = InformationSets(_told_later(world), seeds, usual.evaluation)
    rows += _of_arms(LATER, usual, late, truth, arms)
    table = pd.DataFrame(rows, columns=["change", "arm", "metric", "value"])
    return table.assign(world=number)


def _of_arms(
    change: str, settings: Settings, information: InformationSets, truth: Truth, seeds: Seeds
) -> list[tuple[str, str, str, float]]:
    rows = []
    for name, arm in settings.arms.items():
        with TemporaryDirectory() as scratch:
            result = run_arm(arm, settings, information, truth, seeds, Path(scratch))
        of_all = result.outcomes[
            (result.outcomes["partner"] == ALL) & (result.outcomes["fraud_form"] == ALL)
        ].set_index("metric")["value"]
        rows += [(change, name, metric, float(of_all[metric])) for metric in METRICS]
    return rows


def _told_later(world: World) -> World:
    """Return the world with every report known some days later."""
    known = world.labels["known_at"] + LATER_DAYS * DAY
    labels = world.labels.assign(known_at=known)
    return dataclasses.replace(world, labels=labels[known < labels["withdrawn_at"]])


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return gains, and how far each change moves them, in points, over worlds.

    A row without a baseline has the level itself.
    """
    lines = []
    for metric, of_metric in found.groupby("metric", sort=False):
        level = 100 * of_metric.pivot(index="world", columns=["change", "arm"], values="value")
        for over in (None, *BASELINES):
            gains = level if over is None else level - _as_wide(level, over)
            moved = gains - _as_wide(gains, USUAL, axis="change")
            for change, arm in gains.columns:
                if over == arm or (over is None and arm not in BASELINES):
                    continue
                by_world = moved[change, arm].to_numpy()
                low, high = interval(by_world, 0.95) if np.ptp(by_world) else (0.0, 0.0)
                gain = gains[change, arm].to_numpy()
                least, most = interval(gain, 0.95)
                lines.append(
                    {
                        "metric": metric,
                        "change": change,
                        "arm": arm,
                        "over": over or "",
                        "points": f"{gain.mean():+.1f} [{least:+.1f}, {most:+.1f}]",
                        "moved": f"{by_world.mean():+.1f} [{low:+.1f}, {high:+.1f}]",
                    }
                )
    return pd.DataFrame(lines)


def _as_wide(level: pd.DataFrame, key: str, axis: str = "arm") -> pd.DataFrame:
    """Repeat the columns of one arm, or of one change, for all of them."""
    some = level.xs(key, axis=1, level=axis)
    wide = some[level.columns.get_level_values("change" if axis == "arm" else "arm")]
    return wide.set_axis(level.columns, axis=1)


if __name__ == "__main__":
    main()
