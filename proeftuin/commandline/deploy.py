"""``proeftuin deploy``: a federated arm of a study, as folders for the machines of its parties."""

import logging
from collections.abc import Mapping
from pathlib import Path

from proeftuin.errors import SettingsError
from proeftuin.files import clear, new_folder
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import StoredWorld
from proeftuin.study.worlds import first_world

log = logging.getLogger("proeftuin")


def deploy(settings: Settings, folder: Path, host: str, *, trial: bool = False) -> list[Path]:
    """Write what each party needs to train the joint models of the study's federated arm.

    Args:
        settings: checked settings; the first of its worlds is used.
        folder: destination; must not exist.
        host: name or address of the server's machine.
        trial: whether all parties are on this machine, so that nobody has anything to hide.

    Returns:
        One folder per joint model: one per sector that trains jointly.

    Raises:
        SettingsError: the study has no or several federated arms, the arm is private and this is
            no trial, the folder exists, or nobody has anything to learn from.
    """
    name = _federated_arm(settings)
    _refuse_without_fraud(settings, name)
    privacy = settings.arms[name].privacy
    if privacy.unit is not None and not trial:
        raise SettingsError(
            [
                f"privacy={privacy.name}: a private training is deployed as a trial only, because "
                "the seed of all noise is in every party's folder, and who knows it can subtract "
                "the noise; add --trial, or use privacy=none"
            ]
        )
    clear(folder)
    if folder.exists():
        raise SettingsError([f"--to {folder}: exists already; name a folder that does not"])
    from proeftuin.federation.deployment.folders import write_parties
    from proeftuin.sharing.information import InformationSets
    from proeftuin.study.arm import training_of

    world, seeds = first_world(settings)
    arm, own = settings.arms[name], seeds.child("arms")
    inputs = InformationSets(world, seeds, settings.evaluation).inputs_of(arm.regime)
    groups, left_out = [], {}
    with new_folder(folder) as place:
        for group in inputs.together:
            tables = {desk.name: inputs.tables[desk] for desk in inputs.together[group]}
            training = training_of(tables, arm, settings, own).with_rows()
            if training.missing:
                left_out[group] = training.missing
                continue
            groups.append(group)
            write_parties(place / group, training, host=host)
        if not groups:
            raise SettingsError([_nothing_to_learn(settings, left_out)])
    for group, why in left_out.items():
        log.warning("%s is left out: %s", group, why)
    return [folder / group for group in groups]


def try_out(folder: Path) -> list[str]:
    """Run one such training on this machine, a process per party; return its summary in lines."""
    from proeftuin.federation.deployment.local import run_on_this_machine

    model = run_on_this_machine(folder)
    lines = [
        f"round {number:>3}  {what}: partner {party}" for party, number, what in model.incidents
    ]
    moved = f"{model.messages} messages, {model.bytes_moved:,} bytes"
    return [*lines, moved, str(folder / "server" / "result.npz")]


def _federated_arm(settings: Settings) -> str:
    arms = [name for name, arm in settings.arms.items() if arm.regime.learning == "federated"]
    if len(arms) != 1:
        which = ", ".join(arms) or "none"
        raise SettingsError(
            [
                f"deploy: needs one arm that learns together and study={settings.study.name} has "
                f"{len(arms)} ({which}); for example proeftuin deploy regime=federated --to FOLDER"
            ]
        )
    return arms[0]


def _refuse_without_fraud(settings: Settings, arm: str) -> None:
    """Raise if it is known before the world is made that there will be no report to learn from."""
    generated = not isinstance(settings.world, StoredWorld)
    if generated and not settings.scenario.forms and settings.arms[arm].privacy.unit is None:
        raise SettingsError(
            [
                f"scenario={settings.scenario.name}: there is no fraud in this world, so nobody "
                "has a report to learn from; choose one with fraud, such as scenario=bank_helpdesk"
            ]
        )


def _nothing_to_learn(settings: Settings, left_out: Mapping[str, str]) -> str:
    """Return that no group of partners can train in this world, why, and what to change."""
    groups = {
        why: [name for name in left_out if left_out[name] == why] for why in left_out.values()
    }
    why = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in groups.items())
    world = settings.world
    if isinstance(world, StoredWorld):
        return (
            f"world.folder={world.folder}: nothing to deploy ({why}); take another world, or more "
            f"days to learn from than evaluation.train_days={settings.evaluation.train_days}"
        )
    return (
        f"world.population.persons={world.population.persons}: nothing to deploy ({why}); raise "
        "it or the forms' orientation.enrichment, or take another seed"
    )
