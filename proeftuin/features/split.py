"""The time split: training rows, validation rows for thresholds, and test rows.

Labels are the reports known when the model was trained, never the truth: a late or missing report
leaves a fraud among the honest rows, as in life.
"""

from dataclasses import dataclass, field

import numpy as np

from proeftuin.features.table import DAY, FeatureTable
from proeftuin.settings.study import Evaluation
from synthetic_data.arrays import Bools, Ints, Matrix
from synthetic_data.seeds import Seeds


@dataclass(frozen=True)
class Split:
    """One learner's rows, mapped to [-1, 1] by the public bounds of the columns.

    Attributes:
        train_x, train_y: (rows, columns) float32 and (rows,) float32 in {0, 1}: all reported fraud
            and a sample of the rest of the training days.
        valid_x, valid_y: likewise of the validation days.
        train_customer: (rows,) customer behind each training row; empty where not needed.
        columns: number of features.
    """

    train_x: Matrix
    train_y: Matrix
    valid_x: Matrix
    valid_y: Matrix
    train_customer: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def columns(self) -> int:
        """Number of features."""
        return int(self.train_x.shape[1])


def to_unit(table: FeatureTable, rows: Bools) -> Matrix:
    """Map the chosen rows to [-1, 1] by the public bounds."""
    low, high = table.bounds.astype(np.float32).T
    unit: Matrix = (table.values[rows] - low) * (2 / (high - low)) - 1
    return unit


def split_rows(table: FeatureTable, evaluation: Evaluation, seeds: Seeds) -> Split:
    """Choose and label the rows of training and validation.

    Training rows without a report are sampled at ``evaluation.negatives_kept`` (case-control
    sampling); ``detectors/probability.py`` takes out what that adds to the log-odds.
    """
    by_cutoff = table.labelled(evaluation.cutoff_day * DAY)
    by_test = table.labelled(evaluation.test_day * DAY)
    train_rows, valid_rows = chosen_rows(table, evaluation, seeds)
    return Split(
        train_x=to_unit(table, train_rows),
        train_y=by_cutoff[train_rows].astype(np.float32),
        valid_x=to_unit(table, valid_rows),
        valid_y=by_test[valid_rows].astype(np.float32),
        train_customer=table.customer[train_rows],
    )


def chosen_rows(table: FeatureTable, evaluation: Evaluation, seeds: Seeds) -> tuple[Bools, Bools]:
    """Return which rows are learned from, (rows,), and which are validated on, (rows,)."""
    day = table.time / DAY
    train = (day >= evaluation.warm_up_days) & (
        day < evaluation.warm_up_days + evaluation.train_days
    )
    valid = (day >= evaluation.cutoff_day) & (day < evaluation.test_day)
    kept = seeds.rng("negatives").random(len(day)) < evaluation.negatives_kept
    by_cutoff = table.labelled(evaluation.cutoff_day * DAY)
    by_test = table.labelled(evaluation.test_day * DAY)
    return train & (by_cutoff | kept), valid & (by_test | kept)
