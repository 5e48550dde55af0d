"""Alerts as work: what every form of sharing finds at a number of alerts a day, and who is hit.

The horizontal axis is alerts a day at the real rate of fraud, where nearly all of them are false,
so forms of sharing can be read at equal work, whatever the world's enrichment.
"""

import math
from collections.abc import Mapping

from proeftuin.metrics import AGE_GROUPS, BUDGETS, ORDERS, PAYEE_GROUPS
from proeftuin.report import findings
from proeftuin.report.appendix import partner_name
from proeftuin.report.arms import ReportedArm
from proeftuin.report.charts import Drawing
from proeftuin.report.curves import Curve, over_alerts
from proeftuin.report.figures import Figure, Scene
from proeftuin.report.results import Results
from proeftuin.report.tables import Cell, Table, level_cell, of_arms
from proeftuin.report.words import Words

FOUND, WORK = "curve_recall", "curve_alerts_per_day_real"
SPENT = (
    "alerts_per_day",
    "alerts_per_day_real",
    "national_alerts_per_day",
    "recall_at_real_budget",
    "average_precision_real",
    "recall_in_hindsight",
    "refused_rows",
    "held_payments",
    "accounts_frozen",
)
LEARNED = ("rows_learned", "reports_learned", "reports_validated", "rounds_learned")


def over_budgets(scene: Scene) -> Figure | None:
    """Fraud found over alerts a day in the country, one drawing per arm; None if not measured."""
    results, words = scene.results, scene.words
    scale = _country(results)
    if not results.measured(f"{FOUND}[1]"):
        return None
    axis = words("alerts.axis_town" if math.isnan(scale) else "alerts.axis")
    lines = {arm: _line(arm, results, scale) for arm in scene.arms}
    reference = next((line for arm, line in lines.items() if arm.key == results.baseline), None)
    drawings = [
        Drawing(
            arm.name,
            over_alerts(
                line,
                None if arm.key == results.baseline else reference,
                key=f"alerts-{number}",
                label=words("alerts.label", arm=arm.name),
                axis=axis,
                words=words,
            ),
        )
        for number, (arm, line) in enumerate(lines.items())
    ]
    return Figure(
        title=_title(scene, lines),
        about=words("alerts.about", **scene.basis),
        drawings=drawings,
        table=_table(scene, scale),
    )


def _country(results: Results) -> float:
    """Return how many times the alerts of a world the country has; NaN if none stands for it."""
    base = results.baseline
    town = results.get(base, "alerts_per_day_real").mean
    return results.get(base, "national_alerts_per_day").mean / town if town else math.nan


def _line(arm: ReportedArm, results: Results, scale: float) -> Curve:
    found = [results.get(arm.key, f"{FOUND}[{times:g}]") for times in BUDGETS]
    times_work = 1.0 if math.isnan(scale) else scale
    work = [results.get(arm.key, f"{WORK}[{times:g}]").mean * times_work for times in BUDGETS]
    return Curve(
        places=work,
        mean=[100 * each.mean for each in found],
        low=[100 * (each.mean if math.isnan(each.low) else each.low) for each in found],
        high=[100 * (each.mean if math.isnan(each.high) else each.high) for each in found],
        style=arm.style,
    )


def _title(scene: Scene, lines: Mapping[ReportedArm, Curve]) -> str:
    """Say which form finds most at the least and at the most work."""
    words = scene.words
    few, many = (_most({arm: line.mean[at] for arm, line in lines.items()}) for at in (0, -1))
    key = "alerts.title_one" if few is many else "alerts.title"
    return words(key, few=words.quoted([few.name]), many=words.quoted([many.name]))


def _most(values: Mapping[ReportedArm, float]) -> ReportedArm:
    return max(values, key=values.__getitem__)


def _table(scene: Scene, scale: float) -> Table:
    """The numbers of the chart: by budget, alerts a day and what every arm finds."""
    results, words = scene.results, scene.words
    largest = max(scene.bank_shares, key=lambda bank: scene.bank_shares[bank])
    scales = [1.0] if math.isnan(scale) else [1.0, scale]
    rows = []
    for times in BUDGETS:
        spent = f"{WORK}[{times:g}]"
        town = results.get(results.baseline, spent).mean
        own = results.get(results.baseline, spent, largest).mean
        found = f"{FOUND}[{times:g}]"
        rows.append(
            [
                Cell(words("alerts.times", times=words.plain(times))),
                *(
                    Cell(words.measure("national_alerts_per_day", each), muted=math.isnan(each))
                    for each in (
                        desks * times_work for times_work in scales for desks in (town, own)
                    )
                ),
                *(level_cell(found, results.get(arm.key, found), words) for arm in scene.arms),
            ]
        )
    columns = [
        words("alerts.budget"),
        *(
            name
            for place, _ in zip(("alerts.town", "alerts.country"), scales, strict=False)
            for name in (words(place), words("alerts.largest", bank=partner_name(largest, words)))
        ),
        *(arm.name for arm in scene.arms),
    ]
    return Table(words("alerts.caption"), [Cell(each) for each in columns], rows)


def work(results: Results, arms: list[ReportedArm], words: Words) -> Table | None:
    """Alerts, refusals, holds and freezes of every arm, and what alerts find at real rates."""
    metrics = [metric for metric in SPENT if results.measured(metric)]
    if not metrics:
        return None
    labels = {metric: words(f"metrics.{metric}.name") for metric in metrics}
    return of_arms("alerts.work", labels, results, arms, words)


def burdens(results: Results, arms: list[ReportedArm], words: Words) -> list[Table]:
    """Who is hit: rates of honest payments acted on, by age of payer and payee, and by order."""
    ages = {group: findings.age_label(group) for group in AGE_GROUPS}
    payees = {group: ages.get(group, words("burden.firm")) for group in PAYEE_GROUPS}
    orders = {order: words(f"burden.order.{order}") for order in ORDERS}
    tables = (
        ("payers", "false_positive_rate", ages),
        ("payees", "false_positive_rate_payee", payees),
        ("payees_ratio", "predictive_equality_payee", payees),
        ("orders", "false_positive_rate_order", orders),
    )
    found = []
    for key, metric, groups in tables:
        labels = {f"{metric}[{group}]": label for group, label in groups.items()}
        if any(results.measured(name) for name in labels):
            found.append(of_arms(f"burden.{key}", labels, results, arms, words))
    return found


def burden(scene: Scene) -> str:
    """Return whose honest payments are acted on most, on both sides; empty if not measured."""
    results, words = scene.results, scene.words
    arm = scene.headline.focus or next(
        (each for each in scene.arms if each.key == results.baseline), None
    )
    if arm is None:
        return ""
    sides = {}
    for side, groups in (("", AGE_GROUPS), ("_payee", AGE_GROUPS)):
        ratios = {g: results.get(arm.key, f"predictive_equality{side}[{g}]").mean for g in groups}
        known = {group: ratio for group, ratio in ratios.items() if math.isfinite(ratio)}
        if not known:
            return ""
        most = max(known, key=known.__getitem__)
        name = f"predictive_equality{side}"
        sides[side] = (findings.age_label(most), words.measure(f"{name}[{most}]", known[most]))
    again = results.get(arm.key, "people_stopped_again").mean
    return words(
        "burden.summary",
        arm=arm.name,
        payers=sides[""][0],
        payers_ratio=sides[""][1],
        payees=sides["_payee"][0],
        payees_ratio=sides["_payee"][1],
        people=words.measure("people_stopped", results.get(arm.key, "people_stopped").mean),
        again=words.measure("people_stopped_again", again),
        frozen=words.measure("wrongly_frozen", results.get(arm.key, "wrongly_frozen").mean),
        days=words.measure("wrongly_frozen_days", results.get(arm.key, "wrongly_frozen_days").mean),
    )


def learned(scene: Scene, partners: list[str]) -> Table | None:
    """Rows, reports and rounds that each partner's detector learned from, by arm."""
    results, words = scene.results, scene.words
    rows: list[list[Cell]] = []
    sections: dict[int, str] = {}
    for arm in scene.arms:
        first = len(rows)
        for partner in partners:
            known = [results.get(arm.key, metric, partner) for metric in LEARNED]
            if all(math.isnan(one.mean) for one in known):
                continue
            cells = [level_cell(m, one, words) for m, one in zip(LEARNED, known, strict=True)]
            rows.append([Cell(partner_name(partner, words)), *cells])
        if len(rows) > first:
            sections[first] = arm.name
    if not rows:
        return None
    columns = [words("partners.partner"), *(words(f"metrics.{each}.name") for each in LEARNED)]
    caption = words("alerts.learned")
    return Table(caption, [Cell(each) for each in columns], rows, sections=sections)
