"""Who learns with whom: an own model, a joint one, or one on pooled rows, by the arm's regime."""

from dataclasses import dataclass

from proeftuin.detectors.gradient import GradientLearner, Learner, Vector, initial_weights
from proeftuin.detectors.model import GradientModel, Model
from proeftuin.settings import Arm, Federation
from proeftuin.split import Split
from synthetic_data.seeds import Seeds


@dataclass(frozen=True)
class Learned:
    """The outcome of learning, for one arm and the partners that learned together or alone.

    Attributes:
        model: the fitted detector.
        losses: (round, validation loss) pairs; empty if it may not be looked at.
        learners: the sides that took part; private ones carry their ledger.
        bytes_moved: what crossed the network.
        messages: number of messages.
    """

    model: Model
    losses: list[tuple[int, float]]
    learners: tuple[Learner, ...]
    bytes_moved: int = 0
    messages: int = 0


def learn_alone(
    split: Split,
    names: tuple[str, ...],
    arm: Arm,
    federation: Federation,
    *,
    owner: str,
    seeds: Seeds,
) -> Learned:
    """Learn on one owner's rows: a bank's own, or pooled ones.

    Gradient learning goes through the same rounds as a federation of one, so that own and joint
    models differ in nothing but the company.
    """
    if not arm.detector.by_gradient:
        from proeftuin.detectors.trees import fit_trees

        trees = fit_trees(split, arm.detector, names, seeds.child(owner))
        return Learned(model=trees, losses=[], learners=())
    learner = learner_of(split, arm, federation, owner=owner, seeds=seeds)
    moments = learner.moments()
    learner.scale(moments)
    weights, losses = _rounds(learner, initial_weights(split.columns, arm.detector, seeds), arm)
    model = GradientModel(names=names, detector=arm.detector, weights=weights, moments=moments)
    return Learned(model=model, losses=losses, learners=(learner,))


def learn_jointly(
    splits: dict[str, Split],
    names: tuple[str, ...],
    arm: Arm,
    federation: Federation,
    *,
    seeds: Seeds,
) -> Learned:
    """Learn one model over several banks' rows with Flower, by bank name."""
    from proeftuin.federation.joint import fit_jointly

    learners = tuple(
        learner_of(split, arm, federation, owner=owner, seeds=seeds)
        for owner, split in splits.items()
    )
    columns = next(iter(splits.values())).columns
    joint = fit_jointly(
        learners,
        initial_weights(columns, arm.detector, seeds),
        rounds=rounds_of(arm),
        federation=federation,
        seeds=seeds,
    )
    model = GradientModel(
        names=names, detector=arm.detector, weights=joint.weights, moments=joint.moments
    )
    return Learned(model, joint.losses, learners, joint.bytes_moved, joint.messages)


def learner_of(
    split: Split, arm: Arm, federation: Federation, *, owner: str, seeds: Seeds
) -> GradientLearner:
    """Build the side of one owner of rows, private if the arm's policy asks for it."""
    own = seeds.child("learner", owner)
    if arm.privacy.unit is None:
        return GradientLearner(split, arm.detector, epochs=federation.local_epochs, seeds=own)
    from proeftuin.privacy.learner import PrivateLearner

    return PrivateLearner(split, arm.detector, arm.privacy, partner=owner, seeds=own)


def rounds_of(arm: Arm) -> int:
    """Number of rounds: the privacy policy's own, if it has one."""
    return arm.privacy.rounds or arm.detector.rounds


def _rounds(learner: Learner, weights: Vector, arm: Arm) -> tuple[Vector, list[tuple[int, float]]]:
    """Go through the rounds alone and keep the best one on validation, or the last if private."""
    losses: list[tuple[int, float]] = []
    best = weights
    for training_round in range(1, rounds_of(arm) + 1):
        weights = learner.train(weights, training_round)
        if not learner.may_validate:
            best = weights
            continue
        loss = learner.validate(weights)
        if loss < min((earlier for _, earlier in losses), default=float("inf")):
            best = weights
        losses.append((training_round, loss))
    return best, losses
