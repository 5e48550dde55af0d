"""A study: every arm in every world, resumable, with one folder per finished arm.

A worker takes one world at a time and runs all arms that are not finished in it. An arm's folder
appears in one rename, so a killed run corrupts nothing and loses at most the arm in progress; a
federated training of that arm resumes after its last finished round.
"""

import shutil
from pathlib import Path

from joblib import Parallel, delayed

from proeftuin.files import new_folder
from proeftuin.settings.study import Settings
from proeftuin.study.folders import arm_folder, coalitions_folder, write_arm
from proeftuin.study.gathering import gather
from proeftuin.study.progress import progress
from proeftuin.study.record import RunRecord
from proeftuin.study.worlds import seeds_of, world_of


def run_study(settings: Settings, record: RunRecord) -> Path:
    """Run the unfinished part of a study and gather all results in the run folder.

    Args:
        settings: checked settings.
        record: the request; names the folder.

    Returns:
        The run folder, with ``outcomes.parquet``, ``curves.parquet``, ``data_flows.json``,
        ``privacy.json``, ``disclosure.json`` and ``assumptions.json`` beside the record's own
        files.
    """
    folder = record.write()
    repetitions = range(settings.repetitions)
    places = {seed: _places(settings, folder, seed) for seed in repetitions}
    todo = [seed for seed in repetitions if not all(place.exists() for place in places[seed])]
    with progress([place for seed in repetitions for place in places[seed]], settings.study.name):
        Parallel(n_jobs=min(settings.jobs, max(1, len(todo))))(
            delayed(_run_world)(settings, folder, seed, _missing(settings, folder, seed))
            for seed in todo
        )
    gather(settings, record, folder)
    return folder


def _run_world(settings: Settings, folder: Path, repetition: int, arms: list[str]) -> None:
    """Make one world and run the given arms in it."""
    import torch

    from proeftuin.sharing.information import InformationSets
    from proeftuin.study.arm import run_arm
    from proeftuin.study.coalitions import values_of_coalitions

    torch.set_num_threads(1)  # small models: more threads only get in each other's way
    seeds = seeds_of(settings, repetition)
    world, truth = world_of(settings, seeds.child("world"))
    pooled = [name for name in arms if settings.arms[name].regime.learning == "pooled"]
    for group in (pooled, [name for name in arms if name not in pooled]):
        # The pooled tables are freed before those of the other arms are made.
        information = InformationSets(world, seeds)
        for name in group:
            place = arm_folder(folder, name, repetition)
            checkpoint = place.with_name(f".{place.name}-training")
            checkpoint.mkdir(parents=True, exist_ok=True)
            arm, own = settings.arms[name], seeds.child("arms")
            write_arm(run_arm(arm, settings, information, truth, own, checkpoint), place)
            shutil.rmtree(checkpoint)
    for contribution in settings.study.contributions:
        place = coalitions_folder(folder, contribution, repetition)
        if not place.exists():
            information = InformationSets(world, seeds)
            values = values_of_coalitions(
                contribution, settings, information, truth, seeds.child("arms")
            )
            with new_folder(place) as part:
                values.to_parquet(part / "coalitions.parquet", index=False)


def _missing(settings: Settings, folder: Path, repetition: int) -> list[str]:
    """Return the arms that are not finished in a world."""
    return [arm for arm in settings.arms if not arm_folder(folder, arm, repetition).exists()]


def _places(settings: Settings, folder: Path, repetition: int) -> list[Path]:
    """Return the folders that exist once a world is finished."""
    return [
        *(arm_folder(folder, arm, repetition) for arm in settings.arms),
        *(coalitions_folder(folder, each, repetition) for each in settings.study.contributions),
    ]
