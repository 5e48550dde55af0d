"""Boosted trees of a federation: the same steps as alone, and nobody can stop them."""

import dataclasses
import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from proeftuin.detectors.model import TreeModel
from proeftuin.features.split import Split
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import LabelFlip
from proeftuin.settings.study import Settings
from tests.fixtures.partner_rows import NAMES, SEEDS, rows

ROUNDS = 8


@pytest.fixture(scope="module")
def arm(settings: Settings) -> Arm:
    from proeftuin.settings.compose import settings_for

    found = settings_for(["detector=boosted_trees", f"detector.rounds={ROUNDS}"])
    return dataclasses.replace(settings.arms["federated"], detector=found.arms["silo"].detector)


def parts(*counts: int) -> dict[str, Split]:
    return {
        name: rows(count, seed)
        for seed, (name, count) in enumerate(zip("abc", counts, strict=False))
    }


def trees_of(learned: Learned) -> list[dict[str, object]]:
    assert isinstance(learned.model, TreeModel)
    model = json.loads(learned.model.trees.tobytes())
    return model["learner"]["gradient_booster"]["model"]["trees"]  # type: ignore[no-any-return]


def test_trees_of_a_federation_of_one_equal_those_of_a_silo(arm: Arm, settings: Settings) -> None:
    split, seen = rows(400, 1), rows(400, 2).train_x
    alone = learn_each(Training({"a": split}, NAMES, arm, settings.federation, SEEDS))["a"]
    some = dataclasses.replace(settings.federation, participation=0.4)
    jointly = learn_jointly(Training({"a": split}, NAMES, arm, some, SEEDS))
    np.testing.assert_array_equal(alone.model.score(seen), jointly.model.score(seen))
    assert alone.losses == jointly.losses
    assert len(alone.losses) == ROUNDS


def test_partners_with_identical_rows_take_the_step_of_one(arm: Arm, settings: Settings) -> None:
    """Trees put side by side without weighing would step as many times too far."""
    split, seen = rows(400, 1), rows(400, 2).train_x
    one, three = (
        learn_jointly(Training(dict.fromkeys(names, split), NAMES, arm, settings.federation, SEEDS))
        for names in ("a", "abc")
    )
    np.testing.assert_allclose(one.model.score(seen), three.model.score(seen), atol=1e-5)


def test_every_partner_adds_a_tree_a_round_and_all_learn_more_than_one(
    arm: Arm, settings: Settings
) -> None:
    split, unseen = parts(200, 400, 600), rows(2000, 9)
    longer = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=20))
    joint = learn_jointly(Training(split, NAMES, longer, settings.federation, SEEDS))
    assert len(trees_of(joint)) == 3 * 20
    alone = learn_each(Training(split, NAMES, longer, settings.federation, SEEDS))["a"]
    found = [
        roc_auc_score(unseen.train_y, each.model.score(unseen.train_x)) for each in (joint, alone)
    ]
    assert found[0] > found[1] + 0.02
    assert joint.bytes_moved > 20 * 3 * sum(len(json.dumps(tree)) for tree in trees_of(joint)[:3])
    assert joint.messages == 2 * 3 * (2 + 2 * 20)


def test_the_same_seed_grows_the_same_trees_with_partners_that_drop_out(
    arm: Arm, settings: Settings
) -> None:
    faulty = dataclasses.replace(settings.federation, dropout=0.5)
    first, second = (
        learn_jointly(Training(parts(300, 300, 300), NAMES, arm, faulty, SEEDS)) for _ in range(2)
    )
    assert trees_of(first) == trees_of(second)
    assert first.incidents == second.incidents
    assert {what for _, _, what in first.incidents} == {"no_answer"}


def test_trees_grown_on_reversed_labels_do_harm(arm: Arm, settings: Settings) -> None:
    attacked = dataclasses.replace(
        settings.federation, attack=LabelFlip(kind="label_flip", partners=("b", "c"))
    )
    unseen = rows(2000, 9)
    longer = dataclasses.replace(arm, detector=dataclasses.replace(arm.detector, rounds=40))
    honest, poisoned = (
        learn_jointly(Training(parts(400, 400, 400), NAMES, longer, each, SEEDS))
        for each in (settings.federation, attacked)
    )
    found = [
        roc_auc_score(unseen.train_y, each.model.score(unseen.train_x))
        for each in (honest, poisoned)
    ]
    assert found[0] > found[1] + 0.1


def test_when_nobody_ever_answers_the_first_guess_is_left(arm: Arm, settings: Settings) -> None:
    silent = dataclasses.replace(settings.federation, dropout=0.999999)
    joint = learn_jointly(Training(parts(300, 300), NAMES, arm, silent, SEEDS))
    assert trees_of(joint) == []
    np.testing.assert_array_equal(joint.model.score(rows(10, 1).train_x), -4.0)
