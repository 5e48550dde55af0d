"""The results of a study's finished arms, gathered in its run folder."""

import json
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import pandas as pd

from proeftuin.files import write_json, write_parquet
from proeftuin.outcomes.costs import mean_flows
from proeftuin.outcomes.tables import study_tables
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import StoredWorld, persons
from proeftuin.study.disclosure import write_disclosure
from proeftuin.study.folders import arm_folder, coalitions_folder
from proeftuin.study.record import RunRecord
from scenarios.parameters import Assumption, assumptions


def gather(settings: Settings, record: RunRecord, folder: Path) -> None:
    """Read the results of the finished arms and write the tables of the study."""
    places = {
        (arm, seed): arm_folder(folder, arm, seed)
        for arm in settings.arms
        for seed in range(settings.repetitions)
    }
    outcomes = _stacked(places, "outcomes.parquet")
    tables = study_tables(
        outcomes, _coalitions(settings, folder), settings, _cases(places, settings)
    )
    for name, table in tables.items():
        if isinstance(table, pd.DataFrame):
            write_parquet(folder / name, table)
        else:
            write_json(folder / name, table)
    write_parquet(folder / "curves.parquet", _stacked(places, "curves.parquet"))
    write_json(folder / "privacy.json", _records(places, "privacy.json"))
    flows = _records(places, "data_flows.json")
    about = {"days": settings.world.days, "people": persons(settings.world)}
    write_json(folder / "data_flows.json", mean_flows(flows, worlds=settings.repetitions, **about))
    changed = {change.key for change in record.changed}
    write_json(
        folder / "assumptions.json",
        [{**asdict(each), "changed": each.key in changed} for each in assumed(settings)],
    )
    write_disclosure(folder)


def assumed(settings: Settings) -> list[Assumption]:
    """Return every declared parameter of a study: of fraud, the world, interventions, measures."""
    measures = {
        f"arms.{name}.measures.{measure}": own
        for name, arm in settings.arms.items()
        for measure, own in arm.measures.items()
    }
    return [
        *assumptions(settings.scenario, "scenario"),
        *assumptions(settings.world, "world"),
        *chain.from_iterable(
            assumptions(each, f"intervention.{sector}")
            for sector, each in settings.intervention.by_sector.items()
        ),
        *chain.from_iterable(assumptions(own, key) for key, own in measures.items()),
    ]


def _cases(
    places: dict[tuple[str, int], Path], settings: Settings
) -> dict[str, pd.DataFrame] | None:
    """Return the cases of a stored world by arm; None if worlds are generated, to be compared."""
    if not isinstance(settings.world, StoredWorld):
        return None
    return {arm: pd.read_parquet(place / "cases.parquet") for (arm, _), place in places.items()}


def _coalitions(settings: Settings, folder: Path) -> pd.DataFrame | None:
    """Return the values of all coalitions in all worlds; None if the study asks for none."""
    parts = [
        pd.read_parquet(coalitions_folder(folder, each, seed) / "coalitions.parquet").assign(
            seed=seed
        )
        for each in settings.study.contributions
        for seed in range(settings.repetitions)
    ]
    return pd.concat(parts, ignore_index=True) if parts else None


def _stacked(places: dict[tuple[str, int], Path], name: str) -> pd.DataFrame:
    parts = [
        pd.read_parquet(place / name).assign(arm=arm, seed=seed)
        for (arm, seed), place in places.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _records(places: dict[tuple[str, int], Path], name: str) -> list[dict[str, object]]:
    """Return the records of a file in all folders, each with its arm and world."""
    return [
        {"arm": arm, "seed": seed, **each}
        for (arm, seed), place in places.items()
        for each in json.loads((place / name).read_text("utf-8"))
    ]
