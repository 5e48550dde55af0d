"""Settings without effect, refused before any work starts.

What counts is a value that differs from the usual one, however it came there, and that nothing in
the study reads.
"""

import json
from dataclasses import fields
from functools import cache
from types import SimpleNamespace
from typing import Any

import yaml  # type: ignore[import-untyped]
from pydantic import TypeAdapter

from proeftuin.sectors import DECIDING
from proeftuin.settings.arm import Arm, Detector
from proeftuin.settings.federation import Federation
from proeftuin.settings.paths import conf_dir
from proeftuin.settings.privacy import DPSGD, NoPrivacy
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import partners

#: What only gradient steps have use for, and its value where there are none.
OF_GRADIENTS = {"hidden": (), "optimiser": None, "batch_size": None, "bins": 1}


def check_effects(settings: Settings) -> list[str]:
    """Return one sentence for every setting that nothing in the study reads."""
    return [
        *_of_federation(settings),
        *_of_interventions(settings),
        *(one for name, arm in settings.arms.items() for one in _of_detector(name, arm, settings)),
        *_of_candidates(settings),
    ]


def _of_federation(settings: Settings) -> list[str]:
    federation, usual = settings.federation, _usual("federation", Federation)
    arms = settings.arms.values()
    if any(arm.regime.learning == "federated" for arm in arms):
        return []
    # whoever learns alone goes over its rows local_epochs times as well
    read = any(arm.detector.by_gradient and not isinstance(arm.privacy, DPSGD) for arm in arms)
    vertical = any(arm.regime.learning == "vertical" for arm in arms)  # check_combinations says so
    none = f"for no arm learns together ({', '.join(settings.arms)})"
    choose = "choose a regime that does, such as regime=federated"
    why = f"has no effect, {none}; leave it out, or {choose}"
    special = {"backend": f"there is nothing to deploy, {none}; {choose}"}
    if federation.name != usual.name:
        return [f"federation={federation.name}: {why}"]
    return [
        f"federation.{name}={_shown(getattr(federation, name))}: {special.get(name, why)}"
        for name in _changed(federation, usual)
        if not (name == "local_epochs" and read) and not (name == "backend" and vertical)
    ]


def _of_interventions(settings: Settings) -> list[str]:
    """Return what acts in a sector without partners; a whole file of one's own may have it."""
    intervention, usual = settings.intervention, _option("intervention")
    if intervention.name != usual["name"]:
        return []
    return [
        f"intervention.{sector}.{name}={getattr(intervention.by_sector[sector], name)}: has no "
        f"effect, for no partner of sector {sector} takes part; leave it out, or take {sector} out "
        "of world.market.absent"
        for sector in DECIDING
        if sector in usual and not partners(settings.world, sector)
        for name in _changed(intervention.by_sector[sector], SimpleNamespace(**usual[sector]))
    ]


def _of_detector(name: str, arm: Arm, settings: Settings) -> list[str]:
    detector = arm.detector
    problems = [
        f"arms.{name}.detector.{key}={_shown(getattr(detector, key))}: has no effect, for "
        f"detector={detector.name} takes no gradient steps; leave it at {_shown(unused)}"
        for key, unused in OF_GRADIENTS.items()
        if not detector.by_gradient and getattr(detector, key) != unused
    ]
    others = [other.detector for other in settings.arms.values() if "rules" not in other.measures]
    if "rules" in arm.measures and detector not in [*others, _usual("detector", Detector)]:
        problems.append(
            f"arms.{name}.detector={detector.name}: has no effect, for the measure rules takes the "
            f"place of the detector; leave out the detector, or the measure"
        )
    return problems


def _of_candidates(settings: Settings) -> list[str]:
    """Return the candidates that no arm tries, for private arms take the detector as it is."""
    arms = settings.arms.values()
    if any(isinstance(arm.privacy, NoPrivacy) and "rules" not in arm.measures for arm in arms):
        return []
    return [
        f"arms.{name}.detector.candidates={', '.join(arm.detector.candidates)}: have no effect, "
        "for private arms take the detector as it is; leave them out"
        for name, arm in settings.arms.items()
        if arm.detector.candidates
    ]


def _changed(given: Any, usual: Any) -> list[str]:
    names = [field.name for field in fields(given) if field.name not in ("name", "about")]
    return [name for name in names if getattr(given, name) != getattr(usual, name)]


@cache
def _usual(group: str, kind: Any) -> Any:
    """Return the option of a group that is used where none is chosen, as typed settings."""
    return TypeAdapter(kind).validate_json(json.dumps(_option(group)))


def _option(group: str) -> dict[str, Any]:
    """Return the option of a group that is used where none is chosen, as it is written."""
    root = yaml.safe_load((conf_dir() / "config.yaml").read_text("utf-8"))
    [option] = [one[group] for one in root["defaults"] if isinstance(one, dict) and group in one]
    path = conf_dir() / group / f"{option}.yaml"
    content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return content


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(getattr(value, "kind", "null" if value is None else value))
