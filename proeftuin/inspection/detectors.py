"""How hard fraud is to find: detectors trained for the inspection alone (E, F, L27, L28, L30).

*Local* is one bank with its own features and the reports it had by the day of training; *oracle*
sees everything. Both are boosted trees of 200 rounds, trained on the training days and judged on
the test days, on the truth. Of rows without fraud a sample is used; in testing it
carries the weight that restores the real share.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from proeftuin.features.bank import FeatureTable, bank_features
from proeftuin.inspection.checks import Check, judged, skipped
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.measures import Array, Bools, Floats, auc
from proeftuin.inspection.oracle import oracle_features
from proeftuin.inspection.traces import spread
from proeftuin.settings import Evaluation, Settings
from proeftuin.views import bank_view
from synthetic_data.clock import DAY, MONTH_DAYS
from synthetic_data.world import World

SAMPLE = 30_000  #: ordinary rows to train on, and as many to test on
ENOUGH = 30  #: test frauds below which a figure is only shown, not judged
RANDOM_LABELS = 2_000
CARDS_PER_DAY = 100


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows to learn from and rows to be judged on.

    Attributes:
        train_x, train_y: (rows, columns) features and labels as known; ranks need no weights.
        test_x, test_y, test_weight: likewise with the truth, and weights that restore its share.
        test_day: (rows,) day of the test rows.
        form: (rows,) fraud form of the test rows, empty for ordinary ones.
    """

    train_x: Array
    train_y: Bools
    test_x: Array
    test_y: Bools
    test_weight: Floats
    test_day: Array
    form: Array


@dataclass(frozen=True)
class Scores:
    """What a detector achieves on the test rows; recall is at 1 and 5 % false positives."""

    auc: float
    ap: float
    recall: float
    recall_5: float
    frauds: int
    base: float
    by_form: dict[str, tuple[float, float, int]]


def detectors(evidence: Evidence, settings: Settings) -> list[Check]:
    """E2 to E6, D2, F, L20, L27, L28 and L30, in one go: they share features and models."""
    rng = evidence.seeds.rng("detectors")
    banks = [
        _local_problem(evidence, bank, settings.evaluation, rng)
        for bank in range(len(evidence.world.partners["bank"]))
    ]
    able = [each for each in banks if each.train_y.sum() >= 5 and each.test_y.sum() >= 5]
    if not able:
        note = "no bank has 5 reported frauds to learn from and 5 frauds to test on"
        return [skipped("E2", "local detector", note)]
    learned = [_scored(problem) for problem in able]
    local = [scores for _, scores in learned]
    trees = [_tree(problem) for problem in able]
    table, sectors = oracle_features(evidence)
    whole = _problem(evidence, table, settings.evaluation, rng, everything=True)
    _, oracle = _scored(whole)
    return [
        *_local(local, trees, evidence, settings),
        *_oracle(oracle),
        *_by_form(local),
        _decay(able, [score for score, _ in learned], settings),
        *_sharing(local, oracle, whole, table, sectors),
        *spread(evidence),
        _later_labels(evidence, settings, local[0], rng),
        *_floors(evidence, settings, rng),
    ]


def _local_problem(
    evidence: Evidence, bank: int, evaluation: Evaluation, rng: np.random.Generator
) -> Problem:
    table = _bank_table(evidence.world, bank)
    return _problem(evidence, table, evaluation, rng, everything=False)


def _bank_table(world: World, bank: int) -> FeatureTable:
    name = world.partners["bank"][bank]
    return bank_features(bank_view(world, (bank,), name=name, with_police=False))


def _problem(
    evidence: Evidence,
    table: FeatureTable,
    evaluation: Evaluation,
    rng: np.random.Generator,
    *,
    everything: bool,
    known_day: int | None = None,
) -> Problem:
    """Split a bank's (or the oracle's) rows by time, with reports or the truth as labels."""
    rows = evidence.payments.set_index("payment").loc[table.payment, ["transfer", "fraud", "form"]]
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
    )


def _thinned(chosen: Bools, kept: Bools, rng: np.random.Generator) -> tuple[Array, Floats]:
    """Return all chosen rows to keep and a sample of the others, with weights."""
    others = np.flatnonzero(chosen & ~kept)
    size = min(SAMPLE, len(others))
    rows = np.sort(np.concatenate([np.flatnonzero(chosen & kept), rng.choice(others, size, False)]))
    weight = np.where(kept[rows], 1.0, len(others) / max(size, 1))
    return rows, weight


def _boosted(x: Array, y: Array) -> HistGradientBoostingClassifier:
    """Fit boosted trees on one thread: small data, and more threads wait for each other.

    Without the L2 penalty a leaf with a few rare frauds takes a step of 1 / share of fraud, and
    the first tree decides everything.
    """
    model = HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.05, max_leaf_nodes=15, max_bins=63, l2_regularization=5.0,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    with threadpool_limits(1):
        return model.fit(x, y)


def _scored(problem: Problem) -> tuple[Floats, Scores]:
    model = _boosted(problem.train_x, problem.train_y)
    score = model.predict_proba(problem.test_x)[:, 1]
    return score, _judged_scores(problem, score)


def _tree(problem: Problem) -> float:
    """Return the average precision of a tree of depth 2."""
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    tree.fit(problem.train_x, problem.train_y)
    score = tree.predict_proba(problem.test_x)[:, 1]
    return float(average_precision_score(problem.test_y, score, sample_weight=problem.test_weight))


def _judged_scores(problem: Problem, score: Floats) -> Scores:
    truth, weight = problem.test_y, problem.test_weight
    rate, recall, _ = roc_curve(truth, score, sample_weight=weight)
    by_form = {}
    for form in np.unique(problem.form[truth]):
        rows = ~truth | (problem.form == form)
        one_rate, one_recall, _ = roc_curve(truth[rows], score[rows], sample_weight=weight[rows])
        ap = average_precision_score(truth[rows], score[rows], sample_weight=weight[rows])
        at = float(np.interp(0.01, one_rate, one_recall))
        by_form[str(form)] = (at, float(ap), int((problem.form[truth] == form).sum()))
    return Scores(
        auc=float(roc_auc_score(truth, score, sample_weight=weight)),
        ap=float(average_precision_score(truth, score, sample_weight=weight)),
        recall=float(np.interp(0.01, rate, recall)),
        recall_5=float(np.interp(0.05, rate, recall)),
        frauds=int(truth.sum()),
        base=float(truth.sum() / weight.sum()),
        by_form=by_form,
    )


def _mean(scores: list[Scores], of: str) -> float:
    """Average over banks, weighted by their test frauds."""
    return float(np.average([getattr(s, of) for s in scores], weights=[s.frauds for s in scores]))


def _local(
    local: list[Scores], trees: list[float], evidence: Evidence, settings: Settings
) -> list[Check]:
    frauds = sum(score.frauds for score in local)
    note = f"mean of {len(local)} banks by their test frauds ({frauds} in all)"
    enough = frauds >= ENOUGH
    base, ap = _mean(local, "base"), _mean(local, "ap")
    per_day = len(evidence.payments) / evidence.world.days / len(local)
    cards = f"CP@{CARDS_PER_DAY}/day is about banks with some 400,000 payments a day; here a bank "
    cards += f"has {per_day:,.0f} and {CARDS_PER_DAY} alerts would be {CARDS_PER_DAY / per_day:.1%}"
    tree = float(np.average(trees, weights=[score.frauds for score in local]))
    in_range = 0.001 <= base <= 0.003
    return [
        judged("E2", "local detector: AUC", _mean(local, "auc"), 0.75, 0.93, note, applies=enough),
        judged("E2", "local detector: recall at 1 % false positives", _mean(local, "recall"),
               0.20, 0.60, note, applies=enough),
        judged("E2", "local detector: recall at 5 % false positives", _mean(local, "recall_5"),
               0.40, 0.78, note, applies=enough),
        judged("E3", "local detector: average precision", ap, 0.02, 0.35,
               f"the band is for 0.1-0.3 % fraud; here {base:.2%}", applies=enough and in_range),
        judged("E3", "local detector: average precision over the share of fraud", ap / base, 10,
               None, note, applies=enough),
        skipped("E3", f"local detector: card precision at {CARDS_PER_DAY} a day", cards,
                0.05, 0.40),
        judged("E4", "average precision of a tree of depth 2 over the local detector's",
               tree / ap if ap else math.nan, None, 0.8, note, applies=enough),
    ]  # fmt: skip


def _oracle(oracle: Scores) -> list[Check]:
    note = f"{oracle.frauds} test frauds at all banks"
    enough = oracle.frauds >= ENOUGH
    return [
        judged("E5", "oracle: AUC", oracle.auc, 0.93, 0.99, note, applies=enough),
        judged("E5", "oracle: recall at 1 % false positives", oracle.recall, 0.60, 0.92, note,
               applies=enough),
        judged("E5", "oracle: average precision", oracle.ap, 0.35, 0.85, note, applies=enough),
    ]  # fmt: skip


def _by_form(local: list[Scores]) -> list[Check]:
    """E6: forms differ in difficulty, none is hopeless; L30: none is too easy."""
    forms = sorted({form for score in local for form in score.by_form})
    found: dict[str, tuple[float, float, int]] = {}
    for form in forms:
        ours = [score.by_form[form] for score in local if form in score.by_form]
        weight = [n for _, _, n in ours]
        recall, ap = (float(np.average([one[i] for one in ours], weights=weight)) for i in (0, 1))
        found[form] = (recall, ap, sum(weight))
    told = ", ".join(f"{form} {recall:.2f} (of {n})" for form, (recall, _, n) in found.items())
    sure = {form: one for form, one in found.items() if one[2] >= ENOUGH}
    few = f"forms with fewer than {ENOUGH} test frauds are not judged; {told}"
    if not sure:
        return [skipped("E6", "recall by form", few), skipped("L30", "too good by form", few)]
    recalls = [recall for recall, _, _ in sure.values()]
    easiest = max(sure, key=lambda form: sure[form][0])
    plainest = max(sure, key=lambda form: sure[form][1])
    return [
        judged("E6", "best less worst recall of a form", max(recalls) - min(recalls), 0.25, None,
               few, applies=len(sure) > 1),
        judged("E6", "worst recall of a form", min(recalls), 0.03, None, few),
        judged("L30", "too good: highest recall of a form at a bank alone", sure[easiest][0], None,
               0.9, easiest),
        judged("L30", "too good: highest average precision of a form", sure[plainest][1], None, 0.6,
               plainest),
    ]  # fmt: skip


def _decay(problems: list[Problem], scores: list[Floats], settings: Settings) -> Check:
    """D2: the frozen local detectors, third month after training against the first."""
    start = settings.evaluation.test_day
    drift = any(form.drift is not None for form in settings.scenario.forms.values())
    low, high = (-0.60, -0.15) if drift else (-0.10, 0.10)
    name = f"change of average precision from month 1 to 3, drift {'on' if drift else 'off'}"
    if settings.world.days < start + 3 * MONTH_DAYS:
        note = f"needs {start + 3 * MONTH_DAYS} days, this world lasts {settings.world.days}"
        return skipped("D2", name, note, low, high)
    monthly = []
    for month in (0, 2):
        found, frauds = [], []
        for problem, score in zip(problems, scores, strict=True):
            rows = (problem.test_day - start) // MONTH_DAYS == month
            if problem.test_y[rows].any():
                weight = problem.test_weight[rows]
                found.append(
                    average_precision_score(problem.test_y[rows], score[rows], sample_weight=weight)
                )
                frauds.append(int(problem.test_y[rows].sum()))
        monthly.append(float(np.average(found, weights=frauds)) if found else math.nan)
    value = monthly[1] / monthly[0] - 1
    return judged("D2", name, value, low, high, "the other setting of drift is another world")


def _sharing(
    local: list[Scores],
    oracle: Scores,
    whole: Problem,
    table: FeatureTable,
    sectors: dict[str, list[str]],
) -> list[Check]:
    """F1 and F4: what the oracle has over the local detectors, and what each sector adds."""
    information = "not a target"
    alone: dict[str, list[tuple[float, int]]] = {}
    for score in local:
        for form, (_, ap, n) in score.by_form.items():
            alone.setdefault(form, []).append((ap, n))
    checks = []
    for form, ours in sorted(alone.items()):
        ap = float(np.average([a for a, _ in ours], weights=[n for _, n in ours]))
        value = oracle.by_form[form][1] / ap if form in oracle.by_form and ap else math.nan
        checks.append(
            judged("F1", f"{form}: average precision of the oracle over the local detectors'",
                   value, 1.3, 5, information, applies=False)
        )  # fmt: skip
    for sector, names in sectors.items():
        if sector == "bank":
            continue
        columns = ~np.isin(table.names, names)
        without = Problem(
            **{
                **whole.__dict__,
                "train_x": whole.train_x[:, columns],
                "test_x": whole.test_x[:, columns],
            }
        )
        loss = 1 - _scored(without)[1].ap / oracle.ap if oracle.ap else math.nan
        checks.append(
            judged("F4", f"loss of the oracle's average precision without {sector}", loss, 0, 0.6,
                   information, applies=False)
        )  # fmt: skip
    return checks


def _later_labels(
    evidence: Evidence, settings: Settings, now: Scores, rng: np.random.Generator
) -> Check:
    """L20: a bank whose reports all come 30 days later must do worse."""
    evaluation = settings.evaluation
    problem = _problem(
        evidence,
        _bank_table(evidence.world, 0),
        evaluation,
        rng,
        everything=False,
        known_day=evaluation.cutoff_day - 30,
    )
    name = "average precision with reports 30 days later, over as they came"
    if problem.train_y.sum() < 5 or not now.ap:
        return judged("L20", name, 0, None, 1, "fewer than 5 reports are left to learn from")
    later = _scored(problem)[1].ap
    return judged(
        "L20", name, later / now.ap, None, 1, "largest bank", applies=now.frauds >= ENOUGH
    )


def _floors(evidence: Evidence, settings: Settings, rng: np.random.Generator) -> list[Check]:
    """L27 and L28: random labels, in this world and in the one without fraud, teach nothing."""
    checks = []
    name = "AUC on labels placed at random, {}"
    for id, world, where in (
        ("L27", evidence.world, "in this world"),
        ("L28", evidence.twin, "in the world without fraud"),
    ):
        if world is None:
            note = "needs the world without fraud"
            checks.append(skipped(id, name.format(where), note, 0.48, 0.52))
            continue
        table = _bank_table(world, 0)
        day, evaluation = table.time // DAY, settings.evaluation
        last = evaluation.warm_up_days + evaluation.train_days
        train = _some(np.flatnonzero((day >= evaluation.warm_up_days) & (day < last)), rng)
        test = _some(np.flatnonzero(day >= evaluation.test_day), rng)
        random = [_random_labels(len(rows), rng) for rows in (train, test)]
        model = _boosted(table.values[train], random[0])
        score = model.predict_proba(table.values[test])[:, 1]
        note = f"{int(random[1].sum())} labels at random among {len(test)} test rows"
        checks.append(judged(id, name.format(where), auc(score, random[1]), 0.48, 0.52, note))
    return checks


def _some(rows: Array, rng: np.random.Generator) -> Array:
    return rng.choice(rows, min(SAMPLE, len(rows)), replace=False)


def _random_labels(size: int, rng: np.random.Generator) -> Array:
    chosen: Array = rng.permutation(size) < min(RANDOM_LABELS, size // 2)
    return chosen


def strongest_feature(evidence: Evidence, settings: Settings) -> Check:
    """E1: the best single engineered feature of the largest bank, on the test days."""
    table = _bank_table(evidence.world, 0)
    rows = evidence.payments.set_index("payment").loc[table.payment, "transfer"].to_numpy()
    values: dict[str, Any] = {
        name: max(value, 1 - value)
        for name, column in zip(table.names, table.values.T, strict=True)
        if not math.isnan(value := auc(column, rows))
    }
    name = "highest AUC of a single engineered feature"
    if not values:
        return judged("E1", name, math.nan, None, 0.85)
    top = max(values, key=lambda one: values[one])
    return judged("E1", name, values[top], None, 0.85, f"{top}, largest bank")
