"""The numbers behind every sentence, table and chart: the outcomes summarised over the worlds."""

import math
from dataclasses import dataclass, fields
from typing import Literal

import pandas as pd

from proeftuin.errors import RunFolderError
from proeftuin.outcomes.schema import ALL, METRICS
from proeftuin.outcomes.value import summarise, within_possible
from proeftuin.report.folder import RunFolder, lookup

NAN = math.nan
TINY = 1e-9
Verdict = Literal["more", "less", "not_shown", "unknown"]


@dataclass(frozen=True)
class Estimate:
    """One row of the summary; see :func:`proeftuin.outcomes.value.summarise`.

    Attributes:
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
    worlds: int = 0

    @property
    def no_spread(self) -> bool:
        """Whether the uplift is equal in all worlds."""
        return self.uplift_high - self.uplift_low < TINY * max(1.0, abs(self.uplift))

    @property
    def verdict(self) -> Verdict:
        """What the interval of the uplift allows to be said.

        A difference that is equal in all worlds has no spread to judge it by: with few cases, a
        share can be equal by chance. Only no difference at all is taken at its word.
        """
        if math.isnan(self.uplift_low) or math.isnan(self.uplift_high):
            return "unknown"
        if self.no_spread:
            return "not_shown" if abs(self.uplift) < TINY else "unknown"
        return "more" if self.uplift_low > 0 else "less" if self.uplift_high < 0 else "not_shown"


@dataclass(frozen=True)
class Results:
    """Summaries of one study, looked up by arm, metric and partner.

    Attributes:
        outcomes: the tidy table, one fraud form.
        baseline: arm that uplift is measured against.
        ceiling: arm in which everything is pooled.
        confidence: level of the intervals.
        estimates: the summary's rows.
        seeds: the worlds, sorted.
    """

    outcomes: pd.DataFrame
    baseline: str
    ceiling: str
    confidence: float
    estimates: dict[tuple[str, str, str], Estimate]
    seeds: list[int]

    def get(self, arm: str, metric: str, partner: str = ALL) -> Estimate:
        """Return a summary, all NaN where nothing was measured."""
        return self.estimates.get((arm, metric, partner), Estimate())

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
        table = summarise(rows, baseline=arm, ceiling=arm, confidence=self.confidence)
        estimates = _estimates(table, len(self.seeds))
        return {name: estimate for (name, _, _), estimate in estimates.items()}


def read_results(run: RunFolder) -> Results:
    """Summarise a run's outcomes.

    Raises:
        RunFolderError: the baseline or the ceiling was not measured, or a number occurs twice.
    """
    baseline, ceiling = (lookup(run.config, f"study.{role}") for role in ("baseline", "ceiling"))
    confidence = lookup(run.config, "evaluation.confidence")
    outcomes = _one_fraud_form(run.outcomes)
    outcomes = outcomes[outcomes["metric"].isin(list(METRICS))]
    try:
        table = summarise(outcomes, baseline=baseline, ceiling=ceiling, confidence=confidence)
    except ValueError as error:
        raise RunFolderError(f"outcomes.parquet: {error}") from error
    seeds = sorted(outcomes["seed"].unique().tolist())
    return Results(
        outcomes=outcomes,
        baseline=baseline,
        ceiling=ceiling,
        confidence=confidence,
        estimates=_estimates(table, len(seeds)),
        seeds=seeds,
    )


def _one_fraud_form(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows over all fraud forms, or the only form there is."""
    forms = outcomes["fraud_form"].unique().tolist()
    if len(forms) > 1 and ALL not in forms:
        raise RunFolderError(
            f"outcomes.parquet: fraud forms {', '.join(map(str, forms))} but no rows for '{ALL}'"
        )
    return (
        outcomes[outcomes["fraud_form"] == (ALL if ALL in forms else forms[0])]
        if forms
        else outcomes
    )


def _estimates(table: pd.DataFrame, worlds: int) -> dict[tuple[str, str, str], Estimate]:
    table = within_possible(table).assign(worlds=worlds)
    keys = zip(table["arm"], table["metric"], table["partner"], strict=True)
    columns = [table[field.name].tolist() for field in fields(Estimate)]
    rows = zip(*columns, strict=True)
    return {key: Estimate(*row) for key, row in zip(keys, rows, strict=True)}
