"""The tables of the report, as data; the template draws them all alike."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proeftuin.metrics import STOP_PHASES
from proeftuin.report.arms import ReportedArm, epsilon_text
from proeftuin.report.findings import retained_interval
from proeftuin.report.results import Estimate, Results
from proeftuin.report.words import Words

NATIONAL = ("national_stopped_eur", "national_victims_spared", "national_journeys_stopped")
#: What is saved and found, side by side.
BETTER_HIGH = (
    "victims_spared_share",
    "stopped_share",
    "stopped_share_per_case",
    "recall_at_budget",
    "average_precision",
)
INNOCENTS = (
    "people_stopped_per_fraud",
    "people_called_per_fraud",
    "people_delayed_per_fraud",
    "wrong_listings_per_fraud",
    "wrong_listing_days",
    "wrong_reports_felt_elsewhere",
    "wrong_report_partners",
    "persons_disclosed_per_fraud",
)


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: the content.
        details: lines under it: the interval, a remark.
        lang: its language, if not the report's.
        muted: whether its value is unknown or its difference not shown.
        repeated: whether it equals the cell above it.
    """

    text: str
    details: tuple[str, ...] = ()
    lang: str | None = None
    muted: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of every row is its header.

    Attributes:
        groups: headings above the columns with the number of columns each spans, or empty.
        text: columns that hold words; the others hold numbers.
        sections: headings between the rows, by the index of the row that follows.
    """

    caption: str
    columns: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    groups: Sequence[tuple[str, int]] = ()
    text: Sequence[int] = (0,)
    sections: Mapping[int, str] = field(default_factory=dict)


def level_cell(metric: str, estimate: Estimate, words: Words) -> Cell:
    """Mean and interval of one outcome."""
    if math.isnan(estimate.mean):
        return Cell(words("undetermined"), muted=True)
    interval = words.interval(metric, estimate.low, estimate.high)
    details = (interval, *_partly(estimate.seeds, estimate, words))
    return Cell(words.measure(metric, estimate.mean), details)


def uplift_cell(metric: str, estimate: Estimate, words: Words) -> Cell:
    """Difference from the baseline; muted, with a remark, where it is not shown."""
    if math.isnan(estimate.uplift):
        return Cell(words("undetermined"), muted=True)
    details = [change_interval(metric, estimate, words)]
    details += verdict_remark(metric, estimate, words)
    details += _partly(estimate.pairs, estimate, words)
    muted = estimate.verdict not in ("more", "less")
    return Cell(words.change(metric, estimate.uplift), tuple(details), muted=muted)


def verdict_remark(metric: str, estimate: Estimate, words: Words) -> list[str]:
    """Return the verdict on a difference that is neither more nor less, with its margin."""
    if estimate.verdict not in ("no_relevant_difference", "undecided"):
        return []
    margin = words.change(metric, estimate.margin, signed=False)
    return [words(f"verdicts.{estimate.verdict}", margin=margin, unit=words.change_unit(metric))]


def change_interval(metric: str, estimate: Estimate, words: Words) -> str:
    """The interval of a difference, or why there is none."""
    if estimate.remark == "no_spread":
        return words("no_spread")
    return words.change_interval(metric, estimate.uplift_low, estimate.uplift_high)


def _partly(seeds: int, estimate: Estimate, words: Words) -> list[str]:
    """Return a remark where a number rests on some of the worlds only."""
    if seeds >= estimate.worlds:
        return []
    return [words("partly", part=words.number(seeds, 0), whole=words.number(estimate.worlds, 0))]


def retained_cell(estimate: Estimate, ceiling: Estimate, words: Words) -> Cell:
    """Retained value with its interval, where the ceiling is shown to gain."""
    if math.isnan(estimate.retained) or ceiling.verdict != "more":
        return Cell(words("undetermined"), muted=True)
    interval = () if estimate.retained == 1 else (retained_interval(estimate, words),)
    return Cell(words.number(100 * estimate.retained, 0) + "%", interval)


def levels(results: Results, arms: list[ReportedArm], words: Words) -> Table:
    """The arms side by side: outcomes and costs."""
    metrics = (*BETTER_HIGH, "precision_real", "false_alarms_per_10k")
    found = metrics.index("recall_at_budget")
    rows = []
    for arm in arms:
        cells = [level_cell(metric, results.get(arm.key, metric), words) for metric in metrics]
        cells[found] = _with_ceiling(cells[found], results.get(arm.key, "recall_ceiling"), words)
        rows.append([Cell(arm.name), *cells, *_costs(arm, results, words)])
    costs = ("epsilon", "persons_disclosed", "bytes_moved")
    columns = [words("arm"), *(words(f"metrics.{metric}.name") for metric in (*metrics, *costs))]
    return Table(words("levels.caption"), [Cell(column) for column in columns], rows)


def _with_ceiling(cell: Cell, ceiling: Estimate, words: Words) -> Cell:
    """Add what a perfect detector would reach under the same budget."""
    if math.isnan(ceiling.mean) or cell.muted:
        return cell
    most = words("levels.at_most", ceiling=words.measure("recall_ceiling", ceiling.mean))
    return Cell(cell.text, (*cell.details, most))


def _costs(arm: ReportedArm, results: Results, words: Words) -> list[Cell]:
    persons = results.get(arm.key, "persons_disclosed").mean
    size = results.get(arm.key, "bytes_moved").mean
    return [
        Cell(epsilon_text(arm, results.epsilon(arm.key), words)),
        Cell(words.measure("persons_disclosed", persons), muted=math.isnan(persons)),
        Cell(words.data_size(size), muted=math.isnan(size)),
    ]


def uplifts(results: Results, arms: list[ReportedArm], words: Words) -> Table:
    """Uplift of each arm over the baseline, and the share of the ceiling's gain that it retains."""
    metrics, alarms = BETTER_HIGH, "false_alarms_per_10k"
    rows = []
    for arm in arms:
        if arm.key == results.baseline:
            continue
        row = [Cell(arm.name)]
        for metric in metrics:
            estimate = results.get(arm.key, metric)
            row.append(uplift_cell(metric, estimate, words))
            row.append(retained_cell(estimate, results.get(results.ceiling, metric), words))
        rows.append([*row, uplift_cell(alarms, results.get(arm.key, alarms), words)])
    pair = [Cell(words("uplifts.added")), Cell(words("uplifts.retained"))]
    return Table(
        words("uplifts.caption"),
        [Cell(words("arm")), *pair * len(metrics), Cell(words("uplifts.added"))],
        rows,
        groups=[
            *((with_unit(metric, words), 2) for metric in metrics),
            (with_unit(alarms, words), 1),
        ],
    )


def with_unit(metric: str, words: Words) -> str:
    """The name of a metric with the unit of its differences."""
    return f"{words(f'metrics.{metric}.name')} ({words.change_unit(metric)})"


def journey(results: Results, arms: list[ReportedArm], words: Words) -> Table:
    """When the first effective intervention comes, and in which phase."""
    metrics = (
        "minutes_after_contact",
        "lead_minutes",
        "journeys_stopped_share",
        "victims_spared_share",
    )
    phases = {
        metric: words("journey.phase", phase=words(f"assumptions.parts.{phase}"))
        for phase in STOP_PHASES.values()
        if results.measured(metric := f"stopped_in[{phase}]")
    }
    names = {metric: words(f"metrics.{metric}.name") for metric in metrics} | phases
    return Table(
        words("journey.caption"),
        [Cell(words("arm")), *(Cell(name) for name in names.values())],
        [
            [Cell(arm.name)]
            + [level_cell(metric, results.get(arm.key, metric), words) for metric in names]
            for arm in arms
        ],
    )


def per_partner(
    metric: str,
    partners: Mapping[str, str],
    results: Results,
    arms: list[ReportedArm],
    words: Words,
) -> Table:
    """Uplift of every arm at every bank: the numbers of the chart of gains."""
    return Table(
        words("gains.caption"),
        [Cell(words("arm")), *(Cell(label) for label in partners.values())],
        [
            [Cell(arm.name)]
            + [uplift_cell(metric, results.get(arm.key, metric, bank), words) for bank in partners]
            for arm in arms
        ],
    )


def nation(results: Results, arms: list[ReportedArm], words: Words) -> Table | None:
    """National outcomes per year with each arm's uplift; None if not measured."""
    metrics = [metric for metric in NATIONAL if results.measured(metric)]
    if not metrics:
        return None
    rows = []
    for arm in arms:
        row = [Cell(arm.name)]
        for metric in metrics:
            estimate = results.get(arm.key, metric)
            row.append(level_cell(metric, estimate, words))
            row.append(
                Cell(words("overview.reference"), muted=True)
                if arm.key == results.baseline
                else uplift_cell(metric, estimate, words)
            )
        rows.append(row)
    pair = [Cell(words("nation.level")), Cell(words("uplifts.added"))]
    return Table(
        words("nation.caption"),
        [Cell(words("arm")), *pair * len(metrics)],
        rows,
        groups=[(with_unit(metric, words), 2) for metric in metrics],
    )


def innocents(results: Results, arms: list[ReportedArm], words: Words) -> Table | None:
    """Burden on innocent people per arm: the outcomes that were measured, or None."""
    metrics = [metric for metric in INNOCENTS if results.measured(metric)]
    if not metrics:
        return None
    labels = {metric: words(f"metrics.{metric}.name") for metric in metrics}
    return of_arms("burden.innocents", labels, results, arms, words)


def of_arms(
    caption: str,
    labels: Mapping[str, str],
    results: Results,
    arms: list[ReportedArm],
    words: Words,
) -> Table:
    """The level of some outcomes, by metric with their labels, of every arm."""
    rows = [
        [Cell(arm.name)]
        + [level_cell(metric, results.get(arm.key, metric), words) for metric in labels]
        for arm in arms
    ]
    columns = [Cell(words("arm")), *(Cell(label) for label in labels.values())]
    return Table(words(caption), columns, rows)


def equality(
    groups: Mapping[str, str], results: Results, arms: list[ReportedArm], words: Words
) -> Table | None:
    """Predictive equality: false alarms of every age group as a ratio to all other ages."""
    labels = {f"predictive_equality[{group}]": label for group, label in groups.items()}
    if not any(results.measured(metric) for metric in labels):
        return None
    return of_arms("burden.equality", labels, results, arms, words)


def per_group(
    groups: Mapping[str, str], results: Results, arms: list[ReportedArm], words: Words
) -> Table:
    """False alarms of every arm per age group: the numbers of the chart of harm."""
    rows = []
    for arm in arms:
        estimates = {
            group: results.get(arm.key, f"false_alarms_per_10k[{group}]") for group in groups
        }
        rows.append(
            [Cell(arm.name)]
            + [level_cell("false_alarms_per_10k", one, words) for one in estimates.values()]
        )
    columns = [Cell(words("arm")), *(Cell(label) for label in groups.values())]
    return Table(words("harm.caption"), columns, rows)


def value_and_cost(results: Results, arms: list[ReportedArm], metric: str, words: Words) -> Table:
    """The numbers of the chart of value against privacy."""
    columns = [
        words("arm"),
        with_unit(metric, words),
        *(words(f"metrics.{name}.name") for name in ("persons_disclosed", "fields_disclosed")),
        words("metrics.epsilon.name"),
    ]
    rows = []
    for arm in arms:
        fields = results.get(arm.key, "fields_disclosed").mean
        epsilon, persons, _ = _costs(arm, results, words)
        rows.append(
            [
                Cell(arm.name),
                uplift_cell(metric, results.get(arm.key, metric), words),
                persons,
                Cell(words.measure("fields_disclosed", fields), muted=math.isnan(fields)),
                epsilon,
            ]
        )
    return Table(words("tradeoff.caption"), [Cell(column) for column in columns], rows)
