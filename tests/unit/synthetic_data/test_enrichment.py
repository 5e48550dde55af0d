"""Enrichment makes successful cases more frequent, and nothing else that a detector could see."""

import numpy as np
import pytest

from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds
from synthetic_data.simulation import Simulation
from synthetic_data.world import Truth, World, generate

FACTORS = (1.0, 10.0, 92.0)
PERSONS = 25_000
SEEDS = Seeds(7).child("world")


def _settings(enrichment: float) -> Settings:
    return settings_for(
        [
            "scenario=bank_helpdesk",
            f"scenario.forms.bank_helpdesk.orientation.enrichment={enrichment}",
            f"world.population.persons={PERSONS}",
            "world.market.absent=[webshop,marketplace,psp,exchange,social,helpdesk]",
            "world.payments.per_person_day=0.02",
            "world.calls.texts_per_person_day=0.0",
        ]
    )


def _town(enrichment: float) -> tuple[World, Truth]:
    settings = _settings(enrichment)
    return generate(settings.world, settings.scenario, SEEDS)


@pytest.fixture(scope="module")
def towns() -> dict[float, tuple[World, Truth]]:
    return {factor: _town(factor) for factor in FACTORS}


@pytest.mark.parametrize("factor", FACTORS)
def test_successful_cases_grow_and_contacts_that_fail_do_not(
    towns: dict[float, tuple[World, Truth]], factor: float
) -> None:
    """0.65 victims per 1,000 adults a year and 40 failed contacts each, in 112 days."""
    cases = towns[factor][1].cases
    expected = 0.65 / 1000 * PERSONS * 112 / 365
    victims = int(cases["succeeded"].sum())
    assert victims == pytest.approx(factor * expected, abs=4 * np.sqrt(factor * expected) + 1)
    failed = len(cases) - victims
    assert failed == pytest.approx(40 * expected, abs=5 * np.sqrt(40 * expected))


@pytest.mark.parametrize("factor", FACTORS)
def test_the_number_of_a_bank_is_spoofed_no_more_often_outside_the_cases_that_succeed(
    towns: dict[float, tuple[World, Truth]], factor: float
) -> None:
    """Half of the failed calls show it, nine in ten of which an operator sees."""
    truth, settings = towns[factor][1], _settings(factor)
    simulation = Simulation(settings.world, settings.scenario, SEEDS)
    banks = simulation.writer.codes["phone"](simulation.population.bank_phone)
    failed = truth.cases.loc[~truth.cases["succeeded"], "case"]
    calls = truth.calls[truth.calls["case"].isin(failed)]
    expected = 40 * 0.65 / 1000 * PERSONS * 112 / 365 * 0.5 * 0.9
    assert calls["number"].isin(banks).sum() == pytest.approx(expected, abs=5 * np.sqrt(expected))


@pytest.mark.parametrize("factor", FACTORS)
def test_victims_are_defrauded_again_as_rarely_as_in_life(
    towns: dict[float, tuple[World, Truth]], factor: float
) -> None:
    """Without a cap one in six victims would be hit twice at 92 times the real rate."""
    truth = towns[factor][1]
    paid = truth.payments[truth.payments["case"] >= 0]
    payer = towns[factor][0].tables["payments"].set_index("payment")["payer"]
    cases = paid.assign(payer=payer.loc[paid["payment"]].to_numpy()).groupby("payer")["case"]
    assert (cases.nunique() > 1).mean() <= 0.02


@pytest.mark.parametrize("factor", FACTORS)
def test_false_reports_and_reports_per_case_keep_their_share(
    towns: dict[float, tuple[World, Truth]], factor: float
) -> None:
    world, truth = towns[factor]
    labels = world.labels[world.labels["partner"].isin(world.partners["bank"])]
    true = labels["case"].isin(truth.cases["case"])
    reported, false = labels.loc[true, "case"].nunique(), labels.loc[~true, "case"].nunique()
    expected = 0.29 * reported
    assert false == pytest.approx(expected, abs=4 * np.sqrt(expected) + 3)
    payments = labels[true & (labels["kind"] == "payment")]
    assert len(payments) / reported == pytest.approx(2.2, abs=0.25 + 2 / np.sqrt(reported))


def test_cases_carry_the_weight_that_undoes_the_enrichment(
    towns: dict[float, tuple[World, Truth]],
) -> None:
    for factor, (_, truth) in towns.items():
        weight, succeeded = truth.cases["real_weight"], truth.cases["succeeded"]
        assert np.allclose(weight[succeeded] * factor, 1.0)
        assert weight[~succeeded].isin([1.0, 1 / factor]).all()  # a few would pay after the end
