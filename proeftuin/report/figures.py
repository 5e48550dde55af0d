"""The figures of the report: a finding, how it was measured, the drawing and its numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from proeftuin.metrics import AGE_GROUPS, ALL
from proeftuin.outcomes.intervals import FEWEST_WORLDS
from proeftuin.outcomes.value import mean_interval
from proeftuin.report import charts, findings, tables
from proeftuin.report.appendix import partner_name
from proeftuin.report.arms import ReportedArm
from proeftuin.report.charts import Drawing, Mark
from proeftuin.report.curves import Curve, curve
from proeftuin.report.findings import Headline
from proeftuin.report.results import Estimate, Results
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words


@dataclass(frozen=True)
class Figure:
    """A figure of the page.

    Attributes:
        title: the finding, in words.
        about: what was measured and how, with interval and number of worlds.
        drawings: one SVG, or several to stand side by side.
        table: the same numbers.
    """

    title: str
    about: str
    drawings: Sequence[Drawing]
    table: Table


@dataclass(frozen=True)
class Scene:
    """The inputs of every figure."""

    results: Results
    arms: list[ReportedArm]
    headline: Headline
    bank_shares: dict[str, float]
    words: Words

    @property
    def compared(self) -> list[ReportedArm]:
        """All arms but the baseline."""
        return [arm for arm in self.arms if arm.key != self.results.baseline]

    @property
    def basis(self) -> dict[str, str]:
        """Number of worlds, and whether they give an interval, for the text under a title."""
        number = len(self.results.seeds)
        terms = {
            "confidence": self.words.percent(self.results.confidence),
            "worlds": self.words.count("worlds", number),
            "fewest": self.words.number(FEWEST_WORLDS, 0),
        }
        key = "with_interval" if number >= FEWEST_WORLDS else "without_interval"
        if self.results.within_one:
            key = "within_one_world"
        return {"worlds": terms["worlds"], "spread": self.words(key, **terms)}


def tradeoff(scene: Scene) -> Figure:
    """Value against privacy cost, arms in descending order of uplift."""
    results, words = scene.results, scene.words
    ranked = sorted(
        scene.compared,
        key=lambda arm: -_or(results.get(arm.key, results.lead).uplift, -math.inf),
    )
    value, cost = [], []
    for arm in ranked:
        estimate = results.get(arm.key, results.lead)
        mark = _uplift_mark(arm, arm.name, results.lead, estimate, words)
        note = tables.change_interval(results.lead, estimate, words)
        note = "; ".join([note, *tables.verdict_remark(results.lead, estimate, words)])
        value.append(replace(mark, text=words.change(results.lead, estimate.uplift), note=note))
        cost.append(_cost_mark(arm, results, words))
    drawings = [
        Drawing(
            words(f"tradeoff.{key}"),
            charts.dots(
                marks,
                key=key,
                label=words(f"tradeoff.label_{key}"),
                axis=words(f"tradeoff.axis_{key}"),
                zero=zero,
                bounds=charts.extent(marks),
                words=words,
                notes=charts.note_lines([*value, *cost]),
            ),
        )
        for key, marks, zero in (("value", value, words("tradeoff.zero")), ("cost", cost, ""))
        if marks
    ]
    return Figure(
        title=findings.tradeoff(results, scene.arms, words),
        about=words("tradeoff.about", **scene.basis),
        drawings=drawings,
        table=tables.value_and_cost(results, ranked, results.lead, words),
    )


def gains(scene: Scene) -> Figure:
    """Uplift per bank, the largest bank first, one drawing per arm."""
    results, words = scene.results, scene.words
    metric = "recall_at_budget"
    banks = sorted(scene.bank_shares, key=lambda bank: -scene.bank_shares[bank])
    labels = {
        bank: words(
            "gains.share",
            bank=partner_name(bank, words),
            share=words.percent(scene.bank_shares[bank]),
        )
        for bank in banks
    }
    panels: dict[ReportedArm, list[Mark]] = {}
    for arm in scene.compared:
        panels[arm] = [
            _uplift_mark(
                arm,
                labels[bank]
                if bank in arm.coalition
                else words("gains.outside", bank=labels[bank]),
                metric,
                results.get(arm.key, metric, bank),
                words,
            )
            for bank in banks
        ]
    return Figure(
        title=findings.who_gains(scene.headline.focus, metric, banks, results, words),
        about=words("gains.about", metric=words(f"metrics.{metric}.name"), **scene.basis),
        drawings=_panels(panels, "gains", zero=words("tradeoff.zero"), words=words),
        table=tables.per_partner(metric, labels, results, scene.compared, words),
    )


def harm(scene: Scene) -> Figure | None:
    """False alarms by age group, one drawing per arm beside the baseline; None without ages."""
    results, words = scene.results, scene.words
    groups = {group: findings.age_label(group) for group in AGE_GROUPS}
    panels: dict[ReportedArm, list[Mark]] = {}
    for arm in scene.compared or scene.arms:
        panels[arm] = []
        for group, label in groups.items():
            metric = f"false_alarms_per_10k[{group}]"
            estimate = results.get(arm.key, metric)
            panels[arm].append(
                Mark(
                    label=label,
                    text=words.measure(metric, estimate.mean),
                    value=estimate.mean,
                    low=estimate.low,
                    high=estimate.high,
                    style=arm.style,
                    reference=results.get(results.baseline, metric).mean,
                )
            )
    if not any(math.isfinite(mark.value) for marks in panels.values() for mark in marks):
        return None
    return Figure(
        title=findings.harm(scene.headline.focus, results, words),
        about=words("harm.about", **scene.basis),
        drawings=_panels(panels, "harm", zero="", words=words),
        table=tables.per_group(groups, results, scene.arms, words),
    )


def learning(scene: Scene, measured: pd.DataFrame) -> Figure | None:
    """Validation loss by training round, or None if no arm recorded it."""
    words = scene.words
    measured = measured[measured["metric"] == "validation_loss"]
    lines = {}
    for arm in scene.arms:
        line = _curve(arm, measured[measured["arm"] == arm.key], scene.results.confidence)
        if line is not None:
            lines[arm] = line
    if not lines:
        return None
    ends = [end for line in lines.values() for end in (*line.low, *line.high)]
    drawings = [
        Drawing(
            arm.name,
            curve(
                line,
                key=f"curve-{number}",
                label=words("made.curves_label", arm=arm.name),
                axis=words("made.curves_x"),
                bounds=(min(ends), max(ends)),
                words=words,
            ),
        )
        for number, (arm, line) in enumerate(lines.items())
    ]
    lowest = {
        arm: min(range(len(line.mean)), key=line.mean.__getitem__) for arm, line in lines.items()
    }
    early = sum(place < len(lines[arm].mean) - 1 for arm, place in lowest.items())
    rows = [
        [
            Cell(arm.name),
            Cell(words.significant(line.mean[0])),
            Cell(words.significant(line.mean[lowest[arm]])),
            Cell(words.plain(line.places[lowest[arm]])),
            Cell(words.significant(line.mean[-1])),
        ]
        for arm, line in lines.items()
    ]
    keys = ("curves_first", "curves_lowest", "curves_lowest_round", "curves_last")
    columns = [Cell(words("arm")), *(Cell(words(f"made.{key}")) for key in keys)]
    return Figure(
        title=words(
            "made.curves_title", part=words.number(early, 0), whole=words.number(len(lines), 0)
        ),
        about=words("made.curves_about", **scene.basis),
        drawings=drawings,
        table=Table(words("made.curves_caption"), columns, rows),
    )


def _curve(arm: ReportedArm, measured: pd.DataFrame, confidence: float) -> Curve | None:
    """Mean over partners per world, then mean and interval over worlds, by round."""
    losses = measured[(measured["metric"] == "validation_loss") & (measured["partner"] != ALL)]
    if losses.empty:
        losses = measured[measured["metric"] == "validation_loss"]
    wide = losses.pivot_table(index="round", columns=["seed", "partner"], values="value").dropna()
    if wide.empty:
        return None
    per_world = wide.T.groupby("seed").mean().T
    interval = mean_interval(per_world, confidence)
    mean = interval["mean"]
    return Curve(
        places=wide.index.astype(float).tolist(),
        mean=mean.tolist(),
        low=interval["low"].fillna(mean).tolist(),
        high=interval["high"].fillna(mean).tolist(),
        style=arm.style,
    )


def _panels(
    panels: dict[ReportedArm, list[Mark]], key: str, *, zero: str, words: Words
) -> list[Drawing]:
    bounds = charts.extent([mark for marks in panels.values() for mark in marks])
    return [
        Drawing(
            arm.name,
            charts.dots(
                marks,
                key=f"{key}-{number}",
                label=words(f"{key}.label", arm=arm.name),
                axis=words(f"{key}.axis"),
                zero=zero,
                bounds=bounds,
                words=words,
            ),
        )
        for number, (arm, marks) in enumerate(panels.items())
    ]


def _uplift_mark(
    arm: ReportedArm, label: str, metric: str, estimate: Estimate, words: Words
) -> Mark:
    """A row of uplift; shares in percentage points."""
    text = words.change(metric, estimate.uplift)
    if estimate.remark:
        remark = tables.verdict_remark(metric, estimate, words) or [words(estimate.remark)]
        text += f" ({remark[0]})"
    return Mark(
        label=label,
        text=text,
        value=100 * estimate.uplift,
        low=100 * estimate.uplift_low,
        high=100 * estimate.uplift_high,
        style=arm.style,
    )


def _cost_mark(arm: ReportedArm, results: Results, words: Words) -> Mark:
    """A row of privacy cost: people as a line from 0, disclosures and guarantee as its note."""
    persons = results.get(arm.key, "persons_disclosed").mean
    text = words.measure("persons_disclosed", persons)
    return Mark(
        label=arm.name,
        text=words("privacy.people", n=text) if math.isfinite(persons) else text,
        value=persons,
        low=0.0 if math.isfinite(persons) else math.nan,
        high=persons,
        style=arm.style,
        note=findings.what_leaves(arm, results, words),
    )


def _or(value: float, other: float) -> float:
    return value if math.isfinite(value) else other
