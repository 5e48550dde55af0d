"""Whatever lies under a name, reading it ends soon, in one line that does not repeat it."""

import os
import time
from pathlib import Path

import pytest

from scenarios.foreign import (
    LONGEST_LINE,
    MOST_BYTES,
    ForeignFileError,
    one_line,
    read_json,
    read_text,
    read_yaml,
)

SECRET = "hunter2"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def refusal(path: Path) -> str:
    started = time.monotonic()
    with pytest.raises(ForeignFileError) as refused:
        read_yaml(path)
    assert time.monotonic() - started < 5
    told = str(refused.value)
    assert "\n" not in told
    assert len(told) <= LONGEST_LINE
    assert SECRET not in told
    return told


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "no such file"),
        (Path.mkdir, "a folder"),
        (os.mkfifo, "a pipe or a device"),
        (loop, "cannot be read"),
        (lambda path: path.symlink_to("/dev/zero"), "a pipe or a device"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "UTF-8"),
    ],
)
def test_what_is_no_ordinary_file_is_refused(tmp_path: Path, make: object, told: str) -> None:
    path = tmp_path / "settings.yaml"
    assert callable(make)
    make(path)
    assert told in refusal(path)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "line\nbreak\x1b[2J"])
def test_an_odd_name_is_told_in_one_short_line(tmp_path: Path, name: str) -> None:
    assert "\x1b" not in refusal(tmp_path / name)


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    with path.open("wb") as content:
        content.truncate(100 * MOST_BYTES)  # takes no room on disk
    assert "larger than" in refusal(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "aliases written out"),
        ("a: &a {b: *a}", "what it stands in"),
        ("a: *b", "names nothing"),
        ("[" * 3000 + "]" * 3000, "groups within each other"),
        ("- " * 3000 + "x", "groups within each other"),
        ("a: 1\nb: 2\na: 3", "twice"),
        ("{[1, 2]: 3}", "a key must be a word"),
        ("a: !!python/object/apply:os.system [true]", "constructor"),
        ("a: 2025-13-45", "not what it seems"),
        ('a: "\\e[31m"', "a sign that cannot be shown, line 1"),
        ('"\\u202e": 1', "a sign that cannot be shown"),
        (f"key: [{SECRET}", "line "),
        (f"root: {SECRET}: x", "line 1"),
    ],
)
def test_a_yaml_that_is_no_settings_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    assert told in refusal(path)


def test_an_alias_chain_counts_with_the_depth_that_it_has_written_out(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    chain = [f"k{number}: &k{number} [*k{number - 1}]" for number in range(1, 200)]
    path.write_text("\n".join(["k0: &k0 [x]", *chain]))
    assert "groups within each other" in refusal(path)


def test_keys_are_the_words_that_were_written(tmp_path: Path) -> None:
    """YAML 1.1 takes ``no`` for false and a date for a date, which are no names."""
    path = tmp_path / "settings.yaml"
    path.write_text("base: &base {no: 1, yes: 2}\nnext: {<<: *base, no: 3, 2025-01-01: 4, 1: 5}")
    content = read_yaml(path)
    assert content["next"] == {"no": 3, "yes": 2, "2025-01-01": 4, "1": 5}


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "1" * 5000, f'{{"a": {SECRET}}}', ""])
def test_a_broken_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "world.json"
    path.write_text(text)
    with pytest.raises(ForeignFileError, match="cannot be read as JSON") as refused:
        read_json(path)
    assert SECRET not in str(refused.value)


def test_a_mark_of_byte_order_is_no_part_of_a_text(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("a: 1", encoding="utf-8-sig")
    assert read_text(path) == "a: 1"


def test_signs_that_steer_a_terminal_are_not_shown() -> None:
    assert one_line("a\x1b[31m\n\u202eb") == "a?[31m??b"
    assert len(one_line("x" * 10**6)) == LONGEST_LINE
