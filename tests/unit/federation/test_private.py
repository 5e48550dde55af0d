"""Private learning: infinite budget means no privacy, and the ledger counts every round."""

import dataclasses

import numpy as np
import pytest
import torch

from proeftuin.detectors.network import initial_weights
from proeftuin.detectors.scaling import exact_moments
from proeftuin.errors import PrivacyError
from proeftuin.features.split import Split
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.privacy import learner as private_learner
from proeftuin.privacy.accounting import guarantee, joint_guarantee
from proeftuin.privacy.learner import PrivateLearner
from proeftuin.settings.arm import Arm
from proeftuin.settings.privacy import NoPrivacy, PersonLevelDP
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds

COLUMNS = 4
NAMES = tuple(f"column_{index}" for index in range(COLUMNS))
SEEDS = Seeds(8)


def rows(count: int, seed: int) -> Split:
    rng = Seeds(seed).rng("rows")
    x = rng.uniform(-1, 1, (count, COLUMNS)).astype(np.float32)
    y = (x[:, 0] > 0.5).astype(np.float32)
    return Split(x, y, x[:50], y[:50])


@pytest.fixture
def arm(settings: Settings) -> Arm:
    arm = settings.arms["federated_dp"]
    quickly_accounted = {"epsilon": 2.0, "statistics_noise": 20.0}
    privacy = dataclasses.replace(arm.privacy, rounds=3, steps_per_round=4, **quickly_accounted)
    return dataclasses.replace(arm, privacy=privacy)


def test_every_partner_keeps_to_its_budget_over_all_rounds(arm: Arm, settings: Settings) -> None:
    parts = {name: rows(count, count) for name, count in {"a": 400, "b": 200, "c": 40}.items()}
    learned = learn_jointly(Training(parts, NAMES, arm, settings.federation, SEEDS))
    for side in learned.learners:
        assert isinstance(side, PrivateLearner)
        assert side.steps == 12
        spent = guarantee(side.ledger(), 1e-6)
        assert spent.epsilon <= arm.privacy.epsilon
        assert spent.epsilon > 0.95 * arm.privacy.epsilon
        assert spent.epsilon_prv == pytest.approx(spent.epsilon, abs=0.02)


def test_private_partners_never_report_a_validation_loss(arm: Arm, settings: Settings) -> None:
    parts = {name: rows(100, index) for index, name in enumerate("ab")}
    assert learn_jointly(Training(parts, NAMES, arm, settings.federation, SEEDS)).losses == []


def test_without_noise_and_clipping_private_learning_is_plain_gradient_descent(
    arm: Arm, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ε = ∞: noise 0, clipping out of reach, everybody sampled: equal to plain SGD."""
    monkeypatch.setattr(private_learner, "noise_for", lambda **_: 0.0)
    monkeypatch.setattr(private_learner, "noisy_moments", lambda rows, **_: exact_moments(rows))
    free = dataclasses.replace(
        arm.privacy, clip_norm=1000.0, sampling_rate=1.0, steps_per_round=1, learning_rate=0.3
    )
    plain_detector = dataclasses.replace(
        arm.detector,
        optimiser="sgd",
        learning_rate=0.3,
        weight_decay=0.0,
        batch_size=10_000,
        rounds=3,
    )
    none = NoPrivacy(name="none", about="", unit=None)
    private = dataclasses.replace(arm, privacy=free)
    plain = dataclasses.replace(arm, privacy=none, detector=plain_detector)
    split = rows(300, 3)
    federation = settings.federation
    with_dp = learn_each(Training({"a": split}, NAMES, private, federation, SEEDS))["a"]
    without = learn_each(Training({"a": split}, NAMES, plain, federation, SEEDS))["a"]
    np.testing.assert_allclose(with_dp.model.weights, without.model.weights, atol=1e-5)


def test_no_two_partners_and_no_two_rounds_share_their_noise(arm: Arm) -> None:
    """Trap 10: equal noise could be subtracted."""
    seen = set()
    for owner in ("bank_a", "bank_b"):
        learner = PrivateLearner(
            rows(60, 1), arm.detector, arm.privacy, partner=owner, seeds=SEEDS.child(owner)
        )
        for training_round in (1, 2):
            for purpose in ("noise", "sampling"):
                generator = learner.generator(purpose, training_round)
                seen.add(float(torch.rand(1, generator=generator, dtype=torch.float64)))
    assert len(seen) == 8


def test_statistics_are_released_once(arm: Arm) -> None:
    learner = PrivateLearner(rows(60, 1), arm.detector, arm.privacy, partner="bank_a", seeds=SEEDS)
    learner.moments()
    with pytest.raises(PrivacyError, match="released already"):
        learner.moments()


def test_too_few_rows_for_the_delta_are_refused_before_learning(arm: Arm) -> None:
    loose = dataclasses.replace(arm.privacy, delta=0.02)
    with pytest.raises(PrivacyError, match=r"privacy\.delta=0\.02: a has 60 records"):
        PrivateLearner(rows(60, 1), arm.detector, loose, partner="a", seeds=SEEDS)


def test_private_and_plain_arms_start_from_the_same_weights(arm: Arm, settings: Settings) -> None:
    plain = settings.arms["federated"].detector
    np.testing.assert_array_equal(
        initial_weights(COLUMNS, plain, SEEDS), initial_weights(COLUMNS, arm.detector, SEEDS)
    )


def of_persons(count: int, seed: int, persons: int) -> Split:
    customers = Seeds(seed).rng("customers").integers(0, persons, count)
    return dataclasses.replace(rows(count, seed), train_customer=customers)


def per_person(arm: Arm, **changes: object) -> Arm:
    per_person = {"unit": "person", "records_per_person": 2, "partners_per_person": 2}
    numbers = {"epsilon": 2.0, "statistics_noise": 150.0}
    privacy = PersonLevelDP(**dataclasses.asdict(arm.privacy) | per_person | numbers | changes)
    return dataclasses.replace(arm, privacy=privacy)


def test_a_person_with_many_rows_counts_with_few_and_the_ledger_says_with_how_many(
    arm: Arm, settings: Settings
) -> None:
    parts = {name: of_persons(400, seed, 60) for seed, name in enumerate("ab")}
    learned = learn_jointly(Training(parts, NAMES, per_person(arm), settings.federation, SEEDS))
    for side in learned.learners:
        assert isinstance(side, PrivateLearner)
        _, rows_each = np.unique(side.split.train_customer, return_counts=True)
        assert rows_each.max() == 2
        assert side.ledger().records == len(side.split.train_y) == rows_each.sum() < 400
        assert (side.ledger().unit, side.ledger().records_per_unit) == ("person", 2)
    ledgers = [side.ledger() for side in learned.learners if isinstance(side, PrivateLearner)]
    assert 1.98 < joint_guarantee(ledgers, 1e-6).epsilon <= 2.0


def test_rows_of_nobody_in_particular_cannot_be_learned_from_per_person(arm: Arm) -> None:
    with pytest.raises(PrivacyError, match="whose rows"):
        PrivateLearner(
            rows(60, 1), arm.detector, per_person(arm).privacy, partner="bank_a", seeds=SEEDS
        )


def test_a_small_partner_that_samples_as_many_rows_gets_more_noise_for_the_same_budget(
    arm: Arm,
) -> None:
    privacy = dataclasses.replace(arm.privacy, sampling_rate=None, batch_size=20)
    learners = [
        PrivateLearner(rows(count, 1), arm.detector, privacy, partner=str(count), seeds=SEEDS)
        for count in (100, 4000)
    ]
    assert [learner.sampling_rate for learner in learners] == [0.2, 0.005]
    small, large = (learner.noise_multiplier for learner in learners)
    assert small > 1.5 * large
    for learner in learners:
        learner.moments()
        learner.steps = 12
        assert 0.99 < guarantee(learner.ledger(), 1e-6).epsilon / arm.privacy.epsilon <= 1


def test_partners_that_sample_at_rates_of_their_own_learn_side_by_side_as_alone(
    arm: Arm, settings: Settings
) -> None:
    """Sampled as booked: no partner at another's rate, in the stack or out of it."""
    privacy = dataclasses.replace(arm.privacy, sampling_rate=None, batch_size=20)
    arm = dataclasses.replace(arm, privacy=privacy)
    parts = {"a": rows(400, 1), "b": rows(40, 2)}
    together = learn_each(Training(parts, NAMES, arm, settings.federation, SEEDS))
    for name, split in parts.items():
        alone = learn_each(Training({name: split}, NAMES, arm, settings.federation, SEEDS))[name]
        np.testing.assert_array_equal(together[name].model.weights, alone.model.weights)
        (release,) = together[name].learners[0].ledger().releases[1:]
        assert release.sampling_rate == 20 / len(split.train_y)


def test_columns_in_bins_need_no_statistics_and_leave_the_whole_budget_to_learning(
    arm: Arm, settings: Settings
) -> None:
    binned = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, bins=4))
    plain, in_bins = (
        learn_each(Training({"a": rows(200, 1)}, NAMES, one, settings.federation, SEEDS))["a"]
        for one in (arm, binned)
    )
    (release,) = in_bins.learners[0].ledger().releases
    assert release.noise_multiplier < plain.learners[0].noise_multiplier
    assert 0.99 < guarantee(in_bins.learners[0].ledger(), 1e-6).epsilon / arm.privacy.epsilon <= 1
    assert len(in_bins.model.score(rows(30, 2).train_x)) == 30
