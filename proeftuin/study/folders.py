"""The layout of a run folder: one folder per finished arm, and per contribution, of every world."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from proeftuin.files import new_folder, write_json
from proeftuin.settings.study import Contribution

if TYPE_CHECKING:
    from proeftuin.study.arm import ArmResult

ARMS, COALITIONS = "arms", "coalitions"


def arm_folder(folder: Path, arm: str, repetition: int) -> Path:
    """Return where the results of an arm in one world are."""
    return folder / ARMS / arm / f"seed-{repetition}"


def coalitions_folder(folder: Path, contribution: Contribution, repetition: int) -> Path:
    """Return where the values of coalitions in one world are."""
    name = f"{contribution.arm}-{contribution.players}"
    return folder / COALITIONS / name / f"seed-{repetition}"


def write_arm(result: "ArmResult", folder: Path) -> None:
    """Write all results of an arm in one world; the folder appears whole."""
    with new_folder(folder) as place:
        result.outcomes.to_parquet(place / "outcomes.parquet", index=False)
        result.cases.to_parquet(place / "cases.parquet", index=False)
        if result.scores is not None:
            result.scores.to_parquet(place / "scores.parquet", index=False)
        result.curves.to_parquet(place / "curves.parquet", index=False)
        write_json(place / "data_flows.json", [flow.to_dict() for flow in result.releases.flows])
        write_json(place / "ledgers.json", [ledger.to_dict() for ledger in result.releases.ledgers])
        write_json(place / "sent.json", [asdict(each) for each in result.releases.sent])
        write_json(place / "people.json", asdict(result.releases.people))
        write_json(place / "privacy.json", [asdict(each) for each in result.releases.guarantees])
        (place / "models").mkdir()
        for who, model in result.models.items():
            model.save(place / "models", who)
