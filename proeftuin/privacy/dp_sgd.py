"""Noisy gradient steps (DP-SGD; Abadi et al. 2016, arXiv 1607.00133) with Opacus.

Opacus adds the noise, and clips wherever :mod:`closed_form` does not apply; sampling and accounting
are ours, because its own sampler rounds the sampling rate and its engine starts a new account on
every call.
"""

import copy
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.modules.batchnorm import _BatchNorm

from proeftuin.detectors.epochs import Rows, by_size
from proeftuin.detectors.stack import Stack
from proeftuin.errors import PrivacyError
from proeftuin.privacy.closed_form import clipped_sums, linear_stack

Learning = tuple[Callable[[torch.Tensor, torch.Tensor], None], torch.optim.Optimizer]
"""What computes the gradients of a batch, (records, columns) and (records,), and what uses them."""


def poisson_batch(rows: int, sampling_rate: float, generator: torch.Generator) -> torch.Tensor:
    """Return the rows of one Poisson sample: every row is in it or not by its own coin.

    Goes from one row that is in it straight to the next: the gaps between heads of independent
    coins are geometric, so the distribution is exact and the work is that of the sample alone.

    Args:
        rows: number of rows to draw from.
        sampling_rate: probability of each row, above 0 and at most 1; exact to 2^-53.
        generator: source of the coins.

    Returns:
        Row numbers, int64, increasing, none twice; possibly none at all.
    """
    expected = rows * sampling_rate
    enough = int(expected + 6 * math.sqrt(expected)) + 8
    log_tails = -math.inf if sampling_rate == 1 else math.log1p(-sampling_rate)
    parts, last = [], -1.0
    while last < rows:
        coins = torch.rand(enough, generator=generator, dtype=torch.float64)
        gaps = coins.neg_().log1p_().div_(log_tails).floor_().add_(1).clamp_(max=rows + 1)
        parts.append(gaps.cumsum_(0).add_(last))
        last = float(parts[-1][-1])
    heads = torch.cat(parts)
    return heads[heads < rows].long()


def noisy_steps(
    module: nn.Module,
    features: torch.Tensor,
    targets: torch.Tensor,
    *,
    steps: int,
    sampling_rate: float,
    noise_multiplier: float,
    clip_norm: float,
    learning_rate: float,
    sampling: torch.Generator,
    noise: torch.Generator,
) -> None:
    """Take steps of DP-SGD on a binary classifier, in place.

    A step adds up the gradients of a Poisson sample's records, each clipped to ``clip_norm``, adds
    Gaussian noise of standard deviation ``noise_multiplier * clip_norm`` to every coordinate, and
    divides by the *expected* size of the sample. The number of rows is thereby taken as public. A
    step on an empty sample is noise alone. The module changes only if all steps succeed, and keeps
    nothing of them but its parameters.

    Args:
        module: gives one logit per row, (B, 1) or (B,), each from its own row alone.
        features: (rows, columns), float.
        targets: (rows,), float, 0 or 1.
        steps: number of steps.
        sampling_rate: probability that a row takes part in a step, above 0 and at most 1.
        noise_multiplier: standard deviation of the noise / ``clip_norm``.
        clip_norm: most that one row's gradient counts, in L2 norm; infinite only without noise.
        learning_rate: step size.
        sampling: source of the samples; an adversary must not know its seed.
        noise: source of the noise, of another seed, which no adversary may know and no partner or
            round may use again, or the noise can be subtracted. Outside a simulation, seed both
            from the operating system.

    Raises:
        PrivacyError: if clipping cannot bound what one record changes, or learning diverged.
    """
    _check_data(features, targets)
    _check_module(module)
    _check_noise(clip_norm, noise_multiplier, sampling, noise)
    # A copy, since Opacus leaves gradients and activations behind on what it trains.
    private = copy.deepcopy(module).train()
    learn = _by_hooks if linear_stack(private) is None else _in_closed_form
    add_up, optimizer = learn(
        private,
        learning_rate,
        noise_multiplier=noise_multiplier,
        max_grad_norm=min(clip_norm, sys.float_info.max),  # 0 * inf would make the noise NaN
        expected_batch_size=sampling_rate * len(features),
        loss_reduction="mean",
        generator=noise,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Full backward hook is firing")
        for _ in range(steps):
            batch = poisson_batch(len(features), sampling_rate, sampling)
            optimizer.zero_grad(set_to_none=True)
            add_up(features[batch], targets[batch])
            optimizer.step()
    _check_result(private.parameters(), learning_rate)
    module.load_state_dict(private.state_dict())


def noisy_steps_stacked(
    stack: Stack,
    rows: Sequence[Rows],
    *,
    steps: int,
    sampling_rates: Sequence[float],
    noise_multipliers: Sequence[float],
    clip_norm: float,
    sampling: Sequence[torch.Generator],
    noise: Sequence[torch.Generator],
) -> None:
    """Take the same steps for several partners at once, each with its own rows and streams.

    A partner's weights depend on nobody else's, in no bit.

    Args:
        stack: the partners' networks, with plain gradient descent as optimiser.
        rows: each partner's rows.
        steps: number of steps of every partner.
        sampling_rates: as in :func:`noisy_steps`, one for every partner.
        noise_multipliers: one for every partner.
        clip_norm: as there, for everybody.
        sampling: one source for every partner.
        noise: one source for every partner.

    Raises:
        PrivacyError: as there.
    """
    from opacus.optimizers.optimizer import _generate_noise

    for own, multiplier, coins, gaussian in zip(
        rows, noise_multipliers, sampling, noise, strict=True
    ):
        _check_data(own.features[:-1], own.targets[:-1])
        _check_noise(clip_norm, multiplier, coins, gaussian)
    reference = stack.weights()[0]
    expected = torch.tensor(
        [[rate * own.count] for own, rate in zip(rows, sampling_rates, strict=True)]
    )
    for _ in range(steps):
        batches = [
            poisson_batch(own.count, rate, coins)
            for own, rate, coins in zip(rows, sampling_rates, sampling, strict=True)
        ]
        gaussians = [
            _generate_noise(multiplier * clip_norm, reference, gaussian)
            for multiplier, gaussian in zip(noise_multipliers, noise, strict=True)
        ]
        total = stack.aligned(torch.stack(gaussians))
        for members, features, targets, taken in by_size(rows, batches):
            total[members] += stack.gradients(members, features, targets, taken, clip_norm)
        stack.descend(slice(None), total.div_(expected))
    _check_result([stack.weights()], stack.learning_rate)


def _in_closed_form(module: nn.Module, learning_rate: float, **options: Any) -> Learning:
    """Compute the clipped sum at once; Opacus adds the noise, to all parameters as one vector."""
    from opacus.optimizers import DPOptimizerFastGradientClipping

    parameters = list(module.parameters())
    vector = nn.Parameter(nn.utils.parameters_to_vector(parameters).detach())
    nn.utils.vector_to_parameters(vector.data, parameters)  # from now on views of the vector
    optimizer = DPOptimizerFastGradientClipping(
        torch.optim.SGD([vector], lr=learning_rate), **options
    )

    def add_up(features: torch.Tensor, targets: torch.Tensor) -> None:
        sums = clipped_sums(parameters, features, targets, options["max_grad_norm"])
        vector.grad = torch.cat([one.flatten() for one in sums])

    return add_up, optimizer


def _by_hooks(module: nn.Module, learning_rate: float, **options: Any) -> Learning:
    """Compute every record's own gradient; Opacus clips, adds up and adds the noise."""
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer

    wrapped = GradSampleModule(module, loss_reduction="sum")
    optimizer = DPOptimizer(torch.optim.SGD(module.parameters(), lr=learning_rate), **options)

    def add_up(features: torch.Tensor, targets: torch.Tensor) -> None:
        logits = wrapped(features).reshape(len(features))
        loss = binary_cross_entropy_with_logits(logits, targets, reduction="sum")
        loss.backward()  # type: ignore[no-untyped-call]

    return add_up, optimizer


def _check_data(features: torch.Tensor, targets: torch.Tensor) -> None:
    if targets.shape != features.shape[:1]:
        raise ValueError(f"targets {tuple(targets.shape)} against rows {len(features)}")
    if not all(edge.isfinite() for part in (features, targets) for edge in torch.aminmax(part)):
        raise PrivacyError(
            "a feature or target is missing or infinite: its gradient cannot be clipped, so its "
            "record would show; fill it in first"
        )


def _check_noise(
    clip_norm: float, noise_multiplier: float, sampling: torch.Generator, noise: torch.Generator
) -> None:
    if math.isinf(clip_norm) and noise_multiplier > 0:
        raise PrivacyError("privacy.clip_norm is infinite: no noise hides an unbounded record")
    if sampling.initial_seed() == noise.initial_seed():
        raise PrivacyError("samples and noise come from the same seed, so each tells of the other")


def _check_result(parameters: Iterable[torch.Tensor], learning_rate: float) -> None:
    if not all(p.isfinite().all() for p in parameters):
        raise PrivacyError(
            f"learning diverged with privacy.learning_rate={learning_rate:g}; lower it"
        )


def _check_module(module: nn.Module) -> None:
    for name, layer in module.named_modules():
        if isinstance(layer, _BatchNorm) or next(layer.buffers(recurse=False), None) is not None:
            raise PrivacyError(
                f"layer {name or 'module'} ({type(layer).__name__}) normalises over the batch or "
                "has buffers: one record then changes more than its own clipped gradient; use "
                "LayerNorm or GroupNorm"
            )
