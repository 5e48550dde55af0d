"""The options of the command line, in our own words.

Hydra has more, one of which loads a pickle, and takes abbreviations of all of them; what is not
listed here is refused.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from proeftuin.errors import SettingsError
from scenarios.foreign import can_be_shown


class Option(NamedTuple):
    """An option.

    Attributes:
        short: a shorter way to write it, if any.
        value: the value that it takes, in words; None if it takes none.
        allowed: the values that it may have; empty for any.
        usual: its value when it is written without one; None if one must be given.
    """

    short: str | None = None
    value: str | None = None
    allowed: tuple[str, ...] = ()
    usual: str | None = None


#: Of every verb that takes settings. Hydra carries them out.
OFFERED = {
    "--help": Option("-h"),
    "--multirun": Option("-m"),
    "--cfg": Option("-c", "what to show", ("job",)),
    "--resolve": Option(),
    "--package": Option("-p", "a group of settings"),
    "--info": Option(
        "-i",
        "what to tell",
        ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath"),
        usual="all",
    ),
    "--config-dir": Option("-cd", "a folder"),
}
#: Of one verb only.
OF_A_VERB = {
    "deploy": {
        "--to": Option(value="a folder"),
        "--host": Option(value="a host name"),
        "--trial": Option(),
    },
    "budget": {
        "--rows": Option(value="numbers of rows"),
        "--noise": Option(value="a number"),
    },
}
#: Options that do something else than run, of which one line has one.
INSTEAD = ("--help", "--multirun", "--cfg", "--info")


def refuse_signs(words: Sequence[str]) -> None:
    """Raise if a word would steer the terminal that it is repeated to.

    Raises:
        SettingsError: a word has a sign that cannot be shown.
    """
    odd = dict.fromkeys(word for word in words if not can_be_shown(word))
    if odd:
        raise SettingsError(
            [f"{word}: has a sign that cannot be shown; leave it out" for word in odd]
        )


def of_a_verb(verb: str, words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take the options of one verb from a line; return them by name, and the other words.

    Raises:
        SettingsError: an option is written wrongly.
    """
    return _taken(words, OF_A_VERB[verb])


def offered(verb: str, words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take the options of all verbs from a line; return them by name, and the settings.

    Raises:
        SettingsError: an option is unknown, is written wrongly, or has no effect here.
    """
    options, settings = _taken(words, OFFERED)
    known = [*OFFERED, *OF_A_VERB.get(verb, ())]
    problems = []
    for word in settings:
        if word.startswith("-"):
            close = get_close_matches(word.partition("=")[0], known, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            problems.append(f"{word}: unknown option{meant} (allowed are {', '.join(known)})")
    chosen = [option for option in INSTEAD if option in options]
    if len(chosen) > 1:
        problems.append(f"{' '.join(chosen)}: one of these at a time")
    if "--resolve" in options and not {"--cfg", "--help"} & set(options):
        problems.append("--resolve: has an effect with --cfg job or --help only")
    if "--package" in options and "--cfg" not in options:
        problems.append(f"--package={options['--package']}: has an effect with --cfg job only")
    if problems:
        raise SettingsError(problems)
    return options, settings


def _taken(words: Sequence[str], known: Mapping[str, Option]) -> tuple[dict[str, str], list[str]]:
    names = {option.short: name for name, option in known.items() if option.short}
    found: dict[str, str] = {}
    others: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        written, is_sign, value = word.partition("=")
        name = names.get(written, written)
        if name not in known:
            others.append(word)
            continue
        if name in found:
            raise SettingsError([f"{word}: {name} is given twice; give it once"])
        option = known[name]
        if not is_sign and option.value and left and _fits(left[0], option):
            value = left.pop(0)
        found[name] = _checked(name, value or option.usual, option, is_sign=bool(is_sign))
    return found, others


def _fits(word: str, option: Option) -> bool:
    """Whether the next word can be the value; one that may be missing is known by its value."""
    return word in option.allowed if option.usual else not word.startswith("-")


def _checked(name: str, value: str | None, option: Option, *, is_sign: bool) -> str:
    if option.value is None:
        if is_sign:
            raise SettingsError([f"{name}={value or ''}: takes no value; write {name}"])
        return ""
    allowed = f"one of {', '.join(option.allowed)}" if len(option.allowed) > 1 else None
    wanted = allowed or (option.allowed[0] if option.allowed else option.value)
    if not value:
        example = option.allowed[0] if option.allowed else "..."
        raise SettingsError([f"{name}: needs {wanted}; write {name}={example}"])
    if option.allowed and value not in option.allowed:
        raise SettingsError([f"{name}={value}: must be {wanted}"])
    return value
