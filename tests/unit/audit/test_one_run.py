"""The bound of one training: true at its confidence, never above its ceiling, nothing from luck."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proeftuin.audit.one_run import bound, ceiling, least_epsilon, p_value
from synthetic_data.seeds import Seeds


def test_without_delta_the_chance_is_that_of_biased_coins() -> None:
    """Ten right of ten at epsilon 0: one in 1,024."""
    assert p_value(10, 10, 10, 0.0, 0.0) == pytest.approx(2**-10)


def test_guesses_at_the_limit_of_epsilon_do_not_refute_it() -> None:
    """As many right guesses as e^epsilon / (1 + e^epsilon) allows on average."""
    right = round(1000 * math.e / (1 + math.e))
    assert 0 < least_epsilon(1000, 1000, right, delta=0.0, confidence=0.95) < 1.0


@given(right=st.integers(0, 200), epsilon=st.floats(0, 8))
def test_a_looser_claim_is_never_easier_to_refute(right: int, epsilon: float) -> None:
    chance = p_value(300, 200, right, epsilon, 0.0)
    assert chance <= p_value(300, 200, right, epsilon + 0.5, 0.0) + 1e-12
    assert chance <= p_value(300, 200, right, epsilon, 1e-6) <= 1
    assert p_value(300, 200, right, epsilon, 1e-6) <= p_value(300, 200, right, epsilon, 1e-3)


@pytest.mark.parametrize("canaries", [50, 100, 1000])
def test_an_attack_that_knows_everything_reaches_the_ceiling_and_no_more(canaries: int) -> None:
    inside = np.arange(canaries) % 2 == 0
    scores = np.where(inside, 1.0, -1.0) + np.linspace(0, 1e-3, canaries)
    most = ceiling(canaries, delta=1e-6, confidence=0.95)
    found = bound(scores, inside, delta=1e-6, confidence=0.95)
    assert found == pytest.approx(most)


def test_more_canaries_can_prove_more() -> None:
    ceilings = [ceiling(count, delta=1e-6, confidence=0.95) for count in (50, 100, 1000)]
    assert ceilings == sorted(ceilings)
    assert ceilings[-1] > 4


def test_scores_that_know_nothing_seldom_prove_anything() -> None:
    """At 95 % confidence at most 5 in 100 bounds are above the truth, which is 0."""
    rng = Seeds(4).rng("blind")
    wrong = sum(
        bound(rng.random(100), rng.random(100) < 0.5, delta=0.0, confidence=0.95) > 0
        for _ in range(200)
    )
    assert wrong <= 18  # 10 expected at most; beyond 18 once in two hundred
