import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.errors import PrivacyError
from proeftuin.privacy.dp_sgd import poisson_batch
from tests.fixtures.private_steps import Build, by_hooks, generator, parameters, stacked, take_steps


def network(columns: int = 5, seed: int = 3, flat: bool = False) -> nn.Module:
    """A float64 network, so that sums can be compared; one output column or none."""
    layers = [nn.Linear(columns, 8), nn.ReLU(), nn.Linear(8, 1)]
    module = nn.Sequential(*layers, *([nn.Flatten(0)] if flat else [])).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=generator(seed))
    return module


def table(rows: int, columns: int = 5, seed: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    features = torch.randn(rows, columns, generator=generator(seed), dtype=torch.float64)
    targets = (torch.rand(rows, generator=generator(seed + 1)) < 0.3).double()
    return features, targets


def change(
    module: nn.Module,
    features: torch.Tensor,
    targets: torch.Tensor,
    *,
    steps: int = 1,
    rate: float = 1.0,
    noise: float = 0.0,
    clip: float = 1.0,
    seed: int = 1,
    build: Build = stacked,
) -> torch.Tensor:
    """Train, and return the sum over steps of the (noisy) clipped sums of gradients."""
    before = parameters(module)
    take_steps(
        module,
        features,
        targets,
        steps=steps,
        sampling_rate=rate,
        noise_multiplier=noise,
        clip_norm=clip,
        learning_rate=rate * len(features),
        sampling=generator(1000 + seed),
        noise=generator(seed),
        build=build,
    )
    return before - parameters(module)


def test_a_sample_takes_every_row_with_its_rate_and_none_twice() -> None:
    rows, rate, draws, source = 200, 0.05, 4000, generator(6)
    taken, sizes = torch.zeros(rows), []
    for _ in range(draws):
        batch = poisson_batch(rows, rate, source)
        assert len(set(batch.tolist())) == len(batch)
        taken[batch] += 1
        sizes.append(len(batch))
    error = (taken.numpy() - draws * rate) / np.sqrt(draws * rate * (1 - rate))
    assert np.abs(error).max() < 4.5
    assert error.std() == pytest.approx(1, abs=0.2)
    # A fixed batch size would have no variance, and is not what the accountants assume.
    assert np.var(sizes) == pytest.approx(rows * rate * (1 - rate), rel=0.1)


@pytest.mark.parametrize(("rows", "rate"), [(1000, 0.3), (2000, 1 / 93), (200_000, 1e-5), (3, 0.9)])
def test_the_rate_is_the_one_that_is_booked(rows: int, rate: float) -> None:
    """Opacus would take 1/4 for 0.3 and 1/92 for 1/93."""
    draws, source = 3000, generator(8)
    taken = sum(len(poisson_batch(rows, rate, source)) for _ in range(draws))
    deviation = np.sqrt(draws * rows * rate * (1 - rate))
    assert abs(taken - draws * rows * rate) < 4 * deviation


def test_a_row_tells_nothing_of_the_next_one() -> None:
    draws, rows, source = 20_000, 4, generator(9)
    counts = np.zeros(2**rows)
    for _ in range(draws):
        counts[sum(1 << row for row in poisson_batch(rows, 0.3, source).tolist())] += 1
    sizes = np.array([bin(pattern).count("1") for pattern in range(2**rows)])
    expected = draws * 0.3**sizes * 0.7 ** (rows - sizes)
    assert ((counts - expected) ** 2 / expected).sum() < 37.7  # 0.1 % of chi-squared, 15 degrees


def test_a_tiny_rate_gives_empty_samples_instead_of_an_error() -> None:
    source = generator(10)
    assert all(len(poisson_batch(100, 1e-300, source)) == 0 for _ in range(50))


def test_a_sample_at_rate_one_is_everybody_and_depends_on_the_seed_below_it() -> None:
    assert poisson_batch(7, 1.0, generator(1)).tolist() == list(range(7))
    first, again, other = (poisson_batch(500, 0.5, generator(s)).tolist() for s in (1, 1, 2))
    assert first == again != other


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(2, 12),
    clip=st.floats(0.01, 10),
    scale=st.sampled_from([0.0, 1.0, 1e6]),
    build=st.sampled_from([stacked, by_hooks]),
    flat=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_one_record_moves_the_sum_by_no_more_than_the_clipping_norm(
    rows: int, clip: float, scale: float, build: Build, flat: bool, seed: int
) -> None:
    features, targets = table(rows, seed=seed)
    features[0] *= scale
    flat = flat and build is by_hooks
    module, without = network(seed=seed, flat=flat), network(seed=seed, flat=flat)
    moved = change(module, features, targets, clip=clip, build=build) - change(
        without, features[1:], targets[1:], clip=clip, build=build
    )
    assert moved.norm() <= clip * (1 + 1e-6)


def test_the_sum_is_that_of_each_records_own_clipped_gradient() -> None:
    features, targets = table(20)
    module, clip = network(), 0.7
    expected = torch.zeros_like(parameters(module))
    for row, target in zip(features, targets, strict=True):
        loss = binary_cross_entropy_with_logits(module(row), target[None])
        gradient = torch.cat(
            [g.flatten() for g in torch.autograd.grad(loss, list(module.parameters()))]
        )
        expected += gradient * min(1.0, clip / (float(gradient.norm()) + 1e-6))
    torch.testing.assert_close(change(module, features, targets, clip=clip), expected)


def test_without_noise_clipping_and_sampling_it_is_plain_gradient_descent() -> None:
    features, targets = table(30)
    private, plain = network(), network()
    take_steps(
        private,
        features,
        targets,
        steps=1,
        sampling_rate=1.0,
        noise_multiplier=0.0,
        clip_norm=float("inf"),
        learning_rate=0.3,
        sampling=generator(1),
        noise=generator(2),
    )
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.3)
    binary_cross_entropy_with_logits(plain(features).squeeze(1), targets).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    torch.testing.assert_close(parameters(private), parameters(plain), rtol=1e-12, atol=1e-12)


def test_the_noise_has_the_deviation_that_the_ledger_books() -> None:
    module = nn.Linear(20_000, 1, bias=False).double()
    features, targets = table(10, columns=20_000)
    noise = change(module, features * 0, targets, noise=1.5, clip=2.0, build=by_hooks)
    assert float(noise.std()) == pytest.approx(1.5 * 2.0, rel=0.02)
    assert abs(float(noise.mean())) < 0.1


@pytest.mark.parametrize("build", [stacked, by_hooks])
def test_an_empty_sample_still_takes_a_step_of_noise(build: Build) -> None:
    features, targets = table(10)
    noise = change(network(), features, targets, steps=400, rate=1e-12, noise=1.0, build=build)
    assert float(noise.std()) == pytest.approx(np.sqrt(400), rel=0.25)
    assert (noise != 0).all()


def test_two_partners_get_different_noise_and_a_repeated_run_the_same_bits() -> None:
    features, targets = table(50)
    first, again, other = (
        change(network(), features, targets, steps=5, rate=0.2, noise=1.0, seed=seed)
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert (first != other).all()


def test_the_noise_does_not_depend_on_anybody_elses_random_numbers() -> None:
    features, targets = table(50)
    module, again, state = network(), network(), torch.get_rng_state()
    first = change(module, features, targets, steps=3, rate=0.2, noise=1.0)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(1)
    assert torch.equal(change(again, features, targets, steps=3, rate=0.2, noise=1.0), first)


def test_samples_and_noise_of_one_seed_are_refused() -> None:
    features, targets = table(10)
    with pytest.raises(PrivacyError, match="same seed"):
        take_steps(
            network(),
            features,
            targets,
            steps=1,
            sampling_rate=0.5,
            noise_multiplier=1.0,
            clip_norm=1.0,
            learning_rate=0.1,
            sampling=torch.Generator(),
            noise=torch.Generator(),
        )


def test_a_partner_of_forty_rows_learns_for_hundreds_of_steps() -> None:
    features, targets = table(40)
    module = network().float()
    change(module, features.float(), targets.float(), steps=400, rate=0.05, noise=1.0)
    assert parameters(module).isfinite().all()


@pytest.mark.parametrize(("build", "flat"), [(stacked, False), (by_hooks, False), (by_hooks, True)])
def test_a_model_can_go_on_after_a_round_and_keeps_nothing_of_the_records(
    build: Build, flat: bool
) -> None:
    features, targets = table(30)
    module = network(flat=flat).eval()
    fresh = pickle.dumps(network(flat=flat).eval())
    change(module, features, targets, build=build)
    change(module, features, targets, build=build)
    assert not module.training
    assert list(module.state_dict()) == list(network().state_dict())
    assert len(pickle.dumps(module)) == len(fresh)
    assert all(not vars(p) and p.grad is None for p in module.parameters())
    assert not any(m._forward_hooks or m._backward_hooks for m in module.modules())


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm1d(5),
        nn.BatchNorm1d(5, affine=False),
        nn.BatchNorm1d(5, affine=False, track_running_stats=False),
    ],
)
def test_a_layer_that_mixes_records_is_refused(layer: nn.Module) -> None:
    features, targets = table(10)
    with pytest.raises(PrivacyError, match="BatchNorm1d"):
        change(nn.Sequential(layer, network()), features, targets, build=by_hooks)


def test_a_layer_that_remembers_records_is_refused() -> None:
    features, targets = table(10)
    module = network()
    module.register_buffer("seen", torch.zeros(1))
    with pytest.raises(PrivacyError, match="buffers"):
        change(module, features, targets, build=by_hooks)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_record_that_clipping_cannot_bound_is_refused(value: float) -> None:
    features, targets = table(10)
    features[3, 2] = value
    with pytest.raises(PrivacyError, match="fill it in"):
        change(network(), features, targets)


def test_noise_without_a_clipping_norm_is_refused() -> None:
    features, targets = table(10)
    with pytest.raises(PrivacyError, match="clip_norm"):
        change(network(), features, targets, noise=1.0, clip=float("inf"))


def test_learning_that_diverges_leaves_the_model_as_it_was() -> None:
    features, targets = table(10)
    module = network().float()
    before = parameters(module)
    with pytest.raises(PrivacyError, match="lower it"):
        take_steps(
            module,
            features.float(),
            targets.float(),
            steps=20,
            sampling_rate=1.0,
            noise_multiplier=1.0,
            clip_norm=1.0,
            learning_rate=1e38,
            sampling=generator(1),
            noise=generator(2),
        )
    assert torch.equal(parameters(module), before)


def test_labels_of_other_rows_are_refused() -> None:
    features, targets = table(10)
    with pytest.raises(ValueError, match="targets"):
        change(network(), features, targets[:-1])
