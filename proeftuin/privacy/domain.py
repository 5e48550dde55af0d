"""What the two accountants can work out in bounded time and memory; beyond it there is no number.

Both lay the losses of all releases on a grid. How many points it needs follows from how far losses
reach, which Rényi accounting bounds in a moment (``prv.reach``). The delta that they can tell from
the errors of floating point is :data:`proeftuin.settings.privacy.LEAST_DELTA`.
"""

import math
from collections.abc import Callable, Sequence

from proeftuin.privacy.prv import MOST_POINTS, Mechanism, grid_points, reach

GRID = 1e-4  #: width of the first accountant's grid
MOST_CELLS = 2**23  #: of the first accountant's grid: some ten seconds and 1 GB
LEAST_NOISE, MOST_NOISE = 0.1, 10_000.0  #: noise multipliers of one step
PLANNED = 0.8  #: share of the grids that a plan may take, for its noise is rough
_TAIL = 1e-15  #: chance that dp-accounting cuts off on either side


def too_far(mechanisms: Sequence[Mechanism], grid: float = GRID) -> bool:
    """Return whether losses reach too far for the first accountant's grid of that width."""
    return not 2 * reach(mechanisms, _TAIL) / grid <= MOST_CELLS


def beyond(mechanisms: Sequence[Mechanism], delta: float, share: float = 1.0) -> str | None:
    """Return why the accountants cannot work out some releases, or None if they can.

    Args:
        mechanisms: the releases.
        delta: probability with which a bound may fail.
        share: part of both grids that may be used.
    """
    for noise, rate, *_ in mechanisms:
        if rate < 1 and not LEAST_NOISE <= noise <= MOST_NOISE:
            return f"noise {noise:.3g} is not between {LEAST_NOISE:g} and {MOST_NOISE:,.0f}"
    if too_far(mechanisms, GRID / share):
        most = GRID * MOST_CELLS / 2 * share
        return f"losses reach beyond {most:.0f}, so there is hardly any privacy to account for"
    error = prv_error(reach(mechanisms, delta))
    if (points := grid_points(mechanisms, delta, error)) > MOST_POINTS * share:
        return (
            f"so many releases need a grid of {points:.2g} points, and the second accountant can "
            f"hold {MOST_POINTS:.2g}"
        )
    return None


def prv_error(epsilon: float) -> float:
    """Return how much the second accountant may distort an epsilon of about that size."""
    return min(max(0.01, 0.002 * epsilon), 0.5) if math.isfinite(epsilon) else 0.5


def rough_noise(
    released: Callable[[float], Sequence[Mechanism]], budget: float, delta: float
) -> float:
    """Return about the noise that keeps a budget, in a moment: by Rényi accounting, so too much.

    Args:
        released: the releases with a noise.
        budget: the epsilon to keep.
        delta: probability with which the bound may fail.
    """
    low, high = math.log(LEAST_NOISE), math.log(MOST_NOISE)
    while high - low > 0.1:
        middle = (low + high) / 2
        if reach(released(math.exp(middle)), delta) <= budget:
            high = middle
        else:
            low = middle
    return math.exp(low)
