import math
from dataclasses import dataclass, replace

import dp_accounting
import pytest
from dp_accounting.rdp import RdpAccountant
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from proeftuin.errors import PrivacyError
from proeftuin.privacy import accounting, prv
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.ledger import GaussianRelease, Ledger, SampledGaussianRelease

LEARNING = SampledGaussianRelease("learning", 1.1, 0.05, 150)
LEDGER = Ledger("bank_1", "record", 18_000, (GaussianRelease("statistics", 10.0), LEARNING))


def learning(noise: float, rate: float, steps: int) -> Ledger:
    return Ledger("a", "record", 1000, (SampledGaussianRelease("learning", noise, rate, steps),))


# Measured with other scripts, PRV with eps_error=0.01 and PLD on the 1e-4 grid; the RDP figures of
# the same table come from two libraries that agree.
@pytest.mark.parametrize(
    ("noise", "rate", "steps", "delta", "pld", "prv", "rdp"),
    [
        (1.0, 0.01, 1_000, 1e-5, 1.828, 1.838, 2.101),
        (1.0, 0.001, 10_000, 1e-6, 0.555, 0.565, 0.980),
        (0.8, 0.02, 2_000, 1e-6, 10.286, 10.296, 11.216),
        (4.0, 0.05, 2_000, 1e-6, 2.623, 2.633, 2.817),
        (1.5, 0.00256, 3_910, 1e-6, 0.496, 0.506, 0.582),
        (20.0, 1.0, 100, 1e-6, 2.254, 2.264, 2.419),
        (100.0, 0.02, 10_000, 1e-6, 0.073, 0.081, 0.153),
        (0.5, 0.001, 1_000, 1e-5, 3.239, 3.249, 4.382),
    ],
)
def test_epsilon_is_the_number_that_others_get(
    noise: float, rate: float, steps: int, delta: float, pld: float, prv: float, rdp: float
) -> None:
    found = guarantee(learning(noise, rate, steps), delta)
    assert found.epsilon == pytest.approx(pld, abs=6e-4)
    # They report an upper bound, which adds the error of 0.01 that the grid may make.
    assert found.epsilon_prv == pytest.approx(prv - 0.01, abs=3e-3)
    assert found.epsilon < rdp


def test_epsilon_of_noise_without_sampling_is_the_closed_form() -> None:
    mu, delta = math.sqrt(3) / 2.0, 1e-6

    def excess(epsilon: float) -> float:  # Balle & Wang 2018, theorem 8
        upper = ndtr(mu / 2 - epsilon / mu)
        return float(upper - math.exp(epsilon + log_ndtr(-mu / 2 - epsilon / mu)) - delta)

    ledger = Ledger("a", "record", 1000, (GaussianRelease("statistics", 2.0, count=3),))
    assert guarantee(ledger, delta).epsilon == pytest.approx(brentq(excess, 0.1, 20), abs=2e-4)


@settings(max_examples=6, deadline=None)
@given(st.floats(0.8, 5), st.floats(0.001, 0.2), st.integers(1, 400), st.floats(5, 50))
def test_epsilon_is_never_above_the_looser_bound_of_renyi_accounting(
    noise: float, rate: float, steps: int, statistics_noise: float
) -> None:
    ledger = learning(noise, rate, steps).and_then(GaussianRelease("s", statistics_noise))
    renyi = RdpAccountant()
    gaussian = dp_accounting.GaussianDpEvent
    renyi.compose(gaussian(statistics_noise))
    renyi.compose(dp_accounting.PoissonSampledDpEvent(rate, gaussian(noise)), steps)
    assert guarantee(ledger, 1e-6).epsilon <= renyi.get_epsilon(1e-6) + 1e-3


def test_three_rounds_cost_more_than_one_and_as_much_as_they_do_in_one_go() -> None:
    one = Ledger("a", "record", 1000, (LEARNING,))
    three = one.and_then(LEARNING).and_then(replace(LEARNING, what="another round"))
    at_once = learning(LEARNING.noise_multiplier, LEARNING.sampling_rate, 3 * LEARNING.steps)
    epsilon = guarantee(three, 1e-6).epsilon
    assert epsilon == guarantee(at_once, 1e-6).epsilon
    assert 1.3 * guarantee(one, 1e-6).epsilon < epsilon < 3 * guarantee(one, 1e-6).epsilon


def test_statistics_are_charged_on_top_of_learning() -> None:
    alone = guarantee(Ledger("a", "record", 1000, (LEARNING,)), 1e-6).epsilon
    assert guarantee(LEDGER, 1e-6).epsilon > alone


def test_the_guarantee_says_for_whom_against_whom_and_by_which_accountants() -> None:
    found = guarantee(LEDGER, 1e-6)
    assert (found.partner, found.unit, found.records) == ("bank_1", "record", 18_000)
    assert (found.delta, found.neighbouring) == (1e-6, "add_or_remove_one")
    assert "the other partners included" in found.adversary
    assert "dp-accounting 0." in found.accountant
    assert "Opacus 1." in found.accountant


@pytest.mark.parametrize("delta", [1 / 18_000, 0.5, 0.0])
def test_a_delta_that_lets_a_record_be_published_is_refused(delta: float) -> None:
    with pytest.raises(PrivacyError, match=r"below 1/18000 = 5\.56e-05"):
        guarantee(LEDGER, delta)


def test_no_release_costs_nothing() -> None:
    found = guarantee(Ledger("a", "record", 1000), 1e-6)
    assert (found.epsilon, found.epsilon_prv) == (0.0, 0.0)


def test_a_release_without_noise_costs_everything() -> None:
    found = guarantee(LEDGER.and_then(GaussianRelease("thresholds", 0.0)), 1e-6)
    assert (found.epsilon, found.epsilon_prv) == (math.inf, math.inf)


def test_a_release_of_unknown_kind_is_not_counted_as_free() -> None:
    @dataclass(frozen=True)
    class Histogram:
        what: str

    ledger = replace(LEDGER, releases=(*LEDGER.releases, Histogram("ages")))  # type: ignore[arg-type]
    with pytest.raises(PrivacyError, match="Histogram"):
        guarantee(ledger, 1e-6)


def test_replacing_a_record_is_not_reported_as_cheap_as_removing_one() -> None:
    with pytest.raises(PrivacyError, match="replace_one"):
        guarantee(replace(LEDGER, neighbouring="replace_one"), 1e-6)


@pytest.mark.parametrize("other", [-0.021, 0.021, math.nan, math.inf])
def test_accountants_that_disagree_give_no_number(
    other: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    epsilon = guarantee(LEDGER, 1e-6).epsilon
    accounting._epsilons.cache_clear()
    monkeypatch.setattr(accounting, "prv_epsilon", lambda *_: epsilon + other)
    with pytest.raises(PrivacyError, match="no epsilon can be certified"):
        guarantee(LEDGER, 1e-6)


def test_two_infinities_are_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    accounting._epsilons.cache_clear()
    monkeypatch.setattr(accounting, "pld_epsilon", lambda *_: math.inf)
    monkeypatch.setattr(accounting, "prv_epsilon", lambda *_: math.inf)
    with pytest.raises(PrivacyError, match="PLD gives inf"):
        guarantee(LEDGER, 1e-6)


def test_a_second_accountant_that_would_never_end_gives_no_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accounting._epsilons.cache_clear()
    monkeypatch.setattr(prv, "MOST_POINTS", 100)
    with pytest.raises(PrivacyError, match="use more noise"):
        guarantee(LEDGER, 1e-6)


def test_a_delta_too_small_for_floating_point_gives_no_number() -> None:
    with pytest.raises(PrivacyError, match="no epsilon can be certified"):
        guarantee(LEDGER, 1e-17)


def test_a_difference_that_is_allowed_gives_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    epsilon = guarantee(LEDGER, 1e-6).epsilon
    accounting._epsilons.cache_clear()
    monkeypatch.setattr(accounting, "prv_epsilon", lambda *_: epsilon + 0.019)
    assert guarantee(LEDGER, 1e-6).epsilon_prv == epsilon + 0.019
    accounting._epsilons.cache_clear()
