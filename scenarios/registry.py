"""The available fraud forms, and the scenario: a choice of forms with their numbers.

A form is the attribute ``FORM`` of a module of this package, or an entry point ``proeftuin.forms``
of another distribution.
"""

import importlib
import operator
import pkgutil
from functools import reduce
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

import scenarios
from scenarios import plugins
from scenarios.base import FraudForm
from scenarios.names import Name
from scenarios.parameters import STRICT


def _found() -> dict[str, type[FraudForm]]:
    """Return the forms of this package's modules, by name.

    Raises:
        TypeError: a form's ``name`` is not the name of its module.
    """
    forms: dict[str, type[FraudForm]] = {}
    for module in pkgutil.iter_modules(scenarios.__path__):
        if module.name == "registry":
            continue
        form = getattr(importlib.import_module(f"scenarios.{module.name}"), "FORM", None)
        if form is None:
            continue
        if plugins.named(form) != module.name:
            raise TypeError(f'scenarios/{module.name}.py: name must be Literal["{module.name}"]')
        forms[module.name] = form
    return forms


#: The built-in fraud forms by name, in alphabetical order.
OWN_FORMS = _found()
#: Every fraud form by name, those of plug-ins last.
FORMS = plugins.classes("proeftuin.forms", FraudForm, OWN_FORMS)

if TYPE_CHECKING:
    Form = FraudForm
else:
    Form = Annotated[reduce(operator.or_, FORMS.values()), Field(discriminator="name")]


def _under_their_own_names(forms: Any) -> Any:
    """Check the keys first: the numbers of another form would each raise an unknown-key error."""
    for key, form in forms.items() if isinstance(forms, dict) else ():
        name = form.get("name") if isinstance(form, dict) else getattr(form, "name", None)
        if name in FORMS and name != key:
            raise ValueError(
                f"{key} holds the form {name}; its key must be its name, as in "
                f"+form@scenario.forms.{name}={name}"
            )
    return forms


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Scenario:
    """The fraud in a world.

    Attributes:
        name: name of the scenario.
        about: one line for ``proeftuin list`` and the report.
        forms: fraud forms by name; empty means a world without fraud.
    """

    name: Name
    about: str
    forms: Annotated[dict[str, Form], BeforeValidator(_under_their_own_names)]

    @property
    def numbered_forms(self) -> tuple[str, ...]:
        """Names of the forms among which the identifiers of criminals' resources interleave.

        A plug-in's form counts only in scenarios that contain it, so installing a plug-in changes
        no existing world.
        """
        return (*OWN_FORMS, *sorted(self.forms.keys() - OWN_FORMS.keys()))


def check_scenario(scenario: Scenario, days: int, banks: tuple[str, ...]) -> list[str]:
    """Return one error message for every inconsistent combination of numbers.

    Args:
        scenario: the scenario.
        days: length of the world.
        banks: names of the banks in it.
    """
    return [
        f"scenario.forms.{name}.{problem}"
        for name, form in scenario.forms.items()
        for problem in (*_check_form(form), *_check_moments(form, days, banks))
    ]


def _check_form(form: FraudForm) -> list[str]:
    problems = []
    orientation, spending, reporting = form.orientation, form.spending, form.reporting
    victims = orientation.victims_per_1000_year * orientation.enrichment
    if victims > 1000:
        problems.append(
            f"orientation.enrichment={orientation.enrichment:g}: makes {victims:,.0f} victims per "
            f"1,000 adults a year; at most {1000 / orientation.victims_per_1000_year:.4g}"
        )
    for phase, key, beside in (
        (orientation, "orientation.share_70_plus", "share_under_35"),
        (spending, "spending.crypto_share", "cash_share"),
    ):
        one, other = getattr(phase, key.partition(".")[2]), getattr(phase, beside)
        if one + other > 1:
            problems.append(
                f"{key}={one:g}: with {beside}={other:g} more than 1; at most {1 - other:.4g}"
            )
    if reporting.delay_days_p90 <= reporting.delay_days_median:
        problems.append(
            f"reporting.delay_days_p90={reporting.delay_days_p90:g}: must be above "
            f"delay_days_median={reporting.delay_days_median:g}"
        )
    return problems


def _check_moments(form: FraudForm, days: int, banks: tuple[str, ...]) -> list[str]:
    problems = []
    starts = form.preparation.starts_day
    if starts >= days:
        problems.append(
            f"preparation.starts_day={starts:g}: the world ends on day {days}, before the form "
            "emerges; choose an earlier day or raise world.days"
        )
    if form.drift is None:
        return problems
    if form.drift.from_day >= days:
        problems.append(
            f"drift.from_day={form.drift.from_day:g}: the world ends on day {days}, before "
            "anything changes; choose an earlier day or raise world.days"
        )
    if form.drift.only_bank not in (None, *banks):
        problems.append(
            f"drift.only_bank={form.drift.only_bank}: no such bank; must be null or one of "
            f"{', '.join(banks)}"
        )
    return problems
