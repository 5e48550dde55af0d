"""What a ledger costs: epsilon from two independent accountants, or no number at all.

Reported is the privacy loss distribution of dp-accounting (Doroshenko et al. 2022, "Connect the
Dots"); checked against Opacus' PRV accountant (Gopi, Lee & Wutschitz 2021, arXiv 2106.02848):
another algorithm by other authors. Both take every iterate as seen and the sampling as Poisson, so
neither notices a wrong sampler or a wrong clip; the tests of ``dp_sgd`` do.
"""

import math
import warnings
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version

from proeftuin.errors import PrivacyError
from proeftuin.privacy.ledger import GaussianRelease, Guarantee, Ledger, SampledGaussianRelease

NEIGHBOURING = "add_or_remove_one"
GRID = 1e-4
ADVERSARY = (
    "whoever sees every message this partner sends, the server and the other partners included"
)
_MOST_POINTS = 2**22  # of the PRV grid: about ten seconds and 1 GB

Segments = tuple[tuple[float, float, int], ...]
"""Equal mechanisms put together and sorted: (noise multiplier, sampling rate, times)."""


def guarantee(ledger: Ledger, delta: float) -> Guarantee:
    """Return what the releases in a ledger cost together, by sequential composition.

    Args:
        ledger: everything a partner has released about its records.
        delta: probability with which the bound may fail, below 1 / records.

    Returns:
        The guarantee. Its epsilon is infinite if a release had no noise, 0 if there was none.

    Raises:
        PrivacyError: if delta allows a record to be published whole, if a release or neighbouring
            relation is unknown, or if the second accountant gives another number or none.
    """
    if not 0 < delta < 1 / ledger.records:
        raise PrivacyError(
            f"privacy.delta={delta:g}: {ledger.partner} has {ledger.records} records; delta must "
            f"be above 0 and below 1/{ledger.records} = {1 / ledger.records:.3g}"
        )
    if ledger.neighbouring != NEIGHBOURING:
        raise PrivacyError(
            f"{ledger.partner}: neighbouring={ledger.neighbouring} cannot be accounted for; "
            f"only {NEIGHBOURING} can"
        )
    epsilon, epsilon_prv = _epsilons(segments(ledger.releases), delta)
    return Guarantee(
        partner=ledger.partner,
        unit=ledger.unit,
        epsilon=epsilon,
        delta=delta,
        epsilon_prv=epsilon_prv,
        accountant=f"PLD of dp-accounting {version('dp-accounting')} (grid {GRID:g}), "
        f"checked by PRV of Opacus {version('opacus')}",
        neighbouring=ledger.neighbouring,
        adversary=ADVERSARY,
        records=ledger.records,
    )


def segments(releases: Iterable[object]) -> Segments:
    """Return releases as mechanisms, equal ones put together, in an order of their own.

    Raises:
        PrivacyError: if a release is of an unknown kind.
    """
    times: Counter[tuple[float, float]] = Counter()
    for release in releases:
        match release:
            case GaussianRelease():
                times[release.noise_multiplier, 1.0] += release.count
            case SampledGaussianRelease():
                times[release.noise_multiplier, release.sampling_rate] += release.steps
            case _:
                raise PrivacyError(
                    f"a release of kind {type(release).__name__} cannot be accounted for; known "
                    "are GaussianRelease and SampledGaussianRelease"
                )
    return tuple(sorted((noise, rate, count) for (noise, rate), count in times.items()))


def pld_epsilon(mechanisms: Segments, delta: float, grid: float = GRID) -> float:
    """Return epsilon by privacy loss distributions, rounded up on a grid of that width.

    Infinite if a mechanism has no noise, 0 if there is no mechanism.
    """
    from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent
    from dp_accounting.pld import PLDAccountant

    accountant = PLDAccountant(value_discretization_interval=grid)
    for noise, rate, times in mechanisms:
        event = GaussianDpEvent(noise)
        accountant.compose(event if rate == 1 else PoissonSampledDpEvent(rate, event), times)
    return float(accountant.get_epsilon(delta))


@cache
def _epsilons(mechanisms: Segments, delta: float) -> tuple[float, float]:
    """Return epsilon by PLD and by PRV, which agree; partners of one policy share the work."""
    if not mechanisms:
        return 0.0, 0.0
    if any(noise == 0 for noise, _, _ in mechanisms):
        return math.inf, math.inf
    epsilon = pld_epsilon(mechanisms, delta)
    # PRV adds its numerical error to its answer: small against the difference allowed below.
    error = min(max(0.01, 0.002 * epsilon), 0.5)
    epsilon_prv = _prv_epsilon(mechanisms, delta, error)
    allowed = max(0.02, 0.01 * epsilon)
    finite = math.isfinite(epsilon) and math.isfinite(epsilon_prv)
    if not finite or abs(epsilon - epsilon_prv) > allowed:
        raise PrivacyError(
            f"no epsilon can be certified at delta {delta:g}: PLD gives {epsilon:.4g} and PRV "
            f"{epsilon_prv:.4g}, which must be finite and within {allowed:.2g}; "
            f"released was {_listed(mechanisms)}"
        )
    return epsilon, epsilon_prv


def _prv_epsilon(mechanisms: Segments, delta: float, error: float) -> float:
    """Return epsilon by privacy random variables, with that numerical error added to it.

    Raises:
        PrivacyError: if the grid would be too large or the accountant gives up, which it does for
            very little noise or very small delta.
    """
    import numpy as np
    from opacus.accountants import PRVAccountant
    from opacus.accountants.analysis.prv import PoissonSubsampledGaussianPRV

    accountant = PRVAccountant()
    accountant.history = list(mechanisms)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # Rényi accounting chooses only the width of the grid here; a loose one is a wide grid.
            warnings.filterwarnings("ignore", message="Optimal order is the", category=UserWarning)
            points = accountant._get_domain(
                prvs=[PoissonSubsampledGaussianPRV(rate, noise) for noise, rate, _ in mechanisms],
                num_self_compositions=[times for _, _, times in mechanisms],
                eps_error=error,
                delta_error=delta / 1000,
            ).size
            if points > _MOST_POINTS:
                raise ValueError(f"its grid would need {points:.2g} points")
            return float(accountant.get_epsilon(delta, eps_error=error))
    except (ValueError, RuntimeError, IndexError, ArithmeticError, MemoryError) as reason:
        raise PrivacyError(
            f"no epsilon can be certified at delta {delta:g}: the second accountant (PRV) gives "
            f"no number ({reason}); released was {_listed(mechanisms)}; "
            "use more noise, fewer steps or a larger delta"
        ) from reason


def _listed(mechanisms: Segments) -> str:
    return ", ".join(
        f"{times} x noise {noise:.4g} at sampling rate {rate:g}"
        for noise, rate, times in mechanisms
    )
