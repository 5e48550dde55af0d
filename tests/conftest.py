"""What every test needs: nothing phones home, nothing is written outside a temporary folder."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import absl.logging
import pytest
from hydra._internal.hydra import Hydra

from proeftuin.commandline import environment
from proeftuin.settings.study import Settings

ROOT = Path(__file__).parents[1]

environment.prepare()
# dp-accounting's logger closes its stream when Hydra sets up logging, unless it is the real stderr.
absl.logging.get_absl_handler().python_handler.setStream(sys.__stderr__)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what Hydra does to the root logger: its handler holds a stream that a test closes."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture(autouse=True, scope="session")
def composed_once() -> None:
    """Let Hydra not compose settings twice, first of all to find a mode that we never let it set.

    It takes most of the time of a test of a command line.
    """
    Hydra.get_mode = lambda *_, **__: None


@pytest.fixture
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, so that a test can see what is left behind."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def proeftuin(
    in_empty_folder: Path, empty_store: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command in an empty folder and in this process, which has the libraries loaded."""
    from proeftuin.commandline.main import main

    (in_empty_folder / "outputs").mkdir()
    shutil.copy(empty_store, in_empty_folder / "outputs" / "mlflow.db")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        code = main(list(words))
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def demo_settings() -> Settings:
    from proeftuin.settings.compose import settings_for

    return settings_for(["study=demo"])


@pytest.fixture(scope="session")
def python(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a fresh Python in a folder, with the checkout on its path."""

    home = str(tmp_path_factory.mktemp("home"))

    def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": home, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow store that was made once; tests copy it, for making one takes seconds."""
    from proeftuin.study.tracking import prepare_store

    store = tmp_path_factory.mktemp("store") / "mlflow.db"
    prepare_store(f"sqlite:///{store}")
    return store
