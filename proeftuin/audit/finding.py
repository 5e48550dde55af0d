"""One thing that an audit found: what an attack gave, beside chance and beside theory."""

from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import binomtest

EVERYBODY = "all"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A line of ``audit.json``; docs/privacy.md lists the words.

    Attributes:
        arm: whose learning or sharing was attacked; ``all`` if it is about none in particular.
        attack: ``canaries``, ``membership``, ``flag`` or ``try_all_numbers``.
        position: who attacks: ``server``, ``partner`` or ``outsider``.
        of: class of the records: ``all``, ``fraud``, ``not_fraud``, ``most_exposed``; or what is
            flagged, or which numbers are tried.
        partner: whose records; ``all`` for those of all partners.
        measure: what the value is, with its unit.
        value: as measured; of ``epsilon`` the lower bound itself, 0 if the attack found nothing.
        low, high: confidence interval; None where there is none.
        trivial: what comes of guessing without looking.
        ceiling: the most that this measurement could have shown.
        theory: the most that the ledger or the mechanism allows; None if it promises nothing.
    """

    arm: str
    attack: str
    position: str
    of: str
    partner: str
    measure: str
    value: float
    low: float | None = None
    high: float | None = None
    trivial: float | None = None
    ceiling: float | None = None
    theory: float | None = None

    @property
    def refutes(self) -> bool:
        """Whether the attack did better than the promise allows: then the promise is not kept.

        Flags are left out: there the mechanism's chance is exact, and an interval is beside it once
        in forty times.
        """
        if self.attack not in ("canaries", "membership") or self.theory is None:
            return False
        return self.low is not None and self.low > self.theory

    def to_dict(self) -> dict[str, Any]:
        """Return the finding with the keys of ``audit.json``."""
        return {"class" if key == "of" else key: value for key, value in asdict(self).items()}


def interval(found: int, among: int, confidence: float) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share; from 0 to 1 if nothing was counted."""
    if not among:
        return 0.0, 1.0
    around = binomtest(found, among).proportion_ci(confidence, method="exact")
    return float(around.low), float(around.high)
