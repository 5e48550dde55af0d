"""Federated learning must be what it claims: each test names what would be wrong otherwise."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.detectors.network import build, flat, initial_weights, load
from proeftuin.federation.joint import fit_jointly
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.settings.arm import Arm
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds
from tests.fixtures.federations import federation, parties, server_task
from tests.fixtures.partner_rows import COLUMNS, NAMES, SEEDS, rows


@pytest.fixture
def arm(settings: Settings) -> Arm:
    arm = settings.arms["federated"]
    return dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=4))


@pytest.fixture
def sgd(arm: Arm) -> Arm:
    """One full-batch step of plain SGD in one round."""
    detector = dataclasses.replace(
        arm.detector,
        optimiser="sgd",
        learning_rate=0.5,
        weight_decay=0.0,
        batch_size=10_000,
        rounds=1,
    )
    return dataclasses.replace(arm, detector=detector)


def test_federated_with_one_client_equals_silo(arm: Arm, settings: Settings) -> None:
    split = rows(400, 1)
    alone = learn_each(Training({"bank_a": split}, NAMES, arm, settings.federation, SEEDS))[
        "bank_a"
    ]
    jointly = learn_jointly(Training({"bank_a": split}, NAMES, arm, settings.federation, SEEDS))
    np.testing.assert_array_equal(alone.model.weights, jointly.model.weights)
    assert alone.losses == jointly.losses


def test_one_fedsgd_round_equals_the_pooled_gradient_step(sgd: Arm, settings: Settings) -> None:
    parts = {"bank_a": rows(300, 1), "bank_b": rows(100, 2), "bank_c": rows(40, 3)}
    joint = learn_jointly(Training(parts, NAMES, sgd, settings.federation, SEEDS)).model
    x = np.concatenate([part.train_x for part in parts.values()]).astype(np.float64)
    y = torch.from_numpy(np.concatenate([part.train_y for part in parts.values()]))
    standard = torch.from_numpy(((x - x.mean(0)) / x.std(0)).astype(np.float32))
    module = build(COLUMNS, sgd.detector)
    load(module, initial_weights(COLUMNS, sgd.detector, SEEDS))
    binary_cross_entropy_with_logits(module(standard).squeeze(1), y).backward()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter -= sgd.detector.learning_rate * parameter.grad
    np.testing.assert_allclose(joint.weights, flat(module), atol=2e-6)


def test_banks_with_identical_data_equal_one_bank(sgd: Arm, settings: Settings) -> None:
    several = dataclasses.replace(sgd, detector=dataclasses.replace(sgd.detector, rounds=5))
    split = rows(300, 4)
    one = learn_jointly(Training({"a": split}, NAMES, several, settings.federation, SEEDS))
    many = learn_jointly(
        Training(dict.fromkeys("abcd", split), NAMES, several, settings.federation, SEEDS)
    )
    np.testing.assert_allclose(one.model.weights, many.model.weights, atol=1e-5)


def test_the_same_seed_gives_the_same_bits_with_drawn_partners(
    arm: Arm, settings: Settings
) -> None:
    parts = {name: rows(200, index) for index, name in enumerate("abcdef")}
    half = dataclasses.replace(settings.federation, participation=0.5)
    first, second = (learn_jointly(Training(parts, NAMES, arm, half, SEEDS)) for _ in range(2))
    other = learn_jointly(Training(parts, NAMES, arm, half, Seeds(6)))
    np.testing.assert_array_equal(first.model.weights, second.model.weights)
    assert not np.array_equal(first.model.weights, other.model.weights)


def test_participation_draws_that_share_of_partners(arm: Arm, settings: Settings) -> None:
    trained: list[tuple[str, int]] = []

    class Noted(GradientLearner):
        def train(self, weights: np.ndarray, *of: float) -> np.ndarray:
            trained.append((self.seeds.axes[-1], int(of[0])))
            return super().train(weights, *of)

    learners = [
        Noted(rows(100, index), arm.detector, epochs=1, seeds=SEEDS.child(f"bank_{index}"))
        for index in range(10)
    ]
    half = dataclasses.replace(settings.federation, participation=0.3)
    start = initial_weights(COLUMNS, arm.detector, SEEDS)
    fit_jointly(parties(learners, server_task(10, start, 4, half, validate=True)))
    per_round = [{who for who, number in trained if number == this} for this in range(1, 5)]
    assert [len(partners) for partners in per_round] == [3, 3, 3, 3]
    assert len(set().union(*per_round)) > 3


def test_pythons_own_random_stream_is_left_alone(arm: Arm, settings: Settings) -> None:
    import random

    random.seed(1)
    expected = random.Random(1).random()
    parts = {name: rows(60, index) for index, name in enumerate("ab")}
    learn_jointly(Training(parts, NAMES, arm, settings.federation, SEEDS))
    assert random.random() == expected


def test_bytes_moved_grow_with_the_model_and_the_rounds(arm: Arm, settings: Settings) -> None:
    parts = {name: rows(60, index) for index, name in enumerate("ab")}
    result = learn_jointly(Training(parts, NAMES, arm, settings.federation, SEEDS))
    size = initial_weights(COLUMNS, arm.detector, SEEDS).nbytes
    rounds, partners = arm.detector.rounds, 2
    # down and up for training, down for validation
    assert 3 * rounds * partners * size < result.bytes_moved < 6 * rounds * partners * size
    assert result.messages == 2 * partners * (2 + 2 * rounds)


def test_a_failing_partner_stops_the_run_with_its_own_error(arm: Arm, settings: Settings) -> None:
    class Broken(GradientLearner):
        def train(self, weights: np.ndarray, *of: float) -> np.ndarray:
            raise ZeroDivisionError("bank_b is broken")

    learners = [
        kind(rows(60, index), arm.detector, epochs=1, seeds=SEEDS.child(str(index)))
        for index, kind in enumerate((GradientLearner, Broken))
    ]
    start = initial_weights(COLUMNS, arm.detector, SEEDS)
    with pytest.raises(ZeroDivisionError, match="bank_b is broken"):
        fit_jointly(parties(learners, server_task(2, start, 2, settings.federation, validate=True)))


@pytest.mark.parametrize("name", ["fedavg", "fedmedian"])
def test_every_offered_strategy_learns_something(arm: Arm, settings: Settings, name: str) -> None:
    parts = {key: rows(600, index) for index, key in enumerate("abc")}
    longer = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=15))
    how = federation(name, local_epochs=2)
    losses = learn_jointly(Training(parts, NAMES, longer, how, SEEDS)).losses
    assert losses[-1][1] < 0.8 * losses[0][1]
