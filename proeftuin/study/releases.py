"""What left the partners under one arm in one world, and its privacy cost."""

from dataclasses import dataclass

import numpy as np

from proeftuin.learning.train import Learned
from proeftuin.privacy.ledger import Guarantee, Ledger
from proeftuin.privacy.people import People, people_of
from proeftuin.privacy.recount import Sent
from proeftuin.privacy.signals import signal_ledgers
from proeftuin.sectors import DECIDING
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation
from proeftuin.settings.privacy import NoPrivacy
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.information import ArmInputs, InformationSets

SERVER = "server"
NO_ONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Releases:
    """What left the partners.

    Attributes:
        flows: data flows between parties.
        ledgers: releases of every privately trained partner, and noisy answers of instruments.
        guarantees: privacy cost of the releases of training: by ledger, and for a person at all
            partners together.
        sent: messages of every federation, counted by the grid and not by the learners.
        people: how many rows of how many people private training used, by bank.
    """

    flows: list[Flow]
    ledgers: list[Ledger]
    guarantees: list[Guarantee]
    sent: list[Sent]
    people: People


def releases_of(
    learned: dict[str, Learned],
    inputs: ArmInputs,
    *,
    arm: Arm,
    federation: Federation,
    information: InformationSets,
) -> Releases:
    """Return what left the partners by training and by the answers of instruments."""
    flows = inputs.flows + _model_flows(learned, inputs)
    flows += [flow for result in learned.values() for flow in result.flows]
    ledgers = _ledgers(learned) if arm.privacy.unit is not None else []
    ledgers += [ledger for result in learned.values() for ledger in result.ledgers]
    return Releases(
        flows=flows,
        ledgers=ledgers + signal_ledgers(flows),
        guarantees=_guarantees(arm, ledgers),
        sent=_sent(learned, federation),
        people=_people(learned, inputs, information),
    )


def _model_flows(learned: dict[str, Learned], inputs: ArmInputs) -> list[Flow]:
    """Return the flows of model updates and statistics: aggregates, about no single person."""
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
    """Return whose rows the banks' private learners used; others know no phone of a person."""
    from proeftuin.privacy.learner import PrivateLearner

    banks = {who for desk, who in inputs.learners.items() if DECIDING[desk.sector].holds_accounts}
    return people_of(
        {
            learner.partner: information.sources.persons_of(learner.split.train_customer)
            for who, result in learned.items()
            for learner in result.learners
            if who in banks and isinstance(learner, PrivateLearner)
        }
    )


def _guarantees(arm: Arm, ledgers: list[Ledger]) -> list[Guarantee]:
    """Return the guarantee of every ledger, and that of a person at all partners together."""
    promise = arm.regime.vertical or arm.privacy
    if isinstance(promise, NoPrivacy):
        return []
    from proeftuin.privacy.accounting import guarantee, joint_guarantee

    guarantees = [guarantee(ledger, promise.delta) for ledger in ledgers]
    if arm.privacy.unit == "person" and len(ledgers) > 1:
        guarantees.append(joint_guarantee(ledgers, promise.delta))
    return guarantees
