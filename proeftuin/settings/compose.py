"""From Hydra's composition to typed settings; Hydra's and OmegaConf's objects stop here.

Hydra checks that a key exists (unless it is written with a plus) and nothing else. The second pass
in :func:`settings_from` checks everything. What Hydra itself refuses, ``diagnosis.py`` explains.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import TypeAdapter, ValidationError
from yaml import YAMLError  # type: ignore[import-untyped]

from proeftuin.errors import SettingsError
from proeftuin.settings.combinations import Concern, check_combinations
from proeftuin.settings.effects import check_effects
from proeftuin.settings.paths import conf_dirs
from proeftuin.settings.refusals import adding, problems_of, shown
from proeftuin.settings.schema import SOURCES, whole, without_idle_nulls
from proeftuin.settings.study import Settings
from proeftuin.settings.sweep import as_typed, check_sweep, with_sweep
from proeftuin.settings.today import said_unanswered, with_answerable_today
from scenarios.foreign import can_be_shown

VERSION_BASE = "1.3"
CONFIG_NAME = "config"


def settings_from(cfg: DictConfig, concern: Concern = "study") -> Settings:
    """Return the settings that a composed configuration describes.

    Args:
        cfg: the composed configuration.
        concern: as for :func:`check_combinations`.

    Raises:
        SettingsError: anything is missing, unknown, of the wrong type, out of range, or makes no
            sense together; all problems at once.
    """
    try:
        resolved = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise SettingsError([f"{error.full_key}: {unresolved(error)}"]) from error
    except RecursionError:
        problem = "a value between ${ and } leads back to the group it stands in; write the value"
        raise SettingsError([problem]) from None
    problems = [*_unused(cfg), *_unquoted_names(resolved)]
    if hidden := list(_not_shown(resolved)):
        raise SettingsError(hidden)
    text = json.dumps(without_idle_nulls(_without_sources_and_gaps(resolved), whole()))
    try:
        settings = TypeAdapter(Settings).validate_json(text)
    except ValidationError as error:
        problems += problems_of(error, json.loads(text))
    else:
        problems += said_unanswered(settings)
        settings = with_answerable_today(settings)
        of_sweep = check_sweep(settings)
        swept = settings if of_sweep else with_sweep(settings)
        found = [*of_sweep, *check_combinations(swept, concern)]
        found += check_effects(swept) if concern == "study" else []
        problems += [as_typed(one, swept.tune) for one in found] if swept.tune else found
        settings = swept
    if problems:
        raise SettingsError(as_the_user_typed(problems, cfg))
    return settings


def settings_for(overrides: Sequence[str], config_dir: str | None = None) -> Settings:
    """Return the settings of a list of overrides, for tests and scripts.

    Raises:
        SettingsError: see :func:`settings_from`.
        HydraException: Hydra cannot compose them; ``diagnosis.problems_with`` explains.
    """
    with hydra_started(config_dir):
        return settings_from(compose(CONFIG_NAME, list(overrides)))


class PluginFolders(SearchPathPlugin):
    """Adds the folders of settings that plug-ins bring to Hydra's search path, after ours."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the folders."""
        for folder in conf_dirs()[1:]:
            search_path.append(provider="plug-in", path=f"file://{folder}")


def settings_folder() -> str:
    """Return our folder of settings for Hydra, which will search those of plug-ins as well.

    Raises:
        plugins.PluginError: a plug-in brings an option that another folder has already.
    """
    Plugins.instance().register(PluginFolders)
    return str(conf_dirs()[0])


@contextmanager
def hydra_started(config_dir: str | None) -> Iterator[None]:
    """Start Hydra for :func:`compose`, with the user's folder after ours as in ``--config-dir``."""
    with initialize_config_dir(settings_folder(), version_base=VERSION_BASE):
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
    study = OmegaConf.select(cfg, "study")
    name = study.get("name") if isinstance(study, DictConfig) else study
    place = f"arms.ARM.{source}"
    instead = f"{place}.{rest}={value}" if rest else f"{source}@{place}={value}"
    swept = "tune.budgets and tune.units for the sweep, " if "tune" in cfg else ""
    return (
        f"{override}: study={name} chooses {source} arm by arm; write {swept}{instead} "
        f"with ARM one of {', '.join(_arms(cfg))}, or leave out study={name}"
    )


def _unused(cfg: DictConfig) -> list[str]:
    """Return a problem for a regime, privacy policy or form that was added but has no place."""
    used = set(interpolated(cfg).values())
    arms = [
        own_arms(f"{source}={OmegaConf.select(cfg, f'{source}.name')}", cfg)
        for source in ("regime", "privacy")
        if source in cfg and source not in used
    ]
    form = OmegaConf.select(cfg, "form.name")
    return [*arms, f"form={form}: has no place of its own; {adding(form)}"] if form else arms


def _arms(cfg: DictConfig) -> dict[str, Any]:
    """Return the arms with their interpolations as written."""
    arms = OmegaConf.select(cfg, "arms")
    plain = OmegaConf.to_container(arms, resolve=False) if isinstance(arms, DictConfig) else {}
    return {str(arm): parts for arm, parts in plain.items()} if isinstance(plain, dict) else {}


def interpolated(cfg: DictConfig) -> dict[str, str]:
    """Return which parts of arms are taken from the root: ``arms.x.privacy`` -> ``privacy``."""
    return {
        f"arms.{arm}.{source}": source
        for arm, parts in _arms(cfg).items()
        for source in SOURCES
        if isinstance(parts, dict) and parts.get(source) == f"${{{source}}}"
    }


def as_the_user_typed(problems: list[str], cfg: DictConfig) -> list[str]:
    """Name the root key in a problem of an arm that takes its part from there; list it once."""
    names = interpolated(cfg) | {f"arms.{arm}.federation": "federation" for arm in _arms(cfg)}
    for place, source in names.items():
        problems = [problem.replace(place, source) for problem in problems]
    return list(dict.fromkeys(problems))


def _without_sources_and_gaps(resolved: Any) -> Any:
    """Leave out the root groups that have no place, and every value that is still ``???``."""

    def pruned(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: pruned(value) for key, value in node.items() if value != "???"}
        return node

    return pruned({key: value for key, value in resolved.items() if key not in (*SOURCES, "form")})


def _unquoted_names(node: Any, place: str = "") -> Iterator[str]:
    """Return a problem for every name that YAML, or Hydra, read as something else than text."""
    for name, child in node.items() if isinstance(node, dict) else ():
        if not isinstance(name, str):
            yield (
                f"{place[:-1]}: the name {shown(name)} is read as no text (as are no and off in "
                "a file); put it in quotes there, or choose another"
            )
        yield from _unquoted_names(child, f"{place}{name}.")


def _not_shown(node: Any, place: str = "") -> Iterator[str]:
    """Return a problem for every name and text that a page or a terminal cannot show."""
    for name, child in node.items() if isinstance(node, dict) else ():
        texts = [name, *(child if isinstance(child, list) else [child])]
        if not all(can_be_shown(text) for text in texts if isinstance(text, str)):
            yield f"{place}{name}: has a sign that cannot be shown; leave it out"
        yield from _not_shown(child, f"{place}{name}.")


def unresolved(error: OmegaConfBaseException) -> str:
    """Return in plain words why what stands between ``${`` and ``}`` has no value."""
    text = first_line(error)
    named = re.search(r"'([^']+)' not found|key '([^']+)'|interpolation type (\w+)", text)
    name = next(filter(None, named.groups()), "") if named else ""
    if "nvironment variable" in text:
        return f"the environment variable {name} is not set; set it, or write the value itself"
    if "ecursive" in text:
        return "refers to itself; write the value"
    if name:
        return f"refers to {name}, and there is no such setting; write the value itself"
    return "what stands between ${ and } has no value; write the value itself"


def first_line(error: BaseException) -> str:
    """Return the first line of a message, which states the problem; advice follows it."""
    if isinstance(error, YAMLError):  # its lines say together what is wrong, and where
        return " ".join(str(error).split())
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
