"""Settings as they were typed: what is wrong with the words themselves, before Hydra composes them.

Hydra takes a list where a group has one option, lets the last of two values win, and reads some
text as something else. All of that is refused here, with a line that works when it is typed.
"""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    Override,
    Quote,
    QuotedString,
)
from hydra.errors import HydraException

from proeftuin.settings.own_files import problem_of_file
from proeftuin.settings.paths import conf_dirs
from proeftuin.settings.refusals import allowed, is_setting, takes_a_list, takes_text

#: What of Hydra itself may be set, for a sweep: who runs its jobs. A launcher is a Python object,
#: and its class, in a key with an underscore, is not for settings to choose.
OPTION = re.compile(r"[\w-]+")  #: the name of an option, which is the name of its file
LAUNCHER = re.compile(r"hydra/launcher|hydra\.launcher\.(?!_)[a-z0-9_]+(\.[a-z0-9_]+)*")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


def sound_words(
    overrides: Sequence[str], config_dir: str | None = None, *, sweep: bool = False
) -> tuple[list[str], list[str]]:
    """Return the words that can be composed, and a problem for every other one.

    Args:
        overrides: the words after the verb.
        config_dir: the user's own folder of settings, if any.
        sweep: whether ``key=a,b`` means a job for each of them.
    """
    folders = [*conf_dirs(), *([Path(config_dir)] if config_dir is not None else [])]
    sound: list[str] = []
    problems: list[str] = []
    given: set[str] = set()
    for word in overrides:
        parsed = _parsed(word)
        if parsed is None:
            problems.append(_unreadable(word, folders))
        elif problem := _wrong(parsed, word, folders, config_dir, sweep=sweep):
            problems.append(problem)
        elif _key(parsed) in given:
            problems.append(f"{word}: {_key(parsed)} is given twice; give it once")
        else:
            sound.append(word)
        if parsed is not None and not parsed.is_delete():  # ~x +x=... puts another x in its place
            given.add(_key(parsed))
    return sound, problems


def jobs_of(override: str) -> list[str]:
    """Return the overrides that a sweep gives to its jobs, of a sound word."""
    parsed = _parsed(override)
    if parsed is None or not parsed.is_sweep_override() or isinstance(parsed.value(), Glob):
        return [override]
    return [f"{parsed.get_key_element()}={value}" for value in parsed.sweep_string_iterator()]


def typed(key: str, value: str) -> str:
    """Return how a setting is typed in a shell so that its value is this text."""
    plain = _parsed(f"{key}={value}")
    if plain is not None and plain.value() == value:
        return shlex.quote(f"{key}={value}")
    return shlex.quote(f"{key}={_quoted(value)}")


def _parsed(word: str) -> Override | None:
    try:
        [parsed] = OverridesParser.create().parse_overrides([word])
    except HydraException:
        return None
    return parsed


def _quoted(text: str) -> str:
    quote = Quote.single if '"' in text else Quote.double
    return QuotedString(text, quote).with_quotes()


def _key(parsed: Override) -> str:
    """Return what is set: a key, or a group and its place."""
    return str(parsed.get_key_element()).lstrip("+~")


def _unreadable(word: str, folders: list[Path]) -> str:
    """Return how to write a word that Hydra cannot read."""
    written, is_sign, value = word.partition("=")
    key = written.lstrip("+~")
    if not is_sign or _parsed(f"{written}=x") is None or _is_group(key.partition("@")[0], folders):
        return f"{word}: cannot be read; write group=option or key=value"
    if takes_text(key) and not takes_a_list(key):
        return f"{word}: needs quotes; write {shlex.quote(f'{written}={_quoted(value)}')}"
    if value.startswith("{"):
        return (
            f"{word}: cannot be read; write '{key}={{name: value}}', with names of letters, "
            "digits, - and _; others go in a file of your own, with --config-dir"
        )
    if value.startswith("[") or takes_a_list(key):
        items = [item.strip() for item in value.strip("[] ").split(",")]
        whole = shlex.quote(f"{written}=[{','.join(map(_item, items))}]")
        return f"{word}: cannot be read; write {whole}"
    wanted = f"must be {allowed(key)}" if is_setting(key) else "write group=option or key=value"
    return f"{word}: cannot be read; {wanted}"


def _item(text: str) -> str:
    return text if _parsed(f"x=[{text}]") is not None else _quoted(text)


def _wrong(
    parsed: Override, word: str, folders: list[Path], config_dir: str | None, *, sweep: bool
) -> str | None:
    """Return what is wrong with a word that can be read, if anything is."""
    key, base = _key(parsed), str(parsed.key_or_group)
    if not base:
        return f"{word}: has no key; write group=option or key=value"
    if re.match(r"(.*@)?hydra\b", key):
        if sweep and LAUNCHER.fullmatch(key) and not parsed.is_sweep_override():
            return None
        return (
            f"{word}: of Hydra itself only hydra/launcher and what is under hydra.launcher can be "
            "chosen, with --multirun (docs/deployment.md); leave it out"
        )
    if parsed.is_delete():
        return None
    is_group = _is_group(base, folders)
    values = _values(parsed, _options(base, folders))
    if is_group and not all(map(_is_name, values)):
        return (
            f"{word}: {base} takes the name of one option (proeftuin list shows them), "
            f"as in {key}=NAME; to run several one by one write {key}=A,B --multirun"
        )
    if {} in values and not parsed.is_add():
        return f"{word}: an empty group changes nothing; to leave a part out write ~{key}.NAME"
    if parsed.is_sweep_override():
        wrong = _wrong_sweep(parsed, word, folders, is_group=is_group, sweep=sweep)
        if wrong:
            return wrong
    names = [str(value) for value in values] if is_group else []
    own = [path for path in _own(base, config_dir) if path.stem in names]
    problem = next(filter(None, (problem_of_file(path, folders) for path in own)), None)
    return f"{word}: {problem}" if problem else None


def _own(group: str, config_dir: str | None) -> list[Path]:
    return sorted((Path(config_dir) / group).glob("*.yaml")) if config_dir is not None else []


def _is_group(name: str, folders: list[Path]) -> bool:
    return any((folder / name).is_dir() for folder in folders)


def _options(group: str, folders: list[Path]) -> list[str]:
    return [path.stem for folder in folders for path in (folder / group).glob("*.yaml")]


def _values(parsed: Override, options: list[str]) -> list[Any]:
    """Return the value, or those of a sweep that lists them or picks them from the options."""
    value = parsed.value()
    if isinstance(value, Glob):
        return list(value.filter(options))
    return list(value.list) if isinstance(value, ChoiceSweep) else [value]


def _is_name(value: Any) -> bool:
    """Whether a value is the plain name of an option; no path, which Hydra would follow."""
    return not isinstance(value, list | dict) and bool(OPTION.fullmatch(str(value)))


def _wrong_sweep(
    parsed: Override, word: str, folders: list[Path], *, is_group: bool, sweep: bool
) -> str | None:
    """Return what is wrong with several values for one setting, if anything is."""
    key, value = _key(parsed), word.partition("=")[2]
    if not sweep:
        ways = []
        if is_setting(key) and not is_group:
            if DECIMAL_COMMA.fullmatch(value) and not takes_a_list(key):
                ways.append(f"for a decimal number write {key}={value.replace(',', '.')}")
            if takes_a_list(key):
                ways.append(f"for a list write {shlex.quote(f'{key}=[{value}]')}")
            if takes_text(key):
                ways.append(f"for one text write {typed(key, value)}")
        ways.append("to run them one by one add --multirun")
        return f"{word}: several values; {'; '.join(ways)}"
    if not parsed.is_discrete_sweep():
        return f"{word}: a sweep has a list or a range of values, as in {key}=A,B"
    found = parsed.value()
    if isinstance(found, Glob):
        if not found.filter(_options(str(parsed.key_or_group), folders)):
            return f"{word}: no option has such a name; write {key}=A,B"
        return None
    try:
        next(parsed.sweep_iterator())
    except (StopIteration, ValueError, HydraException):  # a step of 0 is a ValueError of Python's
        return f"{word}: holds no value; write range(FIRST,BEYOND) or values as {key}=A,B"
    return None
