"""Every arm spends the same budget, at an even pace, and knows nothing of later rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.decisions.budget import CLOSE, LEAST_BAND, Stream
from synthetic_data.clock import DAY

START, END = 14 * DAY, 42 * DAY


def rows(seed: int, per_day: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores and seconds of rows from a week before the test period until its end."""
    rng = np.random.default_rng(seed)
    count = per_day * (END - START + 7 * DAY) // DAY
    time = np.sort(rng.integers(START - 7 * DAY, END, count))
    score = {
        "normal": lambda: rng.normal(size=count),
        "tied": lambda: np.zeros(count),
        "few values": lambda: rng.integers(0, 4, count).astype(float),
        "in bursts": lambda: rng.normal(size=count) + 4 * (time // DAY % 9 == 0),
        "rising": lambda: rng.normal(size=count) + time / DAY / 3,
        "falling": lambda: rng.normal(size=count) - time / DAY / 3,
    }[kind]()
    return score, time


KINDS = st.sampled_from(["normal", "tied", "few values", "in bursts", "rising", "falling"])
SHARES = st.sampled_from([0.0002, 0.0015, 0.01, 0.1, 0.5])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([3, 50, 700]), KINDS, SHARES)
def test_a_budget_is_spent_to_one_percent_or_one_alert_and_at_an_even_pace(
    seed: int, per_day: int, kind: str, share: float
) -> None:
    score, time = rows(seed, per_day, kind)
    stream = Stream.of(score, time, START, END)
    alerted = stream.alerts(share)
    budget = share * len(alerted)
    assert abs(alerted.sum() - budget) <= max(1.0, CLOSE * budget)
    ahead = np.cumsum(alerted) - share * np.arange(1, len(alerted) + 1)
    a_day = share * (time < START).sum() / 7
    assert np.abs(ahead).max(initial=0) <= max(LEAST_BAND, a_day)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), KINDS, SHARES, st.integers(15, 40))
def test_later_rows_change_no_alert(seed: int, kind: str, share: float, day: int) -> None:
    score, time = rows(seed, 200, kind)
    other = np.where(time >= day * DAY, -7 * score[::-1], score)
    one, two = (Stream.of(each, time, START, END).alerts(share) for each in (score, other))
    before = time[time >= START] < day * DAY
    np.testing.assert_array_equal(one[before], two[before])


def test_it_finds_nearly_what_hindsight_finds_where_days_are_alike() -> None:
    score, time = rows(1, 2_000, "normal")
    fraud = np.random.default_rng(2).random(len(score)) < 0.001
    score = score + 3 * fraud
    alerted = Stream.of(score, time, START, END).alerts(0.002)
    late = time >= START
    order = np.argsort(-score[late])[: alerted.sum()]
    in_hindsight, found = fraud[late][order].sum(), fraud[late][alerted].sum()
    assert found >= 0.8 * in_hindsight > 0


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_desk_with_hardly_any_rows_spends_hardly_anything(count: int) -> None:
    time = np.arange(count) * DAY + START
    alerted = Stream.of(np.zeros(count), time, START, END).alerts(0.01)
    assert len(alerted) == count
    assert alerted.sum() <= 1
