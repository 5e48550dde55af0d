"""A rough idea, before anything runs, of how big a study is and how long it takes.

A plain model: how many events a world holds, how often a model learns from how many rows, and a few
constants measured on two cores of 2020s hardware. Right within a factor of two or three, which is
enough to tell seconds from hours.
"""

import os
from dataclasses import dataclass

from proeftuin.settings import Arm, Settings

#: Seconds, measured; each times the number beside it.
PER_EVENT_MADE = 0.8e-6
PER_PAYMENT_DESCRIBED = 12e-6
PER_ROW_EPOCH = {"logistic": 6e-6, "mlp": 8e-6, "boosted_trees": 2e-6}
PER_PRIVATE_ROW = 60e-6
PER_PAYMENT_JUDGED = 2e-6
START_UP_SECONDS = 15
#: Bytes of memory per event of a world in the works, and on disk per payment of its scores.
MEMORY_PER_EVENT = 300
DISK_PER_PAYMENT = 1


@dataclass(frozen=True)
class Estimate:
    """How big a study is, roughly.

    Attributes:
        payments, calls: events in one world.
        rows: rows of training data in one world, all banks together.
        trainings: models fitted, all arms and worlds together.
        seconds: time on this machine.
        memory_gb: memory in use at once.
        disk_mb: what the run folder takes.
    """

    payments: int
    calls: int
    rows: int
    trainings: int
    seconds: float
    memory_gb: float
    disk_mb: float


def estimate(settings: Settings) -> Estimate:
    """Return a rough estimate of a study."""
    world, evaluation = settings.world, settings.evaluation
    person_days = world.population.persons * world.days
    payments = round(person_days * world.payments.per_person_day)
    calls = round(person_days * world.calls.per_person_day)
    rows = round(payments * evaluation.train_days / world.days * evaluation.negatives_kept)
    judged = payments * (1 - evaluation.cutoff_day / world.days)
    arms = settings.arms.values()
    made = (payments + calls) * PER_EVENT_MADE + payments * PER_PAYMENT_DESCRIBED
    learned = sum(_learning(arm, rows) + judged * PER_PAYMENT_JUDGED for arm in arms)
    together = min(settings.jobs, settings.repetitions, os.cpu_count() or 1)
    turns = -(-settings.repetitions // together)
    return Estimate(
        payments=payments,
        calls=calls,
        rows=rows,
        trainings=settings.repetitions * sum(_models(arm, settings) for arm in arms),
        seconds=START_UP_SECONDS + turns * (made + learned),
        memory_gb=0.5 + together * ((payments + calls) * MEMORY_PER_EVENT / 1e9 + 0.5),
        disk_mb=settings.repetitions * len(settings.arms) * payments * DISK_PER_PAYMENT / 1e6,
    )


def _models(arm: Arm, settings: Settings) -> int:
    """Return how many models an arm fits in one world: one of the coalition, one of every other."""
    banks = len(settings.world.population.bank_shares)
    if arm.regime.learning == "own":
        return banks
    inside = banks if arm.regime.coalition == "all" else len(set(arm.regime.coalition))
    return 1 + banks - inside


def _learning(arm: Arm, rows: int) -> float:
    """Return the seconds that an arm's models take to learn from all rows of a world."""
    detector, privacy = arm.detector, arm.privacy
    if privacy.unit is None:
        return rows * detector.rounds * PER_ROW_EPOCH[detector.name]
    drawn = (privacy.sampling_rate or 0) * (privacy.steps_per_round or 0) * (privacy.rounds or 0)
    return rows * drawn * PER_PRIVATE_ROW
