"""Names of dp-accounting that are not part of its public API; nothing else in the package uses one.

Tried with dp-accounting 0.6.0. ``tests/unit/test_internals.py`` fails when a name goes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from dp_accounting.pld import PLDAccountant
from dp_accounting.pld.privacy_loss_mechanism import AdjacencyType, MixtureGaussianPrivacyLoss

Floats = npt.NDArray[np.float64]
ITS_OWN_SEARCH = MixtureGaussianPrivacyLoss._inverse_privacy_losses_with_range


def loss_distribution(accountant: PLDAccountant) -> Any:
    """Return the privacy loss distribution of everything the accountant has composed."""
    return accountant._pld


def invert_mixtures_at_once() -> None:
    """Let dp-accounting search for all losses of a mixture side by side: the same bits, sooner.

    Its own search visits them one after the other, which takes nearly all of its time.
    """
    MixtureGaussianPrivacyLoss._inverse_privacy_losses_with_range = _inverses


def _inverses(
    self: Any, privacy_losses: Floats, bounds: tuple[float, float], precision: float = 1e-6
) -> Floats:
    """Return for each loss the least multiple of the precision where no more is lost.

    Args:
        self: the mixture.
        privacy_losses: (losses,).
        bounds: between which every answer lies.
        precision: of the answers.
    """
    low, high = (np.full(len(privacy_losses), bound) for bound in bounds)
    wide = np.flatnonzero(high - low > precision)
    while len(wide):
        middle = (low[wide] + high[wide]) / 2
        more_is_lost = _losses(self, middle) > privacy_losses[wide]
        low[wide[more_is_lost]] = middle[more_is_lost]
        high[wide[~more_is_lost]] = middle[~more_is_lost]
        wide = wide[high[wide] - low[wide] > precision]
    answers: Floats = np.floor(high / precision) * precision
    return answers


def _losses(mixture: Any, x: Floats) -> Floats:
    """Return the privacy losses at (points,) as ``privacy_loss`` does at one."""
    sign = 1 if mixture.adjacency_type == AdjacencyType.REMOVE else -1
    of_each = np.multiply.outer(mixture.sensitivities, x) / mixture._variance
    constants = mixture._precompute_privacy_loss_constants[:, None]
    found: Floats = sign * np.logaddexp.reduce(constants - sign * of_each)
    return found
