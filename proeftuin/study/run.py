"""A study: every arm in every world, resumable, with one folder per finished arm.

A worker takes one world at a time and runs all arms that are not finished in it. An arm's folder
appears in one rename, so a killed run corrupts nothing and loses at most the arm in progress; a
federated training of that arm resumes after its last finished round. One process at a time works in
a run folder; the same command, given twice, waits and then finds everything there.
"""

import ctypes
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from joblib import Parallel, delayed

from proeftuin.files import alone, new_folder, workshop
from proeftuin.settings.study import Settings
from proeftuin.study.folders import arm_folder, coalitions_folder, write_arm
from proeftuin.study.gathering import gather
from proeftuin.study.progress import POLL_S, progress
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
    with alone(folder):
        _run_missing(settings, folder)
        gather(settings, record, folder)
    return folder


def _run_missing(settings: Settings, folder: Path) -> None:
    """Run everything that is not finished, worlds in parallel."""
    repetitions = range(settings.repetitions)
    places = {seed: _places(settings, folder, seed) for seed in repetitions}
    every = [place for seed in repetitions for place in places[seed]]
    todo = [seed for seed in repetitions if not all(place.exists() for place in places[seed])]
    with progress(every, settings.study.name), workshop(folder / "workers") as scratch:
        Parallel(n_jobs=min(settings.jobs, max(1, len(todo))), temp_folder=scratch)(
            delayed(_run_in_worker)(
                os.getpid(), settings, folder, seed, _missing(settings, folder, seed)
            )
            for seed in todo
        )
    for place in every:
        shutil.rmtree(_checkpoint(place), ignore_errors=True)  # of a run killed just before this


def _run_in_worker(
    parent: int, settings: Settings, folder: Path, repetition: int, arms: list[str]
) -> None:
    with _ending_with(parent):
        _run_world(settings, folder, repetition, arms)
    _give_memory_back()


def _give_memory_back() -> None:
    """Return freed memory to the system: glibc keeps it, and joblib ends a worker that grows."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def _ending_with(parent: int) -> Iterator[None]:
    """End this process if its parent is killed, so that it never works beside the next run."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(POLL_S):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

    if os.getpid() != parent:
        threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _run_world(settings: Settings, folder: Path, repetition: int, arms: list[str]) -> None:
    """Make one world and run the given arms in it."""
    import torch

    from proeftuin.sharing.information import InformationSets
    from proeftuin.study.arm import run_arm
    from proeftuin.study.coalitions import values_of_coalitions
    from proeftuin.study.explained import values_of_facts

    torch.set_num_threads(1)  # small models: more threads only get in each other's way
    seeds = seeds_of(settings, repetition)
    world, truth = world_of(settings, seeds.child("world"))
    pooled = [name for name in arms if settings.arms[name].regime.learning == "pooled"]
    information = InformationSets(world, seeds, settings.evaluation)
    for group in (pooled, [name for name in arms if name not in pooled]):
        for name in group:
            place = arm_folder(folder, name, repetition)
            checkpoint = _checkpoint(place)
            checkpoint.mkdir(parents=True, exist_ok=True)
            arm, own = settings.arms[name], seeds.child("arms")
            write_arm(run_arm(arm, settings, information, truth, own, checkpoint), place)
            shutil.rmtree(checkpoint)
        information.forget()  # the pooled tables, before those of the other arms are made
    for contribution in settings.study.contributions:
        place = coalitions_folder(folder, contribution, repetition)
        if not place.exists():
            valued = values_of_facts if contribution.players == "facts" else values_of_coalitions
            values = valued(contribution, settings, information, truth, seeds.child("arms"))
            with new_folder(place) as part:
                values.to_parquet(part / "coalitions.parquet", index=False)
            information.forget()


def _checkpoint(place: Path) -> Path:
    """Return where the trainings of an arm in progress save how far they are."""
    return place.with_name(f".{place.name}-training")


def _missing(settings: Settings, folder: Path, repetition: int) -> list[str]:
    """Return the arms that are not finished in a world."""
    return [arm for arm in settings.arms if not arm_folder(folder, arm, repetition).exists()]


def _places(settings: Settings, folder: Path, repetition: int) -> list[Path]:
    """Return the folders that exist once a world is finished."""
    return [
        *(arm_folder(folder, arm, repetition) for arm in settings.arms),
        *(coalitions_folder(folder, each, repetition) for each in settings.study.contributions),
    ]
