"""An inspection on the terminal and in files."""

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from proeftuin.files import new_folder
from proeftuin.inspection.checks import inside
from proeftuin.inspection.page import page
from proeftuin.inspection.survey import Survey, Tally
from proeftuin.inspection.wording import (
    FAIL,
    INFORMATION,
    PASS,
    band,
    counts,
    figure_text,
    tallied,
    value_text,
    verdict,
)


def print_survey(survey: Survey) -> list[str]:
    """Return the checks as lines of text for a terminal."""
    sheet, several = survey.sheets[0], len(survey.sheets) > 1
    worlds = f"{len(survey.sheets)} worlds of " if several else ""
    lines = [
        f"{sheet.world}, {sheet.scenario}, seed {sheet.seed}: {worlds}{sheet.persons:,} adults, "
        f"{sheet.days} days",
    ]
    if several:
        lines.append("worlds: passed/failed/not applicable")
        head = f"  {'':4}  {'worlds':7} {'':4} {'what':58} {'mean':>8} {'varies':>7}  band"
    else:
        head = f"  {'':4}  {'':4} {'what':66} {'value':>9}  band"
    for letter, title, checks in survey.groups:
        lines += ["", f"{letter}  {title}", head]
        for check in checks:
            lines.append(_line(check, several=several))
            if check.note and (verdict(check) not in (PASS, INFORMATION) or _by_chance(check)):
                lines.append(f"{'':13}{_cut(check.note, 110)}")
    failed = [_line(check, several=several) for check in failures(survey)]
    return [*lines, "", counts(survey), *failed]


def _by_chance(check: Tally) -> bool:
    """Return whether a check passes outside its band, since chance may have brought it there."""
    return verdict(check) == PASS and not inside(check.mean, check.low, check.high)


def failures(survey: Survey) -> list[Tally]:
    """Return the checks that failed in any world."""
    return [check for check in survey.checks if verdict(check) == FAIL]


def _line(check: Tally, *, several: bool) -> str:
    start = f"  {verdict(check):4} "
    if not several:
        name = f" {check.id:4} {_cut(check.name, 66):66}"
        return f"{start}{name} {value_text(check):>9}  {band(check)}"
    where = "/".join(map(str, tallied(check).values()))
    name = f" {where:7} {check.id:4} {_cut(check.name, 58):58}"
    numbers = f"{value_text(check):>8} {figure_text(check.variation):>7}"
    return f"{start}{name} {numbers}  {band(check)}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def write_survey(survey: Survey, folder: Path) -> list[Path]:
    """Write the inspection to a folder: a page, a Markdown table, and the checks as CSV and JSON.

    Returns:
        ``inspection.html``, ``checks.md``, ``checks.csv`` and ``checks.json``.
    """
    names = ("inspection.html", "checks.md", "checks.csv", "checks.json")
    with new_folder(folder) as part:
        _write_all(survey, [part / name for name in names])
    return [folder / name for name in names]


def _write_all(survey: Survey, paths: list[Path]) -> None:
    paths[0].write_text(page(survey), encoding="utf-8", newline="\n")
    paths[1].write_text("\n".join(_markdown(survey)) + "\n", encoding="utf-8", newline="\n")
    rows = [_row(check) for check in survey.checks]
    with paths[2].open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    checks = [
        {**row, "values": check.values, "verdicts": check.passed}
        for row, check in zip(rows, survey.checks, strict=True)
    ]
    text = json.dumps(_without_nan(checks), indent=1)
    paths[3].write_text(text + "\n", encoding="utf-8", newline="\n")


def _row(check: Tally) -> dict[str, Any]:
    return {
        "id": check.id,
        "group": check.group,
        "name": check.name,
        "low": check.low,
        "high": check.high,
        "mean": check.mean,
        "variation": check.variation,
        **tallied(check),
        "verdict": verdict(check),
        "note": check.note,
    }


def _markdown(survey: Survey) -> Iterable[str]:
    yield "| check | what | band | mean | variation | pass | fail | n/a |"
    yield "|---|---|---|---|---|---|---|---|"
    for check in survey.checks:
        cells = (
            check.id,
            check.name,
            band(check),
            value_text(check),
            figure_text(check.variation),
            *map(str, tallied(check).values()),
        )
        yield f"| {' | '.join(cells)} |"


def _without_nan(content: Any) -> Any:
    """Return plain values with null for NaN and infinity, which JSON does not have."""
    if isinstance(content, dict):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
