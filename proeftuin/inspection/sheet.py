"""The datasheet of a world: what was assumed, what came out, and every check of it."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from proeftuin.inspection.achieved import Achieved, achieved
from proeftuin.inspection.bands import amounts, change, how_much, rhythm, single_columns
from proeftuin.inspection.checks import GROUPS, Check
from proeftuin.inspection.conduct import network, reporting, stability
from proeftuin.inspection.detectors import detectors, strongest_feature
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.leaks import column_leaks
from proeftuin.inspection.leaks_joint import joint_leaks
from proeftuin.inspection.pictures import Pictures, pictures
from proeftuin.settings import Settings
from proeftuin.worlds import generated
from scenarios.figures import Assumption, assumptions
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate

PASS, FAIL, NEITHER = "pass", "FAIL", "n/a"


@dataclass(frozen=True, eq=False)
class Datasheet:
    """Everything an inspection says about a world; holds no rows of it.

    Attributes:
        world, scenario: names from the settings.
        seed: root of the random streams.
        persons, days: size of the world.
        partners: partner names by sector.
        rows: number of rows by table.
        assumptions: every figure of the world and its fraud forms, with its source.
        achieved: what was configured beside what came out.
        checks: every check, by id.
        pictures: what the charts show.
    """

    world: str
    scenario: str
    seed: int
    persons: int
    days: int
    partners: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, int]
    assumptions: list[Assumption]
    achieved: list[Achieved]
    checks: list[Check]
    pictures: Pictures


def inspect_settings(settings: Settings, repetition: int = 0) -> Datasheet:
    """Make one world of a study, and its twin without fraud, and check it."""
    seeds = Seeds(settings.seed).child("repetition", repetition, "world")
    peaceful = replace(settings.scenario, forms={})
    figures = generated(settings.world)
    world, truth = generate(figures, settings.scenario, seeds)
    twin = generate(figures, peaceful, seeds)
    return inspect_world(world, truth, settings, twin=twin)


def inspect_world(
    world: World,
    truth: Truth,
    settings: Settings,
    *,
    twin: tuple[World, Truth] | None,
    others: Sequence[tuple[World, Truth]] = (),
) -> Datasheet:
    """Check a world against every band and for every leak.

    Args:
        world: the world.
        truth: the truth about it.
        settings: what it was made from.
        twin: the world of the same seed with fraud switched off; checks that need it do not apply
            without it.
        others: worlds of other seeds, for stability.
    """
    seeds = Seeds(settings.seed).child("inspection")
    evidence = Evidence(world, truth, twin, seeds)
    more = [Evidence(one, its_truth, None, seeds) for one, its_truth in others]
    checks = [
        *how_much(evidence, settings),
        *amounts(evidence),
        *rhythm(evidence),
        *change(evidence, settings),
        *single_columns(evidence),
        strongest_feature(evidence, settings),
        *detectors(evidence, settings),
        *network(evidence),
        *reporting(evidence, settings),
        *stability(evidence, more, settings),
        *column_leaks(evidence),
        *joint_leaks(evidence, settings),
    ]
    return Datasheet(
        world=settings.world.name,
        scenario=settings.scenario.name,
        seed=settings.seed,
        persons=truth.persons,
        days=world.days,
        partners=world.partners,
        rows={table: len(rows) for table, rows in world.tables.items()},
        assumptions=[
            *assumptions(settings.world, "world"),
            *assumptions(settings.scenario, "scenario"),
        ],
        achieved=achieved(evidence, settings),
        checks=sorted(checks, key=lambda check: (check.id[0], int(check.id[1:]))),
        pictures=pictures(evidence),
    )


def verdict(check: Check) -> str:
    """Say in words what came of a check."""
    return NEITHER if check.passed is None else PASS if check.passed else FAIL


def band(check: Check) -> str:
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


def counts(sheet: Datasheet) -> str:
    """Say how many checks passed, failed and did not apply."""
    told = [verdict(check) for check in sheet.checks]
    return ", ".join(
        f"{told.count(word)} {name}"
        for word, name in ((PASS, "passed"), (FAIL, "failed"), (NEITHER, "not applicable"))
    )


def print_sheet(sheet: Datasheet) -> list[str]:
    """Return the checks as lines of text for a terminal."""
    lines = [
        f"{sheet.world}, {sheet.scenario}, seed {sheet.seed}: {sheet.persons:,} adults, "
        f"{sheet.days} days",
        counts(sheet),
    ]
    group = ""
    for check in sheet.checks:
        if check.group != group:
            group = check.group
            lines += ["", f"{check.id[0]}  {group}"]
        lines.append(
            f"  {verdict(check):4}  {check.id:4} {_cut(check.name, 66):66} "
            f"{figure_text(check.value):>9}  {band(check)}"
        )
        if check.note and check.passed is not True:
            lines.append(f"{'':13}{_cut(check.note, 110)}")
    return lines


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def write_sheet(sheet: Datasheet, folder: Path) -> list[Path]:
    """Write the inspection into a folder: a page, and the checks for machines.

    Returns:
        ``inspection.html``, ``checks.csv`` and ``checks.json``.
    """
    from proeftuin.inspection.page import page

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in ("inspection.html", "checks.csv", "checks.json")]
    paths[0].write_text(page(sheet), encoding="utf-8", newline="\n")
    rows = [asdict(check) | {"verdict": verdict(check)} for check in sheet.checks]
    with paths[1].open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    # JSON has no NaN
    told = [
        {
            key: None if isinstance(one, float) and math.isnan(one) else one
            for key, one in row.items()
        }
        for row in rows
    ]
    paths[2].write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8", newline="\n")
    return paths


def groups(sheet: Datasheet) -> list[tuple[str, str, list[Check]]]:
    """Return letter, title and checks of every group, in order."""
    return [
        (letter, title, [check for check in sheet.checks if check.id[0] == letter])
        for letter, title in GROUPS.items()
    ]
