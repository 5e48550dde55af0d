"""The one interval of a mean over worlds, used wherever proeftuin gives an interval.

It is Student's t interval with each end moved outward where the differences are skewed, by the
first term of the Edgeworth expansion of the studentised mean (Johnson 1978, J. Am. Stat. Assoc.
73:536; Hall 1992, J. R. Stat. Soc. B 54:221). An end never moves inward: a handful of worlds can
show that a distribution is skewed, but not that it is not. The two constants were chosen by
simulation (``benchmarks/intervals.py``; docs/statistics.md has the coverage of this and of other
methods).
"""

from collections.abc import Callable

import numpy as np
from scipy.special import stdtrit

from synthetic_data.arrays import Bools, Floats, Ints

FEWEST_WORLDS = 3  #: of fewer worlds no interval is given, of a level or of a difference
WIDENED = 1.05  #: Student's half width is multiplied by this
SKEWED = 3.5  #: and the skewness, as the sample has it, by this
TINY = 1e-12  #: spread below which worlds are equal
STEPS = 60  #: of a search for the end of the interval of a ratio


def interval(
    values: Floats, confidence: float, *, comparisons: int | Ints = 1
) -> tuple[Floats, Floats]:
    """Return the two-sided interval of the mean over the last axis.

    Args:
        values: (..., worlds); NaN where a number is not defined in a world, which then drops out.
        confidence: level of the interval; of several, the level at which all of them hold together.
        comparisons: number of intervals that are to hold together (Bonferroni), of all or (...,).

    Returns:
        (...,) lower and upper ends: equal without any spread, NaN below ``FEWEST_WORLDS``.
    """
    known = ~np.isnan(values)
    worlds = known.sum(axis=-1)
    mean = np.where(known, values, 0.0).sum(axis=-1) / np.maximum(worlds, 1)
    off = np.where(known, values - mean[..., None], 0.0)
    quantile = _quantiles(worlds, (1 - confidence) / 2 / np.asarray(comparisons))
    return _ends(mean, (off**2).sum(axis=-1), (off**3).sum(axis=-1), worlds, quantile)


def difference_interval(
    values: Floats, confidence: float, *, comparisons: int | Ints = 1
) -> tuple[Floats, Floats]:
    """Return the interval of a mean difference; NaN too where all worlds differ by the same.

    Args:
        values: as of :func:`interval`.
        confidence: as of :func:`interval`.
        comparisons: as of :func:`interval`.
    """
    low, high = interval(values, confidence, comparisons=comparisons)
    spread = high - low > TINY
    return np.where(spread, low, np.nan), np.where(spread, high, np.nan)


def ratio_interval(part: Floats, whole: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the interval of the ratio of two paired means, after Fieller (1954).

    It holds every ratio r for which the interval of ``part - r * whole`` holds 0.

    Args:
        part: (rows, worlds), a world counts where both are known.
        whole: the same shape.
        confidence: level of the interval.

    Returns:
        (rows,) lower and upper ends, NaN where the interval of ``whole`` itself holds 0: the
        ratio may then be any number.
    """
    both = ~(np.isnan(part) | np.isnan(whole))
    low, high = interval(np.where(both, whole, np.nan), confidence)
    found = np.flatnonzero((low > 0) | (high < 0))
    both, part, whole = both[found], part[found], whole[found]
    worlds = both.sum(axis=1)
    a, b = (np.where(both, each, 0.0).sum(axis=1) / worlds for each in (part, whole))
    p, w = np.where(both, part - a[:, None], 0.0), np.where(both, whole - b[:, None], 0.0)
    pp, pw, ww = (each.sum(axis=1) for each in (p * p, p * w, w * w))
    ppp, ppw, pww, www = (each.sum(axis=1) for each in (p**3, p * p * w, p * w * w, w**3))

    quantile = _quantiles(worlds, np.asarray((1 - confidence) / 2))

    def holds(r: Floats) -> Bools:
        squares = np.maximum(pp - 2 * r * pw + r**2 * ww, 0.0)
        cubes = ppp - 3 * r * ppw + 3 * r**2 * pww - r**3 * www
        below, above = _ends(a - r * b, squares, cubes, worlds, quantile)
        inside: Bools = (below <= 0) & (above >= 0)
        return inside

    ends = np.full((2, len(low)), np.nan)
    for side, sign in enumerate((-1.0, 1.0)):
        ends[side, found] = _last_inside(a / b, sign, holds)
    return ends[0], ends[1]


def _ends(
    mean: Floats, squares: Floats, cubes: Floats, n: Ints, quantile: Floats
) -> tuple[Floats, Floats]:
    """Return the interval from a mean, the sums of squares and cubes about it, and the size."""
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(squares / (n - 1))
        skewness = np.where(spread > 0, cubes / n / spread**3, 0.0)
        error = spread / np.sqrt(n)
        moved = SKEWED * skewness * (1 + 2 * quantile**2) / (6 * np.sqrt(n))
    half = WIDENED * quantile
    below, above = half + np.maximum(0, -moved), half + np.maximum(0, moved)
    return mean - error * below, mean + error * above


def _quantiles(worlds: Ints, tail: Floats) -> Floats:
    """Return Student's upper quantiles, NaN below ``FEWEST_WORLDS``; each is worked out once."""
    sizes, tails = np.broadcast_arrays(worlds, tail)
    pairs, place = np.unique(np.stack([sizes.ravel(), tails.ravel()]), axis=1, return_inverse=True)
    found = np.asarray(stdtrit(pairs[0] - 1, 1 - pairs[1]))  # Student's
    found[pairs[0] < FEWEST_WORLDS] = np.nan
    quantiles: Floats = found[place.ravel()].reshape(sizes.shape)
    return quantiles


def _last_inside(start: Floats, sign: float, holds: Callable[[Floats], Bools]) -> Floats:
    """Return how far values that begin inside can go in one direction and still be inside."""
    step = np.full_like(start, 1e-3)
    for _ in range(STEPS):
        step = np.where(holds(start + sign * step), 2 * step, step)
    inside, outside = np.zeros_like(step), step
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        held = holds(start + sign * middle)
        inside, outside = np.where(held, middle, inside), np.where(held, outside, middle)
    return start + sign * inside
