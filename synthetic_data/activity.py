"""Activity: how often each person does something, relative to others.

Draws of persons are sorted, so that later look-ups walk through memory in order, which keeps large
populations fast. ``rows.in_order`` sorts the rows by time.
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
        # 32 bits take half the memory of a float and leave 280 steps per person of a whole country
        self._edges = (edges * ((2**32 - 1) / edges[-1])).astype(np.uint32)

    def draw(self, rng: np.random.Generator, size: int) -> Ints:
        """Return (size,) person numbers in ascending order."""
        point = rng.integers(0, self._edges[-1], size, dtype=np.uint32)
        point.sort()
        return np.searchsorted(self._edges, point, side="right")

    def relative(self, person: Ints) -> Floats:
        """Return the (rows,) activity of each person, relative to the mean of all persons."""
        before = np.where(person > 0, self._edges[person - 1], 0)
        share: Floats = (self._edges[person] - before) / self._edges[-1]
        return share * len(self._edges)

    def at(self, u: Floats) -> Ints:
        """Return the (rows,) person at each uniform number in [0, 1), in proportion to activity."""
        point = (u * self._edges[-1]).astype(np.uint32)
        person: Ints = np.searchsorted(self._edges, point, side="right")
        return person
