"""A lower bound on the epsilon of one training, from guesses about its canaries.

A fair coin puts each of many canaries into one training or leaves it out. Epsilon bounds how many
guesses about the coins can be right (Steinke, Nasr and Jagielski 2023, "Privacy Auditing with One
(1) Training Run", arXiv 2305.08846, theorem 5.2 with its delta term). More right guesses refute it.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from synthetic_data.arrays import Bools, Floats

SHARES = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Shares of the canaries to guess about, the surest first; fixed beforehand."""
MOST_EPSILON = 100.0


def p_value(canaries: int, guesses: int, right: int, epsilon: float, delta: float) -> float:
    """Bound the probability of so many right guesses under (epsilon, delta)-differential privacy.

    Args:
        canaries: number of coins.
        guesses: number of coins guessed; the attack abstains on the others.
        right: number of right guesses.
        epsilon: claimed epsilon.
        delta: claimed delta.
    """
    probability = 1 / (1 + np.exp(-epsilon))
    at_least = binom.sf(right - 1, guesses, probability)
    if delta == 0 or right == 0:
        return float(at_least)
    below = np.cumsum(binom.pmf(np.arange(right - 1, -1, -1), guesses, probability))
    worst = np.max(below / np.arange(1, right + 1))
    return float(min(1.0, at_least + 2 * canaries * delta * worst))


def least_epsilon(
    canaries: int, guesses: int, right: int, *, delta: float, confidence: float
) -> float:
    """Return the largest epsilon that so many right guesses refute; 0 if they refute none."""
    most = 1 - confidence

    def beyond(epsilon: float) -> float:
        return p_value(canaries, guesses, right, epsilon, delta) - most

    if beyond(0.0) >= 0:
        return 0.0
    if beyond(MOST_EPSILON) <= 0:
        return MOST_EPSILON
    return float(brentq(beyond, 0.0, MOST_EPSILON, xtol=1e-4))


def bound(
    scores: Floats,
    inside: Bools,
    *,
    delta: float,
    confidence: float,
    shares: Sequence[float] = SHARES,
) -> float:
    """Return a lower bound on epsilon from scores that are higher for likely members.

    The highest scores are guessed to be inside and as many of the lowest outside. The best of
    several numbers of guesses counts, with a Bonferroni correction for the choice.

    Args:
        scores: (canaries,), computed without ``inside``.
        inside: (canaries,) outcomes of the coin tosses.
        delta: claimed delta.
        confidence: probability that the bound is true.
        shares: shares of the canaries to guess about.
    """
    order = np.argsort(scores, kind="stable")
    each = 1 - (1 - confidence) / len(shares)
    bounds = []
    for guesses in _counts(len(scores), shares):
        half = guesses // 2
        right = int(inside[order[-half:]].sum() + (~inside[order[:half]]).sum())
        bounds.append(least_epsilon(len(scores), 2 * half, right, delta=delta, confidence=each))
    return max(bounds)


def ceiling(
    canaries: int, *, delta: float, confidence: float, shares: Sequence[float] = SHARES
) -> float:
    """Return what :func:`bound` gives if every guess is right: no attack can show more."""
    each = 1 - (1 - confidence) / len(shares)
    return max(
        least_epsilon(canaries, guesses, guesses, delta=delta, confidence=each)
        for guesses in _counts(canaries, shares)
    )


def _counts(canaries: int, shares: Sequence[float]) -> list[int]:
    """Return even numbers of guesses, at least 2."""
    return [2 * max(1, int(canaries * share) // 2) for share in shares]
