"""Scaling of the columns: count, sum and sum of squares, which partners can add up."""

from dataclasses import dataclass

import numpy as np

from proeftuin.errors import PrivacyError
from synthetic_data.arrays import Floats

VARIANCE_FLOOR = 1e-4
"""A standard deviation of 0.01 on the scale [-1, 1]: no column is stretched more than a hundredfold
because noise, or a constant column, left it no variance."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over rows on the public scale [-1, 1]; add those of partners to pool them.

    Attributes:
        count: number of rows, or what noise made of it.
        sum: (columns,).
        sum_of_squares: (columns,).
    """

    count: np.float64
    sum: Floats
    sum_of_squares: Floats

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of both sets of rows together."""
        if self.sum.shape != other.sum.shape:
            raise ValueError(f"moments of {self.sum.size} and of {other.sum.size} columns")
        return Moments(
            self.count + other.count,
            self.sum + other.sum,
            self.sum_of_squares + other.sum_of_squares,
        )

    def mean(self) -> Floats:
        """Return the mean of every column, (columns,), brought back into [-1, 1]."""
        mean: Floats = np.clip(self.sum / np.maximum(self.count, 1), -1, 1)
        return mean

    def std(self) -> Floats:
        """Return the standard deviation of every column, (columns,).

        Its square is brought back between ``VARIANCE_FLOOR`` and 1, the most that values in
        [-1, 1] can have.
        """
        variance = self.sum_of_squares / np.maximum(self.count, 1) - self.mean() ** 2
        std: Floats = np.sqrt(np.clip(variance, VARIANCE_FLOOR, 1))
        return std


def exact_moments(rows: Floats) -> Moments:
    """Return the moments of rows, (rows, columns), clipped to [-1, 1]; no privacy.

    Raises:
        PrivacyError: if a value is NaN.
    """
    if np.isnan(rows).any():
        raise PrivacyError("a value is missing: no bound holds for it; fill it in first")
    clipped = np.clip(rows.astype(np.float64), -1, 1)
    return Moments(np.float64(len(rows)), clipped.sum(axis=0), np.square(clipped).sum(axis=0))


def public_moments(columns: int) -> Moments:
    """Return moments that keep columns on their public scale: mean 0, standard deviation 1.

    For columns that standardising harms, and for learners that must not release anything.
    """
    zeros = np.zeros(columns)
    return Moments(np.float64(1), zeros, zeros + 1)
