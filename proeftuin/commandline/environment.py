"""The environment of the process, set before any library reads it.

No library reports on its use, and linear algebra runs in one thread: with more of them sums are
added up in another order, which changes last digits.
"""

import atexit
import logging
import os
import shutil
import sys
import tempfile
from io import TextIOWrapper
from pathlib import Path

NO_REPORTS = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "FLWR_TELEMETRY_ENABLED": "0",
}
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


def prepare() -> None:
    """Set the environment of this process and of those it starts; call it before other imports."""
    os.environ.update(NO_REPORTS | ONE_THREAD)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may lack the letter epsilon
            stream.reconfigure(errors="backslashreplace")
    if not _home_is_writable():
        # Matplotlib then keeps its list of fonts in a temporary folder, which is no news to a user.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)


def _home_is_writable() -> bool:
    """Return whether there is a home to write to; without any, give the libraries an empty one."""
    try:
        return os.access(Path.home(), os.W_OK)
    except RuntimeError:  # no HOME, and a user without a name, as in containers
        home = tempfile.mkdtemp(prefix="proeftuin-home-")
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        os.environ["HOME"] = home
        return True
