"""Stability between seeds (I): the same numbers in several worlds of the same settings."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from proeftuin.inspection.checks import Check, judged, skipped

MOST_RATIO = 3.0
#: Maximum coefficient of variation of a figure, and of the recall by form (E6), from few frauds.
MOST_VARIATION, MOST_VARIATION_BY_FORM = 0.15, 0.30
WORLDS = 5  #: worlds that band I2 is about
ABOVE = "ABCDEFGH"  #: groups whose figures I2 compares
BY_FORM = "E6"


def variation(values: Sequence[float]) -> float:
    """Return the coefficient of variation: sample standard deviation over the absolute mean.

    NaN for fewer than two values, for a missing or infinite one and for a mean of 0.
    """
    if len(values) < 2 or not np.isfinite(values).all() or not np.mean(values):
        return math.nan
    return float(np.std(values, ddof=1) / abs(np.mean(values)))


def stability(
    checks: Sequence[Sequence[Check]], behaviours: Sequence[Mapping[str, float]]
) -> list[Check]:
    """Return I1 and I2.

    Args:
        checks: the checks of every world.
        behaviours: the figures of :func:`network.behaviour` for every world.
    """
    return [*_ratios(behaviours), *_variations(checks)]


def _ratios(behaviours: Sequence[Mapping[str, float]]) -> list[Check]:
    """I1: no behaviour differs threefold between worlds."""
    found = []
    for name in behaviours[0]:
        values = [one[name] for one in behaviours]
        low, high = min(values), max(values)
        title = f"highest over lowest between worlds: {name}"
        if len(values) < 2:
            found.append(skipped("I1", title, _needs(len(values)), None, MOST_RATIO))
            continue
        note = f"{low:.3g} to {high:.3g}" + ("" if low > 0 else "; no ratio to 0 or less")
        ratio = high / low if low > 0 else math.inf
        found.append(judged("I1", title, ratio, None, MOST_RATIO, note))
    return found


def _variations(checks: Sequence[Sequence[Check]]) -> list[Check]:
    """I2: no figure of groups A to H varies much."""
    figures: dict[tuple[str, str], list[float]] = {}
    for world in checks:
        for check in world:
            if check.id[0] in ABOVE:
                figures.setdefault((check.id, check.name), []).append(check.value)
    by_form = {key: values for key, values in figures.items() if key[0] == BY_FORM}
    others = {key: values for key, values in figures.items() if key[0] != BY_FORM}
    return [
        _largest("a figure of A to H", others, MOST_VARIATION, len(checks)),
        _largest("a recall by form", by_form, MOST_VARIATION_BY_FORM, len(checks)),
    ]


def _largest(
    what: str, figures: Mapping[tuple[str, str], list[float]], most: float, worlds: int
) -> Check:
    name = f"largest coefficient of variation of {what}"
    if worlds < WORLDS:
        return skipped("I2", name, _needs(worlds), None, most)
    known = {
        key: value
        for key, values in figures.items()
        if len(values) == worlds and not math.isnan(value := variation(values))
    }
    if not known:
        return skipped("I2", name, "no figure was measured in every world", None, most)
    worst = max(known, key=lambda key: known[key])
    beyond = sum(value > most for value in known.values())
    note = (
        f"{' '.join(worst)}; {beyond} of {len(known)} figures vary more than {most:g}, "
        f"{len(figures) - len(known)} more were not measured in every world, or are 0"
    )
    return judged("I2", name, known[worst], None, most, note)


def _needs(worlds: int) -> str:
    return f"needs worlds of {WORLDS} seeds, {worlds} given: repetitions={WORLDS}"
