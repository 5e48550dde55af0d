"""One arm in one world: brief the partners, let them learn, set thresholds, alert, measure."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proeftuin.detectors.model import Model
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.learning import Learned, learn_each, learn_jointly
from proeftuin.outcomes.detection import ScoredDesk, measure
from proeftuin.outcomes.schema import ALL
from proeftuin.privacy.ledger import Guarantee, Ledger
from proeftuin.settings import Arm, Intervention, Settings
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.informed import Briefing, Informed
from proeftuin.sharing.telling import Desk
from proeftuin.split import Split, split_rows, to_unit
from proeftuin.worlds import persons
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth

SERVER = "server"
NO_ONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class ArmResult:
    """Everything one arm gave in one world.

    Attributes:
        outcomes: ``partner, metric, value``.
        curves: ``partner, round, metric, value``; the partner is whoever learned.
        flows: what crossed between parties.
        ledgers: what every partner whose learning was private released.
        guarantees: what those releases cost: by ledger, and a person at all partners.
        models: by the name of who learned: a partner, or together ``joint_bank``, ``centre_bank``.
    """

    outcomes: pd.DataFrame
    curves: pd.DataFrame
    flows: list[Flow]
    ledgers: list[Ledger]
    guarantees: list[Guarantee]
    models: dict[str, Model]


def run_arm(
    arm: Arm, settings: Settings, informed: Informed, truth: Truth, seeds: Seeds
) -> ArmResult:
    """Run one arm in one world; only the outcomes look at the truth."""
    started = time.perf_counter()
    briefing = informed.brief(arm.regime)
    learned = _learn(arm, settings, briefing, seeds)
    flows = briefing.flows + _model_flows(learned, briefing)
    ledgers = _ledgers(learned) if arm.privacy.unit is not None else []
    guarantees = _guarantees(arm, ledgers)
    learner = _learners(briefing)
    scored = [
        _score(desk, table, learned[learner[desk]].model, informed, settings)
        for desk, table in briefing.tables.items()
    ]
    outcomes = measure(
        [each for each in scored if each.desk.sector == "bank"],
        truth,
        test_days=settings.world.days - settings.evaluation.test_day,
        alerts_per_1000=settings.intervention.bank.alerts_per_1000,
    )
    costs = _costs(
        flows,
        guarantees,
        tuple(desk.name for desk in informed.desks),
        people=persons(settings.world),
        seconds=time.perf_counter() - started,
    )
    curves = pd.DataFrame(
        [
            (who, number, "validation_loss", loss)
            for who, result in learned.items()
            for number, loss in result.losses
        ],
        columns=["partner", "round", "metric", "value"],
    )
    return ArmResult(
        outcomes=pd.concat([outcomes, costs], ignore_index=True),
        curves=curves,
        flows=flows,
        ledgers=ledgers,
        guarantees=guarantees,
        models={who: result.model for who, result in learned.items()},
    )


def _learners(briefing: Briefing) -> dict[Desk, str]:
    """Return the name of who learns for every desk: itself, or those it learns together with."""
    alone = {desk: desk.name for desk in briefing.tables}
    return alone | {desk: who for who, desks in briefing.together.items() for desk in desks}


def _learn(arm: Arm, settings: Settings, briefing: Briefing, seeds: Seeds) -> dict[str, Learned]:
    """Let everybody learn; keyed by the name of who learned."""
    learned: dict[str, Learned] = {}
    alone: dict[tuple[str, ...], dict[str, Split]] = {}  # by columns: those learn side by side
    tables: dict[str, FeatureTable] = {}
    for desk, who in _learners(briefing).items():
        tables.setdefault(who, briefing.tables[desk])
    for who, table in tables.items():
        if arm.regime.learning == "federated" and who in briefing.together:
            splits = {
                each.name: split_rows(
                    briefing.tables[each], settings.evaluation, seeds.child("split", each.name)
                )
                for each in briefing.together[who]
            }
            learned[who] = learn_jointly(splits, table.names, arm, settings.federation, seeds=seeds)
        else:
            split = split_rows(table, settings.evaluation, seeds.child("split", who))
            alone.setdefault(table.names, {})[who] = split
    for names, splits in alone.items():
        learned |= learn_each(splits, names, arm, settings.federation, seeds=seeds)
    return {who: learned[who] for who in tables}


def _score(
    desk: Desk, table: FeatureTable, model: Model, informed: Informed, settings: Settings
) -> ScoredDesk:
    """Score a desk's test rows and alert above the threshold its validation days give."""
    day, own = table.time / DAY, table.partner == desk.index
    evaluation = settings.evaluation
    valid = own & (day >= evaluation.cutoff_day) & (day < evaluation.test_day)
    test = own & (day >= evaluation.test_day)
    intervention: Intervention = getattr(settings.intervention, desk.sector)
    share = intervention.alerts_per_1000 / 1000
    score = model.score(to_unit(table, test))
    known = model.score(to_unit(table, valid))
    threshold = np.quantile(known, 1 - share, method="higher") if len(known) else np.inf
    return ScoredDesk(
        desk=desk,
        event=table.event[test],
        time=table.time[test],
        amount_eur=table.amount_eur[test],
        age=table.age[test],
        score=score,
        alerted=score > threshold,
        customer_ages=informed.customer_ages(desk),
    )


def _model_flows(learned: dict[str, Learned], briefing: Briefing) -> list[Flow]:
    """Model updates and statistics of a federation: sums over many, about nobody in particular."""
    flows = []
    for who, desks in briefing.together.items():
        joint = learned[who]
        if not joint.messages:
            continue
        private = any(not learner.may_validate for learner in joint.learners)
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
    from proeftuin.privacy.partner import HiddenPartner

    return [
        learner.ledger()
        for result in learned.values()
        for learner in result.learners
        if isinstance(learner, PrivateLearner | HiddenPartner)
    ]


def _guarantees(arm: Arm, ledgers: list[Ledger]) -> list[Guarantee]:
    """Account for every private learner from its ledger alone, and for a person at all of them."""
    if arm.privacy.delta is None:
        return []
    from proeftuin.privacy.accounting import guarantee, joint_guarantee

    guarantees = [guarantee(ledger, arm.privacy.delta) for ledger in ledgers]
    if arm.privacy.unit == "person" and len(ledgers) > 1:
        guarantees.append(joint_guarantee(ledgers, arm.privacy.delta))
    return guarantees


def _costs(
    flows: list[Flow],
    guarantees: list[Guarantee],
    names: tuple[str, ...],
    *,
    people: int,
    seconds: float,
) -> pd.DataFrame:
    """What sharing cost, per bank (what it sent or received) and for all together.

    Persons are counted by telephone number; registers with old and wrong numbers name more numbers
    than there are people, so the count stops at everybody.
    """
    rows: list[tuple[str, str, float]] = [(ALL, "seconds", seconds)]
    for partner in (*names, ALL):
        mine = [flow for flow in flows if partner in (ALL, flow.sender, flow.receiver)]
        about = np.unique(np.concatenate([NO_ONE, *(flow.about for flow in mine)]))
        fields = {(flow.data, flow.fields) for flow in mine}
        epsilons = [g.epsilon for g in guarantees if partner in (ALL, g.partner)]
        rows += [
            (partner, "persons_disclosed", float(min(len(about), people))),
            (partner, "fields_disclosed", float(sum(count for _, count in fields))),
            (partner, "bytes_moved", float(sum(flow.bytes for flow in mine))),
            (partner, "epsilon", max(epsilons, default=np.nan)),
        ]
    return pd.DataFrame(rows, columns=["partner", "metric", "value"])
