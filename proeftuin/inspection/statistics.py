"""The statistics behind the checks, on plain arrays, independent of any world."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import poisson, rankdata
from sklearn.metrics import normalized_mutual_info_score

from synthetic_data.arrays import Array, Bools, Floats

#: A deviation counts only if chance produces it less often than once in 15,000 (four sigma).
SIGMAS = 4.0


def auc(score: Array, positive: Bools) -> float:
    """Return the area under the ROC curve by ranks, ties counted half; NaN without both classes."""
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return math.nan
    total = rankdata(score)[positive].sum()
    return float((total - positives * (positives + 1) / 2) / (positives * negatives))


def auc_sigma(score: Array, positive: Bools) -> float:
    """Return the standard error of the AUC of a random score, corrected for ties."""
    n, positives = len(positive), int(positive.sum())
    negatives = n - positives
    if not positives or not negatives:
        return math.nan
    _, ties = np.unique(score, return_counts=True)
    tied = float((ties.astype(np.float64) ** 3 - ties).sum()) / (n * (n - 1.0))
    return math.sqrt(max(n + 1 - tied, 0.0) / (12.0 * positives * negatives))


@dataclass(frozen=True)
class Separation:
    """How well a column or part separates two classes.

    Attributes:
        where: the column or part.
        value: the measure, e.g. an AUC or a ratio.
        excess: how far the value lies outside the band of the check; 0 inside.
        counts: whether the value is conclusive: enough rows to resolve the band, or a deviation
            that chance does not explain.
    """

    where: str
    value: float
    excess: float
    counts: bool


def separation(where: str, score: Array, positive: Bools, tolerance: float) -> Separation:
    """Return the AUC of a score, with the band 0.5 plus or minus the tolerance."""
    value, sigma = auc(score, positive), auc_sigma(score, positive)
    if math.isnan(value):
        return Separation(where, value, 0.0, counts=False)
    away = abs(value - 0.5)
    measurable = sigma * SIGMAS <= tolerance
    return Separation(where, value, max(away - tolerance, 0.0), measurable or away > SIGMAS * sigma)


def rate_ratio(where: str, chosen: Bools, positive: Bools, low: float, high: float) -> Separation:
    """Return P(positive | chosen) / P(positive), as in :func:`ratio_finding`."""
    base = positive.mean() if len(positive) else 0.0
    expected, seen = base * chosen.sum(), int((positive & chosen).sum())
    return ratio_finding(where, seen, float(expected), low, high)


def ratio_finding(
    where: str, seen: int, expected: float, low: float, high: float, looks: int = 1
) -> Separation:
    """Return the ratio of a count to its expected value (Poisson).

    ``looks`` is the number of counts that were examined to find this one, for the Bonferroni
    correction of its significance.
    """
    if expected <= 0:
        return Separation(where, math.nan, 0.0, counts=False)
    value = seen / expected
    excess = max(low - value, value - high, 0.0)
    rare = min(poisson.cdf(seen, expected), poisson.sf(seen - 1, expected)) < 6e-5 / looks
    measurable = expected * (1 - low) ** 2 >= SIGMAS**2 if low < 1 else expected >= SIGMAS**2
    return Separation(where, value, excess, bool(rare or measurable))


def worst(findings: Sequence[Separation], middle: float) -> Separation | None:
    """Return the finding furthest outside its band (else furthest from the middle) that counts."""
    counted = [each for each in findings if each.counts]
    return max(counted, key=lambda one: (one.excess, abs(one.value - middle)), default=None)


def encoded_auc(category: Array, positive: Bools) -> tuple[Floats, Bools]:
    """Score the odd rows by the rate of positives among the even rows of the same category.

    Returns:
        The scores and classes of the odd rows, none of which was used to fit the rates.
    """
    codes, _ = pd.factorize(category)
    size = int(codes.max()) + 1 if len(codes) else 0
    learn, judge = slice(0, None, 2), slice(1, None, 2)
    count = np.bincount(codes[learn], minlength=size)
    hits = np.bincount(codes[learn], weights=positive[learn], minlength=size)
    base = positive[learn].mean() if len(positive) else 0.0
    rate = (hits + 20 * base) / (count + 20)
    return rate[codes[judge]], positive[judge]


def as_numbers(values: Array) -> Array:
    """Return numbers unchanged, and any other values as integer codes."""
    return values if np.issubdtype(values.dtype, np.number) else pd.factorize(values)[0]


def binned(values: Array, bins: int = 20) -> Array:
    """Return the quantile bin of every value."""
    values = as_numbers(values)
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right")


def mutual_information(left: Array, right: Array) -> float:
    """Return the normalised mutual information of two categorical columns, less its bias.

    The estimate for independent columns is about (r - 1)(c - 1) / 2n nats (Miller 1955).
    """
    n = len(left)
    rows, columns = len(np.unique(left)), len(np.unique(right))
    if n == 0 or rows < 2 or columns < 2:
        return 0.0
    value = float(normalized_mutual_info_score(left, right))
    bias = (rows - 1) * (columns - 1) / (2 * n)
    scale = 0.5 * (_entropy(left) + _entropy(right))
    return max(0.0, value - bias / scale)


def _entropy(values: Array) -> float:
    _, counts = np.unique(values, return_counts=True)
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum())


def hill(values: Array, share: float = 0.01) -> float:
    """Return the Hill exponent of the largest share of the values (Hill 1975)."""
    top = int(len(values) * share)
    if top < 5:
        return math.nan
    ordered = np.sort(np.asarray(values, dtype=np.float64))[-top - 1 :]
    return float(1 / np.mean(np.log(ordered[1:] / ordered[0])))


def power_law(values: Array, candidates: int = 30) -> float:
    """Return the exponent of a discrete power law fitted to the tail of whole numbers.

    The tail starts where the fit is best by Kolmogorov-Smirnov distance (Clauset, Shalizi and
    Newman 2009, the approximation of equation 3.7).
    """
    values = np.sort(values[values > 0]).astype(np.float64)
    starts = np.unique(values)
    starts = (
        starts[: np.searchsorted(starts, np.quantile(values, 0.98), side="right")]
        if len(values)
        else starts
    )
    best, exponent = math.inf, math.nan
    for start in starts[:: max(1, len(starts) // candidates)]:
        tail = values[np.searchsorted(values, start) :]
        if len(tail) < 50:
            break
        alpha = 1 + len(tail) / np.log(tail / (start - 0.5)).sum()
        levels = np.unique(tail)
        seen = np.searchsorted(tail, levels, side="right") / len(tail)
        fitted = 1 - ((levels + 0.5) / (start - 0.5)) ** (1 - alpha)
        distance = float(np.abs(seen - fitted).max())
        if distance < best:
            best, exponent = distance, float(alpha)
    return exponent


def burstiness(entity: Array, time: Array, least: int = 10) -> Floats:
    """Return (sigma - mu) / (sigma + mu) of the gaps of every entity with ``least`` events or more.

    The value is 0 for a Poisson process, 1 for bursts and -1 for regular events (Goh and Barabási
    2008).
    """
    order = np.lexsort((time, entity))
    gaps = pd.Series(np.diff(np.asarray(time)[order]).astype(np.float64))
    ordered = np.asarray(entity)[order]
    inside = ordered[1:] == ordered[:-1]
    groups = gaps[inside].groupby(ordered[1:][inside])
    enough = groups.size() >= least - 1
    mean, sigma = groups.mean()[enough], groups.std(ddof=0)[enough]
    return np.asarray((sigma - mean) / (sigma + mean), dtype=np.float64)


def levels(counts: Array) -> int:
    """Return the number of levels: counts that differ by over two sigma and 1 % of the maximum."""
    if len(counts) == 0:
        return 0
    found, last = 0, -math.inf
    for count in np.sort(np.asarray(counts, dtype=np.float64)):
        step = max(0.01 * float(np.max(counts)), 2 * math.sqrt(count))
        if count - last > step:
            found, last = found + 1, count
    return found


def autocorrelation(series: Array) -> float:
    """Return the correlation of a series with itself one step later; NaN if it is constant."""
    left, right = np.asarray(series[:-1], float), np.asarray(series[1:], float)
    if len(left) < 3 or left.std() == 0 or right.std() == 0:
        return math.nan
    return float(np.corrcoef(left, right)[0, 1])


def weighted_quantile(values: Array, weights: Array, share: float) -> float:
    """Return the smallest value with at least the share of the weight at or below it."""
    if len(values) == 0:
        return math.nan
    order = np.argsort(values)
    running = np.cumsum(np.asarray(weights)[order])
    return float(np.asarray(values)[order][np.searchsorted(running, share * running[-1])])


def truncated_quantile(delay: Array, follow_up: Array, share: float) -> float:
    """Return a quantile of right-truncated delays: none is observed beyond its follow-up.

    The product-limit estimate (Lynden-Bell 1971) corrects for the long delays of recent events,
    which are not observed yet. NaN without any delay.

    Args:
        delay: (rows,) observed delays.
        follow_up: (rows,) longest delay that would have been observed for each, at least the delay.
        share: quantile, as a share of the delays up to the longest follow-up.
    """
    values, times = np.unique(delay, return_counts=True)
    if not len(values):
        return math.nan
    at_risk = np.searchsorted(np.sort(delay), values, side="right")
    at_risk = at_risk - np.searchsorted(np.sort(follow_up), values, side="left")
    not_longer = np.append(np.cumprod((1 - times / at_risk)[:0:-1])[::-1], 1.0)
    return float(values[np.searchsorted(not_longer, share)])


def within_groups(group: Array, position: Array) -> Floats:
    """Return the rank of every row within its group by position, from 0 to 1; 0.5 if alone."""
    frame = pd.DataFrame({"group": group, "position": position}).groupby("group")["position"]
    size = frame.transform("size").to_numpy()
    rank = frame.rank(method="average").to_numpy() - 1
    return np.where(size > 1, rank / np.maximum(size - 1, 1), 0.5)
