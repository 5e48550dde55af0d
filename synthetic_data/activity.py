"""Who does a thing often and who seldom.

Draws of persons come out sorted: the look-ups that follow then walk through memory in order, which
is what makes a large population fast. Rows get their order of time in the ledger.
"""

import numpy as np

from synthetic_data.arrays import Floats, Ints


class Activity:
    """Draws persons in proportion to a log-normal activity.

    Args:
        rng: stream of the activities.
        size: number of persons.
        sigma: spread of the activities on the log scale.
    """

    def __init__(self, rng: np.random.Generator, size: int, sigma: float) -> None:
        weight = rng.standard_normal(size, dtype=np.float32)
        edges = np.cumsum(np.exp(weight * np.float32(sigma)), dtype=np.float64)
        # 32 bits are half the memory of a float and still 280 steps per person of a whole country
        self._edges = (edges * ((2**32 - 1) / edges[-1])).astype(np.uint32)

    def draw(self, rng: np.random.Generator, size: int) -> Ints:
        """Return (size,) persons by number, in ascending order."""
        point = rng.integers(0, self._edges[-1], size, dtype=np.uint32)
        point.sort()
        return np.searchsorted(self._edges, point, side="right")

    def relative(self, person: Ints) -> Floats:
        """Return the activity of each person, over the mean of all."""
        before = np.where(person > 0, self._edges[person - 1], 0)
        share: Floats = (self._edges[person] - before) / self._edges[-1]
        return share * len(self._edges)

    def at(self, u: Floats) -> Ints:
        """Return the person at each uniform number in [0, 1), in proportion to activity."""
        point = (u * self._edges[-1]).astype(np.uint32)
        person: Ints = np.searchsorted(self._edges, point, side="right")
        return person
