"""Which instruments there are.

An instrument is found by its module, any module of this package with an attribute ``INSTRUMENT``,
or by an entry point ``proeftuin.instruments`` of another distribution.
"""

import importlib
import operator
import pkgutil
from functools import reduce
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

import proeftuin.instruments
from proeftuin.instruments.base import FACT_KINDS, Instrument, Statistic
from scenarios import plugins


def _found() -> dict[str, type[Instrument]]:
    """Return the instrument of every module that has one, by name.

    Raises:
        TypeError: an instrument's ``name`` is not the name of its module.
    """
    instruments: dict[str, type[Instrument]] = {}
    for module in pkgutil.iter_modules(proeftuin.instruments.__path__):
        if module.name == "registry":
            continue
        imported = importlib.import_module(f"proeftuin.instruments.{module.name}")
        kind = getattr(imported, "INSTRUMENT", None)
        if kind is None:
            continue
        if plugins.named(kind) != module.name:
            raise TypeError(
                f'proeftuin/instruments/{module.name}.py: name must be Literal["{module.name}"]'
            )
        instruments[module.name] = kind
    return instruments


def _every() -> dict[str, type[Instrument]]:
    """Return all instruments by name.

    Raises:
        plugins.PluginError: an instrument of a plug-in cannot be used, does not say which kind of
            facts it tells, or nothing computes its statistic.
    """
    instruments = plugins.classes("proeftuin.instruments", Instrument, _found())
    known = plugins.names("proeftuin.statistics", tuple(Statistic))
    for name, entry in plugins.entries("proeftuin.instruments").items():
        statistic = instruments[name].STATISTIC
        if statistic not in known:
            raise plugins.PluginError(
                f"proeftuin.instruments: {name} of {plugins.owner(entry)} has "
                f"STATISTIC={statistic}; must be one of {', '.join(known)}, or be added as an "
                "entry point of proeftuin.statistics"
            )
        tells = getattr(instruments[name], "TELLS", ())
        if not tells or not {*tells} <= {*FACT_KINDS}:
            raise plugins.PluginError(
                f"proeftuin.instruments: {name} of {plugins.owner(entry)} has TELLS={tells}; must "
                f"be some of {', '.join(FACT_KINDS)}"
            )
    return instruments


#: Every instrument by name: the package's own in alphabetical order, then those of plug-ins.
INSTRUMENTS = _every()

if TYPE_CHECKING:
    AnyInstrument = Instrument
else:
    AnyInstrument = Annotated[
        reduce(operator.or_, INSTRUMENTS.values()), Field(discriminator="name")
    ]
