"""A server and nodes in processes of their own learn what one process learns, to the last bit."""

import dataclasses
import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from proeftuin.errors import DeploymentError
from proeftuin.federation.backend import backend_of
from proeftuin.federation.deployment import local
from proeftuin.federation.deployment.certificates import write_node_key, write_server_certificate
from proeftuin.federation.deployment.folders import write_parties
from proeftuin.federation.deployment.local import (
    LOG,
    await_result,
    script,
    start_partner,
    start_server,
)
from proeftuin.federation.deployment.node import MEMORY, MODEL
from proeftuin.federation.deployment.server import read_result
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_jointly
from proeftuin.settings.federation import LocalHead
from proeftuin.settings.study import Settings
from tests.fixtures.partner_rows import NAMES, SEEDS, rows


@pytest.mark.long
def test_processes_with_tls_and_keys_give_the_same_bits_though_a_node_restarts(
    settings: Settings, tmp_path: Path
) -> None:
    arm = settings.arms["federated"]
    arm = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=1))
    parts = {"bank_a": rows(300, 1), "bank_b": rows(200, 2)}
    folder = tmp_path / "joint"
    write_parties(folder, Training(parts, NAMES, arm, settings.federation, SEEDS), host="localhost")
    homes = {}
    for name in parts:  # the parties' folders need nothing of each other
        homes[name] = tmp_path / f"machine_of_{name}"
        (folder / "partners" / name).rename(homes[name])
    stranger = tmp_path / "machine_of_a_stranger"
    shutil.copytree(homes["bank_a"], stranger)
    (stranger / "node.key").unlink()
    write_node_key(stranger / "node.key", stranger / "node.pub")
    server = folder / "server"
    with ExitStack() as running:
        link, port = start_server(server, running)
        script(server / "register.sh")
        unknown = start_partner(stranger, port, running)
        first = start_partner(homes["bank_a"], port, running)
        killed = ExitStack()
        start_partner(homes["bank_b"], port, killed)
        script(server / "run.sh")
        _until(lambda: (homes["bank_b"] / MEMORY).exists())
        killed.close()  # before it has learned anything
        again = start_partner(homes["bank_b"], port, running)
        await_result(server, [link, first, again])
        assert unknown.wait(60) != 0
    assert "activated" not in (stranger / LOG).read_text().lower()
    assert not (stranger / MEMORY).exists()
    whole = learn_jointly(Training(parts, NAMES, arm, settings.federation, SEEDS))
    there = read_result(server)
    np.testing.assert_array_equal(there.weights, whole.model.weights)  # type: ignore[attr-defined]
    assert there.losses == whole.losses
    assert (there.messages, there.bytes_moved) == (whole.messages, whole.bytes_moved)
    assert there.incidents == ()


@pytest.mark.long
def test_the_settings_choose_the_backend_and_it_changes_no_bit(settings: Settings) -> None:
    arm = settings.arms["federated"]
    arm = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=1))
    parts = {"bank_a": rows(60, 1), "bank_b": rows(40, 2)}
    here = dataclasses.replace(settings.federation, personal=LocalHead(kind="local_head"))
    there = dataclasses.replace(here, backend="deployment")
    whole, processes = (
        learn_jointly(Training(parts, NAMES, arm, how, SEEDS)) for how in (here, there)
    )
    assert isinstance(backend_of(there, checkpoint=None, transcript=None), local.Deployment)
    for name, own in whole.own.items():
        np.testing.assert_array_equal(processes.own[name].weights, own.weights)  # type: ignore[attr-defined]
    assert processes.losses == whole.losses
    assert processes.messages == whole.messages


def _until(happened: Callable[[], object], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_partner_without_its_own_model_is_said_and_not_given_another(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody else's model in its place would look like a result."""
    how = dataclasses.replace(settings.federation, personal=LocalHead(kind="local_head"))
    parts = {"bank_a": rows(30, 1), "bank_b": rows(20, 2)}
    folder = tmp_path / "joint"
    write_parties(
        folder, Training(parts, NAMES, settings.arms["federated"], how, SEEDS), host="localhost"
    )
    np.save(folder / "partners" / "bank_a" / MODEL, np.zeros(3))
    monkeypatch.setattr(local, "start_server", lambda *_: (None, 1))
    for name in ("script", "start_partner", "await_result"):
        monkeypatch.setattr(local, name, lambda *_: None)
    with pytest.raises(DeploymentError, match=f"bank_b/{MODEL}: not there"):
        local.run_on_this_machine(folder)


def test_a_process_that_does_not_start_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "start.sh").write_text("echo no such port >&2; exit 3\n")
    write_server_certificate(tmp_path, "localhost")
    with ExitStack() as running, pytest.raises(DeploymentError, match="no such port"):
        start_server(tmp_path, running)


def test_processes_end_when_they_are_let_go_and_take_their_children_along(tmp_path: Path) -> None:
    (tmp_path / "start.sh").write_text(f"echo $$ > {tmp_path}/pid; exec sleep 600\n")
    with ExitStack() as running:
        start_partner(tmp_path, 1, running)
        _until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        pid = int((tmp_path / "pid").read_text())
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
