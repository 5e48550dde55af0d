"""The model of a training: the mean of its weights after each round of the second half.

A single round's weights swing with the shuffle of its rows, and late rounds fit the few reports too
closely; the mean does neither (Polyak & Juditsky 1992, SIAM J. Control Optim. 30:838; for networks
Izmailov et al. 2018, arXiv 1803.05407). So how many rounds there are hardly matters.
"""

import numpy as np

from synthetic_data.arrays import Floats, Vector


class TailAverage:
    """A running mean over the second half of a number of rounds.

    Args:
        rounds: number of rounds of the training.

    Attributes:
        total: (P,) float64, sum of the weights so far; empty before the second half.
    """

    def __init__(self, rounds: int) -> None:
        self._first = rounds // 2 + 1
        self._last = rounds
        self.total: Floats = np.zeros(0)

    def add(self, training_round: int, weights: Vector) -> Vector:
        """Take the weights after a round into account; rounds count from 1.

        Returns:
            (P,) float32, the model if there were no further round.
        """
        if training_round < self._first:
            return weights
        before = self.total if training_round > self._first else 0.0
        self.total = before + weights.astype(np.float64)
        return self._mean(training_round)

    def mean(self) -> Vector:
        """Return the mean, (P,) float32, once all rounds have been gone through."""
        return self._mean(self._last)

    def _mean(self, training_round: int) -> Vector:
        mean: Vector = (self.total / (training_round - self._first + 1)).astype(np.float32)
        return mean
