"""What clips gradients in studies, held against Opacus and against every record by itself."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.detectors.stack import NORM_FLOOR, Stack
from tests.fixtures.private_steps import (
    Build,
    by_hooks,
    by_opacus,
    clipped_sum,
    generator,
    parameters,
    precision_of,
    schedule,
    stacked,
    take_steps,
)


def network(widths: Sequence[int], seed: int = 1) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip(widths, [*widths[1:], 1], strict=True):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return drawn(nn.Sequential(*layers[:-1]), seed)


def drawn(module: nn.Sequential, seed: int = 1) -> nn.Sequential:
    with torch.no_grad():
        for parameter in module.double().parameters():
            parameter.normal_(generator=generator(seed))
    return module


def table(rows: int, columns: int, seed: int = 2) -> tuple[Tensor, Tensor]:
    features = torch.randn(rows, columns, generator=generator(seed), dtype=torch.float64)
    return features, (torch.rand(rows, generator=generator(seed + 1)) < 0.3).double()


def sum_by_opacus(module: nn.Module, features: Tensor, targets: Tensor, clip: float) -> Tensor:
    before = parameters(module)
    by_opacus(
        module,
        features,
        targets,
        steps=1,
        sampling_rate=1.0,
        noise_multiplier=0.0,
        clip_norm=clip,
        learning_rate=len(features),
        sampling=generator(1),
        noise=generator(2),
    )
    return before - parameters(module)


@pytest.mark.parametrize("build", [stacked, by_hooks])
@settings(max_examples=15, deadline=None)
@given(
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    rows=st.integers(1, 40),
    clip=st.floats(0.01, 100),
    scale=st.sampled_from([0.0, 1.0, 30.0]),
    seed=st.integers(0, 10**6),
)
def test_the_sum_is_that_of_opacus_hooks(
    build: Build, widths: list[int], rows: int, clip: float, scale: float, seed: int
) -> None:
    module = network(widths, seed)
    features, targets = table(rows, widths[0], seed)
    features[0] *= scale
    ours = clipped_sum(module, features, targets, clip, build=build)
    theirs = sum_by_opacus(module, features, targets, clip)
    assert (ours - theirs).abs().max() <= 1e-12 * max(1.0, clip * rows)


@pytest.mark.parametrize("build", [stacked, by_hooks])
@settings(max_examples=25, deadline=None)
@given(
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    rows=st.integers(2, 20),
    clip=st.floats(0.001, 100),
    scale=st.sampled_from([0.0, 1.0, 1e3, 1e9]),
    seed=st.integers(0, 10**6),
)
def test_one_record_moves_the_sum_by_no_more_than_the_clipping_norm(
    build: Build, widths: list[int], rows: int, clip: float, scale: float, seed: int
) -> None:
    module = network(widths, seed)
    features, targets = table(rows, widths[0], seed)
    features[0] *= scale
    with_it = clipped_sum(module, features, targets, clip, build=build)
    without = clipped_sum(module, features[1:], targets[1:], clip, build=build)
    assert (with_it - without).norm() <= clip * (1 + 1e-9) + 1e-12 * rows


@pytest.mark.parametrize("shared", [True, False])
def test_partners_side_by_side_get_what_each_gets_alone(shared: bool) -> None:
    """Also when all of them start from one model, as in the first step of a round."""
    modules = [network([5, 7, 3], seed=1 if shared else seed) for seed in range(4)]
    own = [table(16, 5, seed) for seed in range(4)]
    with precision_of(modules[0]):
        start = torch.stack([parameters(module) for module in modules])
        stack = Stack(5, [7, 3], start, schedule(1.0))
        features = torch.zeros(4, 16, 8)
        features[:, :, :5] = torch.stack([x for x, _ in own])
        targets = torch.stack([y for _, y in own])
        share = torch.ones(4, 16)
        everybody = slice(None)
        stack.descend(everybody, stack.gradients(everybody, features, targets, share, 0.8))
        together = start - stack.weights()
    for partner, module in enumerate(modules):
        alone = clipped_sum(module, *own[partner], 0.8)
        torch.testing.assert_close(together[partner], alone, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("build", [stacked, by_hooks])
def test_a_place_that_no_record_takes_counts_for_nothing(build: Build) -> None:
    module, (features, targets) = network([5, 7]), table(9, 5)
    filled = torch.tensor([1.0] * 6 + [0.0] * 3, dtype=torch.float64)
    padded = clipped_sum(module, features, targets, 0.5, filled, build=build)
    alone = clipped_sum(module, features[:6], targets[:6], 0.5, build=build)
    torch.testing.assert_close(padded, alone, rtol=1e-12, atol=1e-12)


def test_a_weight_scales_a_records_gradient_before_it_is_clipped_and_nobody_elses() -> None:
    """The mean of a weighted loss divides by the batch's weights, and so scales everybody."""
    module, (features, targets) = network([5, 7]), table(8, 5)
    weights = torch.ones(8, dtype=torch.float64)
    weights[0] = 50.0
    for clip in (0.3, 1e9):
        light = clipped_sum(module, features, targets, clip)
        heavy = clipped_sum(module, features, targets, clip, weights)
        first = clipped_sum(module, features[:1], targets[:1], 1e9)
        share = [min(1.0, clip / (float(w * first.norm()) + NORM_FLOOR)) * w for w in (50.0, 1.0)]
        torch.testing.assert_close(heavy - light, (share[0] - share[1]) * first)


class Odd(nn.Module):
    """A network that cannot be stacked: normalised, with tanh and a way around."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.first, self.scale = nn.Linear(columns, 4), nn.LayerNorm(4)
        self.last = nn.Linear(4 + columns, 1)

    def forward(self, rows: Tensor) -> Tensor:
        return self.last(torch.cat([torch.tanh(self.scale(self.first(rows))), rows], 1))


@pytest.mark.parametrize("clip", [0.2, 1e6])
def test_a_network_of_another_shape_is_clipped_record_by_record(clip: float) -> None:
    module, (features, targets) = drawn(nn.Sequential(Odd(5))), table(12, 5)
    expected = torch.zeros_like(parameters(module))
    for row in range(12):
        logit = module(features[row : row + 1]).reshape(1)
        loss = binary_cross_entropy_with_logits(logit, targets[row : row + 1])
        gradient = torch.cat(
            [part.flatten() for part in torch.autograd.grad(loss, list(module.parameters()))]
        )
        expected += gradient * min(1.0, clip / (float(gradient.norm()) + NORM_FLOOR))
    found = clipped_sum(module, features, targets, clip, build=by_hooks)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("build", [stacked, by_hooks])
def test_training_is_that_of_opacus_alone(build: Build) -> None:
    features, targets = table(300, 5)
    ours, theirs = network([5, 8, 4]), network([5, 8, 4])
    options: dict[str, Any] = {
        "steps": 30,
        "sampling_rate": 0.1,
        "noise_multiplier": 0.0,  # one draw for all parameters, or one for each
        "clip_norm": 0.5,
        "learning_rate": 0.2,
    }
    take_steps(
        ours, features, targets, sampling=generator(1), noise=generator(2), build=build, **options
    )
    by_opacus(theirs, features, targets, sampling=generator(1), noise=generator(2), **options)
    torch.testing.assert_close(parameters(ours), parameters(theirs), rtol=1e-11, atol=1e-12)
