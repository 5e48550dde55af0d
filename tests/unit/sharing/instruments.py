"""Instruments as their files in ``conf/`` have them, and questions of every desk to them."""

import dataclasses
from functools import cache
from typing import Any

from proeftuin.instruments.base import Instrument
from proeftuin.instruments.mechanisms import Mechanism
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.query import Answer, Desk


@cache
def instrument(name: str) -> Instrument:
    """Return the instrument as its file has it, telling in clear and making no errors."""
    regime = settings_for([f"regime={name}"]).arms["chosen"].regime
    return changed(regime.instruments[name], match_rate=1.0, false_match_rate=0.0)


def changed(instrument: Instrument, **values: Any) -> Instrument:
    return dataclasses.replace(instrument, **values)


def mechanism(name: str, *, epsilon: float | None = None, rate: float | None = None) -> Mechanism:
    return Mechanism(name=name, epsilon=epsilon, false_positive_rate=rate)  # type: ignore[arg-type]


def told(information: InformationSets, desk: Desk, instrument: Instrument) -> Answer:
    everyone = frozenset(name for names in information.world.partners.values() for name in names)
    return information.answer(desk, instrument, everyone)


def consumers(information: InformationSets, instrument: Instrument) -> list[Desk]:
    return [desk for desk in information.desks if desk.sector in instrument.consumers]
