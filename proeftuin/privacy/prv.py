"""The second accountant: epsilon by privacy loss random variables, with Opacus' own machinery.

Gopi, Lee & Wutschitz 2021 (arXiv 2106.02848). Opacus knows the Poisson-sampled Gaussian mechanism;
:class:`MixtureLoss` adds the one of a unit with several records.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from scipy.special import logsumexp, ndtr
from scipy.stats import binom

from proeftuin.errors import PrivacyError
from synthetic_data.arrays import Floats

_ORDERS = np.array([1.05, 1.1, 1.2, 1.4, 1.7, 2, 2.5, 3, 4, 5, 6, 8, 11, 16, 24, 32, 48, 64])

Mechanism = tuple[float, float, int, int]
"""Noise multiplier, sampling rate, records of a unit, times."""

MOST_POINTS = 2**22
"""Of the grid: about ten seconds and 1 GB."""
DELTA_SHARE = 1e-3
"""Share of delta that the grid may distort."""


@dataclass(frozen=True)
class MixtureLoss:
    """The privacy loss of a sampled Gaussian step about a unit of several records.

    Each record is in the sample by its own coin and moves the sum by at most the clipping norm, so
    the sum moves by at most j of it with a binomial probability (Ganesh 2024, arXiv 2401.10294;
    Choquette-Choo et al. 2023, arXiv 2310.15526, corollary 4.7). The loss is that of such a shifted
    Gaussian against one that is not shifted, seen from the first.

    Attributes:
        noise: standard deviation / clipping norm.
        rate: probability that one record is in the sample.
        records: most records of a unit.
    """

    noise: float
    rate: float
    records: int

    @cached_property
    def _log_chances(self) -> Floats:
        chances: Floats = binom.logpmf(np.arange(self.records + 1), self.records, self.rate)
        return chances

    def _loss(self, x: Floats) -> tuple[Floats, Floats]:
        """Return the loss at outcomes of the sum, in clipping norms, and its slope."""
        shifts = np.arange(self.records + 1)
        terms = self._log_chances + (np.multiply.outer(x, shifts) - shifts**2 / 2) / self.noise**2
        loss = logsumexp(terms, axis=-1)
        slope = np.exp(terms - loss[..., None]) @ shifts / self.noise**2
        return loss, slope

    @cached_property
    def _table(self) -> tuple[Floats, Floats]:
        """Outcomes from where the loss no longer falls to where no chance is left, with losses."""
        x = np.linspace(-40 * self.noise, self.records + 40 * self.noise, 100_001)
        loss, _ = self._loss(x)
        rising = np.append(True, np.diff(loss) > 0)
        return x[rising], loss[rising]

    def cdf(self, t: Floats) -> Floats:
        """Return the chance of a loss of at most t."""
        outcomes, losses = self._table
        t = np.asarray(t, dtype=np.float64)
        inside = (t > losses[0]) & (t < losses[-1])
        x = np.interp(t, losses, outcomes)
        for _ in range(2):  # Newton, from a start that is nearly right
            loss, slope = self._loss(x)
            x = np.where(inside, x - (loss - t) / np.maximum(slope, 1e-300), x)
            x = np.clip(x, outcomes[0], outcomes[-1])
        shifts = np.arange(self.records + 1)
        below = ndtr(np.subtract.outer(x, shifts) / self.noise) @ np.exp(self._log_chances)
        chance: Floats = np.where(t <= losses[0], 0.0, np.where(t >= losses[-1], 1.0, below))
        return chance

    def log_moments(self, orders: Floats) -> Floats:
        """Return log E[exp((order - 1) * loss)], by the trapezium rule.

        That is (order - 1) times the Rényi divergence of the shifted from the one not shifted; of
        the other way round at 1 - order.
        """
        low, high = -40 * self.noise, float(orders.max()) * self.records + 40 * self.noise
        x = np.linspace(low, high, min(50_001, 2 + math.ceil(8 * (high - low) / self.noise)))
        unshifted = -((x / self.noise) ** 2) / 2 - np.log(self.noise * np.sqrt(2 * np.pi))
        terms = unshifted + np.multiply.outer(orders, self._loss(x)[0])
        moments: Floats = logsumexp(terms, axis=1) + np.log(x[1] - x[0])
        return moments


def prv_epsilon(mechanisms: Sequence[Mechanism], delta: float, error: float) -> float:
    """Return epsilon by privacy random variables, an estimate and no bound.

    Args:
        mechanisms: the mechanisms to compose.
        delta: probability with which the bound may fail.
        error: most that the grid may distort epsilon; in practice it is a tenth of it.

    Raises:
        PrivacyError: if the grid would be too large or the accountant gives up, which it does for
            very little noise or very small delta.
    """
    from opacus.accountants.analysis.prv import Domain, compose_heterogeneous, discretize
    from opacus.accountants.analysis.prv import TruncatedPrivacyRandomVariable as Truncated

    delta_error = delta * DELTA_SHARE
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # overflow where there is no chance left
            if (points := grid_points(mechanisms, delta, error)) > MOST_POINTS:
                raise ValueError(f"its grid would need {points:.2g} points")
            half_width, mesh = _extent(mechanisms, error, delta_error)
            domain = Domain.create_aligned(-half_width, half_width, mesh)
            parts = [
                discretize(Truncated(_loss_of(one), domain.t_min, domain.t_max), domain)
                for one in mechanisms
            ]
            composed = compose_heterogeneous(parts, [times for *_, times in mechanisms])
            return float(composed.compute_epsilon(delta, delta_error, error)[1])
    except (ValueError, RuntimeError, IndexError, ArithmeticError, MemoryError) as reason:
        raise PrivacyError(f"the second accountant (PRV) gives no number ({reason})") from reason


def _loss_of(mechanism: Mechanism) -> Any:
    from opacus.accountants.analysis.prv import PoissonSubsampledGaussianPRV

    noise, rate, records, _ = mechanism
    if records == 1:
        return PoissonSubsampledGaussianPRV(rate, noise)
    return MixtureLoss(noise, rate, records)


def reach(mechanisms: Sequence[Mechanism], delta: float) -> float:
    """Return a loss that all releases together exceed with a chance of at most delta.

    By Rényi accounting (Mironov 2017, arXiv 1702.07476, proposition 3), in a moment and too large.
    """
    moments = sum(
        times * _log_moments(noise, rate, records) for noise, rate, records, times in mechanisms
    )
    with np.errstate(all="ignore"):  # losses beyond floating point reach infinitely far
        return float(np.min((moments - np.log(delta)) / (_ORDERS - 1)))


def grid_points(mechanisms: Sequence[Mechanism], delta: float, error: float) -> float:
    """Return how many points the grid of :func:`prv_epsilon` needs."""
    half_width, mesh = _extent(mechanisms, error, delta * DELTA_SHARE)
    return 2 * half_width / mesh


@cache
def _log_moments(noise: float, rate: float, records: int) -> Floats:
    with np.errstate(all="ignore"):
        if rate == 1:
            exact: Floats = _ORDERS * (_ORDERS - 1) / 2 * np.square(records / np.float64(noise))
            return exact
        return MixtureLoss(noise, rate, records).log_moments(_ORDERS)


def _extent(
    mechanisms: Sequence[Mechanism], error: float, delta_error: float
) -> tuple[float, float]:
    """Return half the width and the mesh of a grid that distorts little (their remark 5.6)."""
    times = sum(times for *_, times in mechanisms)
    edges = [reach(mechanisms, delta_error / 4), error]
    edges += [reach([(*one[:3], 1)], delta_error / (8 * times)) for one in mechanisms]
    return max(edges) + 3, error / math.sqrt(times * math.log(12 / delta_error) / 2)
