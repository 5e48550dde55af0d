"""Noisy gradient steps (DP-SGD; Abadi et al. 2016, arXiv 1607.00133) with Opacus.

Opacus clips and adds noise; sampling and accounting are ours, because its own sampler rounds the
sampling rate and its engine starts a new account on every call.
"""

import copy
import math
import sys
import warnings

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.modules.batchnorm import _BatchNorm

from proeftuin.errors import PrivacyError


def poisson_batch(rows: int, sampling_rate: float, generator: torch.Generator) -> torch.Tensor:
    """Return the rows of one Poisson sample: every row is in it or not by its own coin.

    Args:
        rows: number of rows to draw from.
        sampling_rate: probability of each row, exact to 2^-53.
        generator: source of the coins.

    Returns:
        Row numbers, int64, increasing, none twice; possibly none at all.
    """
    coins = torch.rand(rows, generator=generator, dtype=torch.float64)
    return torch.nonzero(coins < sampling_rate).squeeze(1)


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
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer

    _check_data(features, targets)
    _check_module(module)
    if math.isinf(clip_norm) and noise_multiplier > 0:
        raise PrivacyError("privacy.clip_norm is infinite: no noise hides an unbounded record")
    if sampling.initial_seed() == noise.initial_seed():
        raise PrivacyError("samples and noise come from the same seed, so each tells of the other")
    # A copy, since Opacus leaves per-record gradients and activations behind on what it trains.
    private = GradSampleModule(copy.deepcopy(module).train(), loss_reduction="sum")
    optimizer = DPOptimizer(
        torch.optim.SGD(private.parameters(), lr=learning_rate),
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
            logits = private(features[batch]).reshape(len(batch))
            loss = binary_cross_entropy_with_logits(logits, targets[batch], reduction="sum")
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    if not all(p.isfinite().all() for p in private.parameters()):
        raise PrivacyError(
            f"learning diverged with privacy.learning_rate={learning_rate:g}; lower it"
        )
    module.load_state_dict(private.to_standard_module().state_dict())


def _check_data(features: torch.Tensor, targets: torch.Tensor) -> None:
    if targets.shape != features.shape[:1]:
        raise ValueError(f"targets {tuple(targets.shape)} against rows {len(features)}")
    if not (features.isfinite().all() and targets.isfinite().all()):
        raise PrivacyError(
            "a feature or target is missing or infinite: its gradient cannot be clipped, so its "
            "record would show; fill it in first"
        )


def _check_module(module: nn.Module) -> None:
    for name, layer in module.named_modules():
        if isinstance(layer, _BatchNorm) or next(layer.buffers(recurse=False), None) is not None:
            raise PrivacyError(
                f"layer {name or 'module'} ({type(layer).__name__}) normalises over the batch or "
                "has buffers: one record then changes more than its own clipped gradient; use "
                "LayerNorm or GroupNorm"
            )
