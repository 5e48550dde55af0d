"""What the command line shows: choices, a preview of a study, a table of its outcome."""

import json
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from proeftuin.metrics import ALL, METRICS

if TYPE_CHECKING:
    import pandas as pd

    from proeftuin.settings.arm import Arm
    from proeftuin.settings.changes import Change
    from proeftuin.settings.study import Settings

LINE = 100  #: characters of a line of remarks below a table
GROUPS = {
    "study": "studies",
    "world": "worlds",
    "scenario": "scenarios, the fraud in a world",
    "form": "fraud forms, to be put in a scenario with +form@scenario.forms.NAME=NAME",
    "regime": "regimes, what is shared",
    "measure": "measures without sharing, to be put in an arm with "
    "+measure@arms.ARM.measures.NAME=NAME",
    "instrument": "instruments, to be put in a regime with "
    "+instrument@regime.instruments.NAME=NAME",
    "intervention": "interventions, what a partner does about an alert",
    "privacy": "privacy policies",
    "tune": "sweeps of privacy budgets, for proeftuin tune",
    "detector": "detectors",
    "federation": "federations",
    "tracking": "tracking, where MLflow keeps the ledger",
}


#: Headings of the outcomes in the table that ends a run.
SHORT = {
    "victims_spared_share": ("victims", "spared %"),
    "stopped_share": ("euros", "stopped %"),
    "recall_at_budget": ("fraud found", "%"),
    "false_alarms_per_10k": ("false alarms", "per 10,000"),
    "persons_disclosed": ("persons", "disclosed"),
}
#: The steps of a curve, from the ceiling down to the baseline.
ROLES = ("ceiling", "without_noise", "private", "alone", "baseline")


class Choice(NamedTuple):
    """One option of a group of settings."""

    group: str
    option: str
    about: str


def choices(*folders: Path) -> list[Choice]:
    """Return every option in the folders of settings, with its ``about`` line."""
    return [
        Choice(group, path.stem, _about(path))
        for group in GROUPS
        for folder in folders
        for path in sorted((folder / group).glob("*.yaml"))
    ]


def listing(folders: Sequence[Path]) -> str:
    """Return the text of ``proeftuin list``: every group with its options, a line each."""
    found = choices(*folders)
    width = max(len(f"{choice.group}={choice.option}") for choice in found)
    blocks = []
    for group, title in GROUPS.items():
        lines = [
            f"  {f'{group}={choice.option}':{width}}  {choice.about}"
            for choice in found
            if choice.group == group
        ]
        blocks.append("\n".join([title[0].upper() + title[1:], *lines]))
    return "\n\n".join(blocks)


def _about(path: Path) -> str:
    content = yaml.safe_load(path.read_text("utf-8"))
    own = content.get("study") or content.get("world") or content  # groups with a global package
    return str(own.get("about", ""))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """Return an aligned plain-text table: columns of words first, then columns of numbers."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def preview(settings: "Settings", changed: Sequence["Change"]) -> str:
    """Return the text of ``proeftuin check``: what would run, its size, non-default settings."""
    from proeftuin.commandline.beforehand import expected, known, to_be_shown, warnings
    from proeftuin.commandline.estimate import estimate
    from proeftuin.settings.worlds import persons

    study, world, size = settings.study, settings.world, estimate(settings)
    roles = {study.baseline: "baseline", study.ceiling: "ceiling"}
    parts = {name: settings.arms[name] for name in _in_order(settings)}
    arms = [
        (f"  {name}", arm.regime.name, arm.privacy.name, arm.detector.name, roles.get(name, ""))
        for name, arm in parts.items()
    ]
    budgets = [f"  {name}: {budget}" for name, arm in parts.items() for budget in _budgets(arm)]
    return "\n".join(
        [
            f"{study.name}: {study.about}",
            f"  {study.question_en}",
            "",
            table(("arms", "regime", "privacy", "detector", ""), arms, words=5),
            "",
            "privacy budgets",
            *(budgets or ["  none: no arm is private"]),
            "",
            "size, roughly (right within a factor of two or three)",
            f"  {settings.repetitions} worlds of {persons(world):,} adults and "
            f"{world.days} days: {size.payments:,} payments and {size.calls:,} calls in each",
            f"  {size.trainings:,} trainings, on {size.rows:,} rows a world, all banks together",
            f"  {_duration(size.seconds)} on this machine, {size.memory_gb:.1f} GB of memory, "
            f"{size.disk_mb:,.0f} MB on disk",
            "",
            "fraud to find in the test period of a world, as expected",
            f"  {expected(settings)}",
            "",
            "victims who tell their bank, as expected; some do so after the detectors learn",
            *(f"  {line}" for line in known(settings)),
            "",
            "smallest difference to be shown in four studies of five",
            f"  {to_be_shown(settings)}",
            "",
            changes(changed),
            "",
            *(line for one in warnings(settings) for line in (f"warning: {one}", "")),
            "The settings are fine. Nothing was run.",
        ]
    )


def changes(changed: Sequence["Change"]) -> str:
    """Return the settings that are not the defaults."""
    lines = [change.text for change in changed] or ["none"]
    return "\n".join(["settings that are not the defaults", *(f"  {line}" for line in lines)])


def results(summary: "pd.DataFrame", compared: "pd.DataFrame", settings: "Settings") -> str:
    """Return the table of arms with intervals and verdicts that ends a run.

    Args:
        summary: as :func:`proeftuin.outcomes.value.summarise` gives it.
        compared: as :func:`proeftuin.outcomes.comparison.compare_all` gives it.
        settings: settings of the run.
    """
    study = settings.study
    verdicts = {row["arm"]: row for row in compared[compared["primary"]].to_dict("records")}
    cells = {(row["arm"], row["metric"]): row for row in _of_all(summary).to_dict("records")}

    def cell(arm: str, metric: str) -> str:
        row = cells.get((arm, metric), {})
        numbers = [row.get(key, math.nan) for key in ("mean", "low", "high")]
        return _interval([number * _scale(metric) for number in numbers], "")

    def plain(arm: str, metric: str) -> str:
        value = cells.get((arm, metric), {}).get("mean", math.nan)
        return "-" if math.isnan(value) else f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"

    def gain(arm: str) -> tuple[str, str]:
        if arm not in verdicts:
            return "", ""
        row, scale = verdicts[arm], _scale(study.primary)
        numbers = [row[key] * scale for key in ("difference", "low", "high")]
        return _interval(numbers, "+"), str(row["verdict"]).replace("_", " ")

    shown = dict.fromkeys([study.primary, "victims_spared_share", "stopped_share"])
    shown |= dict.fromkeys(["recall_at_budget", "false_alarms_per_10k"])
    heads = {metric: SHORT.get(metric, (metric, "")) for metric in shown}
    primary, *others = shown
    lines = [
        (
            arm if len(arm) <= 20 else f"{arm[:19]}~",
            cell(arm, primary),
            *gain(arm),
            *(cell(arm, metric) for metric in others),
            plain(arm, "epsilon"),
            plain(arm, "persons_disclosed"),
        )
        for arm in _in_order(settings)
    ]
    tops, units = zip(*(heads[metric] for metric in others), strict=True)
    first = ("", heads[primary][0], "more than", "", *tops, "", "persons")
    second = ("arm", heads[primary][1], study.baseline, "verdict", *units, "epsilon", "disclosed")
    margin = study.margins[study.primary]
    told = f"primary outcome: {study.primary}; its margin: {margin.value:g} {margin.unit}"
    if verdicts and any(row["low"] == row["low"] for row in verdicts.values()):
        told += "; the intervals of what is more than the baseline hold for all arms together"
    basis = f"all banks together; {spread(settings)}"
    return "\n".join([table(first, [second, *lines]), fitted(basis), fitted(told)])


def fitted(text: str) -> str:
    """Return a remark below a table in lines that fit a terminal."""
    return textwrap.fill(text, LINE)


def _of_all(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows for all partners and all forms together, or of the only form."""
    rows = table[table["partner"] == ALL]
    return rows[rows["fraud_form"] == ALL] if ALL in set(rows["fraud_form"]) else rows


def _scale(metric: str) -> float:
    """Return what an outcome is multiplied by in a table: shares are in percent."""
    return 100.0 if METRICS[metric].unit == "share" else 1.0


def spread(settings: "Settings") -> str:
    """Return over how many worlds the numbers of a table are, and whether they have intervals."""
    from proeftuin.outcomes.intervals import FEWEST_WORLDS
    from proeftuin.settings.worlds import StoredWorld

    if isinstance(settings.world, StoredWorld):
        return (
            f"{settings.evaluation.confidence:.0%} intervals within one world, where it has enough "
            "cases: the luck of cases, with an allowance for that of training"
        )
    worlds = "one world" if settings.repetitions == 1 else f"{settings.repetitions} worlds"
    if settings.repetitions < FEWEST_WORLDS:
        return (
            f"no intervals and no verdicts: over {worlds}, which show no more than one draw of "
            f"chance each; they take at least {FEWEST_WORLDS}"
        )
    return f"{settings.evaluation.confidence:.0%} intervals over {worlds}"


def curve_tables(points: "pd.DataFrame", baseline: str) -> list[str]:
    """Return a table for every curve of a sweep, from the largest budget to the smallest.

    Args:
        points: as :func:`proeftuin.outcomes.budgets.points` gives them.
        baseline: arm that the others are compared with.
    """
    rows = _of_all(points)
    common, swept = rows[rows["regime"] == ""], rows[rows["regime"] != ""]
    metrics = ("victims_spared_share", "stopped_share", "recall_at_budget")
    first = ("", "victims", "more than", "euros", "more than", "fraud", "more than")
    second = ("", "spared %", baseline, "stopped %", baseline, "found %", baseline)
    tables = []
    for _, own in swept.groupby(["regime", "unit"], sort=False):
        lines = []
        for row in [common, own]:
            for arm, cells in row.groupby("arm", sort=False):
                by = {cell["metric"]: cell for cell in cells.to_dict("records")}
                role, budget = (next(iter(by.values()))[key] for key in ("role", "epsilon"))
                label = f"epsilon {budget:g}" if role == "private" else str(arm)
                place = (ROLES.index(role), -budget if role == "private" else 0)
                lines.append((place, (label, *_levels_and_gains(by, metrics))))
        ordered = [line for _, line in sorted(lines, key=lambda line: line[0])]
        tables.append(table(first, [second, *ordered]))
    return tables


def _levels_and_gains(by: dict[Any, dict[Any, Any]], metrics: Sequence[str]) -> list[str]:
    cells = []
    for metric in metrics:
        one = by[metric]
        gain = [one[key] * 100 for key in ("difference", "difference_low", "difference_high")]
        cells.append(_interval([one["mean"] * 100, math.nan, math.nan], ""))
        cells.append("" if math.isnan(gain[0]) else _interval(gain, "+"))
    return cells


def disclosed(path: Path) -> str:
    """Return the guarantees and disclosures of a run, from its ``disclosure.json``."""
    arms = json.loads(path.read_text("utf-8"))["arms"]
    learned, signals = [], []
    for name, arm in arms.items():
        guarantee = arm["guarantee"]
        for partner, own in guarantee["partners"].items() if guarantee else ():
            numbers = (own["epsilon"], own["epsilon_prv"], own["epsilon_recounted"])
            learned.append(
                (name, partner, guarantee["unit"], f"{guarantee['delta']:g}",
                 *(f"{number:.3f}" for number in numbers))
            )  # fmt: skip
        if guarantee and guarantee["people"]:
            learned.append(
                (name, "people, at most", "their rows", f"{guarantee['delta']:g}",
                 *(f"{key} {guarantee['people'][key]:.2f}" for key in SPREAD))
            )  # fmt: skip
        for signal in arm["signals"]:
            year = signal["epsilon_per_year"]
            signals.append(
                (name, signal["what"], signal["unit"], f"{signal['epsilon_per_answer']:g}",
                 *(f"{year[key]:.1f}" for key in SPREAD))
            )  # fmt: skip
        exact = arm["exact_disclosures"]
        what = ", ".join(dict.fromkeys(str(one["data"]) for one in exact))
        signals += [(name, what, "nothing", "none", "-", "-", "-")] if exact else []
    heads = ("arm", "who", "hides", "delta", "eps PLD", "eps PRV", "eps again")
    year = ("arm", "what was told", "hides", "eps", "a year: mean", "p99", "maximum")
    return "\n".join(
        [
            table(heads, learned, words=3) if learned else "no arm gives a guarantee on learning",
            "",
            table(year, signals, words=3) if signals else "nothing was told about anybody",
            "",
            "Every release is in a ledger, and the ledgers give the numbers of privacy.json.",
        ]
    )


SPREAD = ("average", "p99", "maximum")


def _in_order(settings: "Settings") -> list[str]:
    """Return the names of the arms: the baseline first, the ceiling last."""
    first, last = settings.study.baseline, settings.study.ceiling
    middle = [name for name in settings.arms if name not in (first, last)]
    return list(dict.fromkeys([first, *middle, last]))


def _interval(numbers: Sequence[float], sign: str) -> str:
    value, low, high = numbers
    if math.isnan(value):
        return "-"
    if math.isnan(low) or math.isnan(high):
        return f"{value:{sign}.0f}"
    return f"{value:{sign}.0f} [{low:{sign}.0f}, {high:{sign}.0f}]"


def _budgets(arm: "Arm") -> list[str]:
    """Return the privacy guarantees of an arm that follow from its settings alone."""
    from proeftuin.instruments.mechanisms import Noisy
    from proeftuin.settings.privacy import DifferentialPrivacy

    privacy, found = arm.privacy, []
    if isinstance(privacy, DifferentialPrivacy):
        found.append(
            f"epsilon {privacy.epsilon:g} at delta {privacy.delta:g} for every bank's whole "
            f"training; hides one {privacy.unit}"
        )
    for name, instrument in arm.regime.instruments.items():
        if isinstance(instrument.mechanism, Noisy):
            found.append(f"epsilon {instrument.mechanism.epsilon:g} for every answer of {name}")
    return found


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
