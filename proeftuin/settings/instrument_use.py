"""Whether an instrument can work: its parts fit, and somebody is left to ask and to answer."""

from collections.abc import Iterable, Mapping

from proeftuin.instruments.base import LISTS, Everyone, Instrument, Statistic
from proeftuin.sectors import BANK, DECIDING

#: What can be acted upon without a detector: a list, or a yes about one moment.
ACTED_UPON = (*LISTS, Statistic.IN_CALL, Statistic.RECENT_CALL)


def check_instrument(
    key: str,
    name: str,
    instrument: Instrument,
    by_sector: Mapping[str, tuple[str, ...]],
    absent: tuple[str, ...],
) -> list[str]:
    """Return one sentence for everything about an instrument that makes no sense in this world."""
    problems = []
    if name != instrument.name:
        problems.append(
            f"{key}: holds the instrument {instrument.name}; its key must be its name, as in "
            f"+instrument@regime.instruments.{instrument.name}={instrument.name}"
        )
    if instrument.mechanism.name not in instrument.MECHANISMS:
        problems.append(
            f"{key}.mechanism.name={instrument.mechanism.name}: does not fit what is said; "
            f"use one of {listed(instrument.MECHANISMS)}"
        )
    problems += [f"{key}.{conflict}" for conflict in instrument.conflicts()]
    if instrument.acts and instrument.STATISTIC not in ACTED_UPON:
        problems.append(
            f"{key}.acts=true: only a list or a yes can be acted upon by itself; write false, and "
            "the detector uses what is told"
        )
    for role in ("providers", "consumers"):
        sectors = getattr(instrument, role)
        if not any(by_sector.values()):
            continue
        if not any(by_sector[sector] for sector in sectors if sector != BANK):
            if BANK in sectors:
                continue
            why = (
                f"take it out of world.market.absent={listed(absent)}"
                if set(sectors) & set(absent)
                else "import its tables too"
            )
            problems.append(
                f"{key}.{role}={listed(sectors)}: no such partner in this world; {why}, or leave "
                "the instrument out"
            )
    allowed = tuple(
        each for sector in (*instrument.providers, *instrument.consumers)
        for each in by_sector[sector]
    )  # fmt: skip
    return problems + check_names(f"{key}.partners", instrument.partners, allowed)


def check_both_sides(
    key: str, instrument: Instrument, by_sector: Mapping[str, tuple[str, ...]], chosen: set[str]
) -> list[str]:
    """Refuse an instrument for which nobody is left to ask, or nobody else to answer."""
    named = set[str]() if instrument.partners == "all" else set(instrument.partners)

    def left(sectors: Iterable[str]) -> set[str]:
        found = set[str]()
        for sector in sectors:
            names = set(by_sector[sector])
            found |= chosen & (names & named or names)
        return found

    answer, ask = left(instrument.providers), left(set(instrument.consumers) & DECIDING.keys())
    if not by_sector[BANK] or any(answer - {one} for one in ask):
        return []
    return [
        f"{key}: nobody is left who asks or, apart from the one that asks, who answers; name "
        f"partners of both sides in regime.coalition (providers {listed(instrument.providers)}, "
        f"consumers {listed(instrument.consumers)}), or leave the instrument out"
    ]


def check_names(key: str, names: Everyone | tuple[str, ...], known: tuple[str, ...]) -> list[str]:
    """Return one sentence for every name that is unknown, or given twice."""
    if names == "all" or not known:
        return []
    unknown = [
        f"{key}={name}: unknown; allowed are all or any of {listed(known)}"
        for name in names
        if name not in known
    ]
    return unknown or [
        f"{key}={name}: is named twice; name it once"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def listed(names: Iterable[object]) -> str:
    """Return names with commas between them."""
    return ", ".join(map(str, names))
