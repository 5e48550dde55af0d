"""Learning side by side must change nothing: each test names what would be wrong otherwise."""

import dataclasses
import logging
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.detectors.epochs import padded_size
from proeftuin.detectors.gradient import GradientLearner
from proeftuin.detectors.network import build, flat, initial_weights, load
from proeftuin.detectors.scaling import exact_moments
from proeftuin.detectors.together import train_together
from proeftuin.features.split import Split
from proeftuin.privacy.learner import PrivateLearner
from proeftuin.settings.arm import Detector
from proeftuin.settings.privacy import DPSGD
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds
from tests.fixtures.private_steps import by_hooks, take_steps

RAGGED = [700, 37, 3, 512, 129, 640, 128, 131]
SEEDS = Seeds(4)


@pytest.fixture(autouse=True)
def one_thread() -> object:
    """As studies run; several threads may divide one product in other ways."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rows(count: int, columns: int, seed: int) -> Split:
    rng = Seeds(seed).rng("rows")
    x = rng.uniform(-1, 1, (count, columns)).astype(np.float32)
    y = (x[:, 0] + rng.normal(0, 0.3, count) > 0.4).astype(np.float32)
    return Split(x, y, x, y)


def detector(**changes: object) -> Detector:
    values: dict[str, object] = {
        "name": "mlp",
        "about": "",
        "hidden": (16,),
        "optimiser": "adam",
        "learning_rate": 0.01,
        "weight_decay": 0.001,
        "batch_size": 64,
        "rounds": 1,
    }
    return Detector(**values | changes)  # type: ignore[arg-type]


def learners(
    kind: Detector, columns: int, counts: Sequence[int] = RAGGED, privacy: DPSGD | None = None
) -> list[GradientLearner]:
    sides: list[GradientLearner] = []
    for place, count in enumerate(counts):
        split, own = rows(count, columns, place), SEEDS.child(f"bank_{place}")
        if privacy is None:
            sides.append(GradientLearner(split, kind, epochs=2, seeds=own))
        else:
            sides.append(PrivateLearner(split, kind, privacy, partner=str(place), seeds=own))
        sides[-1].scale(exact_moments(split.train_x.astype(np.float64)))
    return sides


def by_pytorch(side: GradientLearner, weights: np.ndarray, proximal: float = 0.0) -> np.ndarray:
    """Train by an ordinary PyTorch loop over the same shuffled batches."""
    module = build(side.split.columns, side.detector)
    load(module, weights)
    start = [parameter.detach().clone() for parameter in module.parameters()]
    kind = torch.optim.SGD if side.detector.optimiser == "sgd" else torch.optim.Adam
    optimiser = kind(
        module.parameters(),
        lr=side.detector.learning_rate,
        weight_decay=side.detector.weight_decay,
    )
    shuffle = side.generator("shuffle", 1)
    x = side.rows.features[:-1, : side.split.columns]
    y = side.rows.targets[:-1]
    for _ in range(side.epochs):
        for batch in torch.randperm(len(y), generator=shuffle).split(side.detector.batch_size):
            optimiser.zero_grad()
            loss = binary_cross_entropy_with_logits(module(x[batch]).squeeze(1), y[batch])
            for parameter, origin in zip(module.parameters(), start, strict=True):
                loss = loss + proximal / 2 * (parameter - origin).square().sum()
            loss.backward()
            optimiser.step()
    return flat(module)


@pytest.mark.parametrize("columns", [1, 6, 30])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hidden": (), "batch_size": 100},
        {"hidden": (5, 3), "optimiser": "sgd"},
        {"hidden": (64, 64), "optimiser": "sgd", "batch_size": 256},
        {"batch_size": 10_000},
    ],
)
def test_stacked_training_is_plain_training_to_float_tolerance_and_the_same_alone_to_the_bit(
    changes: dict[str, object], columns: int
) -> None:
    sides = learners(detector(**changes), columns)
    start = initial_weights(columns, sides[0].detector, SEEDS)
    stacked = train_together(sides, [start] * len(sides), 1)
    for side, together in zip(sides, stacked, strict=True):
        np.testing.assert_array_equal(together, side.train(start, 1))
        np.testing.assert_allclose(together, by_pytorch(side, start), atol=2e-5)
    fewer = train_together(sides[2:5], [start] * 3, 1)
    np.testing.assert_array_equal(fewer, stacked[2:5])


def test_every_learner_starts_from_its_own_weights() -> None:
    sides = learners(detector(), 6, [200, 200, 90])
    starts = [initial_weights(6, sides[0].detector, Seeds(seed)) for seed in range(3)]
    for side, start, trained in zip(sides, starts, train_together(sides, starts, 1), strict=True):
        np.testing.assert_array_equal(trained, side.train(start, 1))


def test_the_proximal_pull_is_the_gradient_of_the_squared_distance() -> None:
    sides = learners(detector(optimiser="sgd", learning_rate=0.1), 6, [300, 50])
    start = initial_weights(6, sides[0].detector, SEEDS)
    for side, pulled in zip(sides, train_together(sides, [start] * 2, 1, 3.0), strict=True):
        np.testing.assert_allclose(pulled, by_pytorch(side, start, 3.0), atol=2e-5)
        free = side.train(start, 1)
        assert np.linalg.norm(pulled - start) < 0.9 * np.linalg.norm(free - start)


@pytest.mark.parametrize("hidden", [(), (16,), (5, 3)])
def test_stacked_private_steps_are_those_of_dp_sgd_and_the_same_alone_to_the_bit(
    hidden: tuple[int, ...], settings: Settings
) -> None:
    policy = dataclasses.replace(
        settings.arms["federated_dp"].privacy, steps_per_round=6, rounds=2, clip_norm=0.3
    )
    sides = learners(detector(hidden=hidden), 6, privacy=policy)
    start = initial_weights(6, sides[0].detector, SEEDS)
    stacked = train_together(sides, [start] * len(sides), 1)
    for side, together in zip(sides, stacked, strict=True):
        assert isinstance(side, PrivateLearner)
        np.testing.assert_array_equal(together, side.train(start, 1))
        assert side.steps == 2 * 6
        module = build(6, side.detector)
        load(module, start)
        take_steps(
            module,
            side.rows.features[:-1, :6],
            side.rows.targets[:-1],
            steps=6,
            sampling_rate=policy.sampling_rate,
            noise_multiplier=side.noise_multiplier,
            clip_norm=policy.clip_norm,
            learning_rate=policy.learning_rate,
            sampling=side.generator("sampling", 1),
            noise=side.generator("noise", 1),
            build=by_hooks,
        )
        scale = np.abs(together).max()  # three rows: noise over an expected 0.15 records
        np.testing.assert_allclose(together, flat(module), atol=1e-5 * scale)


def test_what_cannot_be_stacked_trains_one_by_one_and_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Peculiar(GradientLearner):
        def train(self, weights: np.ndarray, *of: float) -> np.ndarray:
            return weights + 1

    sides = learners(detector(), 6, [60, 60])
    odd = Peculiar(rows(60, 6, 1), detector(), epochs=1, seeds=SEEDS)
    slower = learners(detector(learning_rate=0.001), 6, [60])
    start = initial_weights(6, detector(), SEEDS)
    with caplog.at_level(logging.INFO, logger="proeftuin"):
        mixed = train_together([*sides, odd], [start] * 3, 1)
        train_together([*sides, *slower], [start] * 3, 1)
    np.testing.assert_array_equal(mixed[:2], train_together(sides, [start] * 2, 1))
    np.testing.assert_array_equal(mixed[2], start + 1)
    assert "Peculiar trains in a way of its own" in caplog.text
    assert "their models or schedules differ" in caplog.text


def test_padding_wastes_at_most_a_quarter_of_a_large_batch() -> None:
    for records in (1, 15, 16, 17, 100, 129, 1000, 4097, 100_000):
        assert records <= padded_size(records) <= max(16, 1.25 * records + 16)
        assert padded_size(records) % 16 == 0
