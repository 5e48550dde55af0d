"""The parts of a training: rows and settings, and both sides of a joint training.

The server holds no row: it gets a :class:`ServerTask` only, in this process and on a machine of its
own alike.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from proeftuin.detectors.gradient import GradientLearner, Learner, Parameters
from proeftuin.detectors.network import initial_weights
from proeftuin.detectors.stack import layers_of
from proeftuin.features.split import Split
from proeftuin.federation.personal import Personalisation
from proeftuin.privacy.learners import learner_of
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation
from proeftuin.settings.privacy import DifferentialPrivacy
from synthetic_data.seeds import Seeds


def rounds_of(arm: Arm) -> int:
    """Return the number of rounds of an arm's trainings: its privacy policy's own, if any."""
    privacy = arm.privacy
    return privacy.rounds if isinstance(privacy, DifferentialPrivacy) else arm.detector.rounds


@dataclass(frozen=True, eq=False)
class Training:
    """A training task: rows by owner, columns, settings and random streams.

    Attributes:
        splits: rows by owner, in fixed order; all have the same columns.
        names: names of the columns.
        arm: detector and privacy policy.
        federation: schedule of the rounds, also for an owner that trains alone.
        seeds: streams of the arm.
    """

    splits: dict[str, Split]
    names: tuple[str, ...]
    arm: Arm
    federation: Federation
    seeds: Seeds

    @property
    def rounds(self) -> int:
        """Number of rounds."""
        return rounds_of(self.arm)

    @property
    def missing(self) -> str:
        """What is missing for training, or an empty string.

        Under a privacy policy the presence of reports must not be used; the number of rows is
        public.
        """
        splits = self.splits.values()
        if not sum(len(split.train_y) for split in splits):
            return "no rows in the training days"
        if self.arm.privacy.unit is None and not sum(split.train_y.sum() for split in splits):
            return "no row of the training days was reported by the day of training"
        return ""

    def of(self, owners: Sequence[str]) -> "Training":
        """Return the training of some of the owners."""
        return dataclasses.replace(self, splits={owner: self.splits[owner] for owner in owners})

    def with_rows(self) -> "Training":
        """Return the training of the owners with rows in the training days."""
        return self.of([owner for owner, split in self.splits.items() if len(split.train_y)])


@dataclass(frozen=True, eq=False)
class ServerTask:
    """Everything that the server of a joint training knows.

    Attributes:
        partners: names, in fixed order.
        initial: (P,) weights of round 0, without what stays at partners; or no trees, as bytes.
        rounds: number of averages, or of trees that each partner adds.
        validate: whether the partners may report validation losses.
        federation: strategy and participation.
        seeds: streams for drawing partners, and for the server's noise.
        server_noise: deviation of Gaussian noise on the sum of a round's updates, which must be
            clipped and count equally (see ``privacy/partner.py``).
    """

    partners: tuple[str, ...]
    initial: Parameters
    rounds: int
    validate: bool
    federation: Federation
    seeds: Seeds
    server_noise: float = 0.0


@dataclass(frozen=True, eq=False)
class Parties:
    """Both sides of a joint training, ready to begin.

    Attributes:
        learners: the partners' sides, in the order of the task's partners.
        own: what partners have of their own.
        task: the server's side.
    """

    learners: Sequence[Learner]
    own: Personalisation
    task: ServerTask


def parties_of(training: Training) -> Parties:
    """Return both sides of a joint training."""
    if training.arm.detector.by_gradient:
        return _gradient_parties(training)
    return _tree_parties(training)


def _gradient_parties(training: Training) -> Parties:
    from proeftuin.privacy.partner import ClientLevelDPLearner

    arm, federation, seeds = training.arm, training.federation, training.seeds
    learners = [
        learner_of(split, arm, federation, owner=owner, seeds=seeds, jointly=True)
        for owner, split in training.splits.items()
    ]
    by_server = [
        learner.deviation
        for learner in learners
        if isinstance(learner, ClientLevelDPLearner) and learner.by_server
    ]
    own = personalisation_of(learners[0], arm, federation, seeds=seeds)
    return Parties(learners, own, _task(training, learners, own, max(by_server, default=0.0)))


def personalisation_of(
    learner: GradientLearner, arm: Arm, federation: Federation, *, seeds: Seeds
) -> Personalisation:
    """Return what partners have of their own, given the learner of any of them."""
    columns = learner.split.columns
    # a plug-in's network has no layer that is known to be the last, and local_head is refused
    layers = layers_of(columns, arm.detector.hidden) if arm.detector.network is None else []
    head = layers[-1].begin if layers else 0
    initial = initial_weights(columns, arm.detector, seeds)
    return Personalisation(federation.personal, initial, head, rounds_of(arm))


def _tree_parties(training: Training) -> Parties:
    from proeftuin.detectors.trees import TreeLearner, no_trees

    splits, detector = training.splits, training.arm.detector
    share = training.federation.drawn_of(len(splits)) / len(splits)
    learners = [
        TreeLearner(
            split, detector, seeds=training.seeds.child("learner", owner), participation=share
        )
        for owner, split in splits.items()
    ]
    start = no_trees(next(iter(splits.values())).columns)
    own = Personalisation(training.federation.personal, start, 0, training.rounds)
    return Parties(learners, own, _task(training, learners, own))


def _task(
    training: Training,
    learners: Sequence[Learner],
    own: Personalisation,
    server_noise: float = 0.0,
) -> ServerTask:
    return ServerTask(
        partners=tuple(training.splits),
        initial=own.shared(own.initial),
        rounds=training.rounds,
        validate=all(learner.may_validate for learner in learners)
        and any(len(split.valid_y) for split in training.splits.values()),
        federation=training.federation,
        seeds=training.seeds,
        server_noise=server_noise,
    )
