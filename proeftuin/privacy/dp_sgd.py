"""Noisy gradient steps (DP-SGD; Abadi et al. 2016, arXiv 1607.00133).

The noise is Opacus'; sampling and accounting are ours, because its own sampler rounds the sampling
rate and its engine starts a new account on every call. What computes the clipped sums is a
:class:`proeftuin.detectors.descent.Descent`: a stack of networks, or a network of another shape.
"""

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from opacus.optimizers import DPOptimizer
from torch import nn

from proeftuin.detectors.descent import Descent
from proeftuin.detectors.epochs import Rows, by_size
from proeftuin.errors import PrivacyError


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
    descent: Descent,
    rows: Sequence[Rows],
    *,
    steps: int,
    sampling_rates: Sequence[float],
    noise_multipliers: Sequence[float],
    clip_norm: float,
    sampling: Sequence[torch.Generator],
    noise: Sequence[torch.Generator],
) -> None:
    """Take steps of DP-SGD for one or several partners at once, each with its own rows and streams.

    A step adds up the gradients of a Poisson sample's records, each clipped to ``clip_norm``, adds
    Gaussian noise of standard deviation ``noise_multiplier * clip_norm`` to every coordinate, and
    divides by the *expected* size of the sample. The number of rows is thereby taken as public. A
    step on an empty sample is noise alone. No partner's weights depend on another's, to the bit.

    Args:
        descent: the partners' networks, under plain gradient descent.
        rows: each partner's rows.
        steps: number of steps of every partner.
        sampling_rates: probability that a row takes part in a step, above 0 and at most 1.
        noise_multipliers: standard deviation of each partner's noise / ``clip_norm``.
        clip_norm: most that one row's gradient counts, in L2 norm; infinite only without noise.
        sampling: sources of the samples; an adversary must not know their seeds.
        noise: sources of the noise, of other seeds, which no adversary may know and no partner or
            round may use again, or the noise can be subtracted. Outside a simulation, seed both
            from the operating system.

    Raises:
        PrivacyError: clipping cannot bound what one record changes, or learning diverged.
    """
    for own, multiplier, coins, gaussian in zip(
        rows, noise_multipliers, sampling, noise, strict=True
    ):
        _check_data(own.features[:-1], own.targets[:-1])
        _check_noise(clip_norm, multiplier, coins, gaussian)
    size = descent.weights().shape[1]
    sources = [
        _Noise(size, multiplier, clip_norm, gaussian)
        for multiplier, gaussian in zip(noise_multipliers, noise, strict=True)
    ]
    expected = torch.tensor(
        [[rate * own.count] for own, rate in zip(rows, sampling_rates, strict=True)]
    )
    for _ in range(steps):
        batches = [
            poisson_batch(own.count, rate, coins)
            for own, rate, coins in zip(rows, sampling_rates, sampling, strict=True)
        ]
        total = descent.aligned(torch.stack([source.draw() for source in sources]))
        for members, features, targets, taken in by_size(rows, batches):
            total[members] += descent.gradients(members, features, targets, taken, clip_norm)
        descent.descend(slice(None), total.div_(expected))
    _check_result([descent.weights()], descent.learning_rate)


class _Noise:
    """The Gaussian noise that Opacus' optimiser adds to a sum of clipped gradients.

    Args:
        size: number of parameters.
        noise_multiplier, clip_norm: their product is the standard deviation.
        generator: source of the noise.
    """

    def __init__(
        self, size: int, noise_multiplier: float, clip_norm: float, generator: torch.Generator
    ) -> None:
        self._sum: Any = nn.Parameter(torch.zeros(size))  # Opacus hangs attributes on it
        self._optimizer = DPOptimizer(
            torch.optim.SGD([self._sum]),
            noise_multiplier=noise_multiplier,
            max_grad_norm=min(clip_norm, sys.float_info.max),  # 0 * inf would make the noise NaN
            expected_batch_size=1,
            generator=generator,
        )

    def draw(self) -> torch.Tensor:
        """Return new noise, (size,)."""
        self._sum.summed_grad = torch.zeros_like(self._sum)
        self._optimizer.add_noise()
        noise: torch.Tensor = self._sum.grad
        return noise


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
