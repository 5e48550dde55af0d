"""Killed at any moment, the same command gives what it would have given, and leaves no trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long


def test_ten_kills_change_nothing_and_leave_nothing(root: Path, tmp_path: Path) -> None:
    """In a process of its own, because the kills fork it."""
    done = subprocess.run(
        [sys.executable, "benchmarks/kills.py", "10", "3"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
