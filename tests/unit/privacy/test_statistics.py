import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from proeftuin.detectors.scaling import VARIANCE_FLOOR, Moments, exact_moments
from proeftuin.errors import PrivacyError
from proeftuin.privacy.statistics import noisy_moments, sensitivity
from synthetic_data.arrays import Floats

ROWS = np.random.default_rng(5).uniform(-1, 1, (500, 4))
TABLES = arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 5)), elements=st.floats())


def vector(moments: Moments) -> Floats:
    return np.concatenate([[moments.count], moments.sum, moments.sum_of_squares])


def test_without_noise_scaling_is_the_mean_and_deviation_of_the_rows() -> None:
    for moments in (
        exact_moments(ROWS),
        noisy_moments(ROWS, noise_multiplier=0.0, rng=np.random.default_rng(1)),
        exact_moments(ROWS[:100]) + exact_moments(ROWS[100:]),
    ):
        assert moments.count == 500
        np.testing.assert_allclose(moments.mean(), ROWS.mean(axis=0))
        np.testing.assert_allclose(moments.std(), ROWS.std(axis=0))


@given(TABLES.filter(lambda rows: not np.isnan(rows).any()), st.data())
def test_no_record_moves_the_statistics_further_than_the_noise_hides(
    rows: Floats, data: st.DataObject
) -> None:
    one = data.draw(st.integers(0, len(rows) - 1))
    moved = vector(exact_moments(rows)) - vector(exact_moments(np.delete(rows, one, axis=0)))
    assert np.linalg.norm(moved) <= sensitivity(rows.shape[1]) + 1e-9


def test_the_bound_on_one_record_is_not_larger_than_need_be() -> None:
    corner = np.ones((1, 4))
    assert np.linalg.norm(vector(exact_moments(corner))) == pytest.approx(sensitivity(4))


def test_every_statistic_gets_the_noise_that_the_ledger_books() -> None:
    rng = np.random.default_rng(2)
    exact = vector(exact_moments(ROWS))
    noise = np.array(
        [vector(noisy_moments(ROWS, noise_multiplier=3.0, rng=rng)) - exact for _ in range(4000)]
    )
    assert noise.std(axis=0) == pytest.approx(3.0 * np.sqrt(9), rel=0.06)
    assert np.abs(np.corrcoef(noise.T) - np.eye(9)).max() < 0.08


def test_two_partners_get_different_noise_and_a_repeated_run_the_same() -> None:
    first, again, other = (
        vector(noisy_moments(ROWS, noise_multiplier=1.0, rng=np.random.default_rng(seed)))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


@pytest.mark.parametrize("rows", [1, 40])
def test_noise_larger_than_a_small_partner_still_gives_usable_scaling(rows: int) -> None:
    for seed in range(50):
        moments = noisy_moments(
            ROWS[:rows], noise_multiplier=100.0, rng=np.random.default_rng(seed)
        )
        assert (np.abs(moments.mean()) <= 1).all()
        assert (moments.std() >= np.sqrt(VARIANCE_FLOOR)).all()
        assert (moments.std() <= 1).all()


def test_a_missing_value_is_refused_because_it_would_show_through_any_noise() -> None:
    with pytest.raises(PrivacyError, match="missing"):
        noisy_moments(np.array([[0.0, np.nan]]), noise_multiplier=1.0, rng=np.random.default_rng(1))


def test_partners_with_other_columns_are_not_added_up() -> None:
    with pytest.raises(ValueError, match="4 and of 1 columns"):
        exact_moments(ROWS) + exact_moments(ROWS[:, :1])
