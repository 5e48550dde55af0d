"""Upper bounds on the success of an attacker, from the trade-off curve of the releases.

The whole curve says more than one epsilon: at few false positives e^epsilon is far above it
(Kulynych et al. 2024, arXiv 2407.02191).
"""

from functools import cache
from typing import Any

from proeftuin.privacy.accounting import Segments, composed, segments
from proeftuin.privacy.dp_accounting_internals import loss_distribution
from proeftuin.privacy.ledger import Ledger


def most_true_positives(ledger: Ledger, false_positives: float) -> float | None:
    """Return the largest share of a ledger's units that any attack finds.

    Args:
        ledger: everything that a partner released.
        false_positives: share of others that the attack takes for units, between 0 and 1.

    Returns:
        The share; None if a release had no noise, for then nothing is promised.
    """
    mechanisms = segments([ledger])
    if not mechanisms:
        return false_positives
    if any(noise == 0 for noise, *_ in mechanisms):
        return None
    return 1 - _least_missed(mechanisms, false_positives)


@cache
def _least_missed(mechanisms: Segments, false_positives: float) -> float:
    from riskcal.analysis import get_beta_from_pld

    losses = _loss_distribution(mechanisms)
    return float(get_beta_from_pld(losses, alpha=false_positives))


@cache
def _loss_distribution(mechanisms: Segments) -> Any:
    return loss_distribution(composed(mechanisms))
