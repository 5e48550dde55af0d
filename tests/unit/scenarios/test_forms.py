"""Every form against its sources: money, incidence, reports, and steps that can be carried out."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from scenarios.base import Event, FraudForm, Money, Phase, Step
from scenarios.registry import FORMS, Scenario

LOSES = {Event.PAYMENT, Event.CHECKOUT, Event.DEPOSIT, Event.ORDER}
CALLS = {Event.CALL, Event.TEXT}
WITH_MONEY = {*LOSES, Event.SAVINGS, Event.LIMIT_RAISE}


def mean_loss(form: FraudForm) -> float:
    """Mean loss of a case in EUR, repetitions drawn as 1 + binomial."""
    shares = form.variants() or {None: 1.0}
    return sum(
        shares.get(variant, 0.0)
        * sum(
            _mean(step)
            for step in form.steps()
            if step.event in LOSES and step.variant in (None, variant)
        )
        for variant in shares
    )


def _mean(step: Step) -> float:
    money = step.money
    assert money is not None
    more = step.times_max - 1
    extra = np.arange(more + 1)
    chance = binom.pmf(extra, more, (step.times_mean - 1) / more if more else 0)
    total = np.cumsum(money.growth**extra)
    return float(step.share * chance @ total * money.median_eur * math.exp(money.sigma**2 / 2))


@pytest.mark.parametrize(
    ("name", "eur", "source"),
    [
        ("bank_helpdesk", 2_820, "NVB 2023: EUR 28.2 million over 10,000 victims"),
        ("purchase", 200, "police 2017: EUR 197; CBS 2021: EUR 238 million over 1.06 million"),
        ("sales", 250, "police 2023: EUR 250 for purchase and sales fraud together"),
        ("investment", 22_000, "Fraudehelpdesk 2023: EUR 20 million over 900 victims"),
        ("dating", 30_000, "Fraudehelpdesk 2023: EUR 7.6 million over 250 victims"),
        ("friend_in_need", 3_000, "Fraudehelpdesk 2021: 3,900 reported; large losses are more"),
    ],
)
def test_the_mean_loss_of_a_case_is_that_of_its_source(
    mix: Scenario, name: str, eur: float, source: str
) -> None:
    assert mean_loss(mix.forms[name]) == pytest.approx(eur, rel=0.2), source


def test_the_mix_is_registered_by_the_police_in_the_shape_of_2023(mix: Scenario) -> None:
    """Police 2023: over 60 % purchase and sales, over 10 % helpdesk (band 8 to 15 %)."""
    cases = {
        name: form.orientation.victims_per_1000_year
        * form.orientation.enrichment
        * form.reporting.police_share
        for name, form in mix.forms.items()
    }
    total = sum(cases.values())
    assert (cases["purchase"] + cases["sales"]) / total > 0.6
    assert 0.08 <= cases["bank_helpdesk"] / total <= 0.15


def test_half_the_money_of_the_mix_is_helpdesk_and_investment(mix: Scenario) -> None:
    """Police 2023: more than half of all losses."""
    money = {name: mean_loss(form) * _rate(form) for name, form in mix.forms.items()}
    assert money["bank_helpdesk"] + money["investment"] > sum(money.values()) / 2


def test_a_year_has_as_many_victims_as_cbs_counts(mix: Scenario) -> None:
    """CBS 2022-2024: 7.6 to 9.4 % victim of online fraud; some more than once."""
    real = sum(form.orientation.victims_per_1000_year for form in mix.forms.values())
    assert 70 <= real <= 120


def test_more_than_a_fifth_of_losses_is_a_form_that_was_not_there(emerging: Scenario) -> None:
    new = emerging.forms["friend_in_need"]
    assert new.preparation.starts_day > 28
    losses = sum(mean_loss(form) * _rate(form) for form in emerging.forms.values())
    assert mean_loss(new) * _rate(new) / losses > 0.2


def test_half_the_purchase_victims_tell_anybody(mix: Scenario) -> None:
    """CBS 2025: 51.5 %."""
    reporting = mix.forms["purchase"].reporting
    silent = (
        (1 - reporting.bank_share)
        * (1 - reporting.police_share)
        * (1 - reporting.platform_share)
        * (1 - reporting.helpdesk_share)
    )
    assert 0.45 <= 1 - silent <= 0.55


@pytest.mark.parametrize("name", FORMS)
def test_a_campaign_has_a_believable_number_of_victims(mix: Scenario, name: str) -> None:
    form = mix.forms[name]
    campaigns = form.preparation.groups_per_million * form.preparation.campaigns_per_group_year
    assert 4 <= 1000 * form.orientation.victims_per_1000_year / campaigns <= 100


@pytest.mark.parametrize("name", FORMS)
def test_every_step_can_be_carried_out(mix: Scenario, name: str) -> None:
    form = mix.forms[name]
    for step in form.steps():
        _check(step)
        assert step.variant is None or step.variant in form.variants()
    for variant in form.variants() or [None]:
        last = [step for step in form.steps() if step.variant in (None, variant)][-1]
        assert last.phase == Phase.TRANSFER
    assert sum(form.variants().values()) == pytest.approx(1) or not form.variants()


@given(
    shop=st.floats(0, 1), offers=st.floats(1, 50), hours=st.floats(0.05, 240), eur=st.floats(5, 2e3)
)
def test_steps_stay_possible_over_the_whole_range_of_the_figures(
    mix: Scenario, shop: float, offers: float, hours: float, eur: float
) -> None:
    form = _with(
        mix.forms["purchase"],
        contact={"fake_shop_share": shop, "victims_per_offer": offers},
        persuasion={"seller_hours_median": hours},
        transfer={"amount_median_eur": eur},
    )
    for step in form.steps():
        _check(step)
    assert sum(form.variants().values()) == pytest.approx(1)


def test_a_number_on_the_command_line_reaches_the_steps(mix: Scenario) -> None:
    changed = _with(
        mix.forms["bank_helpdesk"], transfer={"in_call_share": 0.5, "payments_mean": 4.0}
    )
    call, *_, payment = changed.steps()
    assert call.covers == 0.5 * (1 - changed.contact.moves_to_app_share)
    assert payment.times_mean == 4.0


def test_investment_takes_weeks_and_a_helpdesk_call_an_hour(mix: Scenario) -> None:
    days = {name: _days(form) for name, form in mix.forms.items()}
    assert 30 < days["investment"] < 120
    assert 30 < days["dating"] < 120
    assert days["friend_in_need"] < 0.5
    assert days["bank_helpdesk"] < 0.15


def _check(step: Step) -> None:
    assert 0 <= step.share <= 1
    assert 1 <= step.times_mean <= step.times_max
    assert (step.times_max > 1) == (step.gap is not None)
    assert (step.event in WITH_MONEY) == (step.money is not None)
    assert (step.event == Event.CALL) == (step.length is not None)
    assert (step.event in LOSES) == (step.phase == Phase.TRANSFER)  # what counts as fraud
    assert step.wait.median_s > 0
    assert step.event == Event.CALL or step.covers == 0
    assert step.event in CALLS or step.spoofed == step.hidden == 0
    assert not isinstance(step.money, Money) or step.money.median_eur > 0


def _rate(form: FraudForm) -> float:
    return form.orientation.victims_per_1000_year * form.orientation.enrichment


def _days(form: FraudForm) -> float:
    """Median days from first contact to the last payment, roughly; mean over variants."""
    return (
        sum(
            step.share
            * form.variants().get(step.variant or "", 1.0)
            * (step.wait.median_s + (step.gap.median_s * (step.times_mean - 1) if step.gap else 0))
            for step in form.steps()
        )
        / 86_400
    )


def _with(form: FraudForm, **phases: dict[str, float]) -> FraudForm:
    changed = {
        phase: dataclasses.replace(getattr(form, phase), **numbers)
        for phase, numbers in phases.items()
    }
    return dataclasses.replace(form, **changed)
