"""Words and numbers for the outcome of a check, alike on the terminal, in files and on the page."""

import math

from proeftuin.inspection.survey import Survey, Tally

PASS, FAIL, NEITHER = "pass", "FAIL", "n/a"


def verdict(check: Tally) -> str:
    """Say in words what came of a check: it fails if it fails in one world."""
    return FAIL if False in check.passed else PASS if True in check.passed else NEITHER


def tallied(check: Tally) -> dict[str, int]:
    """Return in how many worlds a check passed, failed and did not apply."""
    return {
        "passed": check.passed.count(True),
        "failed": check.passed.count(False),
        "not_applicable": check.passed.count(None),
    }


def band(check: Tally) -> str:
    """Write the band of a check as a reader would."""
    if check.low is None and check.high is None:
        return ""
    if check.low is None:
        return f"at most {figure_text(check.high)}"
    if check.high is None:
        return f"at least {figure_text(check.low)}"
    if check.low == check.high:
        return f"exactly {figure_text(check.low)}"
    return f"{figure_text(check.low)} to {figure_text(check.high)}"


def figure_text(value: float | None) -> str:
    """Write a number in three digits; a dash if there is none."""
    if value is None or math.isnan(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def counts(survey: Survey) -> str:
    """Say how many checks passed, failed and did not apply."""
    told = [verdict(check) for check in survey.checks]
    where = "" if len(survey.sheets) == 1 else " in at least one world"
    return (
        f"{told.count(PASS)} passed, {told.count(FAIL)} failed{where}, "
        f"{told.count(NEITHER)} not applicable"
    )
