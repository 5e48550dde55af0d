"""Every arm chooses among the same candidates, on validation days, and private arms not at all."""

import dataclasses

import numpy as np
import pytest

from proeftuin.detectors.model import NoModel
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.learning.tuning import best, choose_each, choose_jointly, tried_by
from proeftuin.settings.arm import Arm, Candidate
from proeftuin.settings.study import Settings
from tests.fixtures.partner_rows import NAMES, SEEDS, rows


@pytest.fixture
def arm(settings: Settings) -> Arm:
    arm = settings.arms["federated"]
    candidates = {"none": Candidate(learning_rate=1e-9), "wide": Candidate(hidden=(32,))}
    detector = dataclasses.replace(arm.detector, rounds=4, candidates=candidates)
    return dataclasses.replace(arm, detector=detector)


def test_who_learns_alone_chooses_as_a_federation_of_one_does(arm: Arm, settings: Settings) -> None:
    split, seen = rows(400, 1), rows(50, 2).train_x
    federation = settings.federation
    alone = choose_each(Training({"a": split}, NAMES, arm, federation, SEEDS))["a"]
    jointly = choose_jointly(Training({"a": split}, NAMES, arm, federation, SEEDS))
    np.testing.assert_array_equal(alone.model.score(seen), jointly.model.score(seen))
    assert alone.tried == jointly.tried
    assert list(alone.tried) == ["mlp", "none", "wide"]


def test_everybody_keeps_its_own_best_on_validation(arm: Arm, settings: Settings) -> None:
    parts = {"a": rows(400, 1), "b": rows(800, 2)}
    chosen = choose_each(Training(parts, NAMES, arm, settings.federation, SEEDS))
    for owner, result in chosen.items():
        least = min(result.tried.values())
        assert least < result.tried["none"]
        assert min(loss for _, loss in result.losses) == least
        name = min(result.tried, key=lambda one: result.tried[one])
        single = learn_each(
            Training({owner: parts[owner]}, NAMES, tried_by(arm)[name], settings.federation, SEEDS)
        )[owner]
        np.testing.assert_array_equal(
            result.model.score(parts["a"].valid_x), single.model.score(parts["a"].valid_x)
        )


def test_looking_for_the_best_is_paid_in_bytes(arm: Arm, settings: Settings) -> None:
    parts = {"a": rows(100, 1), "b": rows(100, 2)}
    joint = choose_jointly(Training(parts, NAMES, arm, settings.federation, SEEDS))
    each = [
        learn_jointly(Training(parts, NAMES, one, settings.federation, SEEDS))
        for one in tried_by(arm).values()
    ]
    assert joint.bytes_moved == sum(one.bytes_moved for one in each)
    assert joint.messages == sum(one.messages for one in each)


def test_a_private_arm_may_not_choose(arm: Arm, settings: Settings) -> None:
    private = dataclasses.replace(arm, privacy=settings.arms["federated_dp"].privacy)
    assert list(tried_by(private)) == ["mlp"]


def test_without_validation_the_detector_stays_as_it_is() -> None:
    first, second = (
        Learned(NoModel(names=NAMES, why=why), losses, ())
        for why, losses in (("first", [(1, 0.0)]), ("second", [(1, 0.0)]))
    )
    assert best({"mlp": first, "wide": second}).model == first.model
