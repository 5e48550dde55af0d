"""The findings of an audit as a table for the terminal."""

from collections.abc import Sequence

from proeftuin.audit.finding import Finding
from proeftuin.commandline.listing import table

HEADER = (
    "arm", "attack", "position", "class", "partner", "measure", "value", "interval", "guessing",
    "ceiling", "theory", "",
)  # fmt: skip


def audit_table(findings: Sequence[Finding]) -> str:
    """Return an aligned table of findings with a remark on each."""
    rows = [
        (
            one.arm,
            one.attack,
            one.position,
            one.of,
            one.partner,
            one.measure,
            _number(one.value),
            "" if one.high is None else f"[{_number(one.low)}, {_number(one.high)}]",
            _number(one.trivial),
            _number(one.ceiling),
            _number(one.theory),
            f"  {verdict(one)}",
        )
        for one in findings
    ]
    return table(HEADER, rows, words=6)


def verdict(finding: Finding) -> str:
    """Return a remark on a finding; it never calls anything safe."""
    if finding.refutes:
        return "MORE THAN THEORY ALLOWS"
    if finding.attack == "try_all_numbers":
        return "on one core of this machine"
    if finding.attack == "canaries" and finding.value == 0:
        return "attack found nothing"
    if finding.trivial is not None and finding.low is not None and finding.low <= finding.trivial:
        return "no better than guessing, as far as measured"
    return ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
