"""A deployment tried on one machine: a server and a node per partner, each a process of its own.

They are started by the same scripts that the parties would use, each in its own folder. Every
process ends when we do, however we end: it holds a pipe to us and stops when that closes.
"""

import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from proeftuin.detectors.gradient import GradientLearner, Learner, Parameters
from proeftuin.errors import DeploymentError
from proeftuin.federation.deployment.folders import PARTNERS, SERVER, read_task, write_parties
from proeftuin.federation.deployment.node import MODEL, read_memory
from proeftuin.federation.deployment.server import FAILURE, RESULT, read_result
from proeftuin.federation.server import JointModel
from proeftuin.federation.training import Training
from proeftuin.settings.paths import PACKAGE

START_S, STOP_S, POLL_S = 120.0, 30.0, 0.3
LOG = "log.txt"
#: Runs a command and ends it when standard input closes, which it does when its parent ends.
_WITH_US = 'exec 3<&0; "$@" 3<&- & own=$!; { cat <&3 >/dev/null; kill -TERM $own; } & wait $own'
log = logging.getLogger("proeftuin")


class Deployment:
    """The backend with a process per party on this machine, with TLS and node keys."""

    def fit(self, training: Training) -> JointModel:
        """Train one model over all partners' rows, to the same bits as in one process."""
        with TemporaryDirectory() as scratch:
            folder = Path(scratch) / "federation"
            parties = write_parties(folder, training, host="localhost")
            return run_on_this_machine(folder, parties.learners)


def run_on_this_machine(folder: Path, learners: Sequence[Learner] = ()) -> JointModel:
    """Run the training that :func:`proeftuin.federation.deployment.folders.write_parties` wrote.

    Args:
        folder: with the folders of the server and the partners; they get their logs and results.
        learners: the partners' learners here, which do not train; their ledgers get the releases of
            the nodes.

    Raises:
        DeploymentError: a process did not start, or the training failed; the logs hold details.
    """
    server = folder / SERVER
    with ExitStack() as running:
        link, port = start_server(server, running)
        script(server / "register.sh")
        partners = sorted((folder / PARTNERS).iterdir())
        nodes = [start_partner(partner, port, running) for partner in partners]
        script(server / "run.sh")
        log.info("%d nodes and a server run in processes of their own", len(nodes))
        await_result(server, [link, *nodes])
    task = read_task(server)
    homes = [folder / PARTNERS / name for name in task.partners]
    for learner, home in zip(learners, homes, strict=False):
        memory = read_memory(home)
        if isinstance(learner, GradientLearner):
            learner.steps = memory["steps"]
            learner.statistics_released = memory["statistics_released"]
    own = _own_models(homes) if task.federation.personal is not None else {}
    return replace(read_result(server), learners=tuple(learners), own=own)


def _own_models(homes: Sequence[Path]) -> dict[int, Parameters]:
    """Return the partners' own models, by place.

    Raises:
        DeploymentError: one is missing; a substitute would look like a result.
    """
    models = [home / MODEL for home in homes]
    if missing := [str(path) for path in models if not path.exists()]:
        raise DeploymentError(
            f"{', '.join(missing)}: not there; its partner did not answer in time"
        )
    return {place: np.load(path, allow_pickle=False) for place, path in enumerate(models)}


def start_server(server: Path, running: ExitStack) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server in its folder; return its process and port once it answers."""
    port = _free_port()
    link = running.enter_context(_process(server / "start.sh", {"PORT": str(port)}))
    trusted = ssl.create_default_context(cafile=server / "ca.crt")
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{port}/health", context=trusted):
                return link, port
        except OSError as error:
            if link.poll() is not None or time.monotonic() > deadline:
                raise DeploymentError(f"the server did not start: {_end_of_log(server)}") from error
        time.sleep(POLL_S)


def start_partner(partner: Path, port: int, running: ExitStack) -> subprocess.Popen[bytes]:
    """Start a partner's node in its folder; return its process."""
    values = {"SERVER": f"127.0.0.1:{port}", "PORT": str(_free_port())}
    return running.enter_context(_process(partner / "start.sh", values))


def script(path: Path) -> str:
    """Run a script to its end; return its output.

    Raises:
        DeploymentError: it failed.
    """
    done = subprocess.run(
        ["sh", str(path)], env=_environment({}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DeploymentError(f"{path.name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def await_result(server: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait for the result, the failure, or the end of a process."""
    while not (server / RESULT).exists():
        if (server / FAILURE).exists():
            raise DeploymentError((server / FAILURE).read_text("utf-8").strip())
        if any(process.poll() is not None for process in processes):
            raise DeploymentError(f"a process ended too early: {_end_of_log(server)}")
        time.sleep(POLL_S)


@contextmanager
def _process(start: Path, values: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a script that ends with this process; its output is in ``log.txt`` beside it."""
    with (start.parent / LOG).open("ab") as said:
        process = subprocess.Popen(
            ["sh", "-c", _WITH_US, "sh", "sh", str(start)],
            env=_environment(values),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            start_new_session=True,  # a Ctrl-C is ours to pass on
        )
    try:
        yield process
    finally:
        try:
            process.communicate(timeout=STOP_S)  # closes the pipe
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment(values: dict[str, str]) -> dict[str, str]:
    """Return the environment in which Flower's commands and this very code are found."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    code = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PATH": path, "PYTHONPATH": code} | values


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _end_of_log(folder: Path) -> str:
    lines = (folder / LOG).read_text("utf-8", errors="replace").strip().splitlines()
    return " | ".join(lines[-5:])
