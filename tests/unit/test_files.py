"""What is under its own name is whole, whoever was killed or worked beside it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from proeftuin import files
from proeftuin.files import alone, new_file, new_folder, unwritable

#: Writes half a folder, says so and waits to be killed.
HALF = """
import sys, time
from pathlib import Path
from proeftuin.files import {how}
with {how}(Path(sys.argv[1])) as part:
    (part / "half" if part.is_dir() else part).write_text("half")
    print("half", flush=True)
    time.sleep(60)
"""


def killed(how: str, path: Path) -> None:
    """Let a process be killed while it writes a path."""
    process = subprocess.Popen(
        [sys.executable, "-c", HALF.format(how=how), str(path)],
        env={**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[1])},
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def write(path: Path, *parts: str) -> None:
    with new_folder(path) as place:
        for part in parts:
            (place / part).write_text(part)


def test_a_killed_writer_of_a_folder_leaves_the_old_one_and_the_next_cleans_up(
    tmp_path: Path,
) -> None:
    write(tmp_path / "world", "old")
    killed("new_folder", tmp_path / "world")
    assert names(tmp_path / "world") == ["old"]
    write(tmp_path / "world", "new")
    assert names(tmp_path) == ["new", "world"]


def test_a_killed_writer_of_a_file_leaves_the_old_one_and_the_next_cleans_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    killed("new_file", path)
    assert path.read_text() == "old"
    files.write_text(path, "new")
    assert (path.read_text(), names(tmp_path)) == ("new", ["page.html"])


class KilledError(BaseException):
    pass


def fails(path: Path) -> None:
    """Begin a folder and break off."""
    with new_folder(path) as part:
        (part / "half").write_text("half")
        raise KilledError


@pytest.mark.parametrize(("at", "expected"), [(1, "old"), (2, "old"), (3, "new")])
def test_a_folder_is_old_or_new_when_killed_at_a_rename(
    at: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renames: the old one away, the new one in; the removal of the old one counts as the third."""
    world, steps = tmp_path / "world", iter(range(1, 9))
    write(world, "old")

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def take(*arguments: Any, **named: Any) -> Any:
            if next(steps) >= at:
                raise KilledError
            return step(*arguments, **named)

        return take

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dying(Path.replace))
        patched.setattr(files.shutil, "rmtree", dying(shutil.rmtree))
        with pytest.raises(KilledError):
            write(world, "new")
    with pytest.raises(KilledError):
        fails(world)
    assert names(tmp_path) == [expected, "world"]


def test_a_place_that_may_not_be_written_again_is_rid_of_what_a_killed_writer_left(
    tmp_path: Path,
) -> None:
    killed("new_folder", tmp_path / "world")
    assert names(tmp_path) != []
    files.clear(tmp_path / "world")
    assert names(tmp_path) == []


def test_an_error_leaves_the_old_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "world", "old")
    with pytest.raises(KilledError):
        fails(tmp_path / "world")
    assert names(tmp_path) == ["old", "world"]


def test_many_writers_of_one_place_take_turns(tmp_path: Path) -> None:
    """Each opens the lock anew, so threads meet it as processes do."""

    def both(number: int) -> None:
        write(tmp_path / "world", "a", "b")
        with new_file(tmp_path / "page") as part:
            part.write_text(str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(both, range(40)))
    assert names(tmp_path) == ["a", "b", "page", "world"]


def test_who_comes_second_waits_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    order: list[str] = []

    def second() -> None:
        with alone(tmp_path):
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with alone(tmp_path):
            waiting = pool.submit(second)
            while not caplog.messages:
                time.sleep(0.01)
            order.append("first")
        waiting.result()
    assert order == ["first", "second"]
    assert caplog.messages == [
        f"{tmp_path}: another proeftuin works there; waiting until it is done"
    ]


def test_a_place_is_asked_without_a_trace(tmp_path: Path) -> None:
    assert unwritable(tmp_path / "a" / "b") is None
    (tmp_path / "file").write_text("")
    assert unwritable(tmp_path / "file" / "b") == f"{tmp_path / 'file'} is a file, not a folder"
    assert str(unwritable(Path("/proc/nobody/b"))).startswith("/proc: ")
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert unwritable(tmp_path / "a") == f"{tmp_path}: Permission denied"
    tmp_path.chmod(0o700)
