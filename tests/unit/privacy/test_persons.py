"""A person has several records at a partner and is at several partners: what that costs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binom, norm

from proeftuin.errors import PrivacyError
from proeftuin.privacy.accounting import guarantee, joint_guarantee, pld_epsilon, segments
from proeftuin.privacy.calibration import noise_for
from proeftuin.privacy.ledger import ALL_PARTNERS, GaussianRelease, Ledger, SampledGaussianRelease
from proeftuin.privacy.prv import MixtureLoss, prv_epsilon

LEARNING = SampledGaussianRelease("learning", 1.5, 0.01, 1000)


def ledger(records: int = 1, learning: SampledGaussianRelease = LEARNING) -> Ledger:
    return Ledger("bank_1", "person", 5000, (learning,), records_per_unit=records)


# Measured with another script on dp-accounting alone.
@pytest.mark.parametrize(("records", "epsilon"), [(1, 1.060), (2, 2.256), (3, 3.536), (10, 14.42)])
def test_several_records_at_one_partner_cost_what_others_get(records: int, epsilon: float) -> None:
    assert prv_epsilon(segments([ledger(records)]), 1e-6, 0.01) == pytest.approx(epsilon, abs=2e-3)


def test_a_person_of_two_records_gets_a_number_on_which_both_accountants_agree() -> None:
    found = guarantee(ledger(2), 1e-6)
    assert found.epsilon == pytest.approx(2.256, abs=2e-3)
    assert found.epsilon_prv == pytest.approx(found.epsilon, abs=2e-3)
    assert (found.unit, found.records_per_unit) == ("person", 2)


@pytest.mark.parametrize(("partners", "epsilon"), [(2, 1.515), (3, 1.874), (5, 2.460)])
def test_a_person_at_several_partners_is_charged_for_all_of_them(
    partners: int, epsilon: float
) -> None:
    found = joint_guarantee([ledger()] * partners, 1e-6)
    assert found.epsilon == pytest.approx(epsilon, abs=2e-3)
    assert (found.partner, found.partners, found.records) == (
        ALL_PARTNERS,
        partners,
        5000 * partners,
    )
    assert "all partners send" in found.adversary


def test_one_step_on_several_records_costs_what_integration_says() -> None:
    """Hockey-stick divergence of the mixture by a plain sum: a third, independent way."""
    noise, rate, records, delta = 0.9, 0.2, 4, 1e-5
    x, step = np.linspace(-12, 20, 400_001, retstep=True)
    shifts, chances = np.arange(records + 1), binom.pmf(np.arange(records + 1), records, rate)
    mixed, alone = norm.pdf(x[:, None], shifts, noise) @ chances, norm.pdf(x, 0, noise)

    def excess(epsilon: float) -> float:
        ways = (mixed - math.exp(epsilon) * alone, alone - math.exp(epsilon) * mixed)
        return max(float(np.maximum(way, 0).sum() * step) for way in ways) - delta

    expected = brentq(excess, 1e-3, 60)
    one_step = [(noise, rate, records, 1)]
    assert pld_epsilon(tuple(one_step), delta, 1e-3) == pytest.approx(expected, abs=2e-3)
    assert prv_epsilon(one_step, delta, 0.01) == pytest.approx(expected, abs=2e-3)


def test_the_loss_of_one_record_is_the_one_that_opacus_knows() -> None:
    from opacus.accountants.analysis.prv import PoissonSubsampledGaussianPRV

    losses = np.linspace(-0.04, 3, 400)
    ours, theirs = MixtureLoss(0.8, 0.05, 1), PoissonSubsampledGaussianPRV(0.05, 0.8)
    np.testing.assert_allclose(ours.cdf(losses), theirs.cdf(losses), atol=1e-9)


def test_losses_are_as_often_seen_as_simulated() -> None:
    mixture, rng = MixtureLoss(1.2, 0.1, 3), np.random.default_rng(1)
    draws = rng.binomial(3, 0.1, 400_000) + 1.2 * rng.standard_normal(400_000)
    loss = mixture._loss(draws)[0]
    for t in (-0.2, 0.0, 0.3, 1.0, 2.5):
        assert np.mean(loss <= t) == pytest.approx(float(mixture.cdf(np.array(t))), abs=4e-3)


def test_statistics_and_whole_batches_count_every_record_of_a_person() -> None:
    everybody = SampledGaussianRelease("learning", 6.0, 1.0, 4)
    person = replace(
        ledger(3, everybody), releases=(everybody, GaussianRelease("statistics", 30.0))
    )
    assert segments([person]) == ((2.0, 1.0, 1, 4), (10.0, 1.0, 1, 1))


def test_partners_of_different_kinds_add_up_to_more_than_the_worst_and_less_than_the_sum() -> None:
    small = replace(ledger(), partner="bank_2", releases=(replace(LEARNING, sampling_rate=0.02),))
    alone = [guarantee(one, 1e-6).epsilon for one in (ledger(), small)]
    together = joint_guarantee([ledger(), small], 1e-6).epsilon
    assert max(alone) < together < sum(alone)


def test_one_shared_noise_protects_a_person_at_several_partners_less() -> None:
    """Secure aggregation: one sum, in which sensitivities add up. Measured before: 2.88, 4.32."""
    learning = SampledGaussianRelease("learning", 1.805, 0.0256, 781)
    own_noise = prv_epsilon(segments([ledger(learning=learning)] * 2), 1e-6, 0.01)
    shared_noise = prv_epsilon(segments([ledger(2, learning)]), 1e-6, 0.01)
    assert own_noise == pytest.approx(2.88, abs=0.01)
    assert shared_noise == pytest.approx(4.32, abs=0.01)


@pytest.mark.parametrize(("partners", "noise"), [(2, 2.41), (3, 2.89)])
def test_a_budget_over_several_partners_needs_the_noise_that_others_get(
    partners: int, noise: float
) -> None:
    found = noise_for(
        epsilon=2.0,
        delta=1e-6,
        sampling_rate=0.0256,
        steps=781,
        statistics_noise=10_000.0,
        partners_per_unit=partners,
    )
    assert found == pytest.approx(noise, abs=0.01)


def test_a_persons_budget_is_used_up_and_never_exceeded() -> None:
    statistics = GaussianRelease("statistics", 100.0)
    noise = noise_for(
        epsilon=4.0,
        delta=1e-6,
        sampling_rate=0.02,
        steps=50,
        statistics_noise=100.0,
        records_per_unit=2,
        partners_per_unit=2,
    )

    def spent(noise: float) -> float:
        learning = SampledGaussianRelease("learning", noise, 0.02, 50)
        one = replace(ledger(2), releases=(statistics, learning))
        return joint_guarantee([one, replace(one, partner="bank_2")], 1e-6).epsilon

    assert 3.97 < spent(noise) <= 4.0


def test_one_partner_of_too_many_records_for_delta_gets_no_joint_number() -> None:
    large = replace(ledger(), partner="bank_2", records=2_000_000)
    with pytest.raises(PrivacyError, match="bank_2 has 2000000 records"):
        joint_guarantee([ledger(), large], 1e-6)
