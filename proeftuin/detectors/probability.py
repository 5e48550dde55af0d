"""From scores to probabilities: prior correction, then calibration on a desk's own days.

Training keeps a share of the rows without a report, which raises every log-odds by the same known
number (King & Zeng 2001, Political Analysis 9:137, section 4.1). Then log-odds are stretched and
shifted (Platt 1999) to fit the reports about the validation days. Few reports prove little, so both
numbers have a prior on no change. A probability is that of a report: unreported fraud is not
predicted. The order of rows stays the same, and so do alerts.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from synthetic_data.arrays import Bools, Floats

STRETCH_DEVIATION = 0.25  #: of the prior on the logarithm of the slope
SHIFT_DEVIATION = 1.0  #: of the prior on the shift, in log-odds


def prior_corrected(score: Floats, negatives_kept: float) -> Floats:
    """Return the log-odds among all rows, of which training kept a share of those not reported."""
    corrected: Floats = score + math.log(negatives_kept)
    return corrected


@dataclass(frozen=True)
class Platt:
    """A line from log-odds to log-odds, always rising.

    Attributes:
        slope: above 0; below 1 makes a model less sure.
        shift: in log-odds.
    """

    slope: float
    shift: float

    def __call__(self, log_odds: Floats) -> Floats:
        """Return the log-odds as they should be."""
        moved: Floats = self.slope * log_odds + self.shift
        return moved


def platt(log_odds: Floats, reported: Bools) -> Platt:
    """Fit the line to rows and whether they were reported, (rows,): the most likely a posteriori.

    Args:
        log_odds: scores of a model on rows that it did not train on.
        reported: whether these rows were reported.
    """

    def cost(line: Floats) -> tuple[float, Floats]:
        slope, shift = math.exp(line[0]), line[1]
        moved = slope * log_odds + shift
        over = expit(moved) - reported
        deviations = np.array([STRETCH_DEVIATION, SHIFT_DEVIATION])
        loss = np.logaddexp(0, moved).sum() - moved[reported].sum()
        slopes = np.array([slope * (over @ log_odds), over.sum()])
        return float(loss + 0.5 * np.square(line / deviations).sum()), slopes + line / deviations**2

    found = minimize(cost, np.zeros(2), jac=True, method="BFGS")
    return Platt(math.exp(found.x[0]), float(found.x[1]))
