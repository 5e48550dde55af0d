"""Hands a command line to Hydra and gets every exception back.

``sys.exit`` in a job would kill the rest of a sweep, and an exception makes Hydra print advice.
Jobs therefore keep their exceptions in a list, and ``main.py`` decides what to print and which code
to return.
"""

import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import hydra
from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError  # type: ignore[import-untyped]

from proeftuin.commandline.beforehand import refusals
from proeftuin.commandline.options import offered
from proeftuin.commandline.paths import literal
from proeftuin.errors import SettingsError
from proeftuin.files import unwritable
from proeftuin.settings.changes import changes_of
from proeftuin.settings.combinations import Concern
from proeftuin.settings.compose import (
    CONFIG_NAME,
    VERSION_BASE,
    as_the_user_typed,
    first_line,
    hydra_started,
    settings_folder,
    settings_from,
)
from proeftuin.settings.diagnosis import problems_with
from proeftuin.settings.overrides import sound_words
from proeftuin.settings.own_files import problem_of_folder
from proeftuin.settings.paths import conf_dirs
from proeftuin.settings.study import Settings
from proeftuin.study import tracking
from proeftuin.study.record import RunRecord

#: What Hydra raises when it cannot compose; ValueError for some overrides and options, OSError for
#: an option that can be no file.
HYDRAS = (HydraException, OmegaConfBaseException, YAMLError, ValueError, OSError)
#: Settings that a verb implies; typed settings override them.
BROUGHT = {
    "demo": ["study=demo"],
    "tune": ["study=tune"],
    "inspect": ["repetitions=1"],
    "deploy": ["federation.backend=deployment"],
}
#: What verbs look at, where that is not a whole study.
CONCERNS: dict[str, Concern] = {"generate": "world", "inspect": "days"}
FIXED = ("demo", "tune", "deploy")  #: verbs that are nothing without what they imply
PREVIEWS = ("check", "budget")  #: verbs that run no arm
STUDIES = ("demo", "run", "tune", "check")  #: verbs that log in MLflow, or say what would


@dataclass(frozen=True)
class Call:
    """One job with checked settings.

    Attributes:
        settings: the checked settings.
        record: the record of the run.
    """

    settings: Settings
    record: RunRecord


class Failure(NamedTuple):
    """A job of a sweep that failed: its settings and why."""

    settings: str
    error: Exception


class CommandLine(NamedTuple):
    """The part of a command line after the verb."""

    verb: str
    options: list[str]
    overrides: list[str]
    config_dir: str | None
    multirun: bool
    package: str | None


def launch(verb: str, rest: list[str], work: Callable[[Call], None]) -> list[Failure]:
    """Let Hydra compose the settings and run the work, once or for every job of a sweep.

    Returns:
        The jobs of a sweep that failed; empty if none did.

    Raises:
        SettingsError: the line or the settings are wrong; nothing was started.
        Exception: whatever a single job raises.
    """
    line = _parsed(verb, rest)
    failures: list[Failure] = []
    with TemporaryDirectory() as scratch:  # Hydra insists on a folder for a sweep
        sweep = (
            [f"hydra.sweep.dir={literal(scratch)}", "hydra.sweep.subdir=."] if line.multirun else []
        )
        try:
            _check_package(line)
            _start([*sweep, *line.overrides, *line.options], _job(line, work, failures))
        except HYDRAS as error:  # jobs keep their own: this one concerns composing settings
            problems = problems_with(line.overrides, line.config_dir, sweep=line.multirun)
            raise SettingsError(problems or [first_line(error)]) from error
    if failures and not line.multirun:
        raise failures[0].error
    return failures


def _check_package(line: CommandLine) -> None:
    """Refuse to show a group that is not in the settings; Hydra would end in words of its own."""
    if line.package is None:
        return
    with hydra_started(line.config_dir):
        shown = OmegaConf.select(compose(CONFIG_NAME, line.overrides), line.package)
    if not isinstance(shown, DictConfig):
        raise SettingsError([f"--package={line.package}: no such group in these settings"])


def complete(query: list[str], verb: str, words: list[str]) -> None:
    """Let Hydra print completions of the words after a verb, or its script for the shell."""
    if words:
        brought = BROUGHT.get(verb, [])
        settings = [word for word in words if not word.startswith("-")]
        os.environ["COMP_LINE"] = " ".join(["proeftuin", *brought, *settings])
    with suppress(Exception):  # an unfinished line often does not compose: offer nothing
        _start(["-sc", *query], lambda _: None)


def _start(arguments: list[str], job: Callable[[DictConfig], None]) -> None:
    """Run Hydra's own main on a command line."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises its exceptions and prints no advice
    start = hydra.main(
        config_path=settings_folder(), config_name=CONFIG_NAME, version_base=VERSION_BASE
    )(job)
    original, sys.argv = sys.argv, ["proeftuin", *arguments]
    try:
        start()
    finally:
        sys.argv = original


def _job(
    line: CommandLine, work: Callable[[Call], None], failures: list[Failure]
) -> Callable[[DictConfig], None]:
    """Return the job that Hydra runs on every composed configuration."""
    parent = os.getpid()

    def job(cfg: DictConfig) -> None:
        runtime = HydraConfig.get()
        overrides = _as_typed(runtime.overrides.task)
        typed = overrides[len(BROUGHT.get(line.verb, [])) :]
        folder = ["--config-dir", line.config_dir] if line.config_dir else []
        command = shlex.join(["proeftuin", line.verb, *typed, *folder])
        try:
            settings = settings_from(cfg, CONCERNS.get(line.verb, "study"))
            for arm in settings.arms.values() if line.verb not in PREVIEWS else ():
                arm.load_plugins()
            changed = changes_of(cfg, dict(runtime.runtime.choices))
            record = RunRecord.of(settings, overrides=overrides, command=command, changed=changed)
            if line.verb != "budget":
                _refuse_unwritable(line.verb, settings, record)
            if problems := refusals(line.verb, settings):
                raise SettingsError(as_the_user_typed(problems, cfg))
            work(Call(settings, record))
        except Exception as error:
            if os.getpid() != parent:  # a launcher's worker process: its list would be lost
                raise
            failures.append(Failure(shlex.join(typed), error))

    return job


def _refuse_unwritable(verb: str, settings: Settings, record: RunRecord) -> None:
    """Raise if a verb could not write where it has to.

    Raises:
        SettingsError: it could not.
    """
    place = record.world_folder if verb in ("generate", "inspect") else record.folder
    if why := unwritable(place):
        raise SettingsError(
            [
                f"output_dir={settings.output_dir}: cannot be written ({why}); name another "
                "folder: output_dir=FOLDER"
            ]
        )
    if verb in STUDIES:
        tracking.refuse_unwritable(settings.tracking.uri)


def _as_typed(overrides: Any) -> list[str]:
    """Return overrides as they were typed, interpolations included."""
    plain = OmegaConf.to_container(overrides, resolve=False)
    return [str(override) for override in plain] if isinstance(plain, list) else []


def _parsed(verb: str, rest: list[str]) -> CommandLine:
    """Split the line after a verb into Hydra's options and the settings.

    Raises:
        SettingsError: an option or a word is wrong; Hydra would not say so, or in its own words.
    """
    options, typed = offered(verb, rest)
    config_dir, multirun = options.get("--config-dir"), "--multirun" in options
    if config_dir is not None and (problem := problem_of_folder(Path(config_dir), conf_dirs())):
        raise SettingsError([problem])
    brought = BROUGHT.get(verb, [])
    problems = [_fixed(verb, word) for word in typed if verb in FIXED and _sets(word, brought[0])]
    if problems or sound_words(typed, config_dir, sweep=multirun)[1]:
        others = [word for word in typed if not _sets(word, *brought)]
        problems += problems_with([*brought, *others], config_dir, sweep=multirun)
        raise SettingsError(problems)
    flags = [f"{name}={value}" if value else name for name, value in options.items()]
    package = options.get("--package")
    return CommandLine(verb, flags, [*brought, *typed], config_dir, multirun, package)


def _sets(word: str, *settings: str) -> bool:
    """Whether a word sets what one of some settings sets."""
    return word.lstrip("+~").partition("=")[0] in [one.partition("=")[0] for one in settings]


def _fixed(verb: str, word: str) -> str:
    """Return that a verb leaves no choice of a setting."""
    [implied] = BROUGHT[verb]
    meant = f"did you mean proeftuin run {word.lstrip('+~')}?"
    instead = "leave it out" if verb == "deploy" else meant
    return f"{word}: proeftuin {verb} is {implied}; {instead}"
