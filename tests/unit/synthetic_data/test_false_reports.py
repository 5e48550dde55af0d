"""Reports of honest payments: disputes and mistakes."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from scenarios.base import FraudForm
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, Chunk
from synthetic_data.population import Population
from synthetic_data.reports import FIRST_FALSE_CASE, KINDS, false_reports
from synthetic_data.schema import SECTORS
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings
from tests.fixtures.journey_forms import BY_PHONE, form_of

SEEDS = Seeds(11)
#: Forms that 99 people of a small town report to banks in two days: the second twice, the third
#: three times as often as the first.
FORMS = tuple(
    form_of(BY_PHONE, victims_per_1000_year=200.0, enrichment=7.5 * times) for times in (1, 2, 3)
)


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
    world: WorldSettings, people: Population, forms: tuple[FraudForm, ...], index: int = 3
) -> Batch:
    chunk = Chunk(index, 0, 2 * DAY)
    return false_reports(world, forms, chunk, honest_payments(people, 100_000), people, SEEDS)


@pytest.fixture
def mistaken(small: WorldSettings) -> WorldSettings:
    """A world in which as many honest payments are reported as fraudulent ones."""
    wrong = dataclasses.replace(small.false_reports, per_true_report=1.0)
    return dataclasses.replace(small, false_reports=wrong)


def test_false_reports_are_as_many_and_as_late_as_configured(
    mistaken: WorldSettings, people: Population
) -> None:
    labels = pd.DataFrame(dict(joined(_chunks(mistaken, people)).columns))
    bank = labels[labels["sector"] == list(SECTORS).index("bank")]
    assert bank["case"].nunique() == pytest.approx(986, rel=0.12)
    by_form = bank.drop_duplicates("case")["form"].value_counts(normalize=True).sort_index()
    assert by_form.tolist() == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=0.05)
    days = (bank.drop_duplicates("case")["known_at"] - DAY) / DAY
    assert days.median() == pytest.approx(7.0, rel=0.15)
    police = labels[labels["sector"] == list(SECTORS).index("police")]
    assert police["case"].nunique() / bank["case"].nunique() == pytest.approx(0.5, abs=0.06)
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
    assert set(wrong_reports(mistaken, people, FORMS[:1])["form"]) == {0}


def test_a_form_that_has_not_emerged_yet_has_no_false_reports_either(
    mistaken: WorldSettings, people: Population
) -> None:
    later = form_of(BY_PHONE, victims_per_1000_year=200.0, enrichment=50.0, starts_day=10.0)
    assert len(wrong_reports(mistaken, people, (later,))) == 0
