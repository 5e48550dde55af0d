"""Why Hydra refuses a line, in plain words.

Hydra stops at the first problem and advises to type the mistake again with a plus. Here the line is
composed again, one override at a time, so that every culprit is found and named.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from proeftuin.errors import SettingsError
from proeftuin.settings.compose import (
    CONFIG_NAME,
    first_line,
    hydra_started,
    interpolated,
    own_arms,
    settings_from,
    unresolved,
)
from proeftuin.settings.overrides import jobs_of, sound_words
from proeftuin.settings.refusals import (
    adding,
    all_of,
    has_free_names,
    is_setting,
    refused,
    unknown_setting,
)
from proeftuin.settings.schema import SOURCES


def problems_with(
    overrides: Sequence[str], config_dir: str | None = None, *, sweep: bool = False
) -> list[str]:
    """Return one line per problem of a list of overrides; empty if there is none.

    Args:
        overrides: the words after the verb.
        config_dir: the user's own folder of settings, if any.
        sweep: whether ``key=a,b`` means a job for each of them.
    """
    overrides, problems = sound_words(overrides, config_dir, sweep=sweep)
    accepted: list[str] = []
    with hydra_started(config_dir):
        try:
            cfg = compose(CONFIG_NAME, accepted, return_hydra_config=True)
        except Exception as error:  # whatever a broken folder of settings makes Hydra raise
            return [first_line(error)]
        for override in sorted(overrides, key=_order):
            candidates = []
            for variant in jobs_of(override) if sweep else [override]:
                try:
                    composed = compose(CONFIG_NAME, [*accepted, variant], return_hydra_config=True)
                    candidates.append((variant, composed))
                except Exception as error:  # Hydra raises ValueError and others for bad overrides
                    problems.append(_explained(error, variant, cfg))
            if candidates:
                accepted.append(candidates[0][0])
                cfg = candidates[0][1]
        try:
            settings_from(OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"]))
        except SettingsError as error:
            problems += error.problems
    return list(dict.fromkeys(problems))


def _order(override: str) -> tuple[bool, bool]:
    """Sort the study first, for it brings groups; then options of groups, then values in them."""
    return not override.startswith("study="), "." in override.partition("=")[0].partition("@")[0]


def _explained(error: Exception, override: str, cfg: DictConfig) -> str:
    """Return in one line why Hydra refuses an override, given the settings without it."""
    key, _, value = override.lstrip("+~").partition("=")
    group = key.partition("@")[0]
    if override.startswith("~"):
        return f"{override}: there is nothing of that name to take away"
    loader = GlobalHydra.instance().config_loader()
    if override.startswith("+") and (key in cfg.hydra.runtime.choices or _in(cfg, key)):
        return f"{override}: {key} exists already; leave out the plus: {key}={value}"
    options = loader.get_group_options(group)
    wrong_option = isinstance(error, (MissingConfigException, ValueError))
    if value not in options and (options or (wrong_option and key in cfg.hydra.runtime.choices)):
        close = get_close_matches(value, options, 1)
        meant = f"; did you mean {close[0]}?" if close else ""
        return f"{override}: no such option{meant} (allowed are {', '.join(options)})"
    if group.partition(".")[0] in SOURCES and group.partition(".")[0] not in cfg:
        return own_arms(override, cfg)
    if group == "form":
        return f"{override}: not in scenario={cfg.scenario.name}; {adding(value)}"
    if "@" in key:
        if key.partition("@")[2] in interpolated(cfg):
            return f"{override}: this arm has no {group} of its own yet; write +{key}={value}"
        places = [known for known in cfg.hydra.runtime.choices if known.startswith(f"{group}@")]
        return f"{override}: no such place; {group} can be chosen at {', '.join(places)}"
    if "Could not override" in str(error):
        return _absent(key, value, cfg)
    if value in options:
        return (
            f"{override}: does not fit the settings below it; see whether a list or a single value "
            "stands in its file where a group of settings belongs"
        )
    if "${" in value:
        return f"{override}: {unresolved(OmegaConfBaseException(first_line(error)))}"
    return refused(key, value) if is_setting(key) else f"{override}: {first_line(error)}"


def _absent(key: str, value: str, cfg: DictConfig) -> str:
    """Return why a key is not in the composed configuration."""
    if not is_setting(key):
        return unknown_setting(key, value)
    for place, source in interpolated(cfg).items():
        if key.startswith(f"{place}."):
            return (
                f"{key}={value}: {place} is the {source} of the whole study; write "
                f"{source}{key.removeprefix(place)}={value}, or add "
                f"+{source}@{place}={cfg[source].name} to give this arm its own"
            )
    steps = key.split(".")
    missing = (n for n in range(len(steps)) if not _in(cfg, ".".join(steps[: n + 1])))
    depth = next(missing, None)
    if depth is None:
        return (
            f"{key}={value}: holds names that {key} has not, and its own would stay; to replace "
            f"all of it write '~{key}' '+{key}={value}'"
        )
    parent = ".".join(steps[:depth])
    if has_free_names(parent):
        names = ", ".join(map(str, OmegaConf.select(cfg, parent))) or "none"
        absent = f"{key}={value}: {parent} has no {steps[depth]} (it has {names})"
        if steps[depth - 1] == "instruments":
            name = steps[depth]
            return f"{absent}; to add it write +instrument@{parent}.{name}={name}"
        return absent
    choices = {place: choice for place, choice in cfg.hydra.runtime.choices.items() if choice}
    place = max(
        (place for place in choices if f"{key}.".startswith(f"{place.rpartition('@')[2]}.")),
        key=len,
        default="",
    )
    if not place:
        group = steps[depth]
        if group == "tune":
            return (
                f"{key}={value}: study={cfg.study.name} sweeps no budgets; write proeftuin tune "
                f"{key}={value}"
            )
        return f"{key}={value}: study={cfg.study.name} has no {group}; add +{group}=OPTION"
    absent = f"{key}={value}: {place}={choices[place]} has no such setting"
    group = place.partition("@")[0]
    if OmegaConf.select(cfg, parent) is None:
        return f"{absent}, for {parent} is null; write all of it: '{all_of(parent)}'"
    return f"{absent}; choose another {group} (proeftuin list shows them)"


def _in(cfg: DictConfig, key: str) -> bool:
    parent, _, last = key.rpartition(".")
    node = OmegaConf.select(cfg, parent) if parent else cfg
    return isinstance(node, DictConfig) and last in node
