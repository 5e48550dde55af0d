"""Verdicts, bands and numbers as text, the same on the terminal, in files and on the page."""

import math

from proeftuin.inspection.survey import Survey, Tally

PASS, FAIL, NEITHER, INFORMATION = "pass", "FAIL", "n/a", "info"


def verdict(check: Tally) -> str:
    """Return the verdict on a check, which fails if it fails in any world.

    What sharing can bring (F) is information: no band judges it.
    """
    if check.id.startswith("F"):
        return INFORMATION
    return FAIL if False in check.passed else PASS if True in check.passed else NEITHER


def tallied(check: Tally) -> dict[str, int]:
    """Return the number of worlds in which a check passed, failed and did not apply."""
    return {
        "passed": check.passed.count(True),
        "failed": check.passed.count(False),
        "not_applicable": check.passed.count(None),
    }


def band(check: Tally) -> str:
    """Return the band of a check in words."""
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
    """Return a number in three digits, whole from 1,000 on; a dash for None and NaN."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def value_text(check: Tally) -> str:
    """Return the mean of a check, in more digits if three make a failing one look like its edge."""
    text = figure_text(check.mean)
    edges = {figure_text(edge) for edge in (check.low, check.high)}
    return f"{check.mean:.5g}" if verdict(check) == FAIL and text in edges else text


def counts(survey: Survey) -> str:
    """Return a sentence with the number of checks by verdict."""
    verdicts = [verdict(check) for check in survey.checks]
    where = "" if len(survey.sheets) == 1 else " in at least one world"
    return (
        f"{verdicts.count(PASS)} passed, {verdicts.count(FAIL)} failed{where}, "
        f"{verdicts.count(NEITHER)} not applicable, {verdicts.count(INFORMATION)} information"
    )
