"""The privacy loss of the people behind training rows: mean, 99th percentile, maximum.

A guarantee for a row, or for a bounded person, ignores how many rows a person really had. Rényi
accounting (Mironov 2017, arXiv 1702.07476) is fast enough for all people, and a bound; it is looser
than the two accountants of the guarantee itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from proeftuin.privacy.ledger import GaussianRelease, Ledger, SampledGaussianRelease
from proeftuin.privacy.prv import MixtureLoss
from synthetic_data.arrays import Floats, Ints

_ORDERS = np.array([1.05, 1.1, 1.2, 1.4, 1.7, 2, 2.5, 3, 4, 5, 6, 8, 11, 16, 24, 32, 48, 64])
#: Numbers of rows that are worked out; others count as the next larger one.
_ROWS = (*range(1, 11), 12, 16, 24, 32)


@dataclass(frozen=True)
class People:
    """How many rows of how many people training used.

    Attributes:
        partners: names of the partners that trained.
        profiles: pairs of (rows at each partner, number of people with just these).
    """

    partners: tuple[str, ...]
    profiles: tuple[tuple[tuple[int, ...], int], ...]


@dataclass(frozen=True)
class Spread:
    """A loss or a number over people.

    Attributes:
        average, p99, maximum: mean, 99th percentile and largest.
        persons: number of people.
    """

    average: float
    p99: float
    maximum: float
    persons: int


def people_of(rows: Mapping[str, Ints]) -> People:
    """Count people by how many rows they have where.

    Args:
        rows: by partner, the person behind each of its rows.
    """
    if not rows:
        return People((), ())
    everyone = np.unique(np.concatenate(list(rows.values())))
    counts = np.stack(
        [
            np.bincount(np.searchsorted(everyone, own), minlength=len(everyone))
            for own in rows.values()
        ]
    )
    found, people = np.unique(counts.T, axis=0, return_counts=True)
    return People(
        tuple(rows),
        tuple(
            (tuple(profile), many)
            for profile, many in zip(found.tolist(), people.tolist(), strict=True)
        ),
    )


def spread(values: Floats, people: Ints) -> Spread:
    """Summarise values over people, each value held by so many of them."""
    order = np.argsort(values)
    reached = np.cumsum(people[order])
    at = int(np.searchsorted(reached, 0.99 * reached[-1]))
    return Spread(
        average=float(np.average(values, weights=people)),
        p99=float(values[order][at]),
        maximum=float(values.max()),
        persons=int(reached[-1]),
    )


def loss_of_people(people: People, ledgers: Sequence[Ledger], delta: float) -> Spread | None:
    """Return upper bounds on epsilon of people over all training; None if unknown.

    Args:
        people: rows of all people at every partner.
        ledgers: of training, one per partner; their noise must be independent.
        delta: probability with which the bound may fail.
    """
    own = {ledger.partner: ledger for ledger in ledgers}
    if not people.profiles or not set(people.partners) <= set(own):
        return None
    rows = np.array([profile for profile, _ in people.profiles])
    many = np.array([number for _, number in people.profiles])
    total = np.zeros((len(rows), len(_ORDERS)))
    for place, partner in enumerate(people.partners):
        for count in np.unique(rows[:, place]):
            total[rows[:, place] == count] += _divergence(own[partner], int(count))
    # Canonne, Kamath & Steinke 2020 (arXiv 2004.00010), proposition 12
    epsilon = total + np.log1p(-1 / _ORDERS) - np.log(delta * _ORDERS) / (_ORDERS - 1)
    return spread(np.maximum(0.0, epsilon.min(axis=1)), many)


def _divergence(ledger: Ledger, rows: int) -> Floats:
    """Return the Rényi divergence of all releases of a partner about so many rows, by order."""
    total = np.zeros(len(_ORDERS))
    if rows == 0:
        return total
    for release in ledger.releases:
        match release:
            case GaussianRelease():
                total += release.count * _gaussian(release.noise_multiplier, rows)
            case SampledGaussianRelease():
                rate = release.sampling_rate
                total += release.steps * _sampled(release.noise_multiplier, rate, rows)
    return total


def _gaussian(noise: float, rows: int) -> Floats:
    divergence: Floats = _ORDERS * (rows / noise) ** 2 / 2
    return divergence


@cache
def _sampled(noise: float, rate: float, rows: int) -> Floats:
    """Return the divergence of one step, the larger of both directions.

    Of more rows than are worked out, all are taken to be in every sample, which is a bound.
    """
    counted = next((known for known in _ROWS if known >= rows), None)
    if rate == 1 or counted is None:
        return _gaussian(noise, rows)
    loss = MixtureLoss(noise, rate, counted)
    both = np.maximum(loss.log_moments(_ORDERS), loss.log_moments(1 - _ORDERS))
    divergence: Floats = np.minimum(both / (_ORDERS - 1), _gaussian(noise, counted))
    return divergence
