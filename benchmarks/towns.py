"""Many small towns with what partners did in each: kept for the benchmarks of intervals.

    python benchmarks/towns.py FOLDER [KEY=VALUE ...] [--worlds 60]

Every world of ``study=demo`` has its own people, frauds and training. A world that is there already
is not made again. ``variance.py`` and ``within.py`` read the folder.
"""

import argparse
import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch

import proeftuin.study.arm
from proeftuin.commandline import environment
from proeftuin.decisions.actions import Decisions, actions_of
from proeftuin.outcomes.arm import Judgement, arm_outcomes
from proeftuin.outcomes.journeys import Cases, cases_of
from proeftuin.outcomes.reference import Reference
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate

ARMS = ("silo", "line_busy", "federated", "federated_line_busy", "centre")


@dataclass(frozen=True)
class Town:
    """One world, and what partners did in it under every arm.

    Attributes:
        cases: the cases to follow.
        truth: of every case its campaign and group, if there is a record of them.
        actions, held, outcomes: by arm; see ``decisions.actions`` and ``outcomes.arm``.
    """

    cases: Cases
    truth: pd.DataFrame
    actions: dict[str, pd.DataFrame]
    held: dict[str, pd.DataFrame]
    outcomes: dict[str, pd.DataFrame]


def main() -> None:
    """Make the towns that are not there yet."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--worlds", type=int, default=60)
    arguments.add_argument("settings", nargs="*", help="of the study, before any option")
    given = arguments.parse_args()
    environment.prepare()
    torch.set_num_threads(1)
    settings = settings_for(["study=demo", *given.settings])
    given.folder.mkdir(parents=True, exist_ok=True)
    for number in range(given.worlds):
        place = given.folder / f"{number:03}.pickle"
        if not place.exists():
            town = town_of(settings, Seeds(settings.seed).child("repetition", number))
            part = place.with_suffix(".part")
            part.write_bytes(pickle.dumps(vars(town)))
            part.rename(place)
            print(number, flush=True)


def stored(folder: Path) -> Iterator[Town]:
    """Return the towns of a folder, one by one."""
    for place in sorted(folder.glob("*.pickle")):
        yield Town(**pickle.loads(place.read_bytes()))


def town_of(settings: Settings, seeds: Seeds) -> Town:
    """Make one world and run every arm in it."""
    world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
    information = InformationSets(world, seeds, settings.evaluation)
    town = Town(
        cases=cases_of(Reference.of(information, truth, settings)), truth=truth.cases,
        actions={}, held={}, outcomes={},
    )  # fmt: skip
    for name in ARMS:

        def keep(decisions: Decisions, reference: Reference, name: str = name) -> Judgement:
            town.actions[name] = actions_of(decisions.scored, decisions.blocks, world)
            town.held[name] = decisions.held
            judged = arm_outcomes(decisions, reference)
            town.outcomes[name] = judged.outcomes
            return judged

        proeftuin.study.arm.arm_outcomes = keep  # type: ignore[assignment]
        with tempfile.TemporaryDirectory() as scratch:
            proeftuin.study.arm.run_arm(
                settings.arms[name], settings, information, truth, seeds.child("arms"),
                Path(scratch),
            )  # fmt: skip
    return town


if __name__ == "__main__":
    main()
