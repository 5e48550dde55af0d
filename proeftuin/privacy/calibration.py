"""The noise that a privacy budget needs."""

import math
from collections.abc import Callable
from functools import cache

from proeftuin.errors import PrivacyError
from proeftuin.privacy.accounting import pld_epsilon, segments
from proeftuin.privacy.domain import GRID, LEAST_NOISE, MOST_NOISE, too_far
from proeftuin.privacy.ledger import GaussianRelease, Ledger, Release, SampledGaussianRelease

_PRECISION = 5e-4


@cache
def noise_for(
    *,
    epsilon: float,
    delta: float,
    sampling_rate: float,
    steps: int,
    statistics_noise: float | None = None,
    records_per_unit: int = 1,
    partners_per_unit: int = 1,
) -> float:
    """Return the least noise with which statistics and training together keep a budget.

    The budget pays for one Gaussian release of statistics and for ``steps`` Poisson-sampled
    Gaussian steps, at every partner of a unit. A coarse grid finds the neighbourhood, a fine one
    decides.

    Args:
        epsilon: budget of a unit, which the answer never exceeds by the accountant that is
            reported.
        delta: probability with which the bound may fail.
        sampling_rate: probability that a record takes part in a step.
        steps: noisy steps over all rounds.
        statistics_noise: noise multiplier of the release of statistics; None without one.
        records_per_unit: most records of a unit at a partner.
        partners_per_unit: partners of this kind that a unit may be at.

    Returns:
        Noise multiplier of every step, at most 0.05 % above the smallest that fits, between
        ``LEAST_NOISE`` and ``MOST_NOISE``.

    Raises:
        PrivacyError: if the statistics leave no budget for training.
    """
    statistics: tuple[Release, ...] = ()
    if statistics_noise is not None:
        statistics = (GaussianRelease("statistics", statistics_noise),)

    def fits(*releases: Release, grid: float) -> bool:
        ledger = Ledger("", "", 1, releases, records_per_unit=records_per_unit)
        mechanisms = segments([ledger] * partners_per_unit)
        if any(noise == 0 for noise, *_ in mechanisms) or too_far(mechanisms, grid):
            return False  # further than any budget
        return pld_epsilon(mechanisms, delta, grid) <= epsilon

    @cache
    def enough(noise: float, grid: float) -> bool:
        learning = SampledGaussianRelease("learning", noise, sampling_rate, steps)
        return fits(*statistics, learning, grid=grid)

    if not (fits(*statistics, grid=GRID) and enough(MOST_NOISE, GRID)):
        raise PrivacyError(
            f"privacy.epsilon={epsilon:g}: too little at privacy.delta={delta:g} for {steps:,} "
            f"steps{_beside(statistics_noise)}, or lower privacy.rounds or privacy.steps_per_round"
        )
    coarse = max(GRID, min(10 * GRID, epsilon / 1000))
    guess = _smallest(lambda noise: noise >= MOST_NOISE or enough(noise, coarse), 1.0, 1.5)
    return _smallest(lambda noise: enough(noise, GRID), guess, 1 + _PRECISION)


def _beside(statistics_noise: float | None) -> str:
    """Return what a budget pays for beside the steps, and which settings to raise."""
    if statistics_noise is None:
        return "; raise privacy.epsilon"
    return (
        f" beside scaling statistics with privacy.statistics_noise={statistics_noise:g}; raise "
        "privacy.statistics_noise or privacy.epsilon"
    )


def _smallest(fits: Callable[[float], bool], guess: float, stride: float) -> float:
    """Return a noise that fits, at most a factor 1 + ``_PRECISION`` above one that does not.

    Walks from the guess by growing strides until the edge is between two points, then halves.
    ``fits`` must hold at ``MOST_NOISE`` and, once it holds, for all larger noise.
    """
    low = high = guess
    factor = stride
    while fits(low):
        if low == LEAST_NOISE:
            return low
        high, low, factor = low, max(LEAST_NOISE, low / factor), factor**1.5
    factor = stride
    while not fits(high):
        low, high, factor = high, min(MOST_NOISE, high * factor), factor**1.5
    while high / low > 1 + _PRECISION:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high
