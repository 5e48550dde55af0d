"""The time split: the rows a model learns from when the test days begin, and a rehearsal of it.

Labels are the reports known when the model was trained, never the truth: a late or missing report
leaves a fraud among the honest rows, as in life. A model learns from all days before the test
days, through a fixed number of rounds, as a bank does that trains anew with everything it knows;
nothing about it is chosen on the few reports of a few days. Where settings of a detector compete,
they do so in a rehearsal: trained some days earlier, held against the days in between.
"""

from dataclasses import dataclass, field

import numpy as np
from pandas.util import hash_array

from proeftuin.features.table import DAY, FeatureTable, Reports
from proeftuin.settings.study import Evaluation
from synthetic_data.arrays import Bools, Ints, Matrix


@dataclass(frozen=True)
class Split:
    """One learner's rows, mapped to [-1, 1] by the public bounds of the columns.

    Attributes:
        train_x, train_y: (rows, columns) float32 and (rows,) float32 in {0, 1}: all reported fraud
            and a sample of the rest of the training days.
        valid_x, valid_y: likewise of the validation days of a rehearsal, and otherwise empty.
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


@dataclass(frozen=True, eq=False)
class InUse:
    """Which rows a study needs the columns of: those that it learns from or scores.

    Attributes:
        evaluation: the days, and the share of rows kept without a report.
        named: references of rows that a report of any party is about.
    """

    evaluation: Evaluation
    named: Ints

    def rows(self, event: Ints, time: Ints, reports: Reports) -> Bools:
        """Return which rows are in use, (rows,).

        Args:
            event: (rows,) references of a partner's rows.
            time: (rows,) seconds.
            reports: about these rows.
        """
        reported = np.isin(event, self.named)
        reported[reports.row] = True
        day = time / DAY
        learned = (day >= self.evaluation.warm_up_days) & (day < self.evaluation.learned_day)
        sampled = _sampled(event, self.evaluation)
        return (learned & (reported | sampled)) | (day >= self.evaluation.scored_day)


def to_unit(table: FeatureTable, rows: Bools) -> Matrix:
    """Map the chosen rows to [-1, 1] by the public bounds."""
    low, high = table.bounds.astype(np.float32).T
    unit: Matrix = table.values_of(rows)  # a copy: the rows are chosen by a mask
    unit -= low
    unit *= 2 / (high - low)
    unit -= 1
    return unit


def split_rows(table: FeatureTable, evaluation: Evaluation) -> Split:
    """Choose and label the rows of all days to learn from, as known when the test days begin.

    Rows without a report are sampled at ``evaluation.negatives_kept`` (case-control sampling);
    ``detectors/probability.py`` takes out what that adds to the log-odds.
    """
    rows = chosen_rows(table, evaluation)
    known = table.labelled(evaluation.test_day * DAY)
    return _split(table, (rows, known), (np.zeros_like(rows), known))


def rehearsal_rows(table: FeatureTable, evaluation: Evaluation) -> Split:
    """Choose and label the rows of a training before the validation days, and of these days."""
    day, sample = table.time / DAY, _sampled(table.event, evaluation)
    known, later = (
        table.labelled(until * DAY) for until in (evaluation.cutoff_day, evaluation.test_day)
    )
    until = evaluation.warm_up_days + evaluation.train_days
    train = (day >= evaluation.warm_up_days) & (day < until) & (known | sample)
    valid = (day >= evaluation.cutoff_day) & (day < evaluation.learned_day) & (later | sample)
    return _split(table, (train, known), (valid, later))


def chosen_rows(table: FeatureTable, evaluation: Evaluation) -> Bools:
    """Return which rows are learned from, (rows,)."""
    day = table.time / DAY
    within = (day >= evaluation.warm_up_days) & (day < evaluation.learned_day)
    known = table.labelled(evaluation.test_day * DAY)
    return within & (known | _sampled(table.event, evaluation))


def _sampled(event: Ints, evaluation: Evaluation) -> Bools:
    """Return which rows are kept even if nobody reported them, (rows,).

    A row's reference alone decides, by its hash: the same rows in every arm, at a bank and in a
    centre, and a larger share holds every row of a smaller one.
    """
    place = (hash_array(event) >> np.uint64(11)) / 2.0**53
    kept: Bools = place < evaluation.negatives_kept
    return kept


def _split(table: FeatureTable, train: tuple[Bools, Bools], valid: tuple[Bools, Bools]) -> Split:
    """Put rows, each with what is known of them, together."""
    (train_rows, by_train), (valid_rows, by_valid) = train, valid
    return Split(
        train_x=to_unit(table, train_rows),
        train_y=by_train[train_rows].astype(np.float32),
        valid_x=to_unit(table, valid_rows),
        valid_y=by_valid[valid_rows].astype(np.float32),
        train_customer=table.customer[train_rows],
    )
