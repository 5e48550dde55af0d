"""Which instruments there are: any module of this package with an attribute ``INSTRUMENT``."""

import importlib
import operator
import pkgutil
from functools import reduce
from typing import TYPE_CHECKING, Annotated, get_args

from pydantic import Field

import proeftuin.instruments
from proeftuin.instruments.base import Instrument


def _found() -> dict[str, type[Instrument]]:
    """Return the instrument of every module that has one, by name.

    Raises:
        TypeError: an instrument's ``name`` is not the name of its module.
    """
    instruments: dict[str, type[Instrument]] = {}
    for module in pkgutil.iter_modules(proeftuin.instruments.__path__):
        if module.name in ("base", "registry"):
            continue
        imported = importlib.import_module(f"proeftuin.instruments.{module.name}")
        kind = getattr(imported, "INSTRUMENT", None)
        if kind is None:
            continue
        if get_args(kind.__pydantic_fields__["name"].annotation) != (module.name,):
            raise TypeError(
                f'proeftuin/instruments/{module.name}.py: name must be Literal["{module.name}"]'
            )
        instruments[module.name] = kind
    return instruments


#: Every instrument by name, in alphabetical order.
INSTRUMENTS = _found()

if TYPE_CHECKING:
    AnyInstrument = Instrument
else:
    AnyInstrument = Annotated[
        reduce(operator.or_, INSTRUMENTS.values()), Field(discriminator="name")
    ]
