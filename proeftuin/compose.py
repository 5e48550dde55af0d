"""From Hydra's composition to typed settings; Hydra's and OmegaConf's objects stop here.

Hydra checks that a key exists (unless it is written with a plus) and nothing else. The second pass
in :func:`settings_from` checks everything. What Hydra itself refuses, ``diagnosis.py`` explains.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import TypeAdapter, ValidationError
from yaml import YAMLError  # type: ignore[import-untyped]

from proeftuin.errors import SettingsError
from proeftuin.paths import conf_dir
from proeftuin.refusals import SOURCES, problems_of
from proeftuin.settings import Settings, check_combinations

VERSION_BASE = "1.3"
CONFIG_NAME = "config"


def settings_from(cfg: DictConfig) -> Settings:
    """Return the settings that a composed configuration describes.

    Raises:
        SettingsError: anything is missing, unknown, of the wrong type, out of range, or makes no
            sense together; all problems at once.
    """
    problems = _unused_sources(cfg)
    try:
        resolved = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise SettingsError([f"{error.full_key}: {first_line(error)}"]) from error
    text = json.dumps(_without_sources_and_gaps(resolved))
    try:
        settings = TypeAdapter(Settings).validate_json(text)
    except ValidationError as error:
        problems += problems_of(error, json.loads(text))
    else:
        problems += check_combinations(settings)
    if problems:
        raise SettingsError(_as_the_user_typed(problems, cfg))
    return settings


def settings_for(overrides: Sequence[str], config_dir: str | None = None) -> Settings:
    """Return the settings of a list of overrides, for tests and scripts.

    Raises:
        SettingsError: see :func:`settings_from`.
        HydraException: Hydra cannot compose them; ``diagnosis.problems_with`` says why.
    """
    with hydra_started(config_dir):
        return settings_from(compose(CONFIG_NAME, list(overrides)))


def differences(cfg: DictConfig, choices: dict[str, str]) -> list[str]:
    """Return the chosen options and values that are not the defaults; to be called in a Hydra job.

    Args:
        cfg: the composed configuration.
        choices: option by group, as Hydra's runtime reports it.
    """
    chosen = {group: option for group, option in choices.items() if not group.startswith("hydra/")}
    study = f"study={chosen['study']}"
    base = compose(CONFIG_NAME, [], return_hydra_config=True)
    found = []
    if base.hydra.runtime.choices["study"] != chosen["study"]:
        found.append(f"{study} (default {base.hydra.runtime.choices['study']})")
        base = compose(CONFIG_NAME, [study], return_hydra_config=True)
    usual = dict(base.hydra.runtime.choices)
    other = {group: option for group, option in chosen.items() if option != usual.get(group)}
    if other:
        flags = [f"{'' if key in usual else '+'}{key}={other[key]}" for key in other]
        base = compose(CONFIG_NAME, [study, *flags])
    defaults = _flat(OmegaConf.to_container(base))
    found += [f"{group}={other[group]} (default {usual.get(group)})" for group in other]
    return found + [
        f"{key}={_typed(value)} (default {_typed(defaults.get(key))})"
        for key, value in _flat(OmegaConf.to_container(cfg)).items()
        if value != defaults.get(key)
    ]


@contextmanager
def hydra_started(config_dir: str | None) -> Iterator[None]:
    """Start Hydra for :func:`compose`, with the user's folder after ours as in ``--config-dir``."""
    with initialize_config_dir(str(conf_dir()), version_base=VERSION_BASE):
        if config_dir is not None:
            loader = GlobalHydra.instance().config_loader()
            places = loader.get_search_path()
            theirs = f"file://{Path(config_dir).resolve()}"
            places.prepend("command-line", theirs, SearchPathQuery(provider="schema"))
            loader.repository.initialize_sources(places)  # type: ignore[attr-defined]
        yield


def own_arms(override: str, cfg: DictConfig) -> str:
    """Return that a regime or privacy policy for all arms means nothing in the chosen study."""
    key, _, value = override.lstrip("+").partition("=")
    source, _, rest = key.partition(".")
    place = f"arms.ARM.{source}"
    instead = f"{place}.{rest}={value}" if rest else f"{source}@{place}={value}"
    return (
        f"{override}: study={cfg.study.name} chooses {source} arm by arm; write {instead} "
        f"with ARM one of {', '.join(_arms(cfg))}, or leave out study={cfg.study.name}"
    )


def _unused_sources(cfg: DictConfig) -> list[str]:
    """Return a problem for a regime or privacy policy that was added but reaches no arm."""
    used = set(_interpolated(cfg).values())
    return [
        own_arms(f"{source}={OmegaConf.select(cfg, f'{source}.name')}", cfg)
        for source in ("regime", "privacy")
        if source in cfg and source not in used
    ]


def _arms(cfg: DictConfig) -> dict[str, Any]:
    """Return the arms with their interpolations as written."""
    arms = OmegaConf.select(cfg, "arms")
    plain = OmegaConf.to_container(arms, resolve=False) if isinstance(arms, DictConfig) else {}
    return {str(arm): parts for arm, parts in plain.items()} if isinstance(plain, dict) else {}


def _interpolated(cfg: DictConfig) -> dict[str, str]:
    """Return which parts of arms are taken from the root: ``arms.x.privacy`` -> ``privacy``."""
    return {
        f"arms.{arm}.{source}": source
        for arm, parts in _arms(cfg).items()
        for source in SOURCES
        if isinstance(parts, dict) and parts.get(source) == f"${{{source}}}"
    }


def _as_the_user_typed(problems: list[str], cfg: DictConfig) -> list[str]:
    """Name the root key in a problem of an arm that takes its part from there; say it once."""
    names = _interpolated(cfg) | {f"arms.{arm}.federation": "federation" for arm in _arms(cfg)}
    for place, source in names.items():
        problems = [problem.replace(place, source) for problem in problems]
    return list(dict.fromkeys(problems))


def _without_sources_and_gaps(resolved: Any) -> Any:
    """Leave out the root groups that only arms use, and every value that is still ``???``."""

    def pruned(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: pruned(value) for key, value in node.items() if value != "???"}
        return node

    return pruned({key: value for key, value in resolved.items() if key not in SOURCES})


def _flat(node: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(node, dict):
        return {prefix[:-1]: node}
    return {
        key: value
        for name, child in node.items()
        for key, value in _flat(child, f"{prefix}{name}.").items()
    }


def _typed(value: object) -> str:
    return "null" if value is None else str(value)


def first_line(error: BaseException) -> str:
    """Return the first line of a message, which holds what is wrong; advice comes after it."""
    if isinstance(error, YAMLError):  # its lines say together what is wrong, and where
        return " ".join(str(error).split())
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
