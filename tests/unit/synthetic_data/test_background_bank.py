"""Ordinary bank life: who pays in one sitting, when banks book, whose second account lies idle."""

import numpy as np
import pytest

from proeftuin.inspection.statistics import burstiness
from synthetic_data.background.actors import sittings
from synthetic_data.background.bank import PENSION_AGE, Banking
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, chunks
from synthetic_data.population import EVERYDAY_SHARE, Population, populate
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings


@pytest.fixture(scope="module")
def many(large: WorldSettings) -> Population:
    return populate(large, Seeds(5).child("population"))


@pytest.fixture(scope="module")
def payments(large: WorldSettings, many: Population) -> Batch:
    banking = Banking(large, many, Seeds(5))
    parts = []
    for chunk in chunks(large.days, banking.per_day, 500_000):
        parts.append(banking.happen(chunk)["payments"])
        assert parts[-1]["time"].min() >= chunk.start
    return joined(parts)


@pytest.fixture(scope="module")
def received(payments: Batch, many: Population) -> Batch:
    """Salaries, benefits, pensions and allowances."""
    return payments.take(many.owner(payments["payer"]) < 0)


def test_as_many_payments_follow_another_as_configured() -> None:
    rng = np.random.default_rng(1)
    person, time = sittings(rng, np.arange(50_000), np.full(50_000, DAY), 0.3)
    follows = np.concatenate([[False], person[1:] == person[:-1]])
    assert follows.mean() == pytest.approx(0.3, abs=0.01)
    assert (time[~follows] == DAY).all()
    assert np.diff(time)[follows[1:]].min() >= 20
    alone, _ = sittings(rng, np.arange(100), np.zeros(100, dtype=np.int64), 0.0)
    assert len(alone) == 100


def test_payments_of_a_person_come_in_bursts(payments: Batch, many: Population) -> None:
    mine = payments.take(payments["payer"] < many.persons)
    assert np.median(burstiness(mine["payer"], mine["time"])) > 0.1


def test_banks_pay_no_salaries_at_weekends(received: Batch) -> None:
    late = received["time"] % DAY < 3600  # a fund may follow within the hour, past midnight
    assert ((received["time"] // DAY % 7 < 5) | late).all()
    assert (received["time"] // DAY % 7 < 5).mean() > 0.99


def test_everybody_is_paid_every_month_and_pensioners_by_two(
    received: Batch, many: Population, large: WorldSettings
) -> None:
    payday = received.take(received["time"] // DAY % 30 >= 20)
    times = np.bincount(payday["payee"], minlength=many.persons)
    months = sum(day % 30 == 24 for day in range(large.days))
    retired = many.age >= PENSION_AGE
    assert (times[~retired] == months).all()
    assert times[retired].min() >= months
    assert (times[retired] == 2 * months).mean() > 0.8


def test_second_accounts_are_at_another_bank_for_as_many_as_configured(
    many: Population, large: WorldSettings
) -> None:
    second = many.account_bank[many.persons : 2 * many.persons]
    has = second >= 0
    assert has.mean() == pytest.approx(large.population.second_bank_share, abs=0.01)
    assert (second[has] != many.bank[has]).all()
    share = np.array(list(large.market.bank.values()))
    smallest = many.bank == share.argmin()
    rest = share / (1 - share.min())
    largest = second[smallest & has] == share.argmax()
    assert largest.mean() == pytest.approx(rest.max(), abs=0.03)


def test_most_second_accounts_hardly_pay(payments: Batch, many: Population) -> None:
    paid = np.bincount(payments["payer"], minlength=2 * many.persons)
    person = np.flatnonzero(many.has_second(np.arange(many.persons)))
    serves = many.second_serves(person)
    assert serves.mean() == pytest.approx(EVERYDAY_SHARE, abs=0.02)
    second = paid[many.persons + person]
    assert (second[~serves] <= 2).mean() > 0.9
    assert second[serves].mean() > 5 * second[~serves].mean()
