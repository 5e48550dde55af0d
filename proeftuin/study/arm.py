"""One arm in one world: gather inputs, train detectors, set thresholds, alert, measure."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from proeftuin.decisions.actions import Decisions
from proeftuin.decisions.blocks import own_blocks, without_established
from proeftuin.decisions.holds import BankPayments, holds
from proeftuin.decisions.scoring import score_desk
from proeftuin.detectors.model import Model
from proeftuin.features.split import Split, rehearsal_rows, split_rows
from proeftuin.features.table import FeatureTable
from proeftuin.federation.training import Training
from proeftuin.instruments.base import FactKind
from proeftuin.learning.train import Learned
from proeftuin.learning.tuning import choose_each, choose_jointly, tried_by
from proeftuin.outcomes.arm import arm_outcomes
from proeftuin.outcomes.costs import costs_of
from proeftuin.outcomes.reference import Reference
from proeftuin.sectors import DECIDING
from proeftuin.settings.arm import Arm
from proeftuin.settings.study import Evaluation, Settings
from proeftuin.settings.worlds import persons
from proeftuin.sharing.facts import EVERYTHING
from proeftuin.sharing.information import ArmInputs, InformationSets
from proeftuin.study.learned import learned_from
from proeftuin.study.releases import Releases, releases_of
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth


@dataclass(frozen=True, eq=False)
class ArmResult:
    """The results of one arm in one world.

    Attributes:
        outcomes: ``partner, fraud_form, metric, value``.
        cases: what every case comes to (``outcomes.within.CASES``).
        scores: the score of every test row, if it is to be kept.
        curves: ``partner, round, metric, value``; the partner is the owner of the model, or a
            partner that did not answer, or was refused, in a federated round. Round 0 has the
            validation loss of every candidate, where there were candidates.
        releases: what left the partners, and its privacy cost.
        models: by owner: a partner, or a group such as ``joint_bank`` and ``centre_bank``; and by
            partner where the members of a federation have personal models.
    """

    outcomes: pd.DataFrame
    cases: pd.DataFrame
    scores: pd.DataFrame | None
    curves: pd.DataFrame
    releases: Releases
    models: dict[str, Model]


def run_arm(
    arm: Arm,
    settings: Settings,
    information: InformationSets,
    truth: Truth,
    seeds: Seeds,
    checkpoint: Path | None = None,
    pooling: Collection[FactKind] = EVERYTHING,
) -> ArmResult:
    """Run one arm in one world; only the outcomes look at the truth.

    A federated training saves its progress in the folder ``checkpoint`` and resumes from it. A
    centre pools the kinds of facts ``pooling``.
    """
    started = time.perf_counter()
    inputs = information.inputs_of(arm.regime, pooling)
    learned = {} if "rules" in arm.measures else _learn(arm, settings, inputs, seeds, checkpoint)
    releases = releases_of(
        learned, inputs, arm=arm, federation=settings.federation, information=information
    )
    decisions = _decide(arm, settings, information, inputs, learned)
    judged = arm_outcomes(decisions, Reference.of(information, truth, settings))
    costs = costs_of(
        releases.flows,
        releases.guarantees,
        tuple(desk.name for desk in information.desks),
        [incident for result in learned.values() for incident in result.incidents],
        outcomes=judged.outcomes,
        people=persons(settings.world),
        days=settings.world.days,
        tested=settings.world.days - settings.evaluation.test_day,
        seconds=time.perf_counter() - started,
    )
    trained = learned_from(learned, inputs, settings.evaluation)
    return ArmResult(
        outcomes=pd.concat([judged.outcomes, costs, trained], ignore_index=True),
        cases=judged.cases,
        scores=judged.scores() if settings.evaluation.keep_scores else None,
        curves=_curves(learned),
        releases=releases,
        models={
            who: model
            for name, result in learned.items()
            for who, model in {name: result.model, **result.own}.items()
        },
    )


def _decide(
    arm: Arm,
    settings: Settings,
    information: InformationSets,
    inputs: ArmInputs,
    learned: dict[str, Learned],
) -> Decisions:
    """Return the scores, alerts, refusals and holds of every desk."""
    world, test_day = information.world, settings.evaluation.test_day
    learner = inputs.learners
    scored = []
    for desk, table in inputs.tables.items():
        result = learned.get(learner[desk])
        known = table if result is None or result.table is None else result.table
        model = None if result is None else result.model_of(desk.name)
        scored.append(score_desk(desk, known, model, information, settings))
    blocks = pd.concat([inputs.blocks, own_blocks(world, settings.intervention)], ignore_index=True)
    blocks = without_established(blocks, world)
    held = [
        holds(BankPayments(desk, table, blocks, world, test_day), arm.measures)
        for desk, table in inputs.tables.items()
        if DECIDING[desk.sector].decides_on_payments
    ]
    return Decisions(scored, blocks, pd.concat(held, ignore_index=True))


def _curves(learned: dict[str, Learned]) -> pd.DataFrame:
    """Return the learning curves (see :class:`ArmResult`)."""
    losses = [
        (who, number, "validation_loss", loss)
        for who, result in learned.items()
        for number, loss in result.losses
    ]
    incidents = [
        (owner, number, incident, 1.0)
        for result in learned.values()
        for owner, number, incident in result.incidents
    ]
    candidates = [
        (who, 0, f"candidate[{name}]", loss)
        for who, result in learned.items()
        for name, loss in result.tried.items()
    ]
    columns = ["partner", "round", "metric", "value"]
    return pd.DataFrame(losses + incidents + candidates, columns=columns)


def _learn(
    arm: Arm, settings: Settings, inputs: ArmInputs, seeds: Seeds, checkpoint: Path | None
) -> dict[str, Learned]:
    """Train every detector of the arm; return the results by owner."""
    learned: dict[str, Learned] = {}
    alone: dict[tuple[str, ...], dict[str, FeatureTable]] = {}  # by columns: one batch each
    tables: dict[str, FeatureTable] = {}
    for desk, who in inputs.learners.items():
        tables.setdefault(who, inputs.tables[desk])
    aligned = {desk.name: each for desk, each in inputs.aligned.items()}
    for who, table in tables.items():
        if who in aligned:
            from proeftuin.learning.vertical import learn_vertically

            learned[who] = learn_vertically(
                table, aligned[who], arm, settings, owner=who, seeds=seeds
            )
        elif arm.regime.learning == "federated" and who in inputs.together:
            of_desks = {desk.name: inputs.tables[desk] for desk in inputs.together[who]}
            progress = checkpoint / f"{who}.training" if checkpoint is not None else None
            learned[who] = choose_jointly(
                training_of(of_desks, arm, settings, seeds),
                rehearsal_of(of_desks, arm, settings, seeds),
                checkpoint=progress,
            )
        else:
            alone.setdefault(table.names, {})[who] = table
    for some in alone.values():
        learned |= choose_each(
            training_of(some, arm, settings, seeds), rehearsal_of(some, arm, settings, seeds)
        )
    return {who: learned[who] for who in tables}


def training_of(
    tables: Mapping[str, FeatureTable], arm: Arm, settings: Settings, seeds: Seeds
) -> Training:
    """Return the training of owners of tables with the same columns."""
    return _training(tables, split_rows, arm, settings, seeds)


def rehearsal_of(
    tables: Mapping[str, FeatureTable], arm: Arm, settings: Settings, seeds: Seeds
) -> Training | None:
    """Return the training that candidates of the detector compete in; None without any."""
    if len(tried_by(arm)) == 1:
        return None
    return _training(tables, rehearsal_rows, arm, settings, seeds)


def _training(
    tables: Mapping[str, FeatureTable],
    rows: Callable[[FeatureTable, Evaluation], Split],
    arm: Arm,
    settings: Settings,
    seeds: Seeds,
) -> Training:
    splits = {owner: rows(table, settings.evaluation) for owner, table in tables.items()}
    names = next(iter(tables.values())).names
    return Training(splits, names, arm, settings.federation, seeds)
