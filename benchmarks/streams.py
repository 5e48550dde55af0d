"""Do random streams that arms could share, and do not, add noise? Figures in README.md.

    python benchmarks/streams.py [--worlds 6] [--trainings 6] [KEY=VALUE ...]

In each world every arm is trained several times, each time with other random streams. Printed is
the variance over trainings of arm minus ``silo``: with the streams as they are, and with streams
that arms share further: the initial weights of a column are the same in arms with more columns.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import torch
from torch import nn
from variance import RECALL, level

from proeftuin.commandline import environment
from proeftuin.detectors.network import PRIOR_LOG_ODDS, build, flat
from proeftuin.outcomes.journeys import VALUE
from proeftuin.settings.arm import Detector
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study.arm import run_arm
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, generate

ARMS = ("silo", "line_busy", "centre")
STREAMS = ("as they are", "columns")
METRICS = (*VALUE, RECALL)


def main() -> None:
    """Print the variances after every world."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--worlds", type=int, default=6)
    arguments.add_argument("--trainings", type=int, default=6)
    arguments.add_argument("settings", nargs="*", help="of the study, before any option")
    given = arguments.parse_args()
    environment.prepare()
    torch.set_num_threads(1)
    settings = settings_for(["study=demo", "world=hamlet", *given.settings])
    found = []
    for number in range(given.worlds):
        seeds = Seeds(settings.seed).child("repetition", number)
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        found.append(
            trained(
                settings,
                InformationSets(world, seeds, settings.evaluation),
                truth,
                seeds,
                given.trainings,
            )
        )
        tell(np.stack(found))


def trained(
    settings: Settings, information: InformationSets, truth: Truth, seeds: Seeds, trainings: int
) -> np.ndarray:
    """Return the outcomes of one world, (streams, trainings, arms, outcomes)."""
    shape = (len(STREAMS), trainings, len(ARMS), len(METRICS))
    found = np.zeros(shape)
    for place, streams in enumerate(STREAMS):
        for turn in range(trainings):
            for index, arm in enumerate(ARMS):
                with ExitStack() as stack, TemporaryDirectory() as scratch:
                    if streams == "columns":
                        for user in ("learning.train", "federation.training"):
                            stack.enter_context(
                                patch(f"proeftuin.{user}.initial_weights", by_column)
                            )
                    result = run_arm(
                        settings.arms[arm], settings, information, truth,
                        seeds.child("arms", turn), Path(scratch),
                    )  # fmt: skip
                found[place, turn, index] = [level(result.outcomes, each) for each in METRICS]
    return found


def by_column(columns: int, detector: Detector, seeds: Seeds) -> np.ndarray:
    """Draw initial weights so that further columns change none of the others'."""
    module = build(columns, detector)
    layers = [each for each in module.children() if isinstance(each, nn.Linear)]
    for place, layer in enumerate(layers):
        generator = torch.Generator().manual_seed(seeds.integer("initial_weights", place))
        drawn = torch.rand(layer.in_features, layer.out_features, generator=generator)
        with torch.no_grad():
            layer.weight.copy_((2 * drawn.T - 1) / layer.in_features**0.5)
            layer.bias.zero_()
    weights = flat(module)
    weights[-1] = PRIOR_LOG_ODDS
    return weights


def tell(found: np.ndarray) -> None:
    """Print the mean variance over trainings, (worlds, streams, trainings, arms, outcomes)."""
    gain = found[:, :, :, 1:] - found[:, :, :, :1]
    variance = gain.var(axis=2, ddof=1)
    mean = gain.mean(axis=2)
    print(f"{len(found)} worlds, {found.shape[2]} trainings", flush=True)
    for place, streams in enumerate(STREAMS[1:], start=1):
        for index, arm in enumerate(ARMS[1:]):
            for column, metric in enumerate(METRICS):
                before, after = variance[:, 0, index, column], variance[:, place, index, column]
                off = 100 * (mean[:, place, index, column] - mean[:, 0, index, column])
                error = off.std(ddof=1) / len(off) ** 0.5 if len(off) > 1 else np.nan
                print(
                    f"  {streams:8} {arm:10} {metric:22} ratio {after.mean() / before.mean():5.2f}"
                    f"  spread before {100 * before.mean() ** 0.5:5.2f} points, mean moves "
                    f"{off.mean():5.2f} ± {error:4.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
