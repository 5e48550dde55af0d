"""A plug-in's network of another shape takes the doors of the package's own, privacy included."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.detectors.network import build, flat, initial_weights, load
from proeftuin.detectors.scaling import exact_moments
from proeftuin.detectors.together import train_together
from proeftuin.errors import PrivacyError
from proeftuin.features.split import Split
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.learner import PrivateLearner
from proeftuin.settings.arm import Detector
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds

COLUMNS, SEEDS = 4, Seeds(8)
NAMES = tuple(f"column_{index}" for index in range(COLUMNS))


class Odd(nn.Module):
    """Normalised, with tanh and a way around: nothing that could be stacked."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.first, self.scale = nn.Linear(columns, 6), nn.LayerNorm(6)
        self.last = nn.Linear(6 + columns, 1)

    def forward(self, rows: Tensor) -> Tensor:
        inside = torch.tanh(self.scale(self.first(rows)))
        return self.last(torch.cat([inside, rows], 1)).squeeze(1)  # type: ignore[no-any-return]


class Mixing(Odd):
    def __init__(self, columns: int) -> None:
        super().__init__(columns)
        self.scale = nn.BatchNorm1d(6)  # type: ignore[assignment]


def install(monkeypatch: pytest.MonkeyPatch, network: type[Odd]) -> None:
    """Let every detector be that of a plug-in that builds this network."""
    monkeypatch.setattr(
        Detector, "network", property(lambda _: lambda columns, _: network(columns))
    )


@pytest.fixture(autouse=True)
def odd(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Odd)


def rows(count: int, seed: int) -> Split:
    rng = Seeds(seed).rng("rows")
    x = rng.uniform(-1, 1, (count, COLUMNS)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.float32)
    return Split(x, y, x[:50], y[:50])


def detector(settings: Settings, **changes: object) -> Detector:
    own = settings.arms["federated"].detector
    return dataclasses.replace(own, hidden=(), candidates={}, **changes)


def training(settings: Settings, arm: str, **privacy: object) -> Training:
    parts = {bank: rows(count, count) for bank, count in {"a": 400, "b": 200, "c": 50}.items()}
    kind = settings.arms[arm]
    policy = dataclasses.replace(kind.privacy, **privacy)
    own = detector(settings, learning_rate=0.05)
    kind = dataclasses.replace(kind, detector=own, privacy=policy)
    return Training(parts, NAMES, kind, settings.federation, SEEDS)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_its_plain_training_is_an_ordinary_pytorch_loop(settings: Settings, optimiser: str) -> None:
    kind = detector(settings, optimiser=optimiser, weight_decay=0.001, batch_size=32)
    sides = [GradientLearner(rows(n, n), kind, epochs=2, seeds=SEEDS) for n in (150, 40)]
    for side in sides:
        side.scale(exact_moments(side.split.train_x.astype(np.float64)))
    start = initial_weights(COLUMNS, kind, SEEDS)
    for side, trained in zip(sides, train_together(sides, [start] * 2, 1), strict=True):
        module = build(COLUMNS, kind)
        load(module, start)
        steps = torch.optim.SGD if optimiser == "sgd" else torch.optim.Adam
        plain = steps(module.parameters(), lr=kind.learning_rate, weight_decay=0.001)
        x, y = side.rows.features[:-1, :COLUMNS], side.rows.targets[:-1]
        shuffle = side.generator("shuffle", 1)
        for _ in range(2):
            for batch in torch.randperm(len(y), generator=shuffle).split(32):
                plain.zero_grad()
                binary_cross_entropy_with_logits(module(x[batch]), y[batch]).backward()
                plain.step()
        np.testing.assert_allclose(trained, flat(module), atol=2e-5)


def test_alone_and_together_it_finds_what_a_line_cannot(settings: Settings) -> None:
    for learned in (
        learn_jointly(training(settings, "federated")),
        learn_each(training(settings, "silo"))["a"],
    ):
        fresh = rows(500, 77)
        scores = learned.model.score(fresh.train_x)
        above = scores[fresh.train_y == 1].mean() - scores[fresh.train_y == 0].mean()
        assert above > 0.5


@pytest.mark.long
def test_a_private_federation_of_it_keeps_its_budget_to_the_same_bits(settings: Settings) -> None:
    task = training(settings, "federated_dp", rounds=3, steps_per_round=4)
    learned, again = learn_jointly(task), learn_jointly(task)
    np.testing.assert_array_equal(learned.model.weights, again.model.weights)  # type: ignore[attr-defined]
    assert np.isfinite(learned.model.score(rows(20, 5).train_x)).all()
    assert learned.losses == []
    for side in learned.learners:
        assert isinstance(side, PrivateLearner)
        assert side.steps == 12
        spent = guarantee(side.ledger(), 1e-6).epsilon
        assert 0.95 * task.arm.privacy.epsilon < spent <= task.arm.privacy.epsilon  # type: ignore[union-attr]


def test_private_training_of_a_network_that_mixes_rows_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Mixing)
    task = training(settings, "federated_dp", rounds=1, steps_per_round=1)
    with pytest.raises(PrivacyError, match="BatchNorm1d"):
        learn_jointly(task)
