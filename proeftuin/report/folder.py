"""Reading a run folder: the files a report is made from, and nothing else."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from proeftuin.errors import RunFolderError
from proeftuin.metrics import COLUMNS
from proeftuin.outcomes import budgets, comparison, explained
from proeftuin.run_files import (
    AssumptionRecord,
    Config,
    FlowRecord,
    GuaranteeRecord,
    Manifest,
    Record,
    read_as,
    read_table,
)
from synthetic_data.schema import SECTORS

CURVE_COLUMNS = ("arm", "seed", "partner", "round", "metric", "value")
#: Columns of tables that not every study has.
COALITIONS = ("arm", "players", "seed", "coalition", "fraud_form", "metric", "value", "fields")
CONTRIBUTIONS = ("arm", "players", "player", "fraud_form", "metric", "part", "low", "high")
DECOMPOSITION = ("channel", "fraud_form", "metric", "part", "low", "high")
#: Keys of ``config.yaml`` that the report requires.
CONFIG_KEYS = (
    "arms",
    "study.name",
    "study.question_en",
    "study.question_nl",
    "study.baseline",
    "study.ceiling",
    "evaluation.confidence",
    "intervention.bank.alerts_per_1000",
    "world.population.persons",
    "world.market.bank",
    "world.market.absent",
    "scenario.forms",
)


@dataclass(frozen=True)
class RunFolder:
    """The contents of a run folder.

    Attributes:
        config: resolved settings, shape of :class:`proeftuin.settings.study.Settings`.
        manifest: fingerprint, command, overrides, versions, commit, hardware, python.
        outcomes: the tidy table of :mod:`proeftuin.metrics`.
        comparisons: the paired differences of :mod:`proeftuin.outcomes.comparison`.
        flows: data flows between parties, means over the worlds.
        privacy: the guarantees given, one per arm, world and partner.
        assumptions: every declared figure of the world, with its source mark.
        curves: learning curves.
        coalitions: outcomes of every coalition of players in every world; empty if not measured.
        contributions: Shapley values of the players, with intervals; may be empty.
        explained: what each kind of facts of a centre adds alone, and the mildest sharing that
            gives as much; may be empty.
        decomposition: what model, signal and label each add; may be empty.
        disclosure: guarantees, disclosures and what is not protected (``disclosure.json``); empty
            for a run of a version without it.
        smallest: the smallest coalitions that keep most of the gain; may be empty.
        budgets: outcomes at every privacy budget of a sweep, with reference lines; may be empty.
        decisions: the conclusion of each curve of the sweep; may be empty.
    """

    config: Record
    manifest: Record
    outcomes: pd.DataFrame
    comparisons: pd.DataFrame
    flows: list[Record]
    privacy: list[Record]
    assumptions: list[Record]
    curves: pd.DataFrame
    coalitions: pd.DataFrame
    contributions: pd.DataFrame
    explained: pd.DataFrame
    decomposition: pd.DataFrame
    smallest: list[Record]
    budgets: pd.DataFrame
    decisions: list[Record]
    disclosure: Record


def read_run_folder(folder: Path) -> RunFolder:
    """Read a run folder.

    Raises:
        RunFolderError: a file is missing, cannot be read or lacks what the report needs.
    """
    config: Record = read_as(folder / "config.yaml", Config)
    if lookup(config, "world.stored") is not None:
        config |= _as_if_generated(config)
    missing = [key for key in CONFIG_KEYS if lookup(config, key) is None]
    missing += [
        f"arms.{name}.{part}.name"
        for name, arm in (lookup(config, "arms") or {}).items()
        for part in ("regime", "privacy", "detector")
        if lookup(arm, f"{part}.name") is None
    ]
    missing += [
        f"scenario.forms.{name}.orientation.enrichment"
        for name, form in (lookup(config, "scenario.forms") or {}).items()
        if lookup(form, "orientation.enrichment") is None
    ]
    if missing:
        raise RunFolderError(f"{folder / 'config.yaml'}: lacks {', '.join(missing)}")
    return RunFolder(
        config=config,
        manifest=read_as(folder / "manifest.json", Manifest),
        outcomes=read_table(folder / "outcomes.parquet", COLUMNS),
        comparisons=read_table(folder / "comparisons.parquet", comparison.COLUMNS),
        flows=read_as(folder / "data_flows.json", list[FlowRecord]),
        privacy=read_as(folder / "privacy.json", list[GuaranteeRecord]),
        assumptions=read_as(folder / "assumptions.json", list[AssumptionRecord]),
        curves=read_table(folder / "curves.parquet", CURVE_COLUMNS),
        coalitions=_read_optional(folder / "coalitions.parquet", COALITIONS),
        contributions=_read_optional(folder / "contributions.parquet", CONTRIBUTIONS),
        explained=_read_optional(folder / "explained.parquet", explained.COLUMNS),
        decomposition=_read_optional(folder / "decomposition.parquet", DECOMPOSITION),
        smallest=_read_records(folder / "smallest.json"),
        budgets=_read_optional(folder / "budgets.parquet", budgets.COLUMNS),
        decisions=_read_records(folder / "budget.json"),
        disclosure=read_as(extra, Record) if (extra := folder / "disclosure.json").exists() else {},
    )


def _as_if_generated(config: Record) -> Record:
    """Return people, market and fraud of a stored world under the keys of a generated one."""
    world, about = config["world"], config["world"]["stored"]
    customers = about["customers"]
    whole = sum(customers.values())
    present = about["partners"].keys() - {*world["market"]["absent"]}
    market = {
        **{sector: dict.fromkeys(names) for sector, names in about["partners"].items()},
        "bank": {name: round(count / whole, 3) for name, count in customers.items()},
        "absent": [sector for sector in SECTORS if sector not in present],
    }
    # A stored world is not enriched.
    forms = {name: {"orientation": {"enrichment": 1}} for name in about["forms"]}
    return {
        "world": {**world, "population": {"persons": about["persons"]}, "market": market},
        "scenario": {"forms": forms},
    }


def lookup(settings: Any, dotted: str) -> Any:
    """Return the value at a dotted key of nested mappings, or None."""
    for key in dotted.split("."):
        settings = settings.get(key) if isinstance(settings, dict) else None
    return settings


def _read_optional(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    return read_table(path, columns) if path.exists() else pd.DataFrame(columns=list(columns))


def _read_records(path: Path) -> list[Record]:
    return read_as(path, list[Record]) if path.exists() else []
