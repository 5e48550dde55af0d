"""The limits of this machine, or of the container or shell that a user works in."""

import resource
from pathlib import Path

import pytest

from synthetic_data import machine


def test_a_container_has_less_memory_than_its_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = machine.memory()
    groups = tmp_path / "groups"
    own = groups / "a" / "b"
    own.mkdir(parents=True)
    (own / "memory.max").write_text("max\n")
    (own.parent / "memory.max").write_text("1000000\n")
    told = tmp_path / "cgroup"
    told.write_text("4:cpu:/\n0::/a/b\n")
    monkeypatch.setattr(machine, "GROUPS", groups)
    monkeypatch.setattr(machine, "OWN_GROUPS", told)
    assert machine.memory() == 1_000_000 < whole
    monkeypatch.setattr(machine, "OWN_GROUPS", tmp_path / "no_linux")
    assert machine.memory() >= whole


def test_a_limit_of_the_shell_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (600_000 * 1024, -1))
    assert machine.address_space() == 600_000 * 1024


def test_a_disk_is_that_of_the_nearest_folder_there_is(tmp_path: Path) -> None:
    assert machine.free_disk(tmp_path / "not" / "there") > 0
