"""What the machine and the user's environment may not change: results, and that it runs at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

from proeftuin.settings.paths import PACKAGE

THREADS = """
import json
from proeftuin.commandline import environment
environment.prepare()
import numpy, scipy.linalg
from joblib import Parallel, delayed
from threadpoolctl import threadpool_info
def threads():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]
print(json.dumps([threads(), *Parallel(n_jobs=2)(delayed(threads)() for _ in range(2))]))
"""
HOME = """
import json
from pathlib import Path
from proeftuin.commandline import environment
environment.prepare()
print(json.dumps([str(Path.home()), Path.home().is_dir()]))
"""


def _python(code: str, **variables: str) -> object:
    """Return what a fresh Python prints as JSON, with nothing but these variables set."""
    path = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=path | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_threads_of_linear_algebra_cannot_change_a_digit_here_or_in_a_worker() -> None:
    """Sums are added up in another order by more threads, which changed the last of epsilon_prv."""
    asked = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "8")
    found = _python(THREADS, **asked)
    assert isinstance(found, list)
    assert len(found) == 3
    assert all(places and set(places) == {1} for places in found)


def test_without_a_home_the_libraries_get_an_empty_one_that_is_gone_afterwards() -> None:
    """Some libraries look for the home when they are imported, and raise if there is none."""
    found = _python(HOME.replace("environment.prepare()", NAMELESS + "environment.prepare()"))
    assert isinstance(found, list)
    home, there = found
    assert there
    assert not Path(home).exists()


NAMELESS = """
import pwd
def getpwuid(uid):
    raise KeyError(uid)
pwd.getpwuid = getpwuid
"""
