"""Run the commands of the documents as written, in a fresh clone with its own environment.

    PYTHONPATH=. python benchmarks/documented_commands.py [DOCUMENT ...]

All documents take hours. Commands that a comment marks (``MARKS``), or that need files of the
reader, are only checked, by tests/unit/test_documents.py.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fixtures.documents import ROOT, commands


def main(documents: list[str]) -> int:
    """Run the commands in the order of the documents; return how many failed."""
    chosen = [
        each
        for each in commands()
        if each.runs_here
        and (not documents or each.document.relative_to(ROOT).as_posix() in documents)
    ]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        subprocess.run(["make", ".venv/.ready"], cwd=clone, check=True)
        environment = {**os.environ, "PATH": f"{clone}/.venv/bin:{os.environ['PATH']}"}
        for text in dict.fromkeys(each.text for each in chosen):
            started = time.monotonic()
            done = subprocess.run(text, shell=True, cwd=clone, env=environment, check=False)
            failures += done.returncode != 0
            outcome = "ran" if done.returncode == 0 else f"FAILED with code {done.returncode}"
            print(f"# {outcome} in {time.monotonic() - started:.0f} s: {text}", flush=True)
    print(f"# {failures} failed")
    return failures


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
