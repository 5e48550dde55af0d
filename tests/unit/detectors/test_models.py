import dataclasses
from pathlib import Path

import numpy as np
import pytest
import xgboost
from sklearn.metrics import roc_auc_score

from proeftuin.features.split import Split
from proeftuin.federation.training import Training
from proeftuin.learning.train import learn_each, learn_jointly
from proeftuin.settings.arm import Arm
from proeftuin.settings.study import Settings
from synthetic_data.seeds import Seeds

NAMES = ("a", "b", "c")


def rows(seed: int, count: int = 1500) -> Split:
    rng = Seeds(seed).rng("rows")
    x = rng.uniform(-1, 1, (count, 3)).astype(np.float32)
    y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(0, 0.2, count) > 0.5).astype(np.float32)
    return Split(x[:1000], y[:1000], x[1000:], y[1000:])


def arm_with(settings: Settings, detector: str) -> Arm:
    from proeftuin.settings.compose import settings_for

    chosen = settings_for(["regime=silo", f"detector={detector}", "detector.rounds=100"])
    return chosen.arms["silo"]


@pytest.mark.parametrize("detector", ["logistic", "mlp", "boosted_trees"])
def test_every_detector_finds_a_plain_pattern(settings: Settings, detector: str) -> None:
    split, unseen = rows(1), rows(2)
    arm = arm_with(settings, detector)
    learned = learn_each(Training({"a": split}, NAMES, arm, settings.federation, Seeds(3)))["a"]
    score = learned.model.score(unseen.train_x)
    assert score.shape == (1000,)
    assert roc_auc_score(unseen.train_y, score) > 0.95


@pytest.mark.parametrize("detector", ["logistic", "mlp", "boosted_trees"])
def test_a_partner_without_any_report_has_no_model_and_alerts_on_nothing(
    settings: Settings, detector: str, tmp_path: Path
) -> None:
    """A small partner may have had no victim who told it; that must not end the study."""
    arm, nothing = arm_with(settings, detector), unreported(rows(1))
    splits = {"a": nothing, "b": rows(2)}
    learned = learn_each(Training(splits, NAMES, arm, settings.federation, Seeds(3)))
    score = learned["a"].model.score(nothing.train_x)
    assert len(np.unique(score)) == 1  # nothing lies above any threshold
    learned["a"].model.save(tmp_path, "a")
    assert "no row of the training days was reported" in (tmp_path / "a.json").read_text()
    alone = learn_each(Training({"b": rows(2)}, NAMES, arm, settings.federation, Seeds(3)))["b"]
    seen = rows(4).train_x
    np.testing.assert_array_equal(learned["b"].model.score(seen), alone.model.score(seen))


@pytest.mark.parametrize("detector", ["logistic", "mlp", "boosted_trees"])
def test_a_partner_with_no_rows_to_validate_on_still_learns(
    settings: Settings, detector: str
) -> None:
    split = rows(1)
    split = dataclasses.replace(split, valid_x=split.valid_x[:0], valid_y=split.valid_y[:0])
    arm = arm_with(settings, detector)
    learned = learn_each(Training({"a": split}, NAMES, arm, settings.federation, Seeds(3)))["a"]
    assert roc_auc_score(split.train_y, learned.model.score(split.train_x)) > 0.9


def test_who_has_no_rows_uses_the_joint_model_but_takes_no_part_in_it(settings: Settings) -> None:
    empty = Split(*(each[:0] for each in dataclasses.astuple(rows(1))))
    arm, seeds = arm_with(settings, "mlp"), Seeds(3)
    splits = {"a": rows(1), "b": rows(2), "c": empty}
    three = learn_jointly(Training(splits, NAMES, arm, settings.federation, seeds))
    splits.pop("c")
    two = learn_jointly(Training(splits, NAMES, arm, settings.federation, seeds))
    seen = rows(4).train_x
    np.testing.assert_array_equal(three.model.score(seen), two.model.score(seen))


def test_nobody_may_look_whether_a_private_partner_had_reports(settings: Settings) -> None:
    """That there is no model would tell that there was no report; the noise hides it."""
    from proeftuin.settings.compose import settings_for

    arm = settings_for(["regime=silo", "privacy=record_dp"]).arms["chosen"]
    nothing = unreported(rows(1))
    learned = learn_each(Training({"a": nothing}, NAMES, arm, settings.federation, Seeds(3)))["a"]
    assert len(np.unique(learned.model.score(nothing.train_x))) > 1


def unreported(split: Split) -> Split:
    return dataclasses.replace(
        split, train_y=np.zeros_like(split.train_y), valid_y=np.zeros_like(split.valid_y)
    )


def test_a_model_file_holds_what_is_needed_to_use_it(settings: Settings, tmp_path: Path) -> None:
    split = rows(1)
    for detector in ("mlp", "boosted_trees"):
        arm = arm_with(settings, detector)
        learned = learn_each(Training({"a": split}, NAMES, arm, settings.federation, Seeds(3)))["a"]
        learned.model.save(tmp_path, detector)
    gradient = np.load(tmp_path / "mlp.npz")
    assert gradient["names"].tolist() == list(NAMES)
    assert len(gradient["mean"]) == len(gradient["std"]) == len(NAMES)
    trees = xgboost.Booster(model_file=tmp_path / "boosted_trees.ubj")
    assert trees.feature_names == list(NAMES)
    again = trees.inplace_predict(split.train_x, predict_type="margin")
    np.testing.assert_array_equal(again, learned.model.score(split.train_x))
