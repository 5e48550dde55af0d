"""Gradient-boosted trees (XGBoost): one learner's rows, and how a model grows by a tree at a time.

Trees travel as XGBoost's own JSON, in a vector of bytes. A learner alone grows all its trees in one
go; in a federation each round adds one tree of every partner, fitted to the same residual (bagging,
``FedXgbBagging`` of Flower). A partner's tree counts by its share of the rows that take part, so
that a round takes one step of the learning rate, as an average of models does; a federation of one
grows the same trees, to the bit. Columns are cut at quantiles of a learner's own rows.
"""

import numpy as np
import xgboost
from numpy.typing import NDArray

from proeftuin.detectors.network import PRIOR_LOG_ODDS
from proeftuin.detectors.scaling import Moments
from proeftuin.features.split import Split
from proeftuin.settings.arm import Detector
from synthetic_data.arrays import Floats
from synthetic_data.seeds import Seeds

Bytes = NDArray[np.uint8]
DEPTH = 2  #: small trees and many of them, as suits some hundred frauds
LEAST_HESSIAN = 2.0  #: of a leaf


class TreeLearner:
    """One side of boosting.

    Args:
        split: the rows.
        detector: kind and training schedule.
        seeds: this learner's streams.
        participation: share of the partners that a round draws.
    """

    may_validate = True

    def __init__(
        self, split: Split, detector: Detector, *, seeds: Seeds, participation: float = 1.0
    ) -> None:
        self.examples: float = len(split.train_y)
        self._detector, self._participation = detector, participation
        self._seed = seeds.integer("trees") % (1 << 31)
        self._split = split
        self._rows = xgboost.QuantileDMatrix(split.train_x, label=split.train_y, nthread=1)
        self._step = detector.learning_rate

    def moments(self) -> Moments:
        """Return the number of rows; trees need no scaling."""
        nothing = np.zeros(0)
        return Moments(np.float64(self.examples), nothing, nothing)

    def scale(self, moments: Moments) -> None:
        """Weigh this learner's trees by its share of all rows."""
        share = self.examples / float(moments.count)
        self._step = self._detector.learning_rate * share / self._participation

    def train(self, weights: Bytes, training_round: int, proximal: float = 0.0) -> Bytes:
        """Return the one tree that this learner adds to the trees it is given."""
        booster = self._booster(self._step, weights)
        trees = booster.num_boosted_rounds()
        booster.update(self._rows, trees)
        return written(booster[trees : trees + 1])

    def validate(self, weights: Bytes) -> float:
        """Return the mean log-loss on the validation rows; 0, without weight, if there are none."""
        return self._loss(margins(weights, self._split.valid_x))

    def boosted(self) -> tuple[Bytes, list[tuple[int, float]]]:
        """Boost alone; return the trees, and the loss after every round on validation rows."""
        valid = xgboost.DMatrix(self._split.valid_x, nthread=1)
        booster = self._booster(self._step, no_trees(self._split.columns))
        losses = []
        for number in range(self._detector.rounds):
            booster.update(self._rows, number)
            if len(self._split.valid_y):
                known = booster.predict(valid, output_margin=True)
                losses.append((number + 1, self._loss(known)))
        return written(booster), losses

    def _booster(self, step: float, weights: Bytes) -> xgboost.Booster:
        booster = xgboost.Booster(cache=[self._rows])
        booster.load_model(bytearray(weights))
        booster.set_param(
            {
                "tree_method": "hist",
                "max_depth": DEPTH,
                "min_child_weight": LEAST_HESSIAN,
                "eta": step,
                "reg_lambda": self._detector.weight_decay,
                "seed": self._seed,
                "nthread": 1,
            }
        )
        return booster

    def _loss(self, margin: NDArray[np.floating]) -> float:
        if not len(self._split.valid_y):
            return 0.0
        margin = margin.astype(np.float64)
        return float(np.mean(np.logaddexp(0, margin) - margin * self._split.valid_y))


def no_trees(columns: int) -> Bytes:
    """Return the initial model of every arm: the same score for every row."""
    first_guess = {"objective": "binary:logistic", "base_score": 1 / (1 + np.exp(-PRIOR_LOG_ODDS))}
    nothing = xgboost.DMatrix(np.zeros((1, columns), dtype=np.float32), label=[0])
    return written(xgboost.Booster(first_guess, cache=[nothing]))


def written(booster: xgboost.Booster) -> Bytes:
    """Return trees as a vector of bytes, XGBoost's JSON."""
    return np.frombuffer(booster.save_raw("json"), dtype=np.uint8)


def loaded(trees: Bytes) -> xgboost.Booster:
    """Return a booster that scores on one thread."""
    booster = xgboost.Booster()
    booster.load_model(bytearray(trees))
    booster.set_param({"nthread": 1})
    return booster


def margins(trees: Bytes, rows: NDArray[np.float32]) -> Floats:
    """Return the log-odds of rows, (rows,)."""
    if not len(rows):
        return np.zeros(0)
    found = loaded(trees).inplace_predict(rows, predict_type="margin")
    return np.asarray(found, dtype=np.float64)
