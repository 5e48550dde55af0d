from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.privacy import dp_sgd
from proeftuin.privacy.closed_form import NORM_FLOOR, clipped_sums, linear_stack
from proeftuin.privacy.dp_sgd import noisy_steps


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network(widths: Sequence[int], seed: int = 1) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in zip(widths, [*widths[1:], 1], strict=True):
        layers += [nn.Linear(before, after), nn.ReLU()]
    module = nn.Sequential(*layers[:-1]).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(generator=generator(seed))
    return module


def table(rows: int, columns: int, seed: int = 2) -> tuple[Tensor, Tensor]:
    features = torch.randn(rows, columns, generator=generator(seed), dtype=torch.float64)
    return features, (torch.rand(rows, generator=generator(seed + 1)) < 0.3).double()


def joined(sums: Sequence[Tensor]) -> Tensor:
    return torch.cat([one.flatten() for one in sums])


def by_opacus(module: nn.Module, features: Tensor, targets: Tensor, clip: float) -> list[Tensor]:
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer

    private = GradSampleModule(module, loss_reduction="sum")
    optimizer = DPOptimizer(
        torch.optim.SGD(private.parameters(), lr=1.0),
        noise_multiplier=0.0,
        max_grad_norm=clip,
        expected_batch_size=1,
        loss_reduction="sum",
    )
    logits = private(features).squeeze(1)
    binary_cross_entropy_with_logits(logits, targets, reduction="sum").backward()  # type: ignore[no-untyped-call]
    optimizer.clip_and_accumulate()
    return [parameter.summed_grad for parameter in private.parameters()]


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@settings(max_examples=40, deadline=None)
@given(
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    rows=st.integers(1, 40),
    clip=st.floats(0.01, 100),
    scale=st.sampled_from([0.0, 1.0, 30.0]),
    seed=st.integers(0, 10**6),
)
def test_the_sum_is_that_of_opacus_hooks(
    widths: list[int], rows: int, clip: float, scale: float, seed: int
) -> None:
    module = network(widths, seed)
    features, targets = table(rows, widths[0], seed)
    features[0] *= scale
    ours = joined(clipped_sums(list(module.parameters()), features, targets, clip))
    theirs = joined(by_opacus(module, features, targets, clip))
    assert (ours - theirs).abs().max() <= 1e-12 * max(1.0, clip * rows)


@settings(max_examples=80, deadline=None)
@given(
    widths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    rows=st.integers(1, 20),
    clip=st.floats(0.001, 100),
    scale=st.sampled_from([0.0, 1.0, 1e3, 1e9]),
    seed=st.integers(0, 10**6),
)
def test_one_record_moves_the_sum_by_no_more_than_the_clipping_norm(
    widths: list[int], rows: int, clip: float, scale: float, seed: int
) -> None:
    parameters = list(network(widths, seed).parameters())
    features, targets = table(rows, widths[0], seed)
    features[0] *= scale
    with_it = joined(clipped_sums(parameters, features, targets, clip))
    without = joined(clipped_sums(parameters, features[1:], targets[1:], clip))
    assert (with_it - without).norm() <= clip * (1 + 1e-9)


@pytest.mark.parametrize("shared", [True, False])
def test_partners_side_by_side_get_what_each_gets_alone(shared: bool) -> None:
    """Also when all of them start from one model, as in the first step of a round."""
    modules = [network([5, 7, 3], seed=1 if shared else seed) for seed in range(4)]
    own = [table(11, 5, seed) for seed in range(4)]
    features, targets = (torch.stack(parts) for parts in zip(*own, strict=True))
    parameters = [
        torch.stack(same) for same in zip(*(m.parameters() for m in modules), strict=True)
    ]
    if shared:
        parameters = list(modules[0].parameters())
    together = clipped_sums(parameters, features, targets, 0.8)
    for partner, module in enumerate(modules):
        alone = clipped_sums(list(module.parameters()), *own[partner], 0.8)
        for one, all_of_them in zip(alone, together, strict=True):
            torch.testing.assert_close(all_of_them[partner], one, rtol=1e-12, atol=1e-12)


def test_a_place_that_no_record_takes_counts_for_nothing() -> None:
    module, (features, targets) = network([5, 7]), table(9, 5)
    parameters = list(module.parameters())
    filled = torch.tensor([1.0] * 6 + [0.0] * 3, dtype=torch.float64)
    padded = clipped_sums(parameters, features, targets, 0.5, filled)
    alone = clipped_sums(parameters, features[:6], targets[:6], 0.5)
    torch.testing.assert_close(joined(padded), joined(alone), rtol=1e-12, atol=1e-12)


def test_a_weight_scales_a_records_gradient_before_it_is_clipped_and_nobody_elses() -> None:
    """The mean of a weighted loss divides by the batch's weights, and so scales everybody."""
    module, (features, targets) = network([5, 7]), table(8, 5)
    parameters = list(module.parameters())
    weights = torch.ones(8, dtype=torch.float64)
    weights[0] = 50.0
    for clip in (0.3, 1e9):
        light = joined(clipped_sums(parameters, features, targets, clip))
        heavy = joined(clipped_sums(parameters, features, targets, clip, weights))
        first = joined(clipped_sums(parameters, features[:1], targets[:1], 1e9))
        share = [min(1.0, clip / (float(w * first.norm()) + NORM_FLOOR)) * w for w in (50.0, 1.0)]
        torch.testing.assert_close(heavy - light, (share[0] - share[1]) * first)


def test_no_records_add_up_to_nothing() -> None:
    module = network([5, 7])
    sums = clipped_sums(list(module.parameters()), *table(0, 5), 1.0)
    assert [one.shape for one in sums] == [p.shape for p in module.parameters()]
    assert float(joined(sums).abs().sum()) == 0


@pytest.mark.parametrize(
    "module",
    [
        nn.Linear(5, 1),
        nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1)),
        nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)),
        nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 1, bias=False)),
        nn.Sequential(nn.Linear(5, 1), nn.ReLU()),
        nn.Sequential(nn.LayerNorm(5), nn.ReLU(), nn.Linear(5, 1)),
        nn.Sequential(*[nn.Linear(1, 1), nn.ReLU()] * 2, nn.Linear(1, 1)),
        nn.Sequential(nn.Linear(5, 4).requires_grad_(False), nn.ReLU(), nn.Linear(4, 1)),
        nn.Sequential(),
    ],
)
def test_networks_of_another_kind_are_left_to_opacus(module: nn.Module) -> None:
    assert linear_stack(module) is None


def test_training_is_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    features, targets = table(300, 5)
    trained = []
    for by_hooks in (False, True):
        module = network([5, 8, 4])
        if by_hooks:
            monkeypatch.setattr(dp_sgd, "linear_stack", lambda _: None)
        noisy_steps(
            module,
            features,
            targets,
            steps=30,
            sampling_rate=0.1,
            noise_multiplier=0.0,  # one draw for all parameters, or one for each
            clip_norm=0.5,
            learning_rate=0.2,
            sampling=generator(1),
            noise=generator(2),
        )
        trained.append(joined([p.detach() for p in module.parameters()]))
    torch.testing.assert_close(trained[0], trained[1], rtol=1e-11, atol=1e-12)
