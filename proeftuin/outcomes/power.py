"""Before a run: the smallest difference that a study of its size can show, from stored spreads."""

import csv
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from proeftuin.outcomes.intervals import difference_interval

POWER = 0.8  #: share of the studies in which the effect is shown
STUDIES = 20_000


class Showable(NamedTuple):
    """The smallest effects to be shown, over the forms of sharing whose spread is stored.

    Attributes:
        least, middle, most: of the form of sharing with the smallest, median and largest spread.
    """

    least: float
    middle: float
    most: float


def smallest_effect(worlds: int, comparisons: int, confidence: float) -> float:
    """Return the smallest effect that is shown with a chance of ``POWER``, in standard deviations.

    The interval of differences moves with their mean, so one simulation without an effect tells
    how large an effect must be to lift its lower end above 0. Differences are taken as normal.

    Args:
        worlds: number of worlds.
        comparisons: number of intervals that hold together.
        confidence: level of the intervals.

    Returns:
        The effect; NaN below three worlds.
    """
    draws = np.random.default_rng(0).standard_normal((STUDIES, worlds))
    low, _ = difference_interval(draws, confidence, comparisons=comparisons)
    return float(np.quantile(-low, POWER))


def showable(
    outcome: str, *, cases: float, worlds: int, comparisons: int, confidence: float
) -> Showable | None:
    """Return what a study can show, or None if no spread of the outcome is stored.

    Spreads are those of ``spreads.csv`` (``benchmarks/spreads.py``), which fall with the square
    root of the number of cases.

    Args:
        outcome: the study's primary outcome.
        cases: successful cases to expect in the test period of a world.
        worlds: number of worlds.
        comparisons: arms that are held against the baseline.
        confidence: level of the intervals.
    """
    text = (files("proeftuin.outcomes") / "spreads.csv").read_text("utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["outcome"] == outcome]
    if not rows or not cases > 0:
        return None
    spreads = [float(row["spread"]) * (float(row["cases"]) / cases) ** 0.5 for row in rows]
    effects = np.array(spreads) * smallest_effect(worlds, comparisons, confidence)
    return Showable(*map(float, np.quantile(effects, (0.0, 0.5, 1.0))))
