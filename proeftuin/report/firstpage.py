"""What the first page shows under the answer.

Every form of sharing by verdict, the best per fraud form, what waits for a law, what is not known.
"""

import math
from dataclasses import dataclass

from proeftuin.outcomes.comparison import VERDICTS
from proeftuin.report import legal
from proeftuin.report.appendix import capital, form_name
from proeftuin.report.arms import ReportedArm
from proeftuin.report.findings import candidates, shown_to_help
from proeftuin.report.results import Results
from proeftuin.report.tables import Cell, Table, change_interval, level_cell, uplift_cell
from proeftuin.report.words import Words

#: Columns of the overview beside the leading outcome: the first of each pair that was measured.
SAVED = ("national_stopped_eur", "stopped_share")
SPARED = ("national_victims_spared", "victims_spared_share")
BOTHERED = ("people_stopped_per_fraud", "false_alarms_per_10k")


@dataclass(frozen=True)
class Waiting:
    """Forms of sharing by legal status, and what those that need a law would add."""

    table: Table
    gap: str


def overview(results: Results, arms: list[ReportedArm], words: Words) -> Table:
    """Return the forms of sharing by verdict, with savings, costs and legal status."""
    besides = SPARED if results.lead == SAVED[-1] else SAVED
    secondary, bothered = _measured(besides, results), _measured(BOTHERED, results)
    by_verdict: dict[str, list[ReportedArm]] = {"baseline": []}
    for arm in sorted(
        arms, key=lambda arm: -_or(results.get(arm.key, results.lead).uplift, -math.inf)
    ):
        baseline = arm.key == results.baseline
        verdict: str = "baseline" if baseline else results.get(arm.key, results.lead).verdict
        by_verdict.setdefault(verdict, []).append(arm)
    rows: list[list[Cell]] = []
    sections: dict[int, str] = {}
    for verdict in (*VERDICTS, "baseline"):
        if of_verdict := by_verdict.get(verdict):
            margin = results.get(of_verdict[0].key, results.lead).margin
            sections[len(rows)] = words(
                f"overview.verdict.{verdict}",
                margin=words.change(results.lead, margin, signed=False),
            )
        for arm in by_verdict.get(verdict, []):
            persons = results.get(arm.key, "persons_disclosed").mean
            rows.append(
                [
                    Cell(arm.name),
                    *(
                        Cell(words("overview.reference"), muted=True)
                        if verdict == "baseline"
                        else uplift_cell(metric, results.get(arm.key, metric), words)
                        for metric in (results.lead, secondary)
                    ),
                    level_cell(bothered, results.get(arm.key, bothered), words),
                    Cell(
                        words.measure("persons_disclosed", persons),
                        muted=not math.isfinite(persons),
                    ),
                    Cell(words(f"law.status.{legal.status(arm)}")),
                ]
            )
    columns = [
        words("arm"),
        *(
            words(
                f"overview.{key}",
                name=words(f"metrics.{metric}.name"),
                unit=words.change_unit(metric),
            )
            for key, metric in (("beyond", results.lead), ("secondary", secondary))
        ),
        words("overview.level", name=words(f"metrics.{bothered}.name")),
        words("metrics.persons_disclosed.name"),
        words("overview.law"),
    ]
    return Table(
        words("overview.caption"), [Cell(each) for each in columns], rows,
        text=(0, 5), sections=sections,
    )  # fmt: skip


def _measured(pair: tuple[str, str], results: Results) -> str:
    return next((metric for metric in pair if results.measured(metric)), pair[-1])


def best_by_form(forms: dict[str, Results], arms: list[ReportedArm], words: Words) -> Table:
    """Return, per fraud form, the form of sharing with the largest uplift that is shown."""
    rows = []
    for form, results in forms.items():
        name = Cell(capital(form_name(form, words)))
        ranked = shown_to_help(results, candidates(results, arms))
        if not ranked:
            rows.append([name, Cell(words("by_form.none"), muted=True), Cell(""), Cell("")])
            continue
        best = ranked[0]
        estimate, against = (
            results.get(best.key, results.lead),
            results.against(best.key, results.lead),
        )
        ties = [
            arm for arm in candidates(results, arms)
            if arm != best and against[arm.key].verdict != "less"
        ]  # fmt: skip
        rows.append(
            [
                name,
                Cell(best.name),
                Cell(
                    words.change(results.lead, estimate.uplift),
                    (change_interval(results.lead, estimate, words),),
                ),
                Cell(words.number(len(ties), 0) if ties else words("by_form.no_ties")),
            ]
        )
    keys = ("form", "best", "gain", "ties")
    columns = [Cell(words(f"by_form.columns.{key}")) for key in keys]
    return Table(words("by_form.best_caption"), columns, rows, text=(0, 1))


def by_form(forms: dict[str, Results], arms: list[ReportedArm], words: Words) -> Table:
    """Return the uplift of every form of sharing against every fraud form."""
    some = next(iter(forms.values()))
    rows = [
        [Cell(arm.name)]
        + [
            uplift_cell(results.lead, results.get(arm.key, results.lead), words)
            for results in forms.values()
        ]
        for arm in arms
        if arm.key != some.baseline
    ]
    columns = [Cell(words("arm")), *(Cell(capital(form_name(form, words))) for form in forms)]
    return Table(words("by_form.caption"), columns, rows)


def waiting(results: Results, arms: list[ReportedArm], words: Words) -> Waiting | None:
    """Return what is possible now, what needs which law, and what those laws would add."""
    by_status: dict[str, list[ReportedArm]] = {}
    for arm in candidates(results, arms):
        by_status.setdefault(legal.status(arm), []).append(arm)
    if not by_status:
        return None
    rows = []
    for status in (*legal.STATUSES, legal.NO_CARD):
        members = by_status.get(status, [])
        if not members:
            continue
        best = shown_to_help(results, members)
        most = Cell(words("waiting.none"), muted=True)
        if best:
            estimate = results.get(best[0].key, results.lead)
            most = Cell(
                words("waiting.most", arm=best[0].name),
                (change_interval(results.lead, estimate, words),),
            )
        names = words.listing([arm.name for arm in members])
        rows.append([Cell(words(f"law.status.{status}")), Cell(names), most])
    columns = [Cell(words(f"waiting.columns.{key}")) for key in ("status", "arms", "most")]
    table = Table(words("waiting.caption"), columns, rows, text=(0, 1, 2))
    now = by_status.pop(legal.STATUSES[0].value, [])
    later = [arm for members in by_status.values() for arm in members]
    return Waiting(table, _gap(now, later, results, words))


def _gap(now: list[ReportedArm], later: list[ReportedArm], results: Results, words: Words) -> str:
    """Return what the best form that needs a law is shown to add to the best form possible now."""
    today, tomorrow = shown_to_help(results, now), shown_to_help(results, later)
    if not tomorrow:
        return words("waiting.nothing_waits")
    if not now:
        return words("waiting.nothing_now")
    if not today:
        return words("waiting.not_now")
    gap = results.against(today[0].key, results.lead)[tomorrow[0].key]
    key = "gap" if gap.verdict == "more" else "no_gap"
    interval = words.change_interval(
        results.lead, gap.uplift_low, gap.uplift_high, signed=key != "gap"
    )
    return words(f"waiting.{key}", later=tomorrow[0].name, now=today[0].name, interval=interval)


def undecided(results: Results, arms: list[ReportedArm], words: Words) -> list[str]:
    """Return which differences the worlds leave open, and which effects they exclude."""
    sentences, no_test = [], []
    for arm in arms:
        estimate = results.get(arm.key, results.lead)
        if arm.key == results.baseline:
            continue
        if estimate.verdict == "unknown":
            no_test.append(arm.name)
        elif estimate.verdict == "undecided":
            low, high = (
                words.change(results.lead, abs(end), signed=False)
                for end in (estimate.uplift_low, estimate.uplift_high)
            )
            sentences.append(words("undecided.excluded", arm=arm.name, low=low, high=high))
    if no_test:
        sentences.append(words("undecided.no_test", arms=words.quoted(no_test)))
    return sentences


def _or(value: float, other: float) -> float:
    return value if math.isfinite(value) else other
