"""Rows, boosted trees and scores that the local detectors and the oracle have in common."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from proeftuin.features.bank import bank_features
from proeftuin.features.table import FeatureTable
from proeftuin.features.views import desk_view
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.realism.own_columns import OwnColumns, answered
from proeftuin.sectors import BANK
from proeftuin.settings.study import Evaluation
from synthetic_data.arrays import Array, Bools, Floats, Ints
from synthetic_data.clock import DAY
from synthetic_data.world import World

BUDGET = 0.0015  #: alerts per row, as banks have in the usual studies (``intervention``)
SAMPLE = 30_000  #: ordinary rows to train on, and as many to test on


@dataclass(frozen=True, eq=False)
class Problem:
    """Training rows and test rows of a detector.

    Attributes:
        train_x, train_y: (rows, columns) features and (rows,) labels; ranks need no weights.
        test_x, test_y, test_weight: likewise with the truth, and weights that restore its share.
        test_day: (rows,) day of the test rows.
        form: (rows,) fraud form of the test rows, empty for ordinary ones.
        train_event, test_event: (rows,) references of the rows.
    """

    train_x: Array
    train_y: Bools
    test_x: Array
    test_y: Bools
    test_weight: Floats
    test_day: Array
    form: Array
    train_event: Ints
    test_event: Ints


@dataclass(frozen=True)
class Scores:
    """The quality of a detector on the test rows.

    Attributes:
        auc, ap: area under the ROC curve and average precision.
        recall: recall within ``BUDGET``.
        frauds, base: number and share of fraud rows.
        by_form: recall within the budget, average precision and number of frauds.
    """

    auc: float
    ap: float
    recall: float
    frauds: int
    base: float
    by_form: dict[str, tuple[float, float, int]]


def local_problem(
    evidence: Evidence, bank: int, evaluation: Evaluation, rng: np.random.Generator
) -> Problem:
    """Return the training and test rows of a bank that shares nothing and counts everything.

    Beside the columns of its detector it has all those of :class:`OwnColumns`, and the answers of
    payees' banks about names, which it asks for today.
    """
    name = evidence.world.partners[BANK][bank]
    view = desk_view(evidence.world, BANK, (bank,), (name,))
    problem = problem_of(evidence, bank_features(view), evaluation, rng, everything=False)
    train, test = (
        np.hstack(
            [
                values,
                OwnColumns(view, BANK, event).matrix()[1],
                answered(evidence.world, BANK, event),
            ]
        )
        for values, event in (
            (problem.train_x, problem.train_event),
            (problem.test_x, problem.test_event),
        )
    )
    return replace(problem, train_x=train, test_x=test)


def bank_table(world: World, bank: int) -> FeatureTable:
    """Return the features of one bank."""
    return bank_features(desk_view(world, BANK, (bank,), (world.partners[BANK][bank],)))


def problem_of(
    evidence: Evidence,
    table: FeatureTable,
    evaluation: Evaluation,
    rng: np.random.Generator,
    *,
    everything: bool,
    known_day: int | None = None,
) -> Problem:
    """Split a bank's (or the oracle's) rows by time, with reports or the truth as labels."""
    rows = evidence.payments.set_index("payment").loc[table.event, ["transfer", "fraud", "form"]]
    truth = rows["transfer"].to_numpy()
    spending = rows["fraud"].to_numpy() & ~truth  # mules moving money on: neither fraud nor honest
    day = table.time // DAY
    cutoff = evaluation.cutoff_day if known_day is None else known_day
    labels = truth if everything else table.labelled(cutoff * DAY)
    first, last = evaluation.warm_up_days, evaluation.warm_up_days + evaluation.train_days
    train, _ = _thinned((day >= first) & (day < last) & ~spending, labels, rng)
    test, test_weight = _thinned((day >= evaluation.test_day) & ~spending, truth, rng)
    return Problem(
        train_x=table.values[train],
        train_y=labels[train],
        test_x=table.values[test],
        test_y=truth[test],
        test_weight=test_weight,
        test_day=day[test],
        form=rows["form"].to_numpy()[test],
        train_event=table.event[train],
        test_event=table.event[test],
    )


def _thinned(chosen: Bools, kept: Bools, rng: np.random.Generator) -> tuple[Array, Floats]:
    """Return the chosen rows, all of ``kept`` and a sample of the others, with weights."""
    others = np.flatnonzero(chosen & ~kept)
    size = min(SAMPLE, len(others))
    rows = np.sort(np.concatenate([np.flatnonzero(chosen & kept), rng.choice(others, size, False)]))
    weight = np.where(kept[rows], 1.0, len(others) / max(size, 1))
    return rows, weight


def boosted(x: Array, y: Array) -> HistGradientBoostingClassifier:
    """Fit boosted trees on one thread: on small data, more threads only wait for each other.

    Without the L2 penalty a leaf with a few rare frauds takes a step of 1 / share of fraud, and
    the first tree dominates all others. A column without any value, which scikit-learn refuses,
    tells nothing.
    """
    x = np.where(np.isnan(x).all(axis=0), 0, x)
    model = HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.05, max_leaf_nodes=15, max_bins=63, l2_regularization=5.0,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    with threadpool_limits(1):
        return model.fit(x, y)


def scored(problem: Problem) -> tuple[Floats, Scores]:
    """Train boosted trees; return the (rows,) scores of the test rows and their quality."""
    model = boosted(problem.train_x, problem.train_y)
    score = model.predict_proba(problem.test_x)[:, 1]
    return score, _judged_scores(problem, score)


def within_budget(score: Floats, weight: Floats) -> Bools:
    """Return which of the (rows,) are among the highest scores that ``BUDGET`` allows."""
    order = np.argsort(-score, kind="stable")
    alerted = np.zeros(len(score), dtype=bool)
    alerted[order] = np.cumsum(weight[order]) <= BUDGET * weight.sum()
    return alerted


def without_columns(problem: Problem, columns: Bools) -> Scores:
    """Return the quality of a detector that is trained without some columns."""
    kept = {"train_x": problem.train_x[:, ~columns], "test_x": problem.test_x[:, ~columns]}
    return scored(replace(problem, **kept))[1]


def tree_precision(problem: Problem) -> float:
    """Return the average precision of a tree of depth 2."""
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    tree.fit(problem.train_x, problem.train_y)
    score = tree.predict_proba(problem.test_x)[:, 1]
    return float(average_precision_score(problem.test_y, score, sample_weight=problem.test_weight))


def _judged_scores(problem: Problem, score: Floats) -> Scores:
    truth, weight = problem.test_y, problem.test_weight
    alerted = within_budget(score, weight)
    by_form = {}
    for form in np.unique(problem.form[truth]):
        rows = ~truth | (problem.form == form)
        ap = average_precision_score(truth[rows], score[rows], sample_weight=weight[rows])
        own = problem.form == form
        found = float(alerted[truth & own].mean())
        by_form[str(form)] = (found, float(ap), int((truth & own).sum()))
    return Scores(
        auc=float(roc_auc_score(truth, score, sample_weight=weight)),
        ap=float(average_precision_score(truth, score, sample_weight=weight)),
        recall=float(alerted[truth].mean()),
        frauds=int(truth.sum()),
        base=float(truth.sum() / weight.sum()),
        by_form=by_form,
    )
