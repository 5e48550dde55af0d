import dataclasses
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from proeftuin.learning import learn_each
from proeftuin.settings import Arm, Settings
from proeftuin.split import Split
from synthetic_data.seeds import Seeds

NAMES = ("a", "b", "c")


def rows(seed: int, count: int = 1500) -> Split:
    rng = Seeds(seed).rng("rows")
    x = rng.uniform(-1, 1, (count, 3)).astype(np.float32)
    y = (x[:, 0] + 0.5 * x[:, 1] + rng.normal(0, 0.2, count) > 0.5).astype(np.float32)
    return Split(x[:1000], y[:1000], x[1000:], y[1000:])


def arm_with(settings: Settings, detector: str) -> Arm:
    from proeftuin.compose import settings_for

    chosen = settings_for(["regime=silo", f"detector={detector}", "detector.rounds=100"])
    return chosen.arms["silo"]


@pytest.mark.parametrize("detector", ["logistic", "mlp", "boosted_trees"])
def test_every_detector_finds_a_plain_pattern(settings: Settings, detector: str) -> None:
    split, unseen = rows(1), rows(2)
    arm = arm_with(settings, detector)
    learned = learn_each({"a": split}, NAMES, arm, settings.federation, seeds=Seeds(3))["a"]
    score = learned.model.score(unseen.train_x)
    assert score.shape == (1000,)
    assert roc_auc_score(unseen.train_y, score) > 0.95


@pytest.mark.parametrize("detector", ["logistic", "mlp", "boosted_trees"])
def test_a_bank_without_any_report_still_gets_a_detector(settings: Settings, detector: str) -> None:
    """A small bank may have had no victim who told it; that must not end the study."""
    split = rows(1)
    nothing = dataclasses.replace(
        split, train_y=np.zeros_like(split.train_y), valid_y=np.zeros_like(split.valid_y)
    )
    arm = arm_with(settings, detector)
    learned = learn_each({"a": nothing}, NAMES, arm, settings.federation, seeds=Seeds(3))["a"]
    assert np.isfinite(learned.model.score(split.train_x)).all()


def test_a_model_file_holds_what_is_needed_to_use_it(settings: Settings, tmp_path: Path) -> None:
    split = rows(1)
    for detector in ("mlp", "boosted_trees"):
        arm = arm_with(settings, detector)
        learned = learn_each({"a": split}, NAMES, arm, settings.federation, seeds=Seeds(3))["a"]
        learned.model.save(tmp_path, detector)
    gradient = np.load(tmp_path / "mlp.npz")
    assert gradient["names"].tolist() == list(NAMES)
    assert len(gradient["mean"]) == len(gradient["std"]) == len(NAMES)
    assert joblib.load(tmp_path / "boosted_trees.joblib")["names"] == NAMES
