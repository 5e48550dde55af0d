"""The numbers behind every sentence, table and chart: the outcomes summarised over the worlds.

Claims about a difference rest on the comparisons of the run alone: interval and verdict.
"""

import math
from dataclasses import dataclass, fields
from typing import Literal

import pandas as pd

from proeftuin.errors import RunFolderError
from proeftuin.metrics import ALL, METRICS
from proeftuin.outcomes.comparison import compare
from proeftuin.outcomes.intervals import FEWEST_WORLDS
from proeftuin.outcomes.value import summarise, within_possible
from proeftuin.report.folder import RunFolder, lookup

NAN = math.nan
Verdict = Literal["more", "less", "no_relevant_difference", "undecided", "unknown"]
#: Outcomes that can lead a report: what a form of sharing saves or finds, more being better.
LEADING = (
    "victims_spared_share",
    "stopped_share",
    "journeys_stopped_share",
    "recall_at_budget",
)


@dataclass(frozen=True)
class Estimate:
    """One row of the summary, with what the comparisons say about it.

    Attributes:
        uplift_low, uplift_high: the interval of the comparisons; NaN where an outcome was not
            compared.
        margin: the difference below which it is of no consequence; NaN if none was declared.
        verdict: verdict of the comparisons, ``unknown`` without one.
        no_spread: whether the uplift is equal in all worlds, so that it has no interval.
        worlds: number of worlds of the study; ``seeds`` or ``pairs`` below it means that the
            number is not defined in the others.
    """

    mean: float = NAN
    low: float = NAN
    high: float = NAN
    uplift: float = NAN
    uplift_low: float = NAN
    uplift_high: float = NAN
    retained: float = NAN
    retained_low: float = NAN
    retained_high: float = NAN
    seeds: int = 0
    pairs: int = 0
    margin: float = NAN
    verdict: Verdict = "unknown"
    no_spread: bool = False
    worlds: int = 0

    @property
    def remark(self) -> str:
        """Text key of the remark on a difference that is not claimed, or empty."""
        if self.verdict in ("more", "less") or math.isnan(self.uplift):
            return ""
        if self.verdict == "unknown":
            return "no_spread" if self.no_spread else "no_interval"
        return self.verdict


@dataclass(frozen=True)
class Results:
    """Summaries of one study, looked up by arm, metric and partner.

    Attributes:
        outcomes: the tidy table, of this fraud form.
        form: the fraud form, or ``all`` of them together.
        baseline: arm that uplift is measured against.
        ceiling: arm in which everything is pooled.
        primary: outcome that the study chose before it ran.
        confidence: level of the intervals.
        estimates: the summary's rows.
        seeds: the worlds, sorted.
    """

    outcomes: pd.DataFrame
    form: str
    baseline: str
    ceiling: str
    primary: str
    confidence: float
    estimates: dict[tuple[str, str, str], Estimate]
    seeds: list[int]

    @property
    def within_one(self) -> bool:
        """Whether the intervals are of one world: the luck of its cases alone."""
        few = len(self.seeds) < FEWEST_WORLDS
        return few and any(not math.isnan(one.uplift_low) for one in self.estimates.values())

    @property
    def lead(self) -> str:
        """The outcome that the report leads with: the primary one, if it is something saved."""
        return self.primary if self.primary in LEADING else LEADING[0]

    def get(self, arm: str, metric: str, partner: str = ALL) -> Estimate:
        """Return a summary, all NaN where nothing was measured."""
        return self.estimates.get((arm, metric, partner), Estimate())

    def measured(self, metric: str) -> bool:
        """Return whether an outcome has a number for any arm, all partners together."""
        return any(
            not math.isnan(one.mean)
            for (_, name, partner), one in self.estimates.items()
            if name == metric and partner == ALL
        )

    def epsilon(self, arm: str) -> float:
        """Return the weakest epsilon over the worlds; NaN if a world has none."""
        rows = self.outcomes[
            (self.outcomes["arm"] == arm)
            & (self.outcomes["metric"] == "epsilon")
            & (self.outcomes["partner"] == ALL)
        ]
        return float(rows["value"].max(skipna=False)) if len(rows) else NAN

    def against(self, arm: str, metric: str) -> dict[str, Estimate]:
        """Return every arm's estimate with the given arm as the baseline, all partners together."""
        rows = self.outcomes[
            (self.outcomes["metric"] == metric) & (self.outcomes["partner"] == ALL)
        ]
        compared = compare(rows, baseline=arm, metrics=[metric], confidence=self.confidence)
        table = summarise(rows, baseline=arm, ceiling=arm, confidence=self.confidence)
        estimates = _estimates(table, compared, len(self.seeds))
        return {name: estimate for (name, _, _), estimate in estimates.items()}


def read_results(run: RunFolder) -> Results:
    """Summarise a run's outcomes over all fraud forms, or of its only form.

    Raises:
        RunFolderError: the baseline or the ceiling was not measured, or a number occurs twice.
    """
    forms = _forms(run)
    if len(forms) > 1 and ALL not in forms:
        raise RunFolderError(
            f"outcomes.parquet: fraud forms {', '.join(forms)} but no rows for '{ALL}'"
        )
    return _of_form(run, ALL if ALL in forms or not forms else forms[0])


def read_forms(run: RunFolder) -> dict[str, Results]:
    """Summarise a run's outcomes by fraud form, in the order of the scenario."""
    known = list(lookup(run.config, "scenario.forms"))
    forms = [form for form in _forms(run) if form != ALL]
    forms.sort(key=lambda form: known.index(form) if form in known else len(known))
    return {form: _of_form(run, form) for form in forms}


def _forms(run: RunFolder) -> list[str]:
    return list(map(str, run.outcomes["fraud_form"].unique()))


def _of_form(run: RunFolder, form: str) -> Results:
    """Summarise one form; one or two generated towns, or some bank's tables, are no country."""
    roles = ("baseline", "ceiling", "primary")
    baseline, ceiling, primary = (lookup(run.config, f"study.{role}") for role in roles)
    confidence = lookup(run.config, "evaluation.confidence")
    towns = run.outcomes["seed"].nunique() if not lookup(run.config, "world.stored") else math.inf
    nation = towns >= FEWEST_WORLDS and lookup(run.config, "world.stored.nation") is not False
    shown = [name for name in METRICS if nation or not name.startswith("national")]
    outcomes, compared = (
        rows[(rows["fraud_form"] == form) & rows["metric"].isin(shown)]
        for rows in (run.outcomes, run.comparisons)
    )
    try:
        table = summarise(outcomes, baseline=baseline, ceiling=ceiling, confidence=confidence)
    except ValueError as error:
        raise RunFolderError(f"outcomes.parquet: {error}") from error
    seeds = sorted(outcomes["seed"].unique().tolist())
    return Results(
        outcomes=outcomes,
        form=form,
        baseline=baseline,
        ceiling=ceiling,
        primary=primary,
        confidence=confidence,
        estimates=_estimates(table, compared, len(seeds)),
        seeds=seeds,
    )


def _estimates(
    table: pd.DataFrame, compared: pd.DataFrame, worlds: int
) -> dict[tuple[str, str, str], Estimate]:
    key = ["arm", "partner", "fraud_form", "metric"]
    tests = compared.rename(columns={"low": "uplift_low", "high": "uplift_high"})
    tests = tests[[*key, "uplift_low", "uplift_high", "margin", "verdict"]]
    table = table.merge(tests, on=key, how="left", validate="one_to_one")
    no_spread = (table["verdict"] == "unknown") & (table["pairs"] >= FEWEST_WORLDS)
    verdict = table["verdict"].fillna("unknown")
    table = table.assign(no_spread=no_spread, verdict=verdict, worlds=worlds)
    table = within_possible(table)
    keys = zip(table["arm"], table["metric"], table["partner"], strict=True)
    columns = [table[field.name].tolist() for field in fields(Estimate)]
    rows = zip(*columns, strict=True)
    return {key: Estimate(*row) for key, row in zip(keys, rows, strict=True)}
