"""One finding of an audit: the result of an attack, beside guessing and theory."""

from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import binomtest

EVERYBODY = "all"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A line of ``audit.json``; docs/privacy.md lists the terms.

    Attributes:
        arm: arm whose training or sharing was attacked; ``all`` if no single arm was.
        attack: ``canaries``, ``membership``, ``flag`` or ``try_all_numbers``.
        position: position of the attacker: ``server``, ``partner`` or ``outsider``.
        of: class of the records: ``all``, ``fraud``, ``not_fraud``, ``most_exposed``; or the
            instrument, or the kind of number that is tried.
        partner: holder of the records; ``all`` for all partners.
        measure: name of the value, with its unit.
        value: measured value; for ``epsilon`` the lower bound, 0 if the attack found nothing.
        low, high: confidence interval; None where there is none.
        trivial: value that guessing without evidence reaches.
        ceiling: highest value that this measurement can show.
        theory: highest value that the ledger or the mechanism allows; None without a guarantee.
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
        """Whether the attack found more than the guarantee allows, which refutes the guarantee.

        Flags are excluded: their mechanism's probability is exact, and the lower end of a 95 %
        interval exceeds it once in forty times.
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
