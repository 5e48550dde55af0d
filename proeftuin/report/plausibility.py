"""Distance between the results and published field results.

Resembling a field result does not validate a simulation: field results differ in measure, country
and fraud. A simulation far outside them needs an explanation.
"""

import math
from dataclasses import dataclass

import pandas as pd

from proeftuin.metrics import ALL
from proeftuin.outcomes.value import relative
from proeftuin.report.arms import ReportedArm
from proeftuin.report.results import Results
from proeftuin.report.tables import Cell, Table
from proeftuin.report.words import Words

FOUND, LOST = "recall_at_budget", "stopped_share"


@dataclass(frozen=True)
class FieldResult:
    """One figure from practice or from another study.

    Attributes:
        key: key in the report's texts.
        change: change in the field, as a share of the level before.
        metric: the closest outcome of the simulation.
        kept: whether the change concerns 1 - metric: what is *not* stopped.
        instruments: comparable instruments; a comparable arm has one of them and no other.
        pooled: whether an arm with pooled data is comparable.
        source: publication of the figure, with its source mark.
    """

    key: str
    change: float
    metric: str
    kept: bool
    instruments: tuple[str, ...]
    pooled: bool
    source: str


FIELD_RESULTS = (
    FieldResult(
        "scam_signal", 0.30, FOUND, False, ("line_busy", "spoofing_alert"), False,
        "[S] GSMA and UK Finance, 5 November 2024 (technologyforyou.org; mobileworldlive.com)",
    ),
    FieldResult(
        "attempts", -0.40, LOST, True, ("line_busy", "spoofing_alert"), False,
        "[S] NVB on Scam Signal (nhnieuws.nl n176294; tweakers 231498)",
    ),
    FieldResult(
        "tsb", 0.20, FOUND, False, ("payee_inflow", "payee_register", "risk_propagation"), False,
        "[S] Mastercard Consumer Fraud Risk at TSB, 2023 (insightsdistilled.com; thepaypers.com)",
    ),
    FieldResult(
        "hertha", 0.12, FOUND, False, ("payee_inflow", "risk_propagation"), True,
        "[S] BIS and Bank of England, project Hertha, 5 June 2025 (platform.regxplora.com)",
    ),
    FieldResult(
        "hertha_new", 0.26, FOUND, False, ("payee_inflow", "risk_propagation"), True,
        "[S] BIS and Bank of England, project Hertha, 5 June 2025 (platform.regxplora.com)",
    ),
)  # fmt: skip


def compared(results: Results, arms: list[ReportedArm], words: Words) -> Table | None:
    """Return comparable arms beside the field results; None if no arm is comparable."""
    changes = {key: _changes(results, *key) for key in ((FOUND, False), (LOST, True))}
    rows = []
    for one in FIELD_RESULTS:
        alike = [arm for arm in arms if _like(arm, one)]
        for number, arm in enumerate(alike):
            here = changes[one.metric, one.kept].get(arm.key)
            if here is None or not math.isfinite(here[0]):
                continue
            first = Cell(words(f"plausibility.{one.key}"), repeated=number > 0)
            rows.append([first, _percent(one.change, words), *_here(arm, one.change, here, words)])
    if not rows:
        return None
    keys = ("field", "there", "arm", "here", "distance")
    columns = [Cell(words(f"plausibility.columns.{key}")) for key in keys]
    return Table(words("plausibility.caption"), columns, rows, text=(0, 2, 4))


def sources(words: Words) -> list[Cell]:
    """Return the sources of the field results."""
    lang = None if words.language == "en" else "en"
    return [Cell(source, lang=lang) for source in dict.fromkeys(r.source for r in FIELD_RESULTS)]


def _like(arm: ReportedArm, one: FieldResult) -> bool:
    if one.pooled and arm.learning == "pooled":
        return True
    alone = arm.learning == "own" and len(arm.instruments) == 1
    return alone and set(arm.instruments) <= set(one.instruments)


def _changes(results: Results, metric: str, kept: bool) -> dict[str, tuple[float, float, float]]:
    """Return gain and interval of every arm, relative to the baseline."""
    rows = results.outcomes
    rows = rows[(rows["metric"] == metric) & (rows["partner"] == ALL)]
    if not (rows["arm"] == results.baseline).any():
        return {}
    rows = rows.assign(value=1 - rows["value"]) if kept else rows
    found: pd.DataFrame = relative(
        rows, baseline=results.baseline, confidence=results.confidence
    ).reset_index()
    numbers = zip(found["gain"], found["low"], found["high"], strict=True)
    return dict(zip(found["arm"], numbers, strict=True))


def _percent(change: float, words: Words) -> Cell:
    return Cell(words.number(100 * change, 0, signed=True) + "%")


def _here(
    arm: ReportedArm, there: float, here: tuple[float, float, float], words: Words
) -> tuple[Cell, Cell, Cell]:
    gain, low, high = here
    interval = words("no_interval")
    key = "cannot_say"
    if math.isfinite(low) and math.isfinite(high):
        ends = [words.number(100 * end, 0, signed=True) for end in (low, high)]
        interval = words("interval", low=ends[0], high=ends[1] + "%")
        larger = gain > there if there > 0 else gain < there
        key = "within" if low <= there <= high else "larger" if larger else "smaller"
    number = _percent(gain, words)
    return (
        Cell(arm.name),
        Cell(number.text, (interval,)),
        Cell(words(f"plausibility.distance.{key}"), muted=key == "cannot_say"),
    )
