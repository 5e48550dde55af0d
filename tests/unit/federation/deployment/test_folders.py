"""What each party gets: its own and nothing else, and enough to learn as in one process."""

import dataclasses
import stat
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cryptography import x509
from flwr.app import Context, Message

from proeftuin.detectors.gradient import Learner
from proeftuin.errors import PrivacyError
from proeftuin.federation.cohort import partition
from proeftuin.federation.deployment.folders import (
    KEYS,
    PARTNERS,
    SERVER,
    read_learner,
    read_task,
    write_parties,
)
from proeftuin.federation.deployment.node import MEMORY, MODEL, Machine, Member, read_memory
from proeftuin.federation.grid import run_in_process
from proeftuin.federation.joint import client_app
from proeftuin.federation.server import JointModel, server_app
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_jointly
from proeftuin.privacy.learner import PrivateLearner
from proeftuin.privacy.learners import learner_of
from proeftuin.settings.arm import Arm
from proeftuin.settings.study import Settings
from synthetic_data.arrays import Vector
from tests.fixtures.federations import PERSONAL, federation
from tests.fixtures.partner_rows import COLUMNS, NAMES, SEEDS, rows

PARTS = {"bank_a": rows(120, 1), "bank_b": rows(80, 2)}
START = np.zeros(COLUMNS * 16 + 16 + 16 + 1, dtype=np.float32)


@pytest.fixture
def arm(settings: Settings) -> Arm:
    return settings.arms["federated"]


@pytest.fixture
def private(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Arm:
    monkeypatch.setattr("proeftuin.privacy.learner.noise_for", lambda **_: 1.0)
    return settings.arms["federated_dp"]


def written(arm: Arm, settings: Settings, folder: Path) -> Path:
    write_parties(folder, Training(PARTS, NAMES, arm, settings.federation, SEEDS), host="bank.test")
    return folder


def test_a_partner_gets_its_own_rows_and_key_and_nothing_of_anybody_else(
    arm: Arm, settings: Settings, tmp_path: Path
) -> None:
    folder = written(arm, settings, tmp_path / "joint")
    for name, split in PARTS.items():
        own = folder / "partners" / name
        training = pd.read_parquet(own / "training.parquet")
        np.testing.assert_array_equal(training[list(NAMES)].to_numpy(), split.train_x)
        np.testing.assert_array_equal(training["label"], split.train_y)
        others = [other for other in PARTS if other != name]
        for path in own.iterdir():
            assert not any(other.encode() in path.read_bytes() for other in others)
    assert not list((folder / "server").rglob("*.parquet"))
    assert not list((folder / "server").rglob("node.key"))


def test_no_file_names_a_place_on_the_machine_that_wrote_it(
    arm: Arm, settings: Settings, tmp_path: Path
) -> None:
    for path in written(arm, settings, tmp_path / "joint").rglob("*"):
        if path.is_file():
            assert str(tmp_path).encode() not in path.read_bytes()
            assert str(Path.home()).encode() + b"/" not in path.read_bytes()
            assert sys.prefix.encode() not in path.read_bytes()


def test_secrets_are_for_their_owner_only_and_every_key_is_another(
    arm: Arm, settings: Settings, tmp_path: Path
) -> None:
    folder = written(arm, settings, tmp_path / "joint")
    for path in folder.rglob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = [(folder / "server" / KEYS / f"{name}.pub").read_text() for name in PARTS]
    assert len(set(public)) == len(PARTS)
    root = x509.load_pem_x509_certificate((folder / "server" / "ca.crt").read_bytes())
    leaf = x509.load_pem_x509_certificate((folder / "server" / "server.crt").read_bytes())
    leaf.verify_directly_issued_by(root)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "bank.test" in names.get_values_for_type(x509.DNSName)


def test_a_learner_read_from_its_folder_trains_to_the_same_bits(
    arm: Arm, settings: Settings, tmp_path: Path
) -> None:
    folder = written(arm, settings, tmp_path / "joint")
    here = learner_of(
        PARTS["bank_a"], arm, settings.federation, owner="bank_a", seeds=SEEDS, jointly=True
    )
    there, _ = read_learner(folder / "partners" / "bank_a")
    for own in (here, there):
        own.scale(own.moments())
    np.testing.assert_array_equal(here.train(START, 1), there.train(START, 1))
    assert here.validate(START) == there.validate(START)


def test_a_partner_remembers_over_processes_what_it_was_told(
    arm: Arm, settings: Settings, tmp_path: Path
) -> None:
    own = written(arm, settings, tmp_path / "joint") / "partners" / "bank_a"
    here, _ = read_learner(own)
    total = here.moments() + exact(settings, arm)
    here.scale(total)
    Member(own).scale(total)
    np.testing.assert_array_equal(Member(own).train(START, 1), here.train(START, 1))
    assert Member(own).validate(START) == here.validate(START)


def exact(settings: Settings, arm: Arm):  # type: ignore[no-untyped-def]
    split = PARTS["bank_b"]
    return learner_of(
        split, arm, settings.federation, owner="bank_b", seeds=SEEDS, jointly=True
    ).moments()


class Restarted:
    """Partners on machines whose process is a new one for every message; all are asked twice."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    def _at_home(self, context: Context) -> Context:
        context.node_config["folder"] = str(self._folders[partition(context)])
        return context

    def member(self, context: Context) -> Learner:
        return Machine().member(self._at_home(context))

    def train(self, message: Message, context: Context) -> Vector:
        first, again = (Machine().train(message, self._at_home(context)) for _ in range(2))
        np.testing.assert_array_equal(first, again)
        return again

    def validate(self, message: Message, context: Context) -> float:
        first, again = (Machine().validate(message, self._at_home(context)) for _ in range(2))
        assert first == again
        return again

    def finish(self, message: Message, context: Context) -> None:
        Machine().finish(message, self._at_home(context))


@pytest.mark.parametrize("kind", list(PERSONAL))
def test_a_model_of_ones_own_outlives_its_process_and_is_that_of_one_process(
    kind: str, settings: Settings, tmp_path: Path
) -> None:
    how = federation("fedavg", participation=0.7, personal=PERSONAL[kind])
    arm = settings.arms["federated"]
    arm = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=5))
    parts = {name: rows(200, place) for place, name in enumerate("abc")}
    whole = learn_jointly(Training(parts, NAMES, arm, how, SEEDS))
    folder = tmp_path / "joint"
    write_parties(folder, Training(parts, NAMES, arm, how, SEEDS), host="localhost")
    homes = [folder / PARTNERS / name for name in parts]
    results = list[JointModel]()
    app = server_app(read_task(folder / SERVER), results.append)
    run_in_process(app, client_app(Restarted(homes)), len(parts))
    assert results[0].losses == whole.losses
    for name, home in zip(parts, homes, strict=True):
        there = np.load(home / MODEL)
        np.testing.assert_array_equal(there, whole.own[name].weights)  # type: ignore[attr-defined]


def test_noise_is_never_used_for_a_second_question_and_each_answer_is_charged_once(
    private: Arm, settings: Settings, tmp_path: Path
) -> None:
    own = written(private, settings, tmp_path / "joint") / "partners" / "bank_a"
    total = Member(own).moments()
    assert read_memory(own)["statistics_released"]
    Member(own).scale(total)
    answer = Member(own).train(START, 1)
    np.testing.assert_array_equal(Member(own).train(START, 1), answer)  # asked again: the same
    with pytest.raises(PrivacyError, match="round 1 was answered"):
        Member(own).train(START + 1, 1)
    Member(own).scale(dataclasses.replace(total, count=total.count + 1))
    with pytest.raises(PrivacyError, match="round 1 was answered"):
        Member(own).train(START, 1)
    here, _ = read_learner(own)
    assert isinstance(here, PrivateLearner)
    here.steps = read_memory(own)["steps"]
    assert here.steps == private.privacy.steps_per_round
    assert (own / MEMORY).exists()
