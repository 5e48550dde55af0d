"""Measures without sharing: the baselines that show whether sharing is needed.

Declared here, or by an entry point ``proeftuin.measures`` of another distribution;
``decisions/holds.py`` applies those on payments. A better own model is a detector like
any other (``detector@arms.NAME.detector=boosted_trees``) and needs no measure.
"""

import operator
from functools import reduce
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios import plugins
from scenarios.parameters import STRICT, parameter


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Measure:
    """A measure without sharing; a subclass narrows ``name`` to a ``Literal``.

    Attributes:
        name: the measure's name.
        about: one line for ``proeftuin list`` and the report.
    """

    name: str
    about: str


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Rules(Measure):
    """No detector: the largest payments to a payee new to the payer are alerted, within budget.

    Other desks alert their largest amounts.
    """

    name: Literal["rules"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TimeLock(Measure):
    """Larger payments to a new payee are held; a report that comes in time stops them."""

    name: Literal["time_lock"]
    above_eur: float = parameter(
        "amount from which a payment to a new payee is held", unit="EUR",
        source="[A] no source; banks hold raised limits and moved savings for some hours",
        low=0, high=100_000,
    )  # fmt: skip
    hours: float = parameter(
        "how long a payment to a new payee is held", unit="hours",
        source="[A] no source; four hours is usual for a raised limit", low=0.1, high=336,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LowerLimit(Measure):
    """Payments that bring the day's total above a limit are refused, unless it was just raised."""

    name: Literal["lower_limit"]
    daily_eur: float = parameter(
        "daily limit of private customers who did not raise it in the 24 hours before", unit="EUR",
        source="[A] no source", low=50, high=100_000,
    )  # fmt: skip


def _every() -> dict[str, type[Measure]]:
    """Return all measures by name.

    Raises:
        plugins.PluginError: a measure of a plug-in cannot be used, or nothing carries it out.
    """
    own: dict[str, type[Measure]] = {
        "rules": Rules, "time_lock": TimeLock, "lower_limit": LowerLimit
    }  # fmt: skip
    for name, entry in plugins.entries("proeftuin.measures").items():
        if name not in plugins.names("proeftuin.holds", tuple(own)):
            raise plugins.PluginError(
                f"proeftuin.measures: {name} of {plugins.owner(entry)} does nothing; add an entry "
                f"point {name} of proeftuin.holds"
            )
    return plugins.classes("proeftuin.measures", Measure, own)


#: Every measure by name, those of plug-ins last.
MEASURES = _every()

if TYPE_CHECKING:
    AnyMeasure = Measure
else:
    AnyMeasure = Annotated[reduce(operator.or_, MEASURES.values()), Field(discriminator="name")]
