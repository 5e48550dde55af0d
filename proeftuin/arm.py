"""One arm in one world: inform the banks, let them learn, set thresholds, raise alerts, measure."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proeftuin.detectors.model import Model
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.learning import Learned, learn_alone, learn_jointly
from proeftuin.outcomes.detection import ScoredBank, measure
from proeftuin.outcomes.schema import ALL
from proeftuin.privacy.ledger import Guarantee, Ledger
from proeftuin.settings import Arm, Settings
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.informed import Informed
from proeftuin.split import split_rows, to_unit
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
        guarantees: what those releases cost, one per ledger.
        models: by the name of who learned: a bank, ``joint`` or ``centre``.
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
    banks = range(len(informed.world.partners["bank"]))
    names = informed.world.partners["bank"]
    coalition = tuple(
        bank for bank in banks
        if arm.regime.coalition == "all" or names[bank] in arm.regime.coalition
    )  # fmt: skip
    tables, flows = _inform(arm, informed, coalition)
    learned = _learn(arm, settings, tables, coalition, names, seeds)
    flows += _model_flows(learned, names, coalition)
    ledgers = _ledgers(learned) if arm.privacy.unit is not None else []
    guarantees = _guarantees(arm, ledgers)
    scored = [
        _score(tables[bank], learned[_learner_name(arm, bank, coalition, names)].model, bank,
               informed, settings)
        for bank in banks
    ]  # fmt: skip
    outcomes = measure(
        scored,
        truth,
        test_days=settings.world.days - settings.evaluation.test_day,
        alerts_per_1000=settings.evaluation.alerts_per_1000_payments,
    )
    costs = _costs(
        flows,
        guarantees,
        names,
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


def _inform(
    arm: Arm, informed: Informed, coalition: tuple[int, ...]
) -> tuple[dict[int, FeatureTable], list[Flow]]:
    """Return each bank's features under the regime; a pooled table is shared by its coalition."""
    tables = {
        bank: informed.own(bank)
        for bank in range(len(informed.world.partners["bank"]))
        if arm.regime.learning != "pooled" or bank not in coalition
    }
    flows: list[Flow] = []
    if arm.regime.learning == "pooled":
        table, flows = informed.pooled(coalition)
        return tables | dict.fromkeys(coalition, table), list(flows)
    if arm.regime.line_busy is not None:
        for bank in coalition:
            tables[bank], asked = informed.with_line_busy(bank, arm.regime.line_busy)
            flows += asked
    return tables, flows


def _learner_name(arm: Arm, bank: int, coalition: tuple[int, ...], names: tuple[str, ...]) -> str:
    together = {"own": None, "federated": "joint", "pooled": "centre"}[arm.regime.learning]
    return together if together and bank in coalition else names[bank]


def _learn(
    arm: Arm,
    settings: Settings,
    tables: dict[int, FeatureTable],
    coalition: tuple[int, ...],
    names: tuple[str, ...],
    seeds: Seeds,
) -> dict[str, Learned]:
    """Let everybody learn; keyed by the name of who learned."""
    learned: dict[str, Learned] = {}
    splits = {}
    for bank, table in tables.items():
        who = _learner_name(arm, bank, coalition, names)
        if who in learned:
            continue
        owner = names[bank] if who == "joint" else who
        split = split_rows(table, settings.evaluation, seeds.child("split", owner))
        if who == "joint":
            splits[owner] = split
        else:
            learned[who] = learn_alone(
                split, table.names, arm, settings.federation, owner=who, seeds=seeds
            )
    if splits:
        learned["joint"] = learn_jointly(
            splits, tables[coalition[0]].names, arm, settings.federation, seeds=seeds
        )
    return learned


def _score(
    table: FeatureTable, model: Model, bank: int, informed: Informed, settings: Settings
) -> ScoredBank:
    """Score a bank's test payments and alert above the threshold its validation days give."""
    day, own = table.time / DAY, table.partner == bank
    evaluation = settings.evaluation
    valid = own & (day >= evaluation.cutoff_day) & (day < evaluation.test_day)
    test = own & (day >= evaluation.test_day)
    share = evaluation.alerts_per_1000_payments / 1000
    score = model.score(to_unit(table, test))
    known = model.score(to_unit(table, valid))
    threshold = np.quantile(known, 1 - share, method="higher") if len(known) else np.inf
    accounts = informed.world.tables["accounts"]
    ages = accounts.loc[(accounts["bank"] == bank) & (accounts["age"] >= 0), "age"]
    return ScoredBank(
        bank=informed.world.partners["bank"][bank],
        payment=table.event[test],
        amount_eur=table.amount_eur[test],
        age=table.age[test],
        score=score,
        alerted=score > threshold,
        customer_ages=ages.to_numpy(),
    )


def _model_flows(
    learned: dict[str, Learned], names: tuple[str, ...], coalition: tuple[int, ...]
) -> list[Flow]:
    """Model updates and statistics of a federation: sums over many, about nobody in particular."""
    if "joint" not in learned:
        return []
    joint = learned["joint"]
    private = any(not learner.may_validate for learner in joint.learners)
    return [
        Flow(
            sender=names[bank],
            receiver=SERVER,
            data="model_updates",
            form="private_aggregate" if private else "aggregate",
            about=NO_ONE,
            fields=0,
            records=joint.messages // len(coalition),
            bytes=joint.bytes_moved // len(coalition),
        )
        for bank in coalition
    ]


def _ledgers(learned: dict[str, Learned]) -> list[Ledger]:
    """Return the ledger of every private learner."""
    from proeftuin.privacy.learner import PrivateLearner

    return [
        learner.ledger()
        for result in learned.values()
        for learner in result.learners
        if isinstance(learner, PrivateLearner)
    ]


def _guarantees(arm: Arm, ledgers: list[Ledger]) -> list[Guarantee]:
    """Account for every private learner from its ledger alone."""
    if arm.privacy.delta is None:
        return []
    from proeftuin.privacy.accounting import guarantee

    return [guarantee(ledger, arm.privacy.delta) for ledger in ledgers]


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
