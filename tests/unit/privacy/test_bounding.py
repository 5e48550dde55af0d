import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.privacy.bounding import bounded


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=40),
    st.integers(1, 5),
    st.integers(0, 10**6),
)
def test_everybody_keeps_as_many_rows_as_allowed_and_reported_fraud_first(
    table: list[tuple[int, bool]], most: int, seed: int
) -> None:
    customers = np.array([customer for customer, _ in table], dtype=np.int64)
    reported = np.array([report for _, report in table], dtype=bool)
    kept = bounded(customers, reported, most, np.random.default_rng(seed))
    assert (np.diff(kept) > 0).all()
    for customer in np.unique(customers):
        own, stay = customers == customer, np.isin(np.arange(len(customers)), kept)
        assert (own & stay).sum() == min(most, own.sum())
        assert (own & stay & reported).sum() == min(most, (own & reported).sum())


def test_which_rows_stay_is_by_lot_and_not_the_first_ones() -> None:
    customers, none = np.zeros(10, dtype=np.int64), np.zeros(10, dtype=bool)
    times = np.zeros(10)
    for seed in range(500):
        times[bounded(customers, none, 3, np.random.default_rng(seed))] += 1
    assert times.min() > 100
    assert times.max() < 200


def test_one_person_more_changes_no_row_of_the_others() -> None:
    """With rows at the end, so that the lots of the others are the same."""
    customers = np.repeat(np.arange(30), 5)
    reported = np.random.default_rng(3).random(150) < 0.1
    without = bounded(customers, reported, 2, np.random.default_rng(4))
    more = np.concatenate([customers, np.full(7, 99)])
    with_one = bounded(more, np.append(reported, [True] * 7), 2, np.random.default_rng(4))
    np.testing.assert_array_equal(with_one[with_one < 150], without)
    assert (with_one >= 150).sum() == 2
