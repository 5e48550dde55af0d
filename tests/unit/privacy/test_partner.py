"""A partner as the unit: what it sends is bounded as a whole, and hidden by whose noise it is."""

import dataclasses
import math

import flwr.clientapp.mod
import flwr.serverapp.strategy
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.detectors.network import initial_weights
from proeftuin.features.split import Split
from proeftuin.federation.joint import fit_jointly
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.partner import ClientLevelDPLearner, clipped
from proeftuin.settings.arm import Arm
from proeftuin.settings.privacy import ClientLevelDP
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds
from tests.fixtures.federations import parties, server_task

COLUMNS = 4
NAMES = tuple(f"column_{index}" for index in range(COLUMNS))
SEEDS = Seeds(8)


def policy(noise_by: str, **changes: float) -> ClientLevelDP:
    numbers = {"epsilon": 8.0, "delta": 1e-6, "clip_norm": 0.3, "rounds": 3} | changes
    return ClientLevelDP(name="partner_dp", about="", unit="partner", noise_by=noise_by, **numbers)  # type: ignore[arg-type]


def rows(count: int, seed: int) -> Split:
    x = Seeds(seed).rng("rows").uniform(-1, 1, (count, COLUMNS)).astype(np.float32)
    y = (x[:, 0] > 0.5).astype(np.float32)
    return Split(x, y, x[:50], y[:50])


def learner(
    settings: Settings, noise_by: str, seed: int = 1, **changes: float
) -> ClientLevelDPLearner:
    own = ClientLevelDPLearner(
        rows(200, seed),
        settings.arms["federated"].detector,
        policy(noise_by, **changes),
        epochs=1,
        partner=f"bank_{seed}",
        seeds=SEEDS.child(str(seed)),
    )
    own.scale(own.moments())
    return own


@pytest.fixture
def initial(settings: Settings) -> np.ndarray:
    return initial_weights(COLUMNS, settings.arms["federated"].detector, SEEDS)


def test_an_update_is_never_longer_than_the_clipping_norm(
    settings: Settings, initial: np.ndarray
) -> None:
    own = learner(settings, "server", clip_norm=0.01)
    assert np.linalg.norm(own.train(initial, 1) - initial) == pytest.approx(0.01, rel=1e-3)


def test_no_update_or_a_broken_one_does_not_stop_the_round() -> None:
    """Where the norm divides, an update of zero would."""
    assert not clipped(np.zeros(5, dtype=np.float32), 1.0).any()
    assert not clipped(np.array([np.nan, 1], dtype=np.float32), 1.0).any()
    short = np.array([0.3, 0.4], dtype=np.float32)
    np.testing.assert_array_equal(clipped(short, 1.0), short)


def test_a_partners_own_noise_has_the_deviation_that_is_booked(
    settings: Settings, initial: np.ndarray
) -> None:
    with_noise, without = learner(settings, "partner"), learner(settings, "server")
    noise = with_noise.train(initial, 1) - without.train(initial, 1)
    assert noise.std() == pytest.approx(0.3 * with_noise.noise_multiplier, rel=0.2)
    again = learner(settings, "partner", seed=2).train(initial, 1)
    assert (again != with_noise.train(initial, 1)).all()
    assert (with_noise.train(initial, 2) != with_noise.train(initial, 1)).all()


def test_the_servers_noise_is_that_of_one_partner_on_the_sum(
    settings: Settings, initial: np.ndarray
) -> None:
    """With an update of (nearly) nothing, what is left of a round is the server's noise."""
    partners = [learner(settings, "server", seed, clip_norm=1e-7) for seed in (1, 2, 3, 4)]
    task = server_task(4, initial, 1, settings.federation, server_noise=2.0)
    joint = fit_jointly(parties(partners, task))
    assert (joint.weights - initial).std() == pytest.approx(2.0 / 4, rel=0.2)


@pytest.mark.parametrize("noise_by", ["server", "partner"])
def test_the_budget_is_used_up_over_all_rounds_and_says_against_whom(
    noise_by: str, settings: Settings
) -> None:
    arm = dataclasses.replace(settings.arms["federated"], privacy=policy(noise_by))
    parts = {name: rows(100 + 50 * seed, seed) for seed, name in enumerate("abc")}
    learned = learn_jointly(Training(parts, NAMES, arm, settings.federation, SEEDS))
    assert learned.losses == []
    assert len({own.examples for own in learned.learners}) == 1
    for own in learned.learners:
        assert isinstance(own, ClientLevelDPLearner)
        spent = guarantee(own.ledger(), 1e-6)
        assert 7.98 < spent.epsilon <= 8.0
        assert spent.unit == "partner"
        assert ("not the server" in spent.adversary) == (noise_by == "server")


def test_noise_of_a_partner_is_the_closed_form_of_the_gaussian_mechanism(
    settings: Settings,
) -> None:
    mu = math.sqrt(3) / learner(settings, "server").noise_multiplier

    def excess(epsilon: float) -> float:  # Balle & Wang 2018, theorem 8
        upper = ndtr(mu / 2 - epsilon / mu)
        return float(upper - math.exp(epsilon + log_ndtr(-mu / 2 - epsilon / mu)) - 1e-6)

    assert brentq(excess, 1, 20) == pytest.approx(8.0, abs=0.01)


def test_scaling_tells_nothing_about_a_partners_rows(settings: Settings) -> None:
    one, other = learner(settings, "server", 1).moments(), learner(settings, "server", 2).moments()
    np.testing.assert_array_equal(one.sum, other.sum)
    both = one + other
    np.testing.assert_array_equal(both.mean(), np.zeros(COLUMNS))
    np.testing.assert_array_equal(both.std(), np.ones(COLUMNS))


def test_who_learns_alone_pays_nothing_for_hiding_that_it_took_part(settings: Settings) -> None:
    arm: Arm = dataclasses.replace(settings.arms["federated"], privacy=policy("server"))
    learned = learn_each(Training({"a": rows(100, 1)}, NAMES, arm, settings.federation, SEEDS))
    assert type(learned["a"].learners[0]) is GradientLearner


def test_secure_aggregation_is_left_out_only_as_long_as_flower_has_none_for_its_apps() -> None:
    """The day this fails, it can be offered: docs/privacy.md says what it would change."""
    offered = [*dir(flwr.serverapp.strategy), *dir(flwr.clientapp.mod)]
    assert [name for name in offered if "secagg" in name.lower()] == []
