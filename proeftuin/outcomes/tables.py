"""The tables of a study, by the name of their file: everything that its report is made of."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from proeftuin.instruments.registry import INSTRUMENTS
from proeftuin.metrics import COLUMNS
from proeftuin.outcomes.budgets import decisions, points
from proeftuin.outcomes.comparison import COMPARED, compare_all, within_one_world
from proeftuin.outcomes.contribution import (
    FACTS,
    channels_of,
    contributions,
    decompose,
    smallest,
)
from proeftuin.outcomes.explained import explained, kinds_of
from proeftuin.outcomes.shapley import Coalition
from proeftuin.outcomes.within import compare_within
from proeftuin.settings.study import Settings, Tune
from proeftuin.settings.sweep import curves_of

Tables = dict[str, pd.DataFrame | list[Any]]
"""By file name: what goes to Parquet, and records that go to JSON."""


def study_tables(
    outcomes: pd.DataFrame,
    coalitions: pd.DataFrame | None,
    settings: Settings,
    cases: Mapping[str, pd.DataFrame] | None = None,
) -> Tables:
    """Return all tables that follow from the outcomes of a study.

    Args:
        outcomes: of every arm in every world: ``arm, seed, partner, fraud_form, metric, value``.
        coalitions: value of every coalition in every world
            (:func:`proeftuin.outcomes.contribution.contributions`); None if the study has none.
        settings: of the study.
        cases: of the only world of a study, if it is a stored one: what every case comes to, by
            arm (``outcomes.within.CASES``).
    """
    study, confidence = settings.study, settings.evaluation.confidence
    outcomes = outcomes.assign(study=study.name)
    compared = compare_all(
        outcomes,
        baseline=study.baseline,
        primary=study.primary,
        margins={metric: margin.value for metric, margin in study.margins.items()},
        confidence=confidence,
    )
    if cases is not None:
        level = 1 - (1 - confidence) / max(1, len(cases) - 1)  # all arms together
        within = compare_within(cases, baseline=study.baseline, confidence=level)
        compared = within_one_world(compared, within)
    tables: Tables = {
        "outcomes.parquet": outcomes[list(COLUMNS)],
        "comparisons.parquet": compared,
    }
    if coalitions is not None:
        tables |= _contributions(coalitions, settings)
        tables |= _explained(coalitions, outcomes, settings)
    by_channel = decompose(outcomes, _arms_of_channels(settings), COMPARED, confidence)
    if len(by_channel):
        tables["decomposition.parquet"] = by_channel
    if settings.tune is not None:
        tables |= _budgets(outcomes, settings.tune, settings)
    return tables


def _contributions(coalitions: pd.DataFrame, settings: Settings) -> Tables:
    """Share the gain of all players out over them."""
    confidence = settings.evaluation.confidence
    shares = {(each.arm, each.players): each.share for each in settings.study.contributions}
    return {
        "coalitions.parquet": coalitions,
        "contributions.parquet": contributions(coalitions, confidence=confidence),
        "smallest.json": smallest(coalitions, shares, confidence=confidence),
    }


def _explained(coalitions: pd.DataFrame, outcomes: pd.DataFrame, settings: Settings) -> Tables:
    """Return which kinds of facts carry the gain of an arm that pools, and what gives as much."""
    asked = [each for each in settings.study.contributions if each.players == FACTS]
    if not asked:
        return {}
    [one] = asked
    tells = {name: kind.TELLS for name, kind in INSTRUMENTS.items()}
    plain, pools = _plain(settings), settings.arms[one.arm]
    alike = {
        name: kinds_of(plain[name]["regime"], tells)
        for name, arm in settings.arms.items()
        if not arm.measures
        and arm.detector == pools.detector
        and arm.regime.today == pools.regime.today
    }
    of_facts = coalitions[coalitions["players"] == FACTS]
    confidence = settings.evaluation.confidence
    found = explained(of_facts, outcomes, alike, share=one.share, confidence=confidence)
    return {"explained.parquet": found}


def _plain(settings: Settings) -> dict[str, Any]:
    """Return the arms as plain values."""
    arms: dict[str, Any] = TypeAdapter(Settings).dump_python(settings, mode="json")["arms"]
    return arms


def _arms_of_channels(settings: Settings) -> dict[Coalition, str]:
    """Return the arm without differential privacy that uses a combination of channels."""
    return {
        channels: name
        for name, arm in _plain(settings).items()
        if arm["privacy"]["unit"] is None
        and (channels := channels_of(arm["regime"])) is not None
        and (channels != {"signal"} or len(arm["regime"]["instruments"]) > 1)
    }


def _budgets(outcomes: pd.DataFrame, tune: Tune, settings: Settings) -> Tables:
    """Return the curves of a sweep of budgets, and the conclusions from them."""
    curves, study = curves_of(tune), settings.study
    terms: dict[str, Any] = {
        "baseline": study.baseline,
        "confidence": settings.evaluation.confidence,
    }
    return {
        "budgets.parquet": points(outcomes, curves, ceiling=study.ceiling, **terms),
        "budget.json": decisions(outcomes, curves, share=tune.share, **terms),
    }
