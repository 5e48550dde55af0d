"""A rough estimate of the size and running time of a study, before anything runs.

It counts the events of a world, the trainings and their rows, and multiplies them by constants
measured on two cores of 2020s hardware. It is right within a factor of two or three, which is
enough to tell seconds from hours.
"""

import os
from dataclasses import dataclass

from proeftuin.instruments.base import FACT_KINDS
from proeftuin.sectors import BANK, DECIDING
from proeftuin.settings.arm import Arm
from proeftuin.settings.privacy import DPSGD, ClientLevelDP
from proeftuin.settings.study import Contribution, Settings
from proeftuin.settings.worlds import AnyWorld, StoredWorld, partners, persons
from synthetic_data.settings import WorldSettings

#: Seconds per unit of work that the name gives, measured on one core.
PER_EVENT_MADE_AND_DESCRIBED = 3.5e-6
PER_PAYMENT_JUDGED = 6e-6
PER_ROW_AND_ROUND = {
    "logistic": 0.6e-6,
    "logistic_binned": 1.2e-6,
    "mlp": 1.3e-6,
    "mlp_binned": 1.6e-6,
    "boosted_trees": 0.5e-6,
}
PER_ROW_AND_ROUND_OF_A_PLUGIN = 4e-6  # a guess: its network is not stacked
PER_PRIVATE_ROW_DRAWN = 4e-6
PER_EVENT_OF_A_CONTRIBUTION = 8e-6  # all answers of instruments, and training on them
PER_PAYMENT_AND_COALITION = 0.55e-6
#: Seconds of a whole study: importing libraries, preparing tracking, writing and tracking results.
AROUND_IT = 25
#: Memory: bytes per event of a world in progress, and GB of a process with its libraries.
MEMORY_PER_EVENT = 280
OF_A_PROCESS_GB = 0.5
#: Memory of ``generate``, which holds a chunk and the people: GB at least, bytes each.
GENERATING_GB, GENERATING_PER_EVENT, GENERATING_PER_PERSON = 0.2, 200, 250
#: Addresses that libraries and threads map beyond what they use, GB; of ``generate`` apart.
MAPPED_GB, MAPPED_GENERATING_GB = 1.9, 0.3
#: Disk: MB per arm and world of a study, bytes per event of a written world.
DISK_PER_ARM_MB = 0.2
DISK_PER_EVENT = 24
#: Verbs that work on one world, whatever the number of repetitions.
ON_ONE_WORLD = ("audit", "deploy")


@dataclass(frozen=True)
class StudySize:
    """Rough size of a study.

    Attributes:
        payments, calls: events in one world.
        rows: rows of training data in one world, all banks together.
        trainings: models fitted, all arms and worlds together.
        seconds: time on this machine.
        memory_gb: peak memory.
        disk_mb: size of the run folder.
    """

    payments: int
    calls: int
    rows: int
    trainings: int
    seconds: float
    memory_gb: float
    disk_mb: float


def estimate(settings: Settings) -> StudySize:
    """Return a rough estimate of a study."""
    world, evaluation = settings.world, settings.evaluation
    payments, calls = _events(world)
    learned_days = evaluation.learned_day - evaluation.warm_up_days
    rows = round(payments * learned_days / world.days * evaluation.negatives_kept)
    judged = payments * (1 - evaluation.scored_day / world.days)
    arms = settings.arms.values()
    made = (payments + calls) * PER_EVENT_MADE_AND_DESCRIBED
    learned = sum(_tried(arm) * _learning(arm, rows) + judged * PER_PAYMENT_JUDGED for arm in arms)
    shared_out = 0.0
    trainings = sum(_tried(arm) * _models(arm, settings) for arm in arms)
    for each in settings.study.contributions:
        coalitions, arm = 2 ** _players(each, settings), settings.arms[each.arm]
        if each.players == "facts":  # each is an arm of its own, in half of them banks learn alone
            learning = _tried(arm) * _learning(arm, rows)
            shared_out += coalitions * (learning + judged * PER_PAYMENT_JUDGED)
            models = _models(arm, settings) + len(partners(settings.world, BANK))
            trainings += coalitions // 2 * _tried(arm) * models
        else:
            shared_out += (payments + calls) * PER_EVENT_OF_A_CONTRIBUTION
            shared_out += coalitions * judged * PER_PAYMENT_AND_COALITION
    together = min(settings.jobs, settings.repetitions, os.cpu_count() or 1)
    need = needs("run", settings)
    turns = -(-settings.repetitions // together)
    return StudySize(
        payments=payments,
        calls=calls,
        rows=rows,
        trainings=settings.repetitions * trainings,
        seconds=AROUND_IT + turns * (made + learned + shared_out),
        memory_gb=need.memory_gb,
        disk_mb=1000 * need.disk_gb,
    )


@dataclass(frozen=True)
class Need:
    """What a verb needs at least, roughly.

    Attributes:
        memory_gb: peak memory of all processes together.
        mapped_gb: addresses that the largest process maps.
        disk_gb: size of what it writes.
    """

    memory_gb: float
    mapped_gb: float
    disk_gb: float


def needs(verb: str, settings: Settings, size: float = 1.0) -> Need:
    """Return what a verb needs of the machine, for a world of that size times its own."""
    world = settings.world
    events = sum(_events(world)) * size
    if verb == "generate" and not isinstance(world, StoredWorld):
        chunk = min(events, world.events_per_chunk) * GENERATING_PER_EVENT
        memory = GENERATING_GB + (chunk + persons(world) * size * GENERATING_PER_PERSON) / 1e9
        return Need(memory, memory + MAPPED_GENERATING_GB, events * DISK_PER_EVENT / 1e9)
    together = 1 if verb in ON_ONE_WORLD else min(settings.jobs, settings.repetitions)
    each = OF_A_PROCESS_GB + events * MEMORY_PER_EVENT / 1e9
    written = 2 + settings.repetitions * len(settings.arms) * DISK_PER_ARM_MB
    return Need(
        memory_gb=OF_A_PROCESS_GB + together * each,
        mapped_gb=MAPPED_GB + each + (OF_A_PROCESS_GB if together == 1 else 0),
        disk_gb=written / 1000,
    )


def expected_cases(settings: Settings, period: tuple[int, int] | None = None) -> dict[str, float]:
    """Return the successful cases of every form to expect in a period of a world, in days.

    Without a period it is that of the test.

    A stored world has its own, which only outcomes may count.
    """
    import numpy as np  # heavy

    from synthetic_data.clock import strength

    world, cases = settings.world, dict[str, float]()
    if isinstance(world, StoredWorld):
        return cases
    for name, form in settings.scenario.forms.items():
        orientation = form.orientation
        victims = orientation.victims_per_1000_year * orientation.enrichment
        days = np.arange(*(period or (settings.evaluation.test_day, world.days)))
        rate = max(form.SEASON) * strength(form, world.first_month, days).sum()
        cases[name] = persons(world) * victims / 1000 / 365 * rate
    return cases


def payments_a_year(world: AnyWorld) -> float:
    """Return the payments that a person makes in a year, on average."""
    return _events(world)[0] / persons(world) / world.days * 365


def _events(world: AnyWorld) -> tuple[int, int]:
    """Return the payments and calls in a world."""
    if isinstance(world, StoredWorld):
        rows = world.stored["rows"]
        return rows["payments"], rows.get("calls", 0)
    person_days = world.population.persons * world.days
    calls_per_day = world.calls.per_person_day + world.calls.texts_per_person_day
    return round(person_days * _payments_per_day(world)), round(person_days * calls_per_day)


def _payments_per_day(world: WorldSettings) -> float:
    """Return the payments per person and day: transfers, purchases, deals, income and housing."""
    deals = world.marketplace.deals_per_person_day * world.marketplace.transfer_share
    return world.payments.per_person_day + world.shopping.per_person_day + deals + 2 / 30


def _tried(arm: Arm) -> int:
    """Return how many detector settings an arm tries; a private arm may try only one."""
    return 1 + len(arm.detector.candidates) if arm.privacy.unit is None else 1


def _models(arm: Arm, settings: Settings) -> int:
    """Return how many models an arm fits in one world: joint ones, and partners' own."""
    models, coalition = 0, arm.regime.coalition
    for sector in DECIDING:
        names = partners(settings.world, sector)
        inside = len(names) if coalition == "all" else len({*names} & {*coalition})
        together = arm.regime.learning in ("federated", "pooled") and inside > 1
        models += len(names) - inside + 1 if together else len(names)
    return models


def _players(contribution: Contribution, settings: Settings) -> int:
    """Return the number of players that share a gain; every coalition of them is valued."""
    regime = settings.arms[contribution.arm].regime
    if contribution.players == "instruments":
        return len(regime.instruments)
    if contribution.players == "facts":
        return len(FACT_KINDS) - (not partners(settings.world, "telecom"))
    return sum(bool(partners(settings.world, sector)) for sector in regime.sectors())


def _learning(arm: Arm, rows: int) -> float:
    """Return the training time of an arm's models on all rows of a world, in seconds."""
    detector, privacy = arm.detector, arm.privacy
    if isinstance(privacy, DPSGD):
        return rows * privacy.sampling_rate_of(rows) * privacy.steps * PER_PRIVATE_ROW_DRAWN
    rounds = privacy.rounds if isinstance(privacy, ClientLevelDP) else detector.rounds
    return rows * rounds * PER_ROW_AND_ROUND.get(detector.name, PER_ROW_AND_ROUND_OF_A_PLUGIN)
