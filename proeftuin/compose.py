"""From Hydra's composition to typed settings; Hydra's and OmegaConf's objects stop here.

Hydra checks that a key exists (unless it is written with a plus) and nothing else. The second pass
in :func:`settings_from` checks everything. What Hydra itself refuses is explained by
:func:`problems_with`, which composes again, one override at a time, to find every culprit.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import TypeAdapter, ValidationError

from proeftuin.errors import SettingsError
from proeftuin.paths import conf_dir
from proeftuin.refusals import SOURCES, has_free_names, is_setting, problems_of, unknown_setting
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
        raise SettingsError([f"{error.full_key}: {_first_line(error)}"]) from error
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
    """Return the settings of a list of overrides, without running anything (for tests and scripts).

    Raises:
        SettingsError: see :func:`settings_from`; also what Hydra refuses.
    """
    if problems := problems_with(overrides, config_dir):
        raise SettingsError(problems)
    with _hydra(config_dir):
        return settings_from(compose(CONFIG_NAME, list(overrides)))


def problems_with(
    overrides: Sequence[str], config_dir: str | None = None, *, sweep: bool = False
) -> list[str]:
    """Return one line for everything that is wrong with a list of overrides; empty if nothing is.

    Args:
        overrides: what the user typed after the verb.
        config_dir: the user's own folder of settings, if any.
        sweep: whether ``key=a,b`` means a job for each of them.
    """
    problems: list[str] = []
    accepted: list[str] = []
    with _hydra(config_dir):
        try:
            cfg = compose(CONFIG_NAME, [], return_hydra_config=True)
        except Exception as error:  # whatever a broken folder of settings makes Hydra raise
            return [_first_line(error)]
        for override in sorted(overrides, key=_order):
            candidates = []
            for variant in _variants(override) if sweep else [override]:
                try:
                    composed = compose(CONFIG_NAME, [*accepted, variant], return_hydra_config=True)
                    candidates.append((variant, composed))
                except Exception as error:  # Hydra raises ValueError and others for bad overrides
                    problems.append(_explained(error, variant, cfg))
            if candidates:
                accepted.append(candidates[0][0])
                cfg = candidates[0][1]
        try:
            settings_from(compose(CONFIG_NAME, accepted))
        except SettingsError as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


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
def _hydra(config_dir: str | None) -> Iterator[None]:
    """Start Hydra for :func:`compose`, with the user's folder in front of our own."""
    with initialize_config_dir(str(conf_dir()), version_base=VERSION_BASE):
        if config_dir is not None:
            loader = GlobalHydra.instance().config_loader()
            loader.get_search_path().prepend("command-line", f"file://{Path(config_dir).resolve()}")
        yield


def _variants(override: str) -> list[str]:
    """Return what a sweep over one override would give to its jobs."""
    try:
        [parsed] = OverridesParser.create().parse_overrides([override])
    except OverrideParseException:
        return [override]
    if not parsed.is_sweep_override() or not parsed.is_discrete_sweep():
        return [override]
    return [f"{parsed.get_key_element()}={value}" for value in parsed.sweep_string_iterator()]


def _order(override: str) -> tuple[bool, bool]:
    """Sort the study first, for it brings groups; then options of groups, then values in them."""
    return not override.startswith("study="), "." in override.partition("=")[0].partition("@")[0]


def _explained(error: Exception, override: str, cfg: DictConfig) -> str:
    """Return in one line why Hydra refuses an override, given what it composed without it."""
    key, _, value = override.lstrip("+~").partition("=")
    group = key.partition("@")[0]
    if isinstance(error, OverrideParseException):
        return (
            f"{override}: cannot be read; write group=option or key=value, "
            "a list as key=[a,b], and quote it for the shell: 'key=[a,b]'"
        )
    if any(word in str(error) for word in ("Ambiguous value", "requires --multirun")):
        return (
            f"{override}: several values; add --multirun to run them one by one, "
            f"or write {key}=[a,b] for a list"
        )
    if override.startswith("~"):
        return f"{override}: there is nothing of that name to take away"
    loader = GlobalHydra.instance().config_loader()
    if override.startswith("+") and (key in cfg.hydra.runtime.choices or _in(cfg, key)):
        return f"{override}: {key} exists already; leave out the plus: {key}={value}"
    if key in cfg.hydra.runtime.choices and "/" not in key:
        options = loader.get_group_options(group)
        close = get_close_matches(value, options, 1)
        meant = f"; did you mean {close[0]}?" if close else ""
        return f"{override}: no such option{meant} (allowed are {', '.join(options)})"
    if group.partition(".")[0] in SOURCES and group.partition(".")[0] not in cfg:
        return _own_arms(override, cfg)
    if "@" in key:
        places = [known for known in cfg.hydra.runtime.choices if known.startswith(f"{group}@")]
        return f"{override}: no such place; {group} can be chosen at {', '.join(places)}"
    if "Could not override" in str(error):
        return _absent(key, value, cfg)
    return f"{override}: {_first_line(error.__cause__ or error)}"


def _absent(key: str, value: str, cfg: DictConfig) -> str:
    """Return why a key is not in the composed configuration."""
    if not is_setting(key):
        return unknown_setting(key, value)
    steps = key.split(".")
    depth = next(n for n in range(len(steps)) if not _in(cfg, ".".join(steps[: n + 1])))
    parent = ".".join(steps[:depth])
    if has_free_names(parent):
        names = ", ".join(map(str, OmegaConf.select(cfg, parent)))
        return f"{key}={value}: {parent} has no {steps[depth]} (it has {names})"
    choices = {place: choice for place, choice in cfg.hydra.runtime.choices.items() if choice}
    place = max(
        (place for place in choices if f"{key}.".startswith(f"{place.rpartition('@')[2]}.")),
        key=len,
        default="",
    )
    group = place.partition("@")[0]
    return (
        f"{key}={value}: {place}={choices.get(place)} has no such setting; "
        f"choose another {group} (proeftuin list shows them)"
    )


def _own_arms(override: str, cfg: DictConfig) -> str:
    key, _, value = override.lstrip("+").partition("=")
    source, _, rest = key.partition(".")
    place = f"arms.ARM.{source}"
    instead = f"{place}.{rest}={value}" if rest else f"{source}@{place}={value}"
    return (
        f"{override}: study={cfg.study.name} chooses {source} arm by arm; write {instead} "
        f"with ARM one of {', '.join(cfg.arms)}, or leave out study={cfg.study.name}"
    )


def _unused_sources(cfg: DictConfig) -> list[str]:
    """Return a problem for a regime or privacy policy that was added but reaches no arm."""
    used = set(_interpolated(cfg).values())
    return [
        _own_arms(f"{source}={OmegaConf.select(cfg, f'{source}.name')}", cfg)
        for source in ("regime", "privacy")
        if source in cfg and source not in used
    ]


def _interpolated(cfg: DictConfig) -> dict[str, str]:
    """Return which parts of arms are taken from the root: ``arms.x.privacy`` -> ``privacy``."""
    arms = OmegaConf.to_container(cfg.get("arms") or DictConfig({}), resolve=False)
    return {
        f"arms.{arm!s}.{source}": source
        for arm, parts in (arms.items() if isinstance(arms, dict) else ())
        for source in SOURCES
        if isinstance(parts, dict) and parts.get(source) == f"${{{source}}}"
    }


def _as_the_user_typed(problems: list[str], cfg: DictConfig) -> list[str]:
    """Name the root key in a problem of an arm that takes its part from there; say it once."""
    names = _interpolated(cfg) | {f"arms.{arm}.federation": "federation" for arm in cfg.arms}
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


def _in(cfg: DictConfig, key: str) -> bool:
    parent, _, last = key.rpartition(".")
    node = OmegaConf.select(cfg, parent) if parent else cfg
    return isinstance(node, DictConfig) and last in node


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


def _first_line(error: BaseException) -> str:
    """Return the first line of a message, which holds what is wrong; advice comes after it."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))
