"""The interval holds where it says so; a method that does not is caught by the same check."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from proeftuin.outcomes.intervals import SKEWED, WIDENED, interval, ratio_interval
from synthetic_data.arrays import Floats

WORLDS = st.lists(st.floats(-100, 100, width=32), min_size=3, max_size=12)
STUDIES = 20_000


def by_hand(values: list[float], confidence: float) -> tuple[float, float]:
    """The interval again, one sample at a time, from scipy's moments."""
    n, error = len(values), float(stats.sem(values))
    quantile = float(stats.t(n - 1).ppf(0.5 + confidence / 2))
    skewness = float(stats.skew(values)) * ((n - 1) / n) ** 1.5  # over the unbiased variance
    moved = SKEWED * skewness * (1 + 2 * quantile**2) / (6 * n**0.5)
    half = WIDENED * quantile
    mean = float(np.mean(values))
    return mean - error * (half + max(0, -moved)), mean + error * (half + max(0, moved))


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("values", [[1.0, 2.0, 4.0], [0.0, 0.0, 0.0, 0.1, 3.0], [5.0, -1.0] * 5])
def test_the_interval_is_that_of_the_formula(values: list[float], confidence: float) -> None:
    assert interval(np.array(values), confidence) == pytest.approx(by_hand(values, confidence))


@settings(max_examples=50, deadline=None)
@given(WORLDS)
def test_skewness_only_ever_widens_students_interval(values: list[float]) -> None:
    low, high = interval(np.array(values), 0.95)
    spread = float(np.std(values, ddof=1))
    if spread > 1e-6:
        student = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert low <= student.low
        assert high >= student.high


@settings(max_examples=50, deadline=None)
@given(WORLDS, st.floats(-50, 50), st.floats(0.01, 50))
def test_units_and_zero_points_do_not_matter(
    values: list[float], shift: float, scale: float
) -> None:
    moved = interval(shift + scale * np.array(values), 0.95)
    low, high = interval(np.array(values), 0.95)
    np.testing.assert_allclose(moved, (shift + scale * low, shift + scale * high), atol=1e-6)
    np.testing.assert_allclose(interval(-np.array(values), 0.95), (-high, -low))


def test_a_world_in_which_a_number_is_not_defined_does_not_count() -> None:
    whole = interval(np.array([1.0, 2.0, 4.0]), 0.95)
    assert interval(np.array([np.nan, 1.0, 2.0, np.nan, 4.0]), 0.95) == pytest.approx(whole)


def test_two_worlds_have_no_interval_and_equal_worlds_one_without_width() -> None:
    assert np.isnan(interval(np.array([1.0, 2.0]), 0.95)).all()
    assert interval(np.array([8.0, 8.0, 8.0]), 0.95) == (8.0, 8.0)


def test_five_intervals_that_hold_together_are_those_of_a_fifth_of_the_error() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0])
    assert interval(values, 0.95, comparisons=5) == interval(values, 0.99)


def percentile_bootstrap(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """A method that covers too little with few worlds."""
    size = values.shape[1]
    draws = np.random.default_rng(0).integers(size, size=(999, size))
    means = values[:2000][:, draws].mean(axis=2)
    low, high = np.quantile(means, [0.5 - confidence / 2, 0.5 + confidence / 2], axis=1)
    return low, high


def covered(method: Callable[..., tuple[Floats, Floats]], worlds: int, skewness: float) -> float:
    """Return how often a 95 % interval holds the mean of a gamma distribution of some skewness."""
    rng, shape = np.random.default_rng(5), (STUDIES, worlds)
    if skewness == 0:
        values = rng.standard_normal(shape)
    else:
        values = rng.gamma((2 / skewness) ** 2, size=shape) - (2 / skewness) ** 2
    low, high = method(values, 0.95)
    return float(((low <= 0) & (high >= 0)).mean())


@pytest.mark.parametrize("skewness", [0, 1, 2])
@pytest.mark.parametrize("worlds", [6, 12, 20])
def test_the_interval_holds_the_mean_as_often_as_it_must(worlds: int, skewness: float) -> None:
    error = 3 * (0.93 * 0.07 / STUDIES) ** 0.5
    assert covered(interval, worlds, skewness) >= 0.93 - error


def test_the_check_of_coverage_catches_a_bootstrap_of_six_worlds() -> None:
    assert covered(percentile_bootstrap, 6, 0) < 0.9


def test_a_ratio_ends_where_the_difference_just_leaves_out_zero() -> None:
    rng = np.random.default_rng(2)
    whole = rng.normal(1.0, 0.2, (5, 6))
    part = 0.6 * whole + rng.normal(0, 0.1, (5, 6))
    low, high = ratio_interval(part, whole, 0.9)
    assert ((low < 0.6) & (high > 0.6)).sum() >= 4
    for end in (low, high):
        touching = np.stack(interval(part - end[:, None] * whole, 0.9))
        assert np.abs(touching).min(axis=0) == pytest.approx(0, abs=1e-6)


def test_a_ratio_of_a_whole_that_may_be_nothing_has_no_interval() -> None:
    whole = np.array([[-1.0, 1.0, 0.5, -0.4]])
    assert np.isnan(ratio_interval(whole / 2, whole, 0.95)).all()
