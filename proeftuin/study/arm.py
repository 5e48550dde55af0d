"""One arm in one world: brief the partners, let them learn, set thresholds, alert, measure."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from proeftuin.decisions.blocks import own_blocks, without_established
from proeftuin.decisions.holds import holds
from proeftuin.decisions.scoring import score_desk
from proeftuin.detectors.model import Model
from proeftuin.features.split import Split, split_rows
from proeftuin.features.table import FeatureTable
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned
from proeftuin.learning.tuning import choose_each, choose_jointly
from proeftuin.outcomes.costs import costs_of
from proeftuin.outcomes.measuring import measure
from proeftuin.privacy.ledger import Guarantee, Ledger
from proeftuin.privacy.people import People, people_of
from proeftuin.privacy.recount import Sent
from proeftuin.privacy.signals import signal_ledgers
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import persons
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.information import ArmInputs, InformationSets
from proeftuin.sharing.query import Desk
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth

SERVER = "server"
NO_ONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class ArmResult:
    """Everything one arm gave in one world.

    Attributes:
        outcomes: ``partner, fraud_form, metric, value``.
        curves: ``partner, round, metric, value``; the partner is whoever learned, or whoever did
            not answer or was refused in a federation's round. Round 0 has the least validation
            loss of every candidate, where there was a choice.
        flows: what crossed between parties.
        ledgers: what every partner whose learning was private released, and what parties told.
        sent: messages of every federation, counted where they passed and not by who learned.
        people: how many rows private learning had of how many people, at which banks.
        guarantees: what those releases cost: by ledger, and a person at all partners.
        models: by the name of who learned: a partner, or together ``joint_bank``, ``centre_bank``;
            and by partner where those who learned together have models of their own.
    """

    outcomes: pd.DataFrame
    curves: pd.DataFrame
    flows: list[Flow]
    ledgers: list[Ledger]
    sent: list[Sent]
    people: People
    guarantees: list[Guarantee]
    models: dict[str, Model]


def run_arm(
    arm: Arm,
    settings: Settings,
    information: InformationSets,
    truth: Truth,
    seeds: Seeds,
    checkpoint: Path | None = None,
) -> ArmResult:
    """Run one arm in one world; only the outcomes look at the truth.

    In the folder ``checkpoint`` a federated training keeps its progress, and goes on from it.
    """
    started = time.perf_counter()
    inputs = information.inputs_of(arm.regime)
    learned = {} if "rules" in arm.measures else _learn(arm, settings, inputs, seeds, checkpoint)
    flows = inputs.flows + _model_flows(learned, inputs)
    flows += [flow for result in learned.values() for flow in result.flows]
    ledgers = _ledgers(learned) if arm.privacy.unit is not None else []
    ledgers += [ledger for result in learned.values() for ledger in result.ledgers]
    guarantees = _guarantees(arm, ledgers)
    learner = _learners(inputs)
    scored = []
    for desk, table in inputs.tables.items():
        result = learned.get(learner[desk])
        told = table if result is None or result.table is None else result.table
        model = None if result is None else result.model_of(desk.name)
        may = result is not None and result.may_validate
        scored.append(score_desk(desk, told, model, information, settings, calibrate=may))
    blocks = pd.concat(
        [inputs.blocks, own_blocks(information.world, settings.intervention)], ignore_index=True
    )
    blocks = without_established(blocks, information.world)
    test_day = settings.evaluation.test_day
    held = [
        holds(desk, table, arm.measures, blocks, information.world, test_day)
        for desk, table in inputs.tables.items()
        if desk.sector == "bank"
    ]
    outcomes = measure(
        scored,
        blocks,
        pd.concat(held, ignore_index=True),
        information.world,
        truth,
        interventions=settings.intervention,
        test_day=test_day,
        seeds=information.seeds.child("outcomes"),
    )
    costs = costs_of(
        flows,
        guarantees,
        tuple(desk.name for desk in information.desks),
        [incident for result in learned.values() for incident in result.incidents],
        outcomes=outcomes,
        people=persons(settings.world),
        days=settings.world.days,
        seconds=time.perf_counter() - started,
    )
    curves = pd.DataFrame(
        [
            (who, number, "validation_loss", loss)
            for who, result in learned.items()
            for number, loss in result.losses
        ]
        + [
            (owner, number, incident, 1.0)
            for result in learned.values()
            for owner, number, incident in result.incidents
        ]
        + [
            (who, 0, f"candidate[{name}]", loss)
            for who, result in learned.items()
            for name, loss in result.tried.items()
        ],
        columns=["partner", "round", "metric", "value"],
    )
    return ArmResult(
        outcomes=pd.concat([outcomes, costs], ignore_index=True),
        curves=curves,
        flows=flows,
        ledgers=ledgers + signal_ledgers(flows),
        sent=_sent(learned, settings.federation),
        people=_people(learned, inputs, information),
        guarantees=guarantees,
        models={
            who: model
            for name, result in learned.items()
            for who, model in {name: result.model, **result.own}.items()
        },
    )


def _learners(inputs: ArmInputs) -> dict[Desk, str]:
    """Return the name of who learns for every desk: itself, or those it learns together with."""
    alone = {desk: desk.name for desk in inputs.tables}
    return alone | {desk: who for who, desks in inputs.together.items() for desk in desks}


def _learn(
    arm: Arm, settings: Settings, inputs: ArmInputs, seeds: Seeds, checkpoint: Path | None
) -> dict[str, Learned]:
    """Let everybody learn; keyed by the name of who learned."""
    learned: dict[str, Learned] = {}
    alone: dict[tuple[str, ...], dict[str, Split]] = {}  # by columns: those learn side by side
    tables: dict[str, FeatureTable] = {}
    for desk, who in _learners(inputs).items():
        tables.setdefault(who, inputs.tables[desk])
    aligned = {desk.name: each for desk, each in inputs.aligned.items()}
    for who, table in tables.items():
        if who in aligned:
            from proeftuin.learning.vertical import learn_vertically

            learned[who] = learn_vertically(
                table, aligned[who], arm, settings, owner=who, seeds=seeds
            )
        elif arm.regime.learning == "federated" and who in inputs.together:
            training = training_of(who, inputs, arm, settings, seeds)
            progress = checkpoint / f"{who}.training" if checkpoint is not None else None
            learned[who] = choose_jointly(training, checkpoint=progress)
        else:
            split = split_rows(table, settings.evaluation, seeds.child("split", who))
            alone.setdefault(table.names, {})[who] = split
    for names, splits in alone.items():
        learned |= choose_each(Training(splits, names, arm, settings.federation, seeds))
    return {who: learned[who] for who in tables}


def training_of(
    who: str, inputs: ArmInputs, arm: Arm, settings: Settings, seeds: Seeds
) -> Training:
    """Return the training of those who learn together under a name."""
    desks = inputs.together[who]
    splits = {
        desk.name: split_rows(
            inputs.tables[desk], settings.evaluation, seeds.child("split", desk.name)
        )
        for desk in desks
    }
    return Training(splits, inputs.tables[desks[0]].names, arm, settings.federation, seeds)


def _model_flows(learned: dict[str, Learned], inputs: ArmInputs) -> list[Flow]:
    """Model updates and statistics of a federation: sums over many, about nobody in particular."""
    flows = []
    for who, desks in inputs.together.items():
        joint = learned[who]
        if not joint.messages:
            continue
        private = not joint.may_validate
        flows += [
            Flow(
                sender=desk.name,
                receiver=SERVER,
                data="model_updates",
                form="private_aggregate" if private else "aggregate",
                about=NO_ONE,
                fields=0,
                records=joint.messages // len(desks),
                bytes=joint.bytes_moved // len(desks),
            )
            for desk in desks
        ]
    return flows


def _ledgers(learned: dict[str, Learned]) -> list[Ledger]:
    """Return the ledger of every private learner."""
    from proeftuin.privacy.learner import PrivateLearner
    from proeftuin.privacy.partner import ClientLevelDPLearner

    return [
        learner.ledger()
        for result in learned.values()
        for learner in result.learners
        if isinstance(learner, PrivateLearner | ClientLevelDPLearner)
    ]


def _sent(learned: dict[str, Learned], federation: Federation) -> list[Sent]:
    return [
        Sent(
            together=who,
            partners=len(result.learners),
            messages=result.messages,
            unanswered=sum(what == "no_answer" for *_, what in result.incidents),
            queries=2 if federation.personal is None else 3,
        )
        for who, result in learned.items()
        if result.messages
    ]


def _people(learned: dict[str, Learned], inputs: ArmInputs, information: InformationSets) -> People:
    """Return whose rows the banks' private learners had; elsewhere a person has no phone."""
    from proeftuin.privacy.learner import PrivateLearner

    banks = {who for desk, who in _learners(inputs).items() if desk.sector == "bank"}
    return people_of(
        {
            learner.partner: information.sources.persons_of(learner.split.train_customer)
            for who, result in learned.items()
            for learner in result.learners
            if who in banks and isinstance(learner, PrivateLearner)
        }
    )


def _guarantees(arm: Arm, ledgers: list[Ledger]) -> list[Guarantee]:
    """Account for every private learner from its ledger alone, and for a person at all of them."""
    vertical = arm.regime.vertical
    delta = vertical.delta if vertical is not None else arm.privacy.delta
    if delta is None:
        return []
    from proeftuin.privacy.accounting import guarantee, joint_guarantee

    guarantees = [guarantee(ledger, delta) for ledger in ledgers]
    if arm.privacy.unit == "person" and len(ledgers) > 1:
        guarantees.append(joint_guarantee(ledgers, delta))
    return guarantees
