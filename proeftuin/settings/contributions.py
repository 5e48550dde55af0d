"""Checks of what a study shares out: the gain of an arm over its participants or kinds of facts."""

from proeftuin.sectors import BANK, DECIDING
from proeftuin.settings.instrument_use import listed
from proeftuin.settings.privacy import NoPrivacy
from proeftuin.settings.study import Contribution, Settings
from proeftuin.settings.worlds import partners


def check_contributions(settings: Settings) -> list[str]:
    """Return the problems, as ``key=value: why; what to write``."""
    problems, every = [], settings.study.contributions
    for place, one in enumerate(every):
        key = f"study.contributions.{place}"
        if one.arm not in settings.arms:
            problems.append(
                f"{key}.arm={one.arm}: no such arm; the arms are {listed(settings.arms)}"
            )
            continue
        alike = [e for e in every[:place] if e.players == one.players and one.players == "facts"]
        if alike or one in every[:place]:
            problems.append(
                f"{key}.players={one.players}: is shared out already; leave it out once"
            )
        if not isinstance(settings.arms[one.arm].privacy, NoPrivacy):
            problems.append(
                f"{key}.arm={one.arm}: learns privately, and every coalition would have to be "
                "charged; choose an arm with privacy=none"
            )
        if one.players == "facts":
            problems += [f"{key}.{problem}" for problem in _check_facts(one, settings)]
        elif not settings.arms[one.arm].regime.instruments:
            problems.append(
                f"{key}.arm={one.arm}: its regime has no instruments, so nobody tells anybody "
                "anything; choose an arm that has some"
            )
    return problems


def _check_facts(one: Contribution, settings: Settings) -> list[str]:
    """Kinds of facts are told apart for banks that pool, beyond what the baseline shares."""
    problems = []
    arm, base = settings.arms[one.arm], settings.arms.get(settings.study.baseline)
    if arm.regime.learning != "pooled":
        problems.append(
            f"arm={one.arm}: pools nothing, so there are no kinds of facts; choose an arm with "
            "regime=centre, or write players: instruments"
        )
    others = [name for name in DECIDING if name != BANK and partners(settings.world, name)]
    if others:
        problems.append(
            f"players=facts: kinds of facts are told apart for banks only, and {listed(others)} "
            "decide too; add them to world.market.absent"
        )
    same = base is not None and (base.regime.learning, base.regime.today, base.detector) == (
        "own",
        arm.regime.today,
        arm.detector,
    )
    if base is not None and not (same and not base.regime.instruments):
        problems.append(
            f"players=facts: study.baseline={settings.study.baseline} is not what {one.arm} is "
            "with no facts pooled; choose an arm with regime=today and the same detector"
        )
    return problems
