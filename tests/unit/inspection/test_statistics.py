"""The statistics of the inspection, on data whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from proeftuin.inspection.statistics import (
    auc,
    autocorrelation,
    binned,
    burstiness,
    encoded_auc,
    hill,
    levels,
    mutual_information,
    power_law,
    ratio_finding,
    separation,
    truncated_quantile,
    weighted_quantile,
    within_groups,
)

RNG = np.random.default_rng(7)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=60))
def test_an_auc_is_that_of_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    score, positive = (np.array(column) for column in zip(*rows, strict=True))
    if positive.all() or not positive.any():
        assert np.isnan(auc(score, positive))
    else:
        assert auc(score, positive) == pytest.approx(roc_auc_score(positive, score))


@pytest.mark.parametrize("alpha", [1.3, 2.0, 2.8])
def test_the_tail_of_a_pareto_distribution_is_recognised(alpha: float) -> None:
    assert hill(RNG.pareto(alpha, 400_000) + 1) == pytest.approx(alpha, rel=0.08)


@pytest.mark.parametrize("exponent", [2.0, 2.8])
def test_the_exponent_of_a_zipf_distribution_is_recognised(exponent: float) -> None:
    assert power_law(RNG.zipf(exponent, 50_000)) == pytest.approx(exponent, rel=0.08)


def test_a_poisson_process_is_not_bursty_and_a_clock_is_the_opposite() -> None:
    entity = np.repeat(np.arange(50), 400)
    random = np.cumsum(RNG.exponential(1000, len(entity)))
    assert np.median(burstiness(entity, random)) == pytest.approx(0, abs=0.05)
    assert np.allclose(burstiness(entity, np.arange(len(entity)) * 60), -1)


def test_independent_columns_have_no_mutual_information_and_equal_ones_all() -> None:
    left, right = RNG.integers(0, 8, 5000), RNG.integers(0, 20, 5000)
    assert mutual_information(left, right) < 0.002
    assert mutual_information(left, left) == pytest.approx(1, abs=0.01)


def test_two_flat_levels_of_the_day_are_not_taken_for_a_rhythm() -> None:
    assert levels(RNG.poisson(np.where(np.arange(24) < 12, 54_600, 88_500))) <= 4
    assert levels(RNG.poisson(1000 * np.arange(1, 25))) >= 20


def test_chance_is_not_taken_for_a_leak_nor_a_leak_for_chance() -> None:
    positive = np.arange(10_000) < 40
    assert not separation("few", RNG.random(10_000), positive, 0.03).counts
    found = separation("all", np.arange(10_000), positive, 0.03)
    assert found.counts
    assert found.excess > 0.4


def test_a_rate_is_held_against_what_few_rows_can_show() -> None:
    assert not ratio_finding("few", 0, 1.5, 0.3, 3).counts
    assert ratio_finding("many", 0, 30, 0.3, 3).excess == pytest.approx(0.3)
    assert ratio_finding("ten times", 40, 4, 0.3, 3).counts


def test_categories_learned_on_some_rows_are_judged_on_others() -> None:
    noise = RNG.integers(0, 500, 20_000)
    score, positive = encoded_auc(noise, RNG.random(20_000) < 0.02)
    assert auc(score, positive) == pytest.approx(0.5, abs=0.06)
    assert auc(*encoded_auc(noise, noise < 5)) == pytest.approx(1, abs=0.02)


def test_delays_not_seen_yet_would_make_reports_look_fast() -> None:
    rng = np.random.default_rng(5)
    delay = 14 * np.exp(0.91 * rng.standard_normal(20_000))
    follow_up = rng.uniform(0, 112, len(delay))
    seen = delay <= follow_up
    naive = np.quantile(delay[seen], 0.9)
    found = truncated_quantile(delay[seen], follow_up[seen], 0.9)
    assert naive < 36
    assert found == pytest.approx(42.7, rel=0.05)  # of the delays up to 112


def test_small_statistics() -> None:
    assert autocorrelation(np.array([1, 1, 1, 5, 5, 5, 1, 1, 1, 5, 5, 5])) > 0.2
    assert weighted_quantile(np.array([1.0, 2, 10]), np.array([1.0, 1, 8]), 0.5) == 10
    assert within_groups(np.array([1, 1, 2, 1]), np.array([0, 5, 1, 9])).tolist() == [
        0,
        0.5,
        0.5,
        1,
    ]
    assert np.bincount(binned(RNG.random(1000), 10)).tolist() == [100] * 10
