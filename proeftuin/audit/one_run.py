"""How much epsilon one training must have spent, from guesses about canaries in it.

Many canaries are each in the training table or not by a fair coin, in one training. Under
differential privacy hardly more guesses about the coins can be right than chance and epsilon allow
(Steinke, Nasr and Jagielski 2023, "Privacy Auditing with One (1) Training Run", arXiv 2305.08846,
theorem 5.2 with its delta term). More right guesses than that refute the epsilon.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from synthetic_data.arrays import Bools, Floats

SHARES = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Of the canaries, what share is guessed about; fixed beforehand, the surest guesses first."""
MOST_EPSILON = 100.0


def p_value(canaries: int, guesses: int, right: int, epsilon: float, delta: float) -> float:
    """Bound the chance of so many right guesses under (epsilon, delta)-differential privacy.

    Args:
        canaries: number of coins.
        guesses: number of coins that are guessed; about the others nothing is said.
        right: number of right guesses.
        epsilon: what is claimed.
        delta: likewise.
    """
    chance = 1 / (1 + np.exp(-epsilon))
    at_least = binom.sf(right - 1, guesses, chance)
    if delta == 0 or right == 0:
        return float(at_least)
    below = np.cumsum(binom.pmf(np.arange(right - 1, -1, -1), guesses, chance))
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
    """Return a lower bound on epsilon from scores that are higher for who seems to be inside.

    The highest scores are guessed to be inside and as many of the lowest outside. Of several
    numbers of guesses the best counts, each at a confidence that pays for the choice (Bonferroni).

    Args:
        scores: (canaries,), computed without a look at ``inside``.
        inside: (canaries,) how the coins fell.
        delta: of the claim.
        confidence: probability that the bound is true.
        shares: of the canaries, what share is guessed.
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
