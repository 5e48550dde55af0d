"""One line of an inspection: a number, the band it should lie in, and whether it does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proeftuin.inspection.statistics import Separation, worst

#: Subject of each group of checks, by the first letter of the id.
GROUPS = {
    "A": "how much fraud there is",
    "B": "amounts",
    "C": "rhythm",
    "D": "change over time",
    "E": "how hard it is to detect",
    "F": "what sharing can bring (information, not a target)",
    "G": "who pays whom",
    "H": "reports",
    "I": "stability between seeds",
    "K": "whether telling facts meet in fraud alone",
    "L": "leaks",
}


CHANCE_SIGMAS = 2.0  #: standard errors within which chance explains that a band is left


@dataclass(frozen=True)
class Check:
    """A measured number beside its band.

    Attributes:
        id: the criterion, e.g. ``B3`` or ``L4``; a criterion with several numbers has several
            checks.
        group: subject of the check, see ``GROUPS``.
        name: what is measured, in words.
        value: the number, NaN if it cannot be measured.
        low, high: the band, inclusive; None where it is open.
        passed: whether the value lies in the band, or chance may have brought it outside; None if
            the band does not apply.
        note: why the band does not apply, or another remark for the reader.
        weighed: whether fraud is weighed against chance, which takes some fraud.
    """

    id: str
    group: str
    name: str
    value: float
    low: float | None
    high: float | None
    passed: bool | None
    note: str
    weighed: bool = False


def judged(
    id: str,
    name: str,
    value: float,
    low: float | None,
    high: float | None,
    note: str = "",
    *,
    applies: bool = True,
) -> Check:
    """Compare a value with its band.

    Whether the band applies is the caller's knowledge of the settings; a value that cannot be
    measured although it applies (NaN) fails.
    """
    value = float(value)
    passed: bool | None = None
    if applies:
        passed = inside(value, low, high)
    if applies and math.isnan(value) and not note:
        note = "could not be measured"
    return Check(id, GROUPS[id[0]], name, value, low, high, passed, note)


def inside(value: float, low: float | None, high: float | None) -> bool:
    """Return whether a value lies in a band, ends included; NaN does not."""
    above, below = low is None or value >= low, high is None or value <= high
    return above and below and not math.isnan(value)


def excused(check: Check, sigma: float) -> Check:
    """Pass a check that fails by no more than chance explains: two standard errors of its value."""
    low, high = check.value - CHANCE_SIGMAS * sigma, check.value + CHANCE_SIGMAS * sigma
    overlaps = (check.low is None or high >= check.low) and (
        check.high is None or low <= check.high
    )
    if check.passed is not False or not overlaps:
        return check
    return replace(check, passed=True, note=f"chance alone gives {low:.3g} to {high:.3g}")


def skipped(
    id: str, name: str, note: str, low: float | None = None, high: float | None = None
) -> Check:
    """Return a check that does not apply, with the reason."""
    return judged(id, name, math.nan, low, high, note, applies=False)


def worst_of(
    id: str,
    name: str,
    findings: Sequence[Separation],
    low: float | None,
    high: float | None,
    middle: float = 0.5,
) -> Check:
    """Return the check of the worst finding that counts; the note says where it is.

    If chance explains them all, the check passes at the middle of its band.
    """
    found = worst(findings, middle)
    if found is None:
        note = f"chance explains all that differs, in {len(findings)} places"
        return replace(judged(id, name, middle, low, high, note), weighed=True)
    measured = sum(one.counts for one in findings)
    note = f"worst: {found.where}; {measured} of {len(findings)} can be told from chance"
    return replace(judged(id, name, found.value, low, high, note), weighed=True)
