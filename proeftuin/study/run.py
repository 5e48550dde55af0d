"""A study: every arm in every world, resumable, with one folder per finished arm.

A worker takes one world at a time and runs all arms that are not finished in it. An arm's folder
appears in one rename, so a killed run corrupts nothing and loses at most the arm in flight, of
which a federated training goes on after its last round.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from joblib import Parallel, delayed
from pydantic import TypeAdapter
from tqdm import tqdm

from proeftuin.errors import SettingsError
from proeftuin.files import new_folder, write_json, write_parquet
from proeftuin.metrics import COLUMNS
from proeftuin.outcomes.budgets import decisions, points
from proeftuin.outcomes.comparison import COMPARED, compare_all
from proeftuin.outcomes.contribution import channels_of, contributions, decompose, smallest
from proeftuin.settings.study import Contribution, Settings
from proeftuin.settings.sweep import curves_of
from proeftuin.settings.worlds import StoredWorld, generated
from proeftuin.study.disclosure import write_disclosure
from proeftuin.study.record import RunRecord
from scenarios.figures import Assumption, assumptions
from synthetic_data.seeds import Seeds
from synthetic_data.stored import StoredWorldError, load_world
from synthetic_data.storing import Written
from synthetic_data.world import Truth, World, generate

if TYPE_CHECKING:
    from proeftuin.study.arm import ArmResult

ARMS, COALITIONS = "arms", "coalitions"
POLL_S = 0.5


def run_study(settings: Settings, record: RunRecord) -> Path:
    """Run whatever of a study is not finished yet and gather its results in the run folder.

    Args:
        settings: checked settings.
        record: what was asked; names the folder.

    Returns:
        The run folder, with ``outcomes.parquet``, ``curves.parquet``, ``data_flows.json``,
        ``privacy.json``, ``disclosure.json`` and ``assumptions.json`` beside the record's own
        files.
    """
    folder = record.write()
    todo = {
        repetition: missing
        for repetition in range(settings.repetitions)
        if (missing := _missing(settings, folder, repetition))
        or not all(
            _coalitions_folder(folder, each, repetition).exists()
            for each in settings.study.contributions
        )
    }
    with _progress(settings, folder):
        Parallel(n_jobs=min(settings.jobs, max(1, len(todo))))(
            delayed(_run_world)(settings, folder, repetition, arms)
            for repetition, arms in todo.items()
        )
    _gather(settings, record, folder)
    return folder


def write_world(settings: Settings, folder: Path) -> Written:
    """Write the first world of a study: what each party holds, and the truth apart."""
    from synthetic_data.storing import write_world as write

    world = generated(settings.world)
    with new_folder(folder) as place:
        written = write(world, settings.scenario, _seeds(settings, 0).child("world"), place)
        if folder.exists():
            shutil.rmtree(folder)
    return written


def first_world(settings: Settings) -> tuple[World, Seeds]:
    """Return the first world of a study, without its truth, and the streams of its repetition."""
    seeds = _seeds(settings, 0)
    return _world(settings, seeds.child("world"))[0], seeds


def _seeds(settings: Settings, repetition: int) -> Seeds:
    return Seeds(settings.seed).child("repetition", repetition)


def _world(settings: Settings, seeds: Seeds) -> tuple[World, Truth]:
    """Make the world of a repetition, or read the stored one.

    Raises:
        SettingsError: not all of the stored world is there.
    """
    world = settings.world
    if not isinstance(world, StoredWorld):
        return generate(world, settings.scenario, seeds)
    try:
        return load_world(Path(world.folder), world.market.absent)
    except StoredWorldError as error:
        raise SettingsError([f"world.folder={world.folder}: {error}"]) from error


def _run_world(settings: Settings, folder: Path, repetition: int, arms: list[str]) -> None:
    """Take one world and run the given arms in it."""
    import torch

    from proeftuin.sharing.information import InformationSets
    from proeftuin.study.arm import run_arm
    from proeftuin.study.coalitions import values_of_coalitions

    torch.set_num_threads(1)  # small models: more threads only get in each other's way
    seeds = _seeds(settings, repetition)
    world, truth = _world(settings, seeds.child("world"))
    pooled = [name for name in arms if settings.arms[name].regime.learning == "pooled"]
    for group in (pooled, [name for name in arms if name not in pooled]):
        information = InformationSets(
            world, seeds
        )  # the pooled whole is gone before the rest is made
        for name in group:
            place = _arm_folder(folder, name, repetition)
            checkpoint = place.with_name(f".{place.name}-training")
            checkpoint.mkdir(parents=True, exist_ok=True)
            arm, own = settings.arms[name], seeds.child("arms")
            _write_arm(run_arm(arm, settings, information, truth, own, checkpoint), place)
            shutil.rmtree(checkpoint)
    for contribution in settings.study.contributions:
        place = _coalitions_folder(folder, contribution, repetition)
        if not place.exists():
            information = InformationSets(world, seeds)
            values = values_of_coalitions(
                contribution, settings, information, truth, seeds.child("arms")
            )
            with new_folder(place) as part:
                values.to_parquet(part / "coalitions.parquet", index=False)


def _write_arm(result: "ArmResult", folder: Path) -> None:
    """Write everything an arm gave in one world, in one go."""
    with new_folder(folder) as place:
        result.outcomes.to_parquet(place / "outcomes.parquet", index=False)
        result.curves.to_parquet(place / "curves.parquet", index=False)
        write_json(place / "data_flows.json", [flow.to_dict() for flow in result.flows])
        write_json(place / "ledgers.json", [ledger.to_dict() for ledger in result.ledgers])
        write_json(place / "sent.json", [asdict(each) for each in result.sent])
        write_json(place / "people.json", asdict(result.people))
        write_json(place / "privacy.json", [asdict(each) for each in result.guarantees])
        (place / "models").mkdir()
        for who, model in result.models.items():
            model.save(place / "models", who)


def _arm_folder(folder: Path, arm: str, repetition: int) -> Path:
    return folder / ARMS / arm / f"seed-{repetition}"


def _coalitions_folder(folder: Path, contribution: Contribution, repetition: int) -> Path:
    name = f"{contribution.arm}-{contribution.players}"
    return folder / COALITIONS / name / f"seed-{repetition}"


def _missing(settings: Settings, folder: Path, repetition: int) -> list[str]:
    return [arm for arm in settings.arms if not _arm_folder(folder, arm, repetition).exists()]


def _gather(settings: Settings, record: RunRecord, folder: Path) -> None:
    """Put the finished arms' results together in the run folder."""
    places = {
        (arm, seed): _arm_folder(folder, arm, seed)
        for arm in settings.arms
        for seed in range(settings.repetitions)
    }
    outcomes = _stacked(places, "outcomes.parquet")
    outcomes = outcomes.assign(study=settings.study.name)
    write_parquet(folder / "outcomes.parquet", outcomes[list(COLUMNS)])
    comparisons = compare_all(
        outcomes,
        baseline=settings.study.baseline,
        primary=settings.study.primary,
        confidence=settings.evaluation.confidence,
    )
    write_parquet(folder / "comparisons.parquet", comparisons)
    _gather_contributions(settings, folder, outcomes)
    _gather_sweep(settings, folder, outcomes)
    write_parquet(folder / "curves.parquet", _stacked(places, "curves.parquet"))
    private = [
        {"arm": arm, "seed": seed, **guarantee}
        for (arm, seed), place in places.items()
        for guarantee in json.loads((place / "privacy.json").read_text())
    ]
    write_json(folder / "privacy.json", private)
    write_json(folder / "data_flows.json", _mean_flows(settings, places))
    changed = [override.lstrip("+~").split("=")[0] for override in record.overrides]
    write_json(
        folder / "assumptions.json",
        [{**asdict(each), "changed": each.key in changed} for each in assumed(settings)],
    )
    write_disclosure(folder)


def assumed(settings: Settings) -> list[Assumption]:
    """Return every declared figure of a study: of fraud, the world, and what parties do."""
    measures = {
        f"arms.{name}.measures.{measure}": own
        for name, arm in settings.arms.items()
        for measure, own in arm.measures.items()
    }
    return [
        *assumptions(settings.scenario, "scenario"),
        *assumptions(settings.world, "world"),
        *assumptions(settings.intervention, "intervention"),
        *chain.from_iterable(assumptions(own, key) for key, own in measures.items()),
    ]


def _gather_contributions(settings: Settings, folder: Path, outcomes: pd.DataFrame) -> None:
    """Share gains out: over players from the values of coalitions, over channels from the arms."""
    confidence = settings.evaluation.confidence
    parts = [
        pd.read_parquet(_coalitions_folder(folder, each, seed) / "coalitions.parquet").assign(
            seed=seed
        )
        for each in settings.study.contributions
        for seed in range(settings.repetitions)
    ]
    if parts:
        coalitions = pd.concat(parts, ignore_index=True)
        shares = {(each.arm, each.players): each.share for each in settings.study.contributions}
        write_parquet(folder / "coalitions.parquet", coalitions)
        found = contributions(coalitions, confidence=confidence)
        write_parquet(folder / "contributions.parquet", found)
        write_json(folder / "smallest.json", smallest(coalitions, shares, confidence=confidence))
    plain = TypeAdapter(Settings).dump_python(settings, mode="json")["arms"]
    arms = {
        channels: name
        for name, arm in plain.items()
        if arm["privacy"]["unit"] is None
        and (channels := channels_of(arm["regime"])) is not None
        and (channels != {"signal"} or len(arm["regime"]["instruments"]) > 1)
    }
    by_channel = decompose(outcomes, arms, COMPARED, confidence)
    if len(by_channel):
        write_parquet(folder / "decomposition.parquet", by_channel)


def _gather_sweep(settings: Settings, folder: Path, outcomes: pd.DataFrame) -> None:
    """Write the curves of a sweep of budgets and what they allow to say."""
    if settings.tune is None:
        return
    curves, study = curves_of(settings.tune), settings.study
    terms: dict[str, Any] = {
        "baseline": study.baseline,
        "confidence": settings.evaluation.confidence,
    }
    write_parquet(
        folder / "budgets.parquet", points(outcomes, curves, ceiling=study.ceiling, **terms)
    )
    write_json(
        folder / "budget.json", decisions(outcomes, curves, share=settings.tune.share, **terms)
    )


def _stacked(places: dict[tuple[str, int], Path], name: str) -> pd.DataFrame:
    parts = [
        pd.read_parquet(place / name).assign(arm=arm, seed=seed)
        for (arm, seed), place in places.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _mean_flows(settings: Settings, places: dict[tuple[str, int], Path]) -> list[dict[str, object]]:
    """Average every kind of flow over the worlds."""
    rows = pd.DataFrame(
        {"arm": arm, **flow}
        for (arm, _), place in places.items()
        for flow in json.loads((place / "data_flows.json").read_text())
    )
    if rows.empty:
        return []
    key = ["arm", "sender", "receiver", "data", "form"]
    total = rows.groupby(key, sort=False)[["persons", "fields", "records", "bytes"]].sum()
    mean = (total / settings.repetitions).reset_index().assign(period=f"{settings.world.days} days")
    return mean.to_dict("records")  # type: ignore[return-value]


@contextmanager
def _progress(settings: Settings, folder: Path) -> Iterator[None]:
    """Show how many arms and contributions are finished, by counting their folders."""
    places = [
        place
        for seed in range(settings.repetitions)
        for place in (
            *(_arm_folder(folder, arm, seed) for arm in settings.arms),
            *(_coalitions_folder(folder, each, seed) for each in settings.study.contributions),
        )
    ]
    stop = threading.Event()

    def finished() -> int:
        return sum(place.exists() for place in places)

    name = settings.study.name
    with tqdm(total=len(places), initial=finished(), unit="part", desc=name) as bar:

        def watch() -> None:
            while not stop.wait(POLL_S):
                bar.update(finished() - bar.n)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()
            bar.update(finished() - bar.n)
