import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proeftuin.detectors.encoding import encoded, encoded_split
from proeftuin.features.split import Split


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20), st.integers(2, 16))
def test_a_value_can_be_told_from_its_bins_and_bins_keep_to_the_public_scale(
    values: list[float], bins: int
) -> None:
    rows = np.array(values, dtype=np.float32)[:, None]
    parts = encoded(rows, bins)
    assert parts.shape == (len(rows), bins)
    assert parts.dtype == np.float32
    assert np.abs(parts).max() <= 1
    np.testing.assert_allclose(parts.mean(axis=1), rows[:, 0], atol=1e-5)
    assert (np.diff(parts, axis=1) <= 1e-6).all()  # a bin is only entered when the last is full


def test_first_bins_of_all_columns_come_first() -> None:
    rows = np.array([[0.0, -1.0], [0.5, 1.0]], dtype=np.float32)
    expected = [[1, -1, -1, -1], [1, 1, 0, 1]]
    np.testing.assert_allclose(encoded(rows, 2), expected)


def test_one_bin_is_the_column_itself() -> None:
    rows = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)
    split = encoded_split(Split(rows, rows[:, 0], rows, rows[:, 0]), 1)
    np.testing.assert_array_equal(split.train_x, rows)


@pytest.mark.parametrize("rows", [0, 5])
def test_as_many_rows_come_out_as_went_in(rows: int) -> None:
    assert encoded(np.zeros((rows, 3), dtype=np.float32), 4).shape == (rows, 12)


def test_rows_may_lie_in_memory_by_column() -> None:
    rows = np.random.default_rng(1).uniform(-1, 1, (20, 3)).astype(np.float32)
    np.testing.assert_array_equal(encoded(np.asfortranarray(rows), 4), encoded(rows, 4))
