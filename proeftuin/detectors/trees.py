"""Gradient-boosted trees (scikit-learn's histogram boosting), stopped early on validation."""

from sklearn.ensemble import HistGradientBoostingClassifier

from proeftuin.detectors.model import TreeModel
from proeftuin.settings import Detector
from proeftuin.split import Split
from synthetic_data.seeds import Seeds

PATIENCE = 15


def fit_trees(split: Split, detector: Detector, names: tuple[str, ...], seeds: Seeds) -> TreeModel:
    """Fit boosted trees on a learner's own rows."""
    if not 0 < split.train_y.sum() < len(split.train_y):
        return TreeModel(names=names, trees=None)
    trees = HistGradientBoostingClassifier(
        learning_rate=detector.learning_rate,
        max_iter=detector.rounds,
        max_leaf_nodes=8,
        l2_regularization=detector.weight_decay,
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        random_state=seeds.integer("trees") % (1 << 32),
    )
    trees.fit(split.train_x, split.train_y, X_val=split.valid_x, y_val=split.valid_y)
    return TreeModel(names=names, trees=trees)
