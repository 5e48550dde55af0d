"""Files that somebody else wrote, read within bounds of memory and time.

A device, a pipe, a loop of links, a text without end and a YAML whose few lines stand for billions
are refused before they are read. A message never repeats what is in a file: it may be no settings
at all, but a list of passwords.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NoReturn

import yaml  # type: ignore[import-untyped]

MOST_BYTES = 64 << 20  #: of a text; the largest that proeftuin writes is a tenth of it
MOST_NODES = 200_000  #: of a YAML with its aliases written out
DEEPEST = 60  #: of a YAML: groups within groups
_SPACES = dict.fromkeys(map(ord, "\n\t\u00a0\u202f"), " ")  #: allowed, although not "printable"
LONGEST_LINE = 1000  #: of a message, in characters


class ForeignFileError(ValueError):
    """A file cannot be read; the message names it and says why in one line.

    Attributes:
        reason: why, without the name of the file.
        missing: whether there is no such file at all.
    """

    exit_code = 2

    def __init__(self, path: Path, reason: str, *, missing: bool = False) -> None:
        self.reason, self.missing = one_line(reason), missing
        super().__init__(f"{one_line(path, LONGEST_LINE // 4)}: {self.reason}")


def one_line(text: object, most: int = LONGEST_LINE) -> str:
    """Return a text for a message: one line, not too long, without signs that steer a terminal."""
    line = "".join(sign if sign.isprintable() else "?" for sign in str(text)[: most + 1])
    return line if len(line) <= most else f"{line[: most - 4]} ..."


def can_be_shown(text: str) -> bool:
    """Return whether a text has no sign that steers a terminal or that a page cannot hold."""
    return text.translate(_SPACES).isprintable()


def check_file(path: Path) -> Path:
    """Return the path of an ordinary file.

    Raises:
        ForeignFileError: there is none, or it is something else, such as a folder or a pipe.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise ForeignFileError(path, "no such file", missing=True) from None
    except (OSError, ValueError) as error:  # a loop of links, a name too long, a zero byte in it
        raise ForeignFileError(path, f"cannot be read ({_why(error)})") from None
    if not S_ISREG(mode):
        kind = "a folder" if S_ISDIR(mode) else "a pipe or a device"
        raise ForeignFileError(path, f"is {kind}; give an ordinary file")
    return path


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8.

    Raises:
        ForeignFileError: it cannot be read, is longer than ``MOST_BYTES``, or is not UTF-8.
    """
    try:
        with check_file(path).open("rb") as content:
            data = content.read(MOST_BYTES + 1)
    except OSError as error:
        raise ForeignFileError(path, f"cannot be read ({_why(error)})") from None
    if len(data) > MOST_BYTES:
        raise ForeignFileError(path, f"is larger than {MOST_BYTES >> 20} MB; is it a text?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ForeignFileError(path, "is no text in UTF-8; save it so") from None


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        ForeignFileError: see :func:`read_text`; or it is no JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise ForeignFileError(path, f"cannot be read as JSON ({where})") from None
    except (ValueError, RecursionError):  # a number of a million digits, a million brackets
        raise ForeignFileError(path, "cannot be read as JSON") from None


def read_yaml(path: Path, as_written: Collection[str] = ()) -> Any:
    """Return what a YAML file holds; keys are text as it was written (``no`` is not false).

    Args:
        path: the file.
        as_written: keys below which every value is text as it was written, too (``010`` is not 8).

    Raises:
        ForeignFileError: see :func:`check_yaml`; or a key stands in its group twice.
    """
    text = check_yaml(path)
    try:
        loader = _Loader(text)
        loader.as_written = as_written
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:  # ValueError: the date 2025-13-45
        raise ForeignFileError(path, _yaml_problem(error)) from None


def check_yaml(path: Path) -> str:
    """Return the text of a YAML file that is no deeper and, written out, no longer than allowed.

    Raises:
        ForeignFileError: see :func:`read_text`; it is no YAML, or it is too deep or too long.
    """
    text = read_text(path)
    try:
        for nodes, depth in _growth(text):
            if nodes > MOST_NODES or depth > DEEPEST:
                raise ForeignFileError(
                    path,
                    f"holds more than {MOST_NODES:,} values, aliases written out, or more than "
                    f"{DEEPEST} groups within each other",
                )
    except yaml.YAMLError as error:
        raise ForeignFileError(path, _yaml_problem(error)) from None
    return text


def _growth(text: str) -> Iterator[tuple[int, int]]:
    """Yield the number of values so far, aliases written out, and the depth of the last."""
    known: dict[str, tuple[int, int]] = {}  # values and depth of what has an anchor
    values, groups = 0, [_Group("", 0)]
    for event in yaml.parse(text, Loader=_Parser):
        size, below, anchor = 1, 0, getattr(event, "anchor", None)
        if isinstance(event, yaml.CollectionStartEvent):
            groups.append(_Group(anchor, values))
            values += 1
            yield values, len(groups)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            group = groups.pop()
            anchor, below = group.anchor, group.below
            size, values = values - group.before, group.before
        elif isinstance(event, yaml.AliasEvent):
            if anchor not in known:
                problem = f"the alias *{anchor} names nothing, or what it stands in"
                raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
            size, below = known[anchor]
        elif not isinstance(event, yaml.ScalarEvent):
            continue
        elif not can_be_shown(event.value):
            problem = "a text has a sign that cannot be shown"
            raise yaml.scanner.ScannerError(None, None, problem, event.start_mark)
        values += size
        groups[-1].below = max(groups[-1].below, below + 1)
        if anchor is not None:
            known[anchor] = size, below
        yield values, len(groups) + below


@dataclass
class _Group:
    """A group that is being read: its anchor, the values before it, and the depth below it."""

    anchor: str | None
    before: int
    below: int = 0


def _yaml_problem(error: Exception) -> str:
    """Return what is wrong and where, without the line itself that PyYAML would add."""
    mark = getattr(error, "problem_mark", None)
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    problem = getattr(error, "problem", None) or "a value in it is not what it seems to be"
    return f"cannot be read as YAML ({problem}{where})"


def _why(error: Exception) -> str:
    return one_line(getattr(error, "strerror", None) or error)


_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where PyYAML was built with it


class _Loader(_Parser):  # type: ignore[misc, valid-type]
    """Plain values only; a key is its text, and stands in a group once."""

    as_written: Collection[str] = ()  #: keys below which values are their text as well

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        self._check_keys(node)
        return {
            key.value: self._text(value)
            if key.value in self.as_written
            else self.construct_object(value, deep=deep)
            for key, value in node.value
        }

    def _text(self, node: Any) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self._text(value) for value in node.value]
        if isinstance(node, yaml.MappingNode):
            self._check_keys(node)
            return {key.value: self._text(value) for key, value in node.value}
        return node.value

    def _check_keys(self, node: Any) -> None:
        """Check that keys are words and stand in their group once; write out what is merged."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse("a key must be a word", key)
            if key.value in seen:
                self._refuse(f"the key {one_line(key.value, 60)} stands in its group twice", key)
            seen.add(key.value)
        self.flatten_mapping(node)

    def _refuse(self, problem: str, node: Any) -> NoReturn:
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
