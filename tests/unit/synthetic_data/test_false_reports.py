"""Reports of honest payments: disputes and mistakes."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, Chunk
from synthetic_data.population import Population
from synthetic_data.reports import FIRST_FALSE_CASE, KINDS, false_reports
from synthetic_data.schema import SECTORS
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

SEEDS = Seeds(11)
FORMS = ("first", "second", "third")


def honest_payments(people: Population, size: int) -> Batch:
    number = np.arange(size)
    return Batch(
        {
            "payment": 10**9 + number,
            "payee": number % people.persons,
            "payer_bank": people.bank[number % people.persons],
            "time": np.full(size, DAY),
            "amount_eur": np.full(size, 20.0),
        }
    )


def wrong_reports(
    world: WorldSettings, people: Population, forms: tuple[str, ...], index: int = 3
) -> Batch:
    chunk = Chunk(index, 0, 2 * DAY)
    return false_reports(world, forms, chunk, honest_payments(people, 100_000), people, SEEDS)


@pytest.fixture
def mistaken(small: WorldSettings) -> WorldSettings:
    """A world in which a thousand payments per million are reported by mistake."""
    wrong = dataclasses.replace(small.false_reports, per_million_payments=1000.0)
    return dataclasses.replace(small, false_reports=wrong)


def test_false_reports_are_as_many_and_as_late_as_configured(
    mistaken: WorldSettings, people: Population
) -> None:
    labels = pd.DataFrame(dict(joined(_chunks(mistaken, people)).columns))
    bank = labels[labels["sector"] == list(SECTORS).index("bank")]
    assert bank["case"].nunique() == pytest.approx(1000, rel=0.12)
    days = (bank.drop_duplicates("case")["known_at"] - DAY) / DAY
    assert days.median() == pytest.approx(7.0, rel=0.15)
    police = labels[labels["sector"] == list(SECTORS).index("police")]
    assert police["case"].nunique() / bank["case"].nunique() == pytest.approx(0.5, abs=0.06)
    assert set(labels["form"]) == {0, 1, 2}
    assert set(labels["kind"]) == {KINDS.index("payment"), KINDS.index("payee")}
    number = bank.loc[bank["kind"] == KINDS.index("payment"), "value"].to_numpy() - 10**9
    partner = bank.loc[bank["kind"] == KINDS.index("payment"), "partner"].to_numpy()
    assert (partner == people.bank[number % people.persons]).all()


def _chunks(world: WorldSettings, people: Population) -> list[Batch]:
    return [wrong_reports(world, people, FORMS, index) for index in range(10)]


def test_false_reports_never_share_a_case_number_with_another_report(
    mistaken: WorldSettings, people: Population
) -> None:
    numbers = [set(labels["case"]) for labels in _chunks(mistaken, people)]
    assert sum(map(len, numbers)) == len(set.union(*numbers))
    last = wrong_reports(mistaken, people, FORMS, index=1100 * 24)
    assert min(set.union(*numbers)) >= FIRST_FALSE_CASE
    assert max(last["case"]) < 2**31  # a case has a code of 31 bits


def test_no_false_report_names_the_account_through_which_everybody_pays(
    mistaken: WorldSettings, people: Population
) -> None:
    payments = honest_payments(people, 100_000)
    payments = payments.plus(payee=np.full(len(payments), people.psp_account[0]))
    labels = false_reports(mistaken, FORMS, Chunk(0, 0, DAY), payments, people, SEEDS)
    assert set(labels["kind"]) == {KINDS.index("payment")}


def test_without_forms_of_fraud_nobody_reports_fraud(
    mistaken: WorldSettings, people: Population
) -> None:
    assert len(wrong_reports(mistaken, people, ())) == 0
    assert set(wrong_reports(mistaken, people, ("only",))["form"]) == {0}
