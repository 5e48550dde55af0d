"""From scores to probabilities: the prior correction.

Training keeps a share of the rows without a report, which raises every log-odds by the same known
number (King & Zeng 2001, Political Analysis 9:137, section 4.1). A probability is that of a report
by the day of training: fraud that nobody reports, or later, is not in it. The order of rows stays.
"""

import math

from synthetic_data.arrays import Floats


def prior_corrected(score: Floats, negatives_kept: float) -> Floats:
    """Return the log-odds among all rows, of which training kept a share of those not reported."""
    corrected: Floats = score + math.log(negatives_kept)
    return corrected
