"""A training that is killed goes on, and nobody can tell from its result."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from proeftuin.federation.checkpoint import load_progress
from proeftuin.federation.cohort import Cohort
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_jointly
from proeftuin.privacy.learner import PrivateLearner
from proeftuin.privacy.partner import ClientLevelDPLearner
from proeftuin.settings.arm import Arm
from proeftuin.settings.privacy import ClientLevelDP
from proeftuin.settings.study import Settings
from synthetic_data.arrays import Vector
from tests.fixtures.federations import PERSONAL, federation
from tests.fixtures.partner_rows import NAMES, SEEDS, rows

ROUNDS, KILLED_IN = 6, 4


class Killed(BaseException):
    """Stands for a signal: nothing that catches exceptions may catch it."""


def arm_of(settings: Settings, name: str) -> Arm:
    plain = name == "plain" or name in PERSONAL
    arm = settings.arms["federated" if plain else "federated_dp"]
    if plain:
        return dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=ROUNDS))
    if name == "record":
        record = dataclasses.replace(arm.privacy, rounds=ROUNDS, steps_per_round=2)
        return dataclasses.replace(arm, privacy=record)
    partner = ClientLevelDP(
        name="partner_dp", about="", unit="partner", noise_by=name, clip_norm=1.0, epsilon=20.0,
        delta=arm.privacy.delta, rounds=ROUNDS,
    )  # fmt: skip
    return dataclasses.replace(arm, privacy=partner)


@pytest.mark.parametrize(
    ("strategy", "kind"),
    [
        ("fedavg", "plain"),
        ("fedadam", "plain"),
        ("fedavgm", "plain"),
        ("fedavg", "record"),
        ("fedavg", "server"),
        ("fedavg", "partner"),
        ("fedavg", "local_head"),
        ("fedadam", "fine_tuning"),
        ("fedavg", "mean_regularised"),
    ],
)
def test_a_killed_training_goes_on_to_the_same_bits(
    strategy: str,
    kind: str,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("learner", "partner"):  # how much noise is not the question here
        monkeypatch.setattr(f"proeftuin.privacy.{module}.noise_for", lambda **_: 1.0)
    arm = arm_of(settings, kind)
    how = federation(strategy, participation=0.7, dropout=0.2, personal=PERSONAL.get(kind))
    parts = {name: rows(200, place) for place, name in enumerate("abc")}
    checkpoint = tmp_path / "joint.training"

    def learn(checkpoint: Path | None) -> Learned:
        return learn_jointly(Training(parts, NAMES, arm, how, SEEDS), checkpoint=checkpoint)

    whole = learn(None)
    trained: list[int] = []
    train = Cohort.train

    def killing(self: Cohort, message: object, context: object) -> Vector:
        weights = train(self, message, context)  # type: ignore[arg-type]
        number = int(message.content["config"]["server-round"])  # type: ignore[attr-defined]
        trained.append(number)
        if number == KILLED_IN:
            raise Killed
        return weights

    with monkeypatch.context() as patched:
        patched.setattr(Cohort, "train", killing)
        with pytest.raises(Killed):
            learn(checkpoint)
    before = load_progress(checkpoint)
    assert before is not None
    assert before.finished == KILLED_IN - 1
    resumed = learn(checkpoint)
    if kind != "local_head":  # which has no joint model
        np.testing.assert_array_equal(resumed.model.weights, whole.model.weights)  # type: ignore[attr-defined]
    assert set(resumed.own) == set(whole.own) == set(parts if kind in PERSONAL else ())
    for name, own in whole.own.items():
        np.testing.assert_array_equal(resumed.own[name].weights, own.weights)  # type: ignore[attr-defined]
    assert resumed.losses == whole.losses
    assert resumed.incidents == whole.incidents
    assert (resumed.messages, resumed.bytes_moved) == (whole.messages, whole.bytes_moved)
    ledgers = [
        [
            own.ledger()
            for own in each.learners
            if isinstance(own, PrivateLearner | ClientLevelDPLearner)
        ]
        for each in (whole, resumed)
    ]
    assert ledgers[0] == ledgers[1]
    assert bool(ledgers[0]) == (kind != "plain" and kind not in PERSONAL)


def test_a_finished_training_is_not_gone_through_again(settings: Settings, tmp_path: Path) -> None:
    arm, checkpoint = arm_of(settings, "plain"), tmp_path / "joint.training"
    parts = {name: rows(100, place) for place, name in enumerate("ab")}
    first, again = (
        learn_jointly(
            Training(parts, NAMES, arm, settings.federation, SEEDS), checkpoint=checkpoint
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.model.weights, again.model.weights)  # type: ignore[attr-defined]
    assert (first.losses, first.messages) == (again.losses, again.messages)
