"""The one release that scaling needs: count, sum and sum of squares of every column, with noise.

Statistics of all rows taken without noise would leak outside the ledger, however private the
learning after it is.
"""

import math

import numpy as np

from proeftuin.detectors.scaling import Moments, exact_moments
from synthetic_data.arrays import Floats


def sensitivity(columns: int) -> float:
    """Return how far one row more moves (1, u, u^2) summed over rows, in L2 norm.

    Each of the 1 + 2 * columns coordinates moves by at most 1, and by 1 if all values are -1 or 1.
    """
    return math.sqrt(1 + 2 * columns)


def noisy_moments(rows: Floats, *, noise_multiplier: float, rng: np.random.Generator) -> Moments:
    """Release the moments of rows by the Gaussian mechanism (Dwork & Roth 2014, appendix A).

    Args:
        rows: (rows, columns), each column mapped to [-1, 1] by bounds that are public; clipped.
        noise_multiplier: standard deviation of the noise / :func:`sensitivity`.
        rng: source of the noise, one of its own for every partner.

    Returns:
        Moments with independent noise on every coordinate: one ``GaussianRelease``.

    Raises:
        PrivacyError: if a value is NaN.
    """
    exact = exact_moments(rows)
    columns = len(exact.sum)
    noise = rng.normal(0.0, noise_multiplier * sensitivity(columns), 1 + 2 * columns)
    return exact + Moments(noise[0], noise[1 : 1 + columns], noise[1 + columns :])
