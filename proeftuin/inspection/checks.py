"""One line of an inspection: a number, the band it should lie in, and whether it does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
        passed: whether the value lies in the band; None if the band does not apply.
        note: why the band does not apply, or another remark for the reader.
    """

    id: str
    group: str
    name: str
    value: float
    low: float | None
    high: float | None
    passed: bool | None
    note: str


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
    """Compare a value with its band; NaN neither passes nor fails."""
    value = float(value)
    passed: bool | None = None
    if applies and not math.isnan(value):
        passed = (low is None or value >= low) and (high is None or value <= high)
    if math.isnan(value) and not note:
        note = "too few rows to measure"
    return Check(id, GROUPS[id[0]], name, value, low, high, passed, note)


def skipped(
    id: str, name: str, note: str, low: float | None = None, high: float | None = None
) -> Check:
    """Return a check that does not apply, with the reason."""
    return judged(id, name, math.nan, low, high, note)


def worst_of(
    id: str,
    name: str,
    findings: Sequence[Separation],
    low: float | None,
    high: float | None,
    middle: float = 0.5,
) -> Check:
    """Return the check of the worst finding that counts; the note says where it is."""
    found = worst(findings, middle)
    if found is None:
        return judged(id, name, math.nan, low, high, "too little fraud to tell from chance")
    measured = sum(one.counts for one in findings)
    note = f"worst: {found.where}; {measured} of {len(findings)} can be told from chance"
    return judged(id, name, found.value, low, high, note)
