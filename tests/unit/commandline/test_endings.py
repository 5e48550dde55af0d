"""When the machine is in the way a command says so in one line, and what was done is kept."""

import errno
import os
import re
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from proeftuin.commandline import endings
from proeftuin.commandline.main import main

Capture = pytest.CaptureFixture[str]
NOWHERE = "/proc/nowhere"  #: where not even root can make a folder
MAPPING = "experiments/import_example/mapping.yaml"


@pytest.mark.parametrize(
    "line",
    [
        f"check output_dir={NOWHERE}",
        f"run output_dir={NOWHERE}",
        f"generate output_dir={NOWHERE}",
        f"inspect output_dir={NOWHERE}",
        f"audit output_dir={NOWHERE}",
        f"check tracking.uri=sqlite:///{NOWHERE}/mlflow.db",
        f"import {MAPPING} --to {NOWHERE}",
        f"deploy regime=federated --to {NOWHERE}",
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_any_work(
    line: str, root: Path, in_empty_folder: Path, capsys: Capture
) -> None:
    assert main(line.replace(MAPPING, str(root / MAPPING)).split()) == 2
    told = capsys.readouterr()
    assert told.out == ""
    [problem] = told.err.splitlines()
    assert "cannot be written (/proc: " in problem
    assert "name another" in problem
    assert list(in_empty_folder.iterdir()) == []


@pytest.mark.parametrize("verb", ["report", "ledger"])
def test_a_run_that_cannot_be_written_keeps_its_report_as_it_was(
    verb: str, in_empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    Path("manifest.json").write_text("{}")
    monkeypatch.setattr("proeftuin.commandline.main.unwritable", lambda folder: "Permission denied")
    assert main([verb, "."]) == 4
    assert capsys.readouterr().err == ".: cannot be written (Permission denied)\n"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "Error writing bytes"), "No space left on device"),
        (OSError(errno.EROFS, "", "outputs/x"), "outputs/x: Read-only file system"),
        (OSError("25 requested and 3 written"), "25 requested and 3 written"),
        (BrokenProcessPool("SIGKILL(-9)"), "a worker was killed"),
        (MemoryError("Unable to allocate 9 GiB"), r"not enough memory \(Unable to allocate 9 GiB"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
    ],
)
def test_what_the_machine_stops_is_one_line_and_no_traceback(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("proeftuin.commandline.main._list", fail)
    assert main(["list"]) == 6
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("what is finished is kept, and the same command goes on from there")
    assert re.match(told, line)


def test_a_fault_of_ours_is_not_blamed_on_the_machine() -> None:
    assert endings.stopped(RuntimeError("a bug")) is None


def _started(script: str, folder: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in a folder, where $P is proeftuin."""
    program = f"{sys.executable} -m proeftuin"
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root), "P": program},
        capture_output=True,
        text=True,
        check=False,
    )


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path, root: Path) -> None:
    done = _started("$P --help >/dev/full", tmp_path, root)
    assert done.returncode == 6
    assert done.stderr.startswith("No space left on device")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_goes_away_is_no_error_message(tmp_path: Path, root: Path) -> None:
    done = _started("{ $P --help; echo $? >&2; } | true", tmp_path, root)
    assert done.stderr.strip() in ("0", str(endings.BROKEN_PIPE))


def test_a_closed_stream_does_not_let_messages_into_the_next_file(
    tmp_path: Path, root: Path
) -> None:
    program = (
        "import sys; from proeftuin.commandline.endings import open_standard_streams as prepare; "
        "prepare(); kept = open('kept', 'w'); print('lost', file=sys.stderr, flush=True); "
        "print(kept.fileno() > 2)"
    )
    done = _started(f'{sys.executable} -c "{program}" 2>&-', tmp_path, root)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    assert (tmp_path / "kept").read_text() == ""


def test_a_working_folder_that_was_removed_is_named(tmp_path: Path, root: Path) -> None:
    done = _started("mkdir gone && cd gone && rmdir ../gone && $P list", tmp_path, root)
    assert done.returncode == 2
    assert done.stderr == "the working folder was removed; cd to one that exists\n"
