"""What a user chose that is not the default, from values alone: not from what was typed.

The one source of what ``proeftuin check`` and the end of a run list, and of which figures a report
calls changed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hydra import compose
from omegaconf import DictConfig, OmegaConf

from proeftuin.settings.compose import CONFIG_NAME
from proeftuin.settings.paths import conf_dirs

#: What a study, scenario or regime brings along is no choice of the user's: these go in order.
STAGES = (r"study", r"[a-z]+", r"(?!instrument)[a-z]+@.*", r"instrument@.*")
#: Groups of figures, which count as changed whoever changed them: a study as well as a user.
FIGURES = ("world", "scenario", "intervention")
#: Keys that name and describe an option; an own file has its own.
WORDS = ("name", "about", "question_en", "question_nl")


@dataclass(frozen=True)
class Change:
    """An option or value that is not the default.

    Attributes:
        key: group of the option, or dotted key of the value.
        text: the line that is shown for it.
    """

    key: str
    text: str


def changes_of(cfg: DictConfig, choices: Mapping[str, str]) -> list[Change]:
    """Return the chosen options and values that are not the defaults; to be called in a Hydra job.

    The default of a value is what the chosen options say; of a figure, what they say without the
    study, which may change figures for its question. A file of the user's own sets no
    defaults: its values are held against the option of its name that comes with the program or a
    plug-in, or else against the usual option.

    Args:
        cfg: the composed configuration.
        choices: option by group, as Hydra's runtime reports it.
    """
    asked, found = _composed(choices)
    ours = _with_ours(cfg, choices)
    shipped = asked if ours == choices else _composed(ours)[0]
    present = OmegaConf.to_container(cfg)
    found += [Change(key, f"~{key} (left out)") for key in _missing(asked, present)]
    defaults = _flat(asked)
    for key, value in _flat(shipped).items():
        if key.rpartition(".")[2] not in WORDS:
            defaults[key] = value
    defaults |= _figures(ours)
    for key, value in _flat(present).items():
        default = defaults.get(key)
        meant = OmegaConf.select(cfg, key) if "${" in str(value) else value
        if default not in (value, meant):
            found.append(Change(key, f"{key}={_typed(meant)} (default {_typed(default)})"))
    return found


def _composed(choices: Mapping[str, str]) -> tuple[Any, list[Change]]:
    """Return the configuration of some options, and which of them are not the usual ones."""
    base = _usual()
    found: list[Change] = []
    flags: list[str] = []
    for stage in STAGES:
        usual = dict(base.hydra.runtime.choices)
        chosen = {
            group: option
            for group, option in choices.items()
            if re.fullmatch(stage, group) and option != usual.get(group)
        }
        for group, option in chosen.items():
            default = _typed(usual.get(group))
            found.append(Change(group, f"{group}={option} (default {default})"))
            flags.append(f"{'' if group in usual else '+'}{group}={option}")
        if chosen:
            base = _with_hydra(flags)
    plain: Any = OmegaConf.to_container(base)
    del plain["hydra"]
    return plain, found


def _figures(choices: Mapping[str, str]) -> dict[str, Any]:
    """Return the figures of some options as they are in every study."""
    groups = {
        each: option
        for each, option in choices.items()
        if (each.partition("@")[2] or each).partition(".")[0] in FIGURES
    }
    return {
        key: value
        for key, value in _flat(_composed(groups)[0]).items()
        if key.partition(".")[0] in FIGURES and isinstance(value, int | float)
    }


def _with_hydra(flags: list[str]) -> DictConfig:
    """Compose options, and what Hydra says of them."""
    return compose(CONFIG_NAME, flags, return_hydra_config=True)


@cache
def _usual() -> DictConfig:
    """Compose the usual options, which no file of the user's can change; to be read only."""
    return _with_hydra([])


def _with_ours(cfg: DictConfig, choices: Mapping[str, str]) -> dict[str, str]:
    """Return the options with those of the user's own files replaced by ours of the same name.

    Forms and measures, which hold figures, are added where they were written out without a file.
    """
    forms = OmegaConf.select(cfg, "scenario.forms") or {}
    places = [("form", f"scenario.forms.{form}") for form in forms]
    for arm, parts in (OmegaConf.select(cfg, "arms") or {}).items():
        places += [("measure", f"arms.{arm}.measures.{each}") for each in parts.get("measures", {})]
    written_out = {f"{group}@{place}": "" for group, place in places}
    ours = {}
    for each, option in (written_out | dict(choices)).items():
        group, _, place = each.partition("@")
        name = str(OmegaConf.select(cfg, f"{place or group}.name"))
        if option is None or group.startswith("hydra") or _is_ours(group, option):
            ours[each] = option
        elif _is_ours(group, name):
            ours[each] = name
    return ours


def _is_ours(group: str, option: str) -> bool:
    return any((folder / group / f"{option}.yaml").is_file() for folder in conf_dirs())


def _flat(node: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(node, dict):
        return {prefix[:-1]: node}
    return {
        key: value
        for name, child in node.items()
        for key, value in _flat(child, f"{prefix}{name}.").items()
    }


def _missing(node: Any, other: Any, prefix: str = "") -> Iterator[str]:
    """Return the keys of one tree that another does not have, without those below them."""
    if isinstance(node, dict) and isinstance(other, dict):
        for name, child in node.items():
            if name not in other:
                yield f"{prefix}{name}"
            else:
                yield from _missing(child, other[name], f"{prefix}{name}.")


def _typed(value: object) -> str:
    return "null" if value is None else str(value)
