"""The privacy cost of ledgers: epsilon from two independent accountants, or no number at all.

Reported is the privacy loss distribution of dp-accounting (Doroshenko et al. 2022, "Connect the
Dots"); :mod:`prv` checks it by another algorithm of other authors. Both take every iterate as seen
and the sampling as Poisson, so neither notices a wrong sampler or a wrong clip; the tests of
``dp_sgd`` do.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from proeftuin.errors import PrivacyError
from proeftuin.privacy.domain import GRID, beyond, prv_error
from proeftuin.privacy.ledger import (
    ALL_PARTNERS,
    GaussianRelease,
    Guarantee,
    Ledger,
    SampledGaussianRelease,
)
from proeftuin.privacy.prv import Mechanism, prv_epsilon

NEIGHBOURING = "add_or_remove_one"
MOST_DIFFERENCE = 0.02
"""Between the two accountants; beyond it there is no number."""
ADVERSARY = (
    "whoever sees every message this partner sends, the server and the other partners included"
)
ADVERSARY_BUT_SERVER = (
    "whoever sees every model that the server hands out, the other partners included, "
    "but not the server"
)
ADVERSARY_OF_ALL = "whoever sees every message that all partners send, the server included"

Segments = tuple[Mechanism, ...]
"""Equal mechanisms put together and sorted."""


def guarantee(ledger: Ledger, delta: float) -> Guarantee:
    """Return the privacy cost of all releases in a ledger for one unit, by sequential composition.

    Args:
        ledger: all releases of a partner about its records.
        delta: probability with which the bound may fail, below 1 / records.

    Returns:
        The guarantee. Its epsilon is infinite if a release had no noise, 0 if there was none.

    Raises:
        PrivacyError: if delta allows a record to be published whole, if a release or neighbouring
            relation is unknown, or if the second accountant gives another number or none.
    """
    adversary = ADVERSARY_BUT_SERVER if ledger.server_trusted else ADVERSARY
    return _guarantee([ledger], delta, ledger.partner, adversary)


def joint_guarantee(ledgers: Sequence[Ledger], delta: float) -> Guarantee:
    """Return the privacy cost of several partners' releases for a unit that is at all of them.

    A bound for every unit, because a unit at fewer partners is hidden better.

    Args:
        ledgers: one of every partner, of the same unit; their noise must be independent.
        delta: probability with which the bound may fail, below 1 / records of every partner.

    Raises:
        PrivacyError: as :func:`guarantee`.
    """
    return _guarantee(ledgers, delta, ALL_PARTNERS, ADVERSARY_OF_ALL)


def _guarantee(ledgers: Sequence[Ledger], delta: float, partner: str, adversary: str) -> Guarantee:
    for ledger in ledgers:
        _check(ledger, delta)
    mechanisms = segments(ledgers)
    epsilon, epsilon_prv = _epsilons(mechanisms, delta)
    first = ledgers[0]
    return Guarantee(
        partner=partner,
        unit=first.unit,
        epsilon=epsilon,
        delta=delta,
        epsilon_prv=epsilon_prv,
        accountant=f"PLD of dp-accounting {version('dp-accounting')} (grid {GRID:g}), "
        f"checked by PRV of Opacus {version('opacus')}",
        neighbouring=first.neighbouring,
        adversary=adversary,
        records=sum(ledger.records for ledger in ledgers),
        records_per_unit=max(ledger.records_per_unit for ledger in ledgers),
        partners=len(ledgers),
    )


def check_delta(delta: float, partner: str, records: int, key: str = "privacy.delta") -> None:
    """Refuse a delta, the value of a setting, that allows a record to be published whole.

    Raises:
        PrivacyError: if delta is not above 0 and below 1 / records.
    """
    if not 0 < delta < 1 / records:
        raise PrivacyError(
            f"{key}={delta:g}: {partner} has {records} records; delta must "
            f"be above 0 and below 1/{records} = {1 / records:.3g}"
        )


def _check(ledger: Ledger, delta: float) -> None:
    check_delta(delta, ledger.partner, ledger.records)
    if ledger.neighbouring != NEIGHBOURING:
        raise PrivacyError(
            f"{ledger.partner}: neighbouring={ledger.neighbouring} cannot be accounted for; "
            f"only {NEIGHBOURING} can"
        )


def segments(ledgers: Iterable[Ledger]) -> Segments:
    """Return releases as mechanisms on one unit, equal ones combined, in a fixed order.

    A release on all records changes with all records of the unit, so its noise is divided by their
    number. In a Poisson sample, the unit's records are present at random.

    Raises:
        PrivacyError: if a release is of an unknown kind, or was not clipped.
    """
    times: Counter[tuple[float, float, int]] = Counter()
    for ledger in ledgers:
        most = ledger.records_per_unit
        for release in ledger.releases:
            if getattr(release, "clip_norm", 1.0) is None:
                raise PrivacyError(
                    f"{ledger.partner}: {release.what} left without clipping, so no noise bounds "
                    "what a record counts and no epsilon can be given; set privacy.clip_norm"
                )
            match release:
                case GaussianRelease():
                    times[release.noise_multiplier / most, 1.0, 1] += release.count
                case SampledGaussianRelease() if release.sampling_rate == 1:
                    times[release.noise_multiplier / most, 1.0, 1] += release.steps
                case SampledGaussianRelease():
                    key = release.noise_multiplier, release.sampling_rate, most
                    times[key] += release.steps
                case _:
                    raise PrivacyError(
                        f"a release of kind {type(release).__name__} cannot be accounted for; "
                        "known are GaussianRelease and SampledGaussianRelease"
                    )
    return tuple(sorted((*mechanism, count) for mechanism, count in times.items()))


def pld_epsilon(mechanisms: Segments, delta: float, grid: float = GRID) -> float:
    """Return epsilon by privacy loss distributions, rounded up on a grid of that width.

    Infinite if a mechanism has no noise, 0 if there is no mechanism.
    """
    return float(composed(mechanisms, grid).get_epsilon(delta))


def composed(mechanisms: Segments, grid: float = GRID) -> Any:
    """Return dp-accounting's accountant with mechanisms one after the other."""
    from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent
    from dp_accounting.dp_event import MixtureOfGaussiansDpEvent
    from dp_accounting.pld import PLDAccountant
    from scipy.stats import binom

    from proeftuin.privacy.dp_accounting_internals import invert_mixtures_at_once

    invert_mixtures_at_once()
    accountant = PLDAccountant(value_discretization_interval=grid)
    for noise, rate, records, times in mechanisms:
        if rate == 1:
            event = GaussianDpEvent(noise)
        elif records == 1:
            event = PoissonSampledDpEvent(rate, GaussianDpEvent(noise))
        else:
            shifts = list(range(records + 1))
            event = MixtureOfGaussiansDpEvent(noise, shifts, binom.pmf(shifts, records, rate))
        accountant.compose(event, times)
    return accountant


@cache
def _epsilons(mechanisms: Segments, delta: float) -> tuple[float, float]:
    """Return epsilon by PLD and by PRV, which agree; partners of one policy share the work."""
    if not mechanisms:
        return 0.0, 0.0
    if any(noise == 0 for noise, *_ in mechanisms):
        return math.inf, math.inf
    released = told(mechanisms)
    if why := beyond(mechanisms, delta):
        raise PrivacyError(f"no epsilon can be certified at delta {delta:g}: {why}; {released}")
    epsilon = pld_epsilon(mechanisms, delta)
    try:
        epsilon_prv = prv_epsilon(mechanisms, delta, prv_error(epsilon))
    except PrivacyError as reason:
        raise PrivacyError(
            f"no epsilon can be certified at delta {delta:g}: {reason}; {released}"
        ) from reason
    finite = math.isfinite(epsilon) and math.isfinite(epsilon_prv)
    if not finite or abs(epsilon - epsilon_prv) > MOST_DIFFERENCE:
        raise PrivacyError(
            f"no epsilon can be certified at delta {delta:g}: PLD gives {epsilon:.4g} and PRV "
            f"{epsilon_prv:.4g}, which must be finite and within {MOST_DIFFERENCE:g}; {released}"
        )
    return epsilon, epsilon_prv


def told(mechanisms: Segments) -> str:
    """Return what was released, and what to change if that cannot be accounted for."""
    released = ", ".join(
        f"{times} x noise {noise:.4g} at sampling rate {rate:g}"
        + ("" if records == 1 else f" of {records} records")
        for noise, rate, records, times in mechanisms
    )
    return f"released was {released}; use more noise, fewer steps or a larger delta"
