"""As-of windows against a plain loop: the one place where a feature could see the future."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from proeftuin.features.asof import (
    History,
    Lookups,
    first_of_pair,
    in_order,
    standing_reports,
)
from synthetic_data.reports import PAYEE

events = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(0, 9)), min_size=0, max_size=30
)
questions = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 35)), min_size=1, max_size=10)


@given(
    st.lists(
        st.tuples(st.integers(-(1 << 40), 1 << 40) | st.integers(-2, 70_000), st.integers(0, 9)),
        max_size=40,
    ),
    st.booleans(),
)
def test_rows_are_ordered_by_entity_of_any_size_then_time_then_as_they_came(
    rows: list[tuple[int, int]], sorted_by_time: bool
) -> None:
    if sorted_by_time:
        rows = sorted(rows, key=lambda row: row[1])
    entity, time = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    np.testing.assert_array_equal(in_order(entity, time), np.lexsort((time, entity)))


@given(events, questions, st.integers(1, 40))
def test_windows_count_only_what_came_before(
    events: list[tuple[int, int, int]], questions: list[tuple[int, int]], window: int
) -> None:
    entity = np.array([e for e, _, _ in events], dtype=np.int64)
    time = np.array([t for _, t, _ in events], dtype=np.int64)
    value = np.array([v for _, _, v in events], dtype=np.int64)
    who = np.array([e for e, _ in questions], dtype=np.int64)
    when = np.array([t for _, t in questions], dtype=np.int64)
    past = History(entity, time, value).before(Lookups(who, when))
    for row, (asked, moment) in enumerate(questions):
        earlier = [(t, v) for e, t, v in events if e == asked and t < moment]
        recent = [(t, v) for t, v in earlier if t >= moment - window]
        assert past.count(window)[row] == len(recent)
        assert past.total(window)[row] == sum(v for _, v in recent)
        if earlier:
            assert past.since_first()[row] == moment - min(t for t, _ in earlier)
            assert past.since_last()[row] == moment - max(t for t, _ in earlier)
            assert time[past.last()[row]] == max(t for t, _ in earlier)
        else:
            assert np.isnan(past.since_first()[row])
            assert np.isnan(past.since_last()[row])
            assert past.last()[row] == -1


def test_only_the_first_payment_between_two_accounts_is_new() -> None:
    left, right = np.array([1, 1, 2, 1]), np.array([5, 5, 5, 6])
    assert first_of_pair(left, right).tolist() == [True, False, True, True]


def test_a_report_that_is_withdrawn_before_it_is_known_never_counts() -> None:
    labels = pd.DataFrame(
        {"case": [1, 2], "kind": PAYEE, "value": 5, "known_at": [10, 30], "withdrawn_at": [50, 20]}
    )
    asked = Lookups(np.full(3, 5), np.array([15, 25, 60]))
    np.testing.assert_array_equal(standing_reports(labels, PAYEE, asked), [1, 1, 0])
