"""Gradient-boosted trees (scikit-learn's histogram boosting), stopped early on validation."""

from sklearn.ensemble import HistGradientBoostingClassifier

from proeftuin.detectors.model import TreeModel
from proeftuin.settings import Detector
from proeftuin.split import Split
from synthetic_data.seeds import Seeds

PATIENCE = 15


def fit_trees(split: Split, detector: Detector, names: tuple[str, ...], seeds: Seeds) -> TreeModel:
    """Fit boosted trees on a learner's own rows, some of them reported as fraud."""
    judged = len(split.valid_y) > 0
    trees = HistGradientBoostingClassifier(
        learning_rate=detector.learning_rate,
        max_iter=detector.rounds,
        max_leaf_nodes=8,
        l2_regularization=detector.weight_decay,
        early_stopping=judged,
        n_iter_no_change=PATIENCE,
        random_state=seeds.integer("trees") % (1 << 32),
    )
    validation = {"X_val": split.valid_x, "y_val": split.valid_y} if judged else {}
    trees.fit(split.train_x, split.train_y, **validation)
    return TreeModel(names=names, trees=trees)
