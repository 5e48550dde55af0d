"""What a privacy policy cannot protect in an arm, refused before any work starts."""

import math

from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation
from proeftuin.settings.privacy import DPSGD, ClientLevelDP, PersonLevelDP


def check_protection(arm: Arm, federation: Federation) -> list[str]:
    """Return one sentence for everything that the policy of an arm cannot protect."""
    problems = _check_unit(arm, federation)
    if isinstance(arm.privacy, DPSGD) and arm.detector.bins == 1:
        problems += _check_statistics(arm.privacy)
    return problems


def _check_unit(arm: Arm, federation: Federation) -> list[str]:
    """Refuse a unit of privacy that the way of learning cannot protect."""
    problems, regime, privacy = [], arm.regime, arm.privacy
    if isinstance(privacy, PersonLevelDP) and regime.learning == "pooled":
        problems.append(
            f"privacy.unit=person: regime={regime.name} pools rows of several accounts without "
            "knowing which are one person's, so it cannot hold a person to a number of rows; use "
            "privacy=record_dp, or regime=federated"
        )
    if isinstance(privacy, ClientLevelDP) and regime.learning != "federated":
        problems.append(
            f"privacy.unit=partner: hides that a partner took part in learning together, and "
            f"regime={regime.name} does not learn together; use regime=federated, or "
            "privacy=record_dp"
        )
    by_server = isinstance(privacy, ClientLevelDP) and privacy.noise_by == "server"
    if by_server and federation.name != "fedavg":
        problems.append(
            f"privacy.noise_by=server: its noise fits a plain average only, not "
            f"federation={federation.name}; use federation=fedavg, or "
            "privacy.noise_by=partner"
        )
    return problems


def _check_statistics(privacy: DPSGD) -> list[str]:
    """Refuse scaling statistics that by themselves cost more than the whole budget.

    Exact for one Gaussian release (Balle and Wang 2018, ICML, theorem 8). The budget that is left
    for training depends on the rows (``privacy/calibration.py``).
    """
    epsilon, delta, noise = privacy.epsilon, privacy.delta, privacy.statistics_noise
    moved = privacy.records_per_unit * math.sqrt(privacy.partners_per_unit) / noise
    share, width = epsilon / moved, math.sqrt(2)
    with_it, without = (math.erfc((share - side * moved / 2) / width) / 2 for side in (1, -1))
    if with_it - math.exp(epsilon) * without <= delta:
        return []
    return [
        f"privacy.epsilon={epsilon:g}: the scaling statistics alone spend more, with "
        f"privacy.statistics_noise={noise:g}; raise either"
    ]
