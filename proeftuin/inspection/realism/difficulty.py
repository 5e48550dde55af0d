"""How hard fraud is to detect: detectors trained for the inspection alone (E, F, L27, L28, L30).

The *local* detector is a strong bank's: it has every column that its own tables give, the name
check of today, and its reports up to the cut-off. The *oracle* sees everything. Both are boosted
trees of 200 rounds, trained on the training days and evaluated on the test days against the truth.
Rows without fraud are sampled; those of the test days carry the weight that restores the real share
of fraud.
"""

import math
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from proeftuin.features.table import FeatureTable
from proeftuin.inspection.checks import Check, excused, judged, skipped
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.expected import ENOUGH, few, per_month, reports_per_bank, to_test_on
from proeftuin.inspection.realism.linkage import spread
from proeftuin.inspection.realism.oracle import oracle_features
from proeftuin.inspection.realism.problems import (
    SAMPLE,
    Problem,
    Scores,
    bank_table,
    boosted,
    local_problem,
    problem_of,
    scored,
    tree_precision,
    without_columns,
)
from proeftuin.inspection.realism.rates import HELPDESK
from proeftuin.inspection.statistics import auc
from proeftuin.sectors import BANK
from proeftuin.settings.study import Settings
from synthetic_data.arrays import Array, Floats
from synthetic_data.clock import DAY, MONTH_DAYS

#: Share of the fraud payments that a bank with every column and the name check finds within its
#: alerts. A call signal from operators added 30 % at a leading bank (Scam Signal), so it found at
#: most 1 / 1.3 before; below a fifth nobody would call it a detector [A].
STRONG_BANK = (0.20, 0.77)
ORACLE_MOST = 0.95  #: [A] of what the oracle finds so: some fraud leaves no trace at all
RANDOM_LABELS = 2_000
LATE_DAYS = 30
#: Figures of banks that a world here cannot be held against, whatever it holds.
ELSEWHERE = (
    ("average precision", "0.1 to 0.3 % fraud, more than any world here has", 0.02, 0.35),
    ("card precision at 100 a day", "banks with some 400,000 payments a day", 0.05, 0.40),
)


def detectors(evidence: Evidence, settings: Settings) -> list[Check]:
    """Return E2 to E6, D2, F, L20, L27, L28 and L30, which share features and models."""
    rng = evidence.seeds.rng("detectors")
    banks = [
        local_problem(evidence, bank, settings.evaluation, rng)
        for bank in range(len(evidence.world.partners[BANK]))
    ]
    able = [each for each in banks if each.train_y.any() and each.test_y.any()]
    if not settings.scenario.forms or not able:
        note = "no bank has a report to learn from and a fraud to test on"
        title = "strong bank: fraud found within its alerts"
        return [
            judged("E2", title, math.nan, *STRONG_BANK, note, applies=not _few(settings)),
            *_floors(evidence, settings, rng),
        ]
    learned = [scored(problem) for problem in able]
    local = [scores for _, scores in learned]
    trees = [tree_precision(problem) for problem in able]
    table, sectors = oracle_features(evidence)
    whole = problem_of(evidence, table, settings.evaluation, rng, everything=True)
    _, oracle = scored(whole)
    return [
        *_local(able, local, trees, settings),
        *_oracle(oracle, settings),
        *_by_form(local, settings),
        *decay(able, [score for score, _ in learned], settings),
        *_sharing(local, oracle, whole, table, sectors),
        *spread(evidence),
        _later_labels(evidence, settings, rng),
        *_floors(evidence, settings, rng),
    ]


def _mean(scores: list[Scores], of: str) -> float:
    """Average over banks, weighted by their test frauds."""
    return float(np.average([getattr(s, of) for s in scores], weights=[s.frauds for s in scores]))


def _few(settings: Settings) -> str:
    """Return why a bank of this world cannot be held against one of the Netherlands, if so.

    It has thousands of reports to learn from; with a handful nobody could tell how strong it is.
    """
    return few("victims in the test days", to_test_on(settings)) or few(
        "reports to learn from at a bank of average size", reports_per_bank(settings)
    )


def _local(
    problems: list[Problem], local: list[Scores], trees: list[float], settings: Settings
) -> list[Check]:
    frauds = sum(score.frauds for score in local)
    known = sum(int(problem.train_y.sum()) for problem in problems)
    why = _few(settings)
    note = why or (
        f"mean of {len(local)} banks by test frauds: {known} reports to learn from, {frauds} tests"
    )
    base, ap = _mean(local, "base"), _mean(local, "ap")
    tree = float(np.average(trees, weights=[score.frauds for score in local]))
    named = HELPDESK in settings.scenario.forms
    found, named_frauds = _helpdesk(local)
    about = "" if named else "the sources are about fraud in the bank's name, which is not here"
    about = (
        about
        or why
        or few("bank-helpdesk victims in the test days", to_test_on(settings, HELPDESK))
    )
    return [
        excused(
            judged("E2", "strong bank: fraud found within its alerts", found, *STRONG_BANK,
                   about or f"bank-helpdesk fraud; {note}", applies=not about),
            _error(found, named_frauds),
        ),
        judged("E3", "strong bank: average precision over the share of fraud", ap / base, 10,
               None, note, applies=not why),
        *(
            skipped("E3", f"strong bank: {what}", f"the band is for {whom}", low, high)
            for what, whom, low, high in ELSEWHERE
        ),
        judged("E4", "average precision of a tree of depth 2 over the local detector's",
               tree / ap if ap else math.inf, None, 0.8, note, applies=not why),
    ]  # fmt: skip


def _helpdesk(local: list[Scores]) -> tuple[float, int]:
    """Return the share of bank-helpdesk fraud found, over banks, and of how many; NaN of none."""
    banks = [score.by_form[HELPDESK] for score in local if HELPDESK in score.by_form]
    frauds = sum(n for _, _, n in banks)
    return sum(found * n for found, _, n in banks) / frauds if frauds else math.nan, frauds


def _oracle(oracle: Scores, settings: Settings) -> list[Check]:
    why = few("victims in the test days", to_test_on(settings))
    note = why or f"{oracle.frauds} test frauds at all banks; knows every earlier fraud at once"
    enough = not why
    return [
        excused(check, _error(check.value, oracle.frauds))
        for check in (
            judged("E5", "oracle: fraud found within its alerts", oracle.recall, STRONG_BANK[0],
                   ORACLE_MOST, note, applies=enough),
            judged("E5", "oracle: average precision", oracle.ap, 0.35, 0.85, note, applies=enough),
        )
    ]  # fmt: skip


def _error(share: float, frauds: int) -> float:
    """Return the standard error of a recall or an average precision over some frauds.

    Binomial, which serves for average precision too (Boyd et al. 2013).
    """
    return math.sqrt(max(share * (1 - share), 0.0) / max(frauds, 1))


def _by_form(local: list[Scores], settings: Settings) -> list[Check]:
    """E6: forms differ in difficulty, none is hopeless; L30: none is too easy."""
    forms = sorted({form for score in local for form in score.by_form})
    plenty = {
        form
        for form in settings.scenario.forms
        if min(to_test_on(settings, form), reports_per_bank(settings, form)) >= ENOUGH
    }
    found: dict[str, tuple[float, float, int]] = {}
    for form in forms:
        banks = [score.by_form[form] for score in local if form in score.by_form]
        weight = [n for _, _, n in banks]
        recall, ap = (float(np.average([one[i] for one in banks], weights=weight)) for i in (0, 1))
        found[form] = (recall, ap, sum(weight))
    listed = ", ".join(f"{form} {recall:.2f} (of {n})" for form, (recall, _, n) in found.items())
    sure = {form: one for form, one in found.items() if form in plenty}
    note = f"forms with fewer than {ENOUGH} victims to test on, or reports to learn from at a "
    note += f"bank, by these settings, are not judged; {listed}"
    if not sure:
        return [skipped("E6", "recall by form", note), skipped("L30", "too good by form", note)]
    recalls = [recall for recall, _, _ in sure.values()]
    easiest = max(sure, key=lambda form: sure[form][0])
    plainest = max(sure, key=lambda form: sure[form][1])
    return [
        judged("E6", "best less worst recall of a form", max(recalls) - min(recalls), 0.25, None,
               note, applies=len(plenty) > 1),
        judged("E6", "worst recall of a form", min(recalls), 0.03, None, note),
        judged("L30", "too good: highest recall of a form at a bank alone", sure[easiest][0], None,
               0.9, easiest),
        judged("L30", "too good: highest average precision of a form", sure[plainest][1], None, 0.6,
               plainest),
    ]  # fmt: skip


def decay(problems: list[Problem], scores: list[Floats], settings: Settings) -> list[Check]:
    """D2: the frozen local detectors in the third month after training, against the first."""
    start = settings.evaluation.test_day
    second, end = start + MONTH_DAYS, start + 3 * MONTH_DAYS
    drifts = {
        form: one.drift.from_day
        for form, one in settings.scenario.forms.items()
        if one.drift is not None
    }
    needs = [f"world.days={end} (it is {settings.world.days})"] * (settings.world.days < end)
    needs += [
        f"scenario.forms.{form}.drift.from_day={second} to {second + MONTH_DAYS}, between the "
        f"months compared (it is {day:g})"
        for form, day in drifts.items()
        if not second <= day <= second + MONTH_DAYS
    ]
    on = (
        f"needs drift: scenario=emerging world.days={end} "
        f"scenario.forms.bank_helpdesk.drift.from_day={second}"
    )
    other = {True: on, False: f"needs a scenario without drift, such as mix, and world.days={end}"}
    checks = []
    for drift, low, high in ((True, -0.60, -0.15), (False, -0.10, 0.10)):
        name = f"change of average precision from month 1 to 3, drift {'on' if drift else 'off'}"
        if drift != bool(drifts):
            checks.append(skipped("D2", name, other[drift], low, high))
        elif needs:
            checks.append(skipped("D2", name, f"needs {' and '.join(needs)}", low, high))
        else:
            (first, frauds), (last, later) = (
                _precision_in(month, problems, scores, start) for month in (0, 2)
            )
            why = few("victims a month", per_month(settings))
            note = why or f"{frauds} frauds in month 1, {later} in month 3"
            checks.append(
                judged("D2", name, last / first - 1 if first else math.nan, low, high, note,
                       applies=not why)
            )  # fmt: skip
    return checks


def _precision_in(
    month: int, problems: list[Problem], scores: list[Floats], start: int
) -> tuple[float, int]:
    """Return the mean average precision in a month, weighted by frauds, and the frauds."""
    found, frauds = [], []
    for problem, score in zip(problems, scores, strict=True):
        rows = (problem.test_day - start) // MONTH_DAYS == month
        if problem.test_y[rows].any():
            weight = problem.test_weight[rows]
            found.append(
                average_precision_score(problem.test_y[rows], score[rows], sample_weight=weight)
            )
            frauds.append(int(problem.test_y[rows].sum()))
    return float(np.average(found, weights=frauds)) if found else math.nan, sum(frauds)


def _sharing(
    local: list[Scores],
    oracle: Scores,
    whole: Problem,
    table: FeatureTable,
    sectors: dict[str, list[str]],
) -> list[Check]:
    """F1 and F4: the oracle against the local detectors, and the contribution of each sector."""
    information = "not a target"
    alone: dict[str, list[tuple[float, int]]] = {}
    for score in local:
        for form, (_, ap, n) in score.by_form.items():
            alone.setdefault(form, []).append((ap, n))
    checks = []
    for form, banks in sorted(alone.items()):
        ap = float(np.average([a for a, _ in banks], weights=[n for _, n in banks]))
        value = oracle.by_form[form][1] / ap if form in oracle.by_form and ap else math.nan
        checks.append(
            judged("F1", f"{form}: average precision of the oracle over the local detectors'",
                   value, 1.3, 5, information, applies=False)
        )  # fmt: skip
    memory = [name for name in table.names if "guilty" in name or name.startswith("frauds_of")]
    forgetful = without_columns(whole, np.isin(table.names, memory))
    name = "oracle that learns from the truth but remembers no earlier fraud: {}"
    checks += [
        judged("F1", name.format(what), value, None, None, information, applies=False)
        for what, value in (
            ("AUC", forgetful.auc),
            ("fraud found within its alerts", forgetful.recall),
            ("average precision", forgetful.ap),
        )
    ]
    for sector, names in sectors.items():
        if sector == BANK:
            continue
        without = without_columns(whole, np.isin(table.names, names))
        loss = 1 - without.ap / oracle.ap if oracle.ap else math.nan
        checks.append(
            judged("F4", f"loss of the oracle's average precision without {sector}", loss, 0, 0.6,
                   information, applies=False)
        )  # fmt: skip
    return checks


def _later_labels(evidence: Evidence, settings: Settings, rng: np.random.Generator) -> Check:
    """L20: banks whose reports all arrive 30 days later must have worse detectors."""
    name = "average precision with reports 30 days later, over as they came"
    left = reports_per_bank(settings, late_days=LATE_DAYS)
    why = _few(settings) or few("reports to learn from 30 days later", left)
    if why:
        return skipped("L20", name, why, None, 1)
    found: dict[int, list[float]] = {0: [], LATE_DAYS: []}
    for bank in range(len(evidence.world.partners[BANK])):
        table = bank_table(evidence.world, bank)
        for late, precisions in found.items():
            day = settings.evaluation.cutoff_day - late
            problem = problem_of(
                evidence, table, settings.evaluation, rng, everything=False, known_day=day
            )
            if problem.train_y.any() and problem.test_y.any():
                score = scored(problem)[1]
                precisions.append(score.ap * score.frauds)
    now, later = (sum(precisions) for precisions in found.values())
    return judged("L20", name, later / now if now else math.nan, None, 1)


def _floors(evidence: Evidence, settings: Settings, rng: np.random.Generator) -> list[Check]:
    """L27 and L28: random labels teach nothing, in this world and in the one without fraud."""
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
        table = bank_table(world, 0)
        day, evaluation = table.time // DAY, settings.evaluation
        last = evaluation.warm_up_days + evaluation.train_days
        train = _some(np.flatnonzero((day >= evaluation.warm_up_days) & (day < last)), rng)
        test = _some(np.flatnonzero(day >= evaluation.test_day), rng)
        random = [_random_labels(len(rows), rng) for rows in (train, test)]
        model = boosted(table.values[train], random[0])
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
    """E1: the best single engineered feature of the first bank, over the whole horizon."""
    name = "highest AUC of a single engineered feature"
    if not settings.scenario.forms:
        return skipped("E1", name, "no fraud in this scenario", None, 0.85)
    table = bank_table(evidence.world, 0)
    rows = evidence.payments.set_index("payment").loc[table.event, "transfer"].to_numpy()
    values: dict[str, Any] = {
        name: max(value, 1 - value)
        for name, column in zip(table.names, table.values.T, strict=True)
        if not math.isnan(value := auc(column, rows))
    }
    if not values:
        return judged("E1", name, math.nan, None, 0.85)
    top = max(values, key=lambda one: values[one])
    return judged("E1", name, values[top], None, 0.85, f"{top}, first bank")
