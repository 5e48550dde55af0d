"""Training of the detectors of an arm: alone, or jointly with Flower."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from proeftuin.detectors.averaging import TailAverage
from proeftuin.detectors.gradient import GradientLearner, Learner, Parameters
from proeftuin.detectors.model import GradientModel, Model, NoModel, TreeModel
from proeftuin.detectors.network import initial_weights
from proeftuin.detectors.together import train_together
from proeftuin.features.table import FeatureTable
from proeftuin.federation.backend import backend_of
from proeftuin.federation.training import Training
from proeftuin.privacy.learners import learner_of
from proeftuin.privacy.ledger import Ledger
from proeftuin.settings.federation import LocalHead
from proeftuin.sharing.flows import Flow
from synthetic_data.arrays import Vector

if TYPE_CHECKING:
    from proeftuin.federation.transcript import Transcript


@dataclass(frozen=True)
class Learned:
    """The result of one training: of a partner alone, or of several together.

    Attributes:
        model: the fitted detector.
        losses: (round, validation loss) pairs of a rehearsal, and otherwise empty.
        learners: the learners that took part; private ones carry their ledger.
        bytes_moved: bytes over the network.
        messages: number of messages.
        incidents: missing replies and refused updates, as (owner, round, ``no_answer`` or
            ``refused_update``).
        own: personal models of partners in a federation, by name.
        table: the rows with embeddings of other parties; None without vertical learning.
        flows: data flows about persons during training.
        ledgers: releases of the parties that sent embeddings.
        tried: validation loss of every candidate, by name, where there were candidates.
        rounds: that the training went through.
    """

    model: Model
    losses: list[tuple[int, float]]
    learners: tuple[Learner, ...]
    bytes_moved: int = 0
    messages: int = 0
    incidents: tuple[tuple[str, int, str], ...] = ()
    own: dict[str, Model] = field(default_factory=dict)
    table: FeatureTable | None = None
    flows: tuple[Flow, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    tried: Mapping[str, float] = field(default_factory=dict)
    rounds: int = 0

    def model_of(self, owner: str) -> Model:
        """Return the model that a partner uses: its own, or else the common one."""
        return self.own.get(owner, self.model)

    @property
    def may_validate(self) -> bool:
        """Whether all learners may look at validation rows."""
        return all(learner.may_validate for learner in self.learners)


def learn_each(training: Training) -> dict[str, Learned]:
    """Train a model for each of several owners of rows with the same columns, on its own rows.

    Gradient learning goes through the same rounds as a federation of one, so that own and joint
    models differ in nothing else. The steps are one batched computation, which changes no bit.
    An owner without labelled rows to train on has no model.
    """
    missing = {owner: training.of([owner]).missing for owner in training.splits}
    unable = {
        owner: Learned(NoModel(names=training.names, why=why), [], ())
        for owner, why in missing.items()
        if why
    }
    able = training.of([owner for owner in training.splits if owner not in unable])
    if not able.splits:
        return unable
    if able.arm.detector.by_gradient:
        return unable | _descend_each(able)
    return unable | {owner: _boosted(able, owner) for owner in able.splits}


def learn_jointly(
    training: Training,
    *,
    checkpoint: Path | None = None,
    transcript: "Transcript | None" = None,
) -> Learned:
    """Train one model over the rows of several partners with Flower.

    A partner without rows to learn from takes no part in the rounds, but uses the joint model. The
    file ``checkpoint`` holds the progress, so that a killed training resumes from it. The
    transcript records what the server sees; a federation over several machines has none.
    """
    training = training.with_rows()
    names, detector, federation = training.names, training.arm.detector, training.federation
    if training.missing:
        return Learned(model=NoModel(names=names, why=training.missing), losses=[], learners=())
    joint = backend_of(federation, checkpoint=checkpoint, transcript=transcript).fit(training)
    owners = list(training.splits)

    def fitted(weights: Parameters) -> Model:
        if detector.by_gradient:
            return GradientModel(names, detector, weights, joint.moments)
        return TreeModel(names=names, trees=weights)

    model: Model = (
        NoModel(names, "every partner that learned has a last layer of its own")
        if isinstance(federation.personal, LocalHead)
        else fitted(joint.weights)
    )
    return Learned(
        model,
        joint.losses,
        joint.learners,
        joint.bytes_moved,
        joint.messages,
        incidents=tuple((owners[place], when, what) for place, when, what in joint.incidents),
        own={owners[place]: fitted(weights) for place, weights in joint.own.items()},
        rounds=training.rounds,
    )


def _descend_each(training: Training) -> dict[str, Learned]:
    """Train every owner alone by gradient steps."""
    arm, seeds = training.arm, training.seeds
    learners = [
        learner_of(split, arm, training.federation, owner=owner, seeds=seeds)
        for owner, split in training.splits.items()
    ]
    moments = [learner.moments() for learner in learners]
    for learner, own in zip(learners, moments, strict=True):
        learner.scale(own)
    initial = initial_weights(learners[0].split.columns, arm.detector, seeds)
    weights, losses = _rounds(learners, initial, training.rounds)
    return {
        owner: Learned(
            GradientModel(training.names, arm.detector, weights[place], moments[place]),
            losses[place],
            (learners[place],),
            rounds=training.rounds,
        )
        for place, owner in enumerate(training.splits)
    }


def _boosted(training: Training, owner: str) -> Learned:
    """Train the boosted trees of one owner alone."""
    from proeftuin.detectors.trees import TreeLearner

    seeds = training.seeds.child("learner", owner)
    learner = TreeLearner(training.splits[owner], training.arm.detector, seeds=seeds)
    trees, losses = learner.boosted()
    return Learned(
        TreeModel(names=training.names, trees=trees), losses, (learner,), rounds=training.rounds
    )


def _rounds(
    learners: Sequence[GradientLearner], initial: Vector, rounds: int
) -> tuple[list[Vector], list[list[tuple[int, float]]]]:
    """Go through the rounds; note the validation loss of those who have rows for it."""
    weights, models = [initial] * len(learners), [initial] * len(learners)
    averages = [TailAverage(rounds) for _ in learners]
    losses: list[list[tuple[int, float]]] = [[] for _ in learners]
    for training_round in range(1, rounds + 1):
        weights = train_together(learners, weights, training_round)
        for place, learner in enumerate(learners):
            models[place] = averages[place].add(training_round, weights[place])
            if learner.may_validate and len(learner.split.valid_y):
                losses[place].append((training_round, learner.validate(models[place])))
    return models, losses
