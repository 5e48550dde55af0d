"""Necessity: every form of sharing compared with every arm that shares nothing."""

from proeftuin.report.arms import ReportedArm
from proeftuin.report.results import Results
from proeftuin.report.tables import Cell, Table, uplift_cell
from proeftuin.report.words import Words


def compared(results: Results, arms: list[ReportedArm], words: Words) -> Table | None:
    """Return the uplift of sharing arms over arms that share nothing; None with too few arms."""
    alone = [arm for arm in arms if arm.shares_nothing]
    sharing = [arm for arm in arms if not arm.shares_nothing]
    if len(alone) < 2 or not sharing:
        return None
    against = {arm.key: results.against(arm.key, results.lead) for arm in alone}
    rows = [
        [Cell(arm.name)]
        + [uplift_cell(results.lead, against[base.key][arm.key], words)
           if arm.key in against[base.key] else Cell(words("undetermined"), muted=True)
           for base in alone]
        for arm in sharing
    ]  # fmt: skip
    columns = [Cell(words("arm")), *(Cell(words("necessity.than", arm=arm.name)) for arm in alone)]
    return Table(words("necessity.caption"), columns, rows)
