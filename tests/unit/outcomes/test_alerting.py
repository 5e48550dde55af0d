"""At the real rate: what a world without enrichment gives, and what direct counting gives."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from proeftuin.decisions.budget import Stream
from proeftuin.metrics import BUDGETS
from proeftuin.outcomes.alerting import alerting_of, in_hindsight, real_budget
from proeftuin.outcomes.marked import RANKING, Marked
from synthetic_data.clock import DAY

START, END, SHARE = 7 * DAY, 35 * DAY, 0.02
PER_1000, DAYS, PERSONS = 1000 * SHARE, 28, 1_000


def desk(seed: int, weight: float, count: int = 6_000) -> SimpleNamespace:
    """A desk whose frauds score higher, each worth so much of an honest row."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(0, END, count))
    fraud = rng.random(count) < 0.01
    score = rng.normal(size=count) + 2 * fraud
    late = time >= START
    stream = Stream.of(score, time, START, END)
    scored = SimpleNamespace(score=score[late], stream=stream, alerted=stream.alerts(SHARE))
    return SimpleNamespace(
        desk=scored,
        fraud=fraud[late],
        honest=~fraud[late],
        judged=np.ones(late.sum(), dtype=bool),
        real_weight=np.where(fraud[late], weight, 1.0),
    )


def found(*desks: SimpleNamespace) -> dict[str, float]:
    return alerting_of(list(desks), PER_1000, days=DAYS, persons=PERSONS)


def average_precision_real(each: SimpleNamespace) -> float:
    ranking = Marked.ranking.func(cast(Marked, each))
    assert ranking is not None
    return ranking[RANKING.index("average_precision_real")]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_without_enrichment_every_restated_number_is_the_plain_one(seed: int) -> None:
    each = desk(seed, 1.0)
    values, alerted = found(each), each.desk.alerted
    assert values["alerts_per_day_real"] == pytest.approx(alerted.sum() / DAYS)
    assert values["alerts_per_day"] == pytest.approx(alerted.sum() / DAYS)
    recall = (each.fraud & alerted).sum() / each.fraud.sum()
    assert values["recall_at_real_budget"] == pytest.approx(recall)
    assert values["curve_recall[1]"] == pytest.approx(recall)
    plain = average_precision_score(each.fraud, each.desk.score)
    assert average_precision_real(each) == pytest.approx(plain)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 5, 92]))
def test_at_any_enrichment_precision_is_that_of_a_world_with_more_honest_rows(
    seed: int, factor: int
) -> None:
    """Fraud at a factor's part is fraud once among honest rows that are there so many times."""
    each = desk(seed, 1 / factor)
    times = np.where(each.fraud, 1, factor)
    counted = average_precision_score(
        np.repeat(each.fraud, times), np.repeat(each.desk.score, times)
    )
    assert average_precision_real(each) == pytest.approx(counted)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 5, 92]))
def test_alerts_at_the_real_rate_are_false_ones_and_a_part_of_the_hits(
    seed: int, factor: int
) -> None:
    each = desk(seed, 1 / factor)
    hits, false = (int((each.desk.alerted & some).sum()) for some in (each.fraud, each.honest))
    values = found(each)
    assert values["alerts_per_day_real"] == pytest.approx((false + hits / factor) / DAYS)
    country = (false + hits / factor) / DAYS * 15_300_000 / PERSONS
    assert values["national_alerts_per_day"] == pytest.approx(country)


@pytest.mark.parametrize("factor", [1, 5, 92])
def test_the_real_budget_is_the_one_that_is_spent_at_the_real_rate(factor: int) -> None:
    each = desk(3, 1 / factor)
    alerted = each.desk.stream.alerts(real_budget(each, SHARE))
    budget = SHARE * len(each.fraud)
    assert (alerted * each.real_weight).sum() == pytest.approx(budget, abs=max(2, 0.02 * budget))


def test_desks_are_added_up_and_a_larger_budget_finds_more() -> None:
    one, two = desk(1, 0.1), desk(2, 0.1)
    alone, other, together = found(one), found(two), found(one, two)
    assert together["alerts_per_day"] == pytest.approx(
        alone["alerts_per_day"] + other["alerts_per_day"]
    )
    recalls = [together[f"curve_recall[{times:g}]"] for times in BUDGETS]
    alerts = [together[f"curve_alerts_per_day_real[{times:g}]"] for times in BUDGETS]
    assert recalls == sorted(recalls)
    assert alerts == sorted(alerts)


def test_hindsight_takes_the_highest_scores_and_no_more_than_were_alerted() -> None:
    each = desk(4, 0.1)
    top = in_hindsight(each)
    assert top.sum() == each.desk.alerted.sum()
    assert each.desk.score[top].min() >= each.desk.score[~top].max()
