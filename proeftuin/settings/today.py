"""Today's practice in a world that cannot answer all of it: what is missing is left out, and said.

An imported world may have no police, no names checked, no holders of accounts, or banks without
reports. Nothing is refused for that; where nothing is left, ``today`` is the same as ``silo``.
"""

from dataclasses import replace

from proeftuin.instruments.base import Instrument, Statistic
from proeftuin.sectors import BANK
from proeftuin.settings.arm import Arm, Regime
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import AnyWorld, StoredWorld, partners

#: What a stored world must hold for a statistic (``answers`` of its ``world.json``).
NEEDS = {
    Statistic.NAME_CHECK: ("names",),
    Statistic.NOTIFIED: ("bank_reports",),
    Statistic.REGISTERED: ("bank_reports", "holders"),
}


def with_answerable_today(settings: Settings) -> Settings:
    """Return the settings without the instruments of today's practice that nobody can answer."""
    world = settings.world
    arms = {
        name: replace(arm, regime=_answerable(arm.regime, world))
        for name, arm in settings.arms.items()
    }
    tune = settings.tune
    if tune is not None:
        regimes = {name: _answerable(each, world) for name, each in tune.regimes.items()}
        tune = replace(tune, regimes=regimes)
    return replace(settings, arms=arms, tune=tune)


def said_unanswered(settings: Settings) -> list[str]:
    """Refuse to be told what cannot be answered: it follows from the world."""
    return [
        f"arms.{name}.regime.unanswered={', '.join(arm.regime.unanswered)}: follows from the "
        "world; leave it out"
        for name, arm in settings.arms.items()
        if arm.regime.unanswered
    ]


def missing_today(arms: dict[str, Arm]) -> tuple[str, ...]:
    """Return the instruments of today's practice that some arm must do without."""
    return tuple(dict.fromkeys(name for arm in arms.values() for name in arm.regime.unanswered))


def _answerable(regime: Regime, world: AnyWorld) -> Regime:
    left = {name: each for name, each in regime.today.items() if _can_answer(each, world)}
    if len(left) == len(regime.today):
        return regime
    gone = tuple(name for name in regime.today if name not in left)
    return replace(regime, today=left, unanswered=gone)


def _can_answer(instrument: Instrument, world: AnyWorld) -> bool:
    """Whether somebody is there to answer, and the world holds what the answer is made of."""
    answer = [name for sector in instrument.providers for name in partners(world, sector)]
    ask = [name for sector in instrument.consumers for name in partners(world, sector)]
    if not any(set(answer) - {one} for one in ask):
        return False
    if not isinstance(world, StoredWorld):
        return BANK not in world.market.absent
    held = world.stored["answers"]
    return all(held[need] for need in NEEDS.get(Statistic(instrument.STATISTIC), ()))
