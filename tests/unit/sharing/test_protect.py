"""Mechanisms keep the promise of their parameter, checked against closed forms and OpenDP."""

import math

import numpy as np
import opendp.prelude as dp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.instruments.mechanisms import (
    FOR_ANSWERS,
    FOR_COUNTS,
    FOR_LISTS,
    SOURCES,
)
from proeftuin.sharing.protect import (
    bloom_false_positives,
    counted,
    flip_probability,
    list_bytes,
    randomised,
)
from tests.fixtures.instruments import mechanism

SIZE = 40_000
epsilons = st.floats(0.05, 8.0)


def within(share: float, expected: float) -> bool:
    """Return whether a share of SIZE draws is within five standard errors of what it should be."""
    return abs(share - expected) < 5 * math.sqrt(expected * (1 - expected) / SIZE) + 1e-4


@settings(max_examples=25, deadline=None)
@given(epsilon=epsilons, seed=st.integers(0, 2**32))
def test_randomised_response_has_the_epsilon_it_says(epsilon: float, seed: int) -> None:
    """The likelihood ratio of an answer under yes and no is at most e^epsilon."""
    way, rng = mechanism("randomised_response", epsilon=epsilon), np.random.default_rng(seed)
    yes = randomised(np.ones(SIZE, dtype=bool), way, rng).mean()
    no = randomised(np.zeros(SIZE, dtype=bool), way, rng).mean()
    assert within(1 - yes, flip_probability(epsilon))
    assert within(no, flip_probability(epsilon))
    flip = flip_probability(epsilon)
    assert math.log((1 - flip) / flip) == pytest.approx(epsilon)


@settings(max_examples=25, deadline=None)
@given(epsilon=epsilons, seed=st.integers(0, 2**32), beyond=st.integers(1, 6))
def test_noise_of_counts_has_the_tail_of_the_discrete_laplace(
    epsilon: float, seed: int, beyond: int
) -> None:
    """P(noise >= k) = e^(-epsilon k) / (1 + e^-epsilon) (Ghosh et al. 2012)."""
    base = 10_000  # far from zero, where counts are cut off
    noise = counted(np.full(SIZE, base), epsilon, np.random.default_rng(seed)) - base
    tail = math.exp(-epsilon * beyond) / (1 + math.exp(-epsilon))
    assert within((noise >= beyond).mean(), tail)
    assert within((noise <= -beyond).mean(), tail)


def test_counts_stay_counts() -> None:
    noisy = counted(np.zeros(1000, dtype=np.int64), 0.2, np.random.default_rng(1))
    assert noisy.dtype.kind == "i"
    assert noisy.min() == 0
    assert counted(np.arange(5), None, np.random.default_rng(1)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0, 3.0])
def test_opendp_gives_the_same_noise_the_same_epsilon(epsilon: float) -> None:
    """OpenDP's geometric mechanism of scale 1 / epsilon: its privacy map, and its spread."""
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    release = space >> dp.m.then_laplace(scale=1 / epsilon)
    assert release.map(1) == pytest.approx(epsilon)
    theirs = np.array(release([10_000] * 20_000)) - 10_000
    ours = counted(np.full(20_000, 10_000), epsilon, np.random.default_rng(2)) - 10_000
    assert np.abs(ours).mean() == pytest.approx(np.abs(theirs).mean(), rel=0.12)


@settings(max_examples=25, deadline=None)
@given(rate=st.floats(0.001, 0.5), seed=st.integers(0, 2**32))
def test_a_bloom_filter_confuses_as_many_as_it_says(rate: float, seed: int) -> None:
    way = mechanism("bloom_filter", false_positive_rate=rate)
    seeming = bloom_false_positives(way, SIZE, np.random.default_rng(seed))
    assert within(seeming.mean(), rate)


def test_a_bloom_filter_is_smaller_than_the_list_and_intersection_larger() -> None:
    """9.6 bits an entry at 1 % (Bloom 1970)."""
    way = mechanism("bloom_filter", false_positive_rate=0.01)
    assert list_bytes(way, 1000, 5000) == pytest.approx(1000 * 9.585 / 8, rel=0.001)
    plain = list_bytes(mechanism("plain"), 1000, 5000)
    assert list_bytes(way, 1000, 5000) < plain
    assert plain < list_bytes(mechanism("keyed_hash"), 1000, 5000)
    assert list_bytes(mechanism("set_intersection"), 1000, 5000) > plain


def test_the_report_can_say_of_every_mechanism_what_it_gives_and_costs() -> None:
    assert set(SOURCES) == {*FOR_ANSWERS, *FOR_COUNTS, *FOR_LISTS}
    for source in SOURCES.values():
        assert source.startswith(("[S]", "[D]"))
