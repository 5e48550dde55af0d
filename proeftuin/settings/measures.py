"""What partners can do without sharing anything: the baselines that say whether sharing is needed.

Declared here; ``decisions/holds.py`` carries out what banks do to payments. A better own model is a
detector like any other (``detector@arms.NAME.detector=boosted_trees``) and needs no measure.
"""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.figures import STRICT, figure


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Rules:
    """No detector: the largest payments to a payee new to the payer are alerted, within budget.

    Other desks alert their largest amounts.
    """

    name: Literal["rules"]
    about: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TimeLock:
    """Larger payments to a new payee are held; a report that comes in time stops them."""

    name: Literal["time_lock"]
    about: str
    above_eur: float = figure(
        "amount from which a payment to a new payee is held", unit="EUR",
        source="[A] no source; banks hold raised limits and moved savings for some hours",
        low=0, high=100_000,
    )  # fmt: skip
    hours: float = figure(
        "how long a payment to a new payee is held", unit="hours",
        source="[A] no source; four hours is usual for a raised limit", low=0.1, high=336,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LowerLimit:
    """Payments that bring the day's total above a limit are refused, unless it was just raised."""

    name: Literal["lower_limit"]
    about: str
    daily_eur: float = figure(
        "daily limit of private customers who did not raise it in the 24 hours before", unit="EUR",
        source="[A] no source", low=50, high=100_000,
    )  # fmt: skip


AnyMeasure = Annotated[Rules | TimeLock | LowerLimit, Field(discriminator="name")]
