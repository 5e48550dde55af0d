"""Who learns with whom: an own model, a joint one, or one on pooled rows, by the arm's regime."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from proeftuin.detectors.gradient import GradientLearner, Learner, Parameters, initial_weights
from proeftuin.detectors.model import GradientModel, Model, NoModel, TreeModel
from proeftuin.detectors.stack import layers_of
from proeftuin.detectors.together import train_together
from proeftuin.features.split import Split
from proeftuin.features.table import FeatureTable
from proeftuin.privacy.learners import learner_of
from proeftuin.privacy.ledger import Ledger
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation, drawn_of
from proeftuin.sharing.flows import Flow
from synthetic_data.arrays import Vector
from synthetic_data.seeds import Seeds

if TYPE_CHECKING:
    from proeftuin.federation.transcript import Transcript


@dataclass(frozen=True)
class Learned:
    """The outcome of learning, for one arm and the partners that learned together or alone.

    Attributes:
        model: the fitted detector.
        losses: (round, validation loss) pairs; empty if it may not be looked at.
        learners: the sides that took part; private ones carry their ledger.
        bytes_moved: what crossed the network.
        messages: number of messages.
        incidents: who did not answer in a round, or sent an update that was refused, as (owner,
            round, ``no_answer`` or ``refused_update``).
        own: models of their own of partners that learned together, by name.
        table: the rows with what was told of them while learning; None if nothing was.
        flows: what crossed for it, where it was about persons.
        ledgers: what those released who told it.
        tried: least validation loss of every candidate, by name, where there was a choice.
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

    def model_of(self, owner: str) -> Model:
        """Return the model that a partner uses: its own, or else the common one."""
        return self.own.get(owner, self.model)

    @property
    def may_validate(self) -> bool:
        """Whether everybody who learned may look at validation rows."""
        return all(learner.may_validate for learner in self.learners)


def learn_each(
    splits: dict[str, Split],
    names: tuple[str, ...],
    arm: Arm,
    federation: Federation,
    *,
    seeds: Seeds,
) -> dict[str, Learned]:
    """Let several owners of rows with the same columns learn, each on its own rows alone.

    Gradient learning goes through the same rounds as a federation of one, so that own and joint
    models differ in nothing but the company; their steps are taken as one computation, which
    changes no bit of any of them. Who has nothing to learn from has no model.
    """
    missing = {owner: missing_in([split], arm) for owner, split in splits.items()}
    unable = {
        owner: Learned(NoModel(names=names, why=why), [], ())
        for owner, why in missing.items()
        if why
    }
    splits = {owner: split for owner, split in splits.items() if owner not in unable}
    if not splits:
        return unable
    if not arm.detector.by_gradient:
        return unable | {
            owner: _boosted(split, names, arm, seeds.child("learner", owner))
            for owner, split in splits.items()
        }
    learners = [
        learner_of(split, arm, federation, owner=owner, seeds=seeds)
        for owner, split in splits.items()
    ]
    moments = [learner.moments() for learner in learners]
    for learner, own in zip(learners, moments, strict=True):
        learner.scale(own)
    initial = initial_weights(learners[0].split.columns, arm.detector, seeds)
    chosen, losses = _rounds(learners, initial, rounds_of(arm))
    models = [
        GradientModel(names=names, detector=arm.detector, weights=weights, moments=own)
        for weights, own in zip(chosen, moments, strict=True)
    ]
    return unable | {
        owner: Learned(model, losses[place], (learners[place],))
        for place, (owner, model) in enumerate(zip(splits, models, strict=True))
    }


def learn_jointly(
    splits: dict[str, Split],
    names: tuple[str, ...],
    arm: Arm,
    federation: Federation,
    *,
    seeds: Seeds,
    checkpoint: Path | None = None,
    transcript: "Transcript | None" = None,
) -> Learned:
    """Learn one model over several partners' rows with Flower, by partner name.

    A partner without rows to learn from takes no part in the rounds, but uses the joint model. The
    file ``checkpoint`` holds the progress, so that a killed training resumes from it. The
    transcript records what the server sees; a federation over several machines has none.
    """
    splits = {owner: split for owner, split in splits.items() if len(split.train_y)}
    if missing := missing_in(list(splits.values()), arm):
        return Learned(model=NoModel(names=names, why=missing), losses=[], learners=())
    from proeftuin.federation.deployment.local import run_on_this_machine
    from proeftuin.federation.joint import fit_jointly

    attack = federation.attack
    bad = attack.partners if attack is not None else ()
    if attack is not None and attack.kind == "label_flip":
        splits = {
            owner: dataclasses.replace(split, train_y=1 - split.train_y) if owner in bad else split
            for owner, split in splits.items()
        }
    learners: Sequence[Learner]
    if arm.detector.by_gradient:
        learners, initial = _gradient_learners(splits, arm, federation, seeds)
    else:
        learners, initial = _tree_learners(splits, arm, federation, seeds)
    if federation.backend == "deployment":
        with TemporaryDirectory() as scratch:
            folder = Path(scratch) / "federation"
            write_deployment(folder, splits, names, arm, federation, seeds=seeds)
            joint = run_on_this_machine(folder, learners)
    else:
        joint = fit_jointly(
            learners,
            initial,
            rounds=rounds_of(arm),
            federation=federation,
            seeds=seeds,
            head=_head(learners[0], arm),
            server_noise=_server_noise(learners),
            attackers=frozenset(place for place, owner in enumerate(splits) if owner in bad),
            checkpoint=checkpoint,
            transcript=transcript,
        )
    owners = list(splits)

    def fitted(weights: Parameters) -> Model:
        if arm.detector.by_gradient:
            return GradientModel(names, arm.detector, weights, joint.moments)
        return TreeModel(names=names, trees=weights)

    model: Model = (
        NoModel(names, "every partner that learned has a last layer of its own")
        if federation.personal is not None and federation.personal.kind == "local_head"
        else fitted(joint.weights)
    )
    return Learned(
        model,
        joint.losses,
        tuple(learners),
        joint.bytes_moved,
        joint.messages,
        incidents=tuple((owners[place], when, what) for place, when, what in joint.incidents),
        own={owners[place]: fitted(weights) for place, weights in joint.own.items()},
    )


def _boosted(split: Split, names: tuple[str, ...], arm: Arm, seeds: Seeds) -> Learned:
    """Let one owner of rows grow trees alone."""
    from proeftuin.detectors.trees import TreeLearner

    learner = TreeLearner(split, arm.detector, seeds=seeds)
    trees, losses = learner.boosted()
    return Learned(TreeModel(names=names, trees=trees), losses, (learner,))


def _gradient_learners(
    splits: dict[str, Split], arm: Arm, federation: Federation, seeds: Seeds
) -> tuple[Sequence[Learner], Parameters]:
    """Return the sides of joint learning by gradient steps, and the weights they begin with."""
    learners = [
        learner_of(split, arm, federation, owner=owner, seeds=seeds, jointly=True)
        for owner, split in splits.items()
    ]
    return learners, initial_weights(learners[0].split.columns, arm.detector, seeds)


def _tree_learners(
    splits: dict[str, Split], arm: Arm, federation: Federation, seeds: Seeds
) -> tuple[Sequence[Learner], Parameters]:
    """Return the sides of joint boosting, and what they begin with."""
    from proeftuin.detectors.trees import TreeLearner, no_trees

    share = drawn_of(federation, len(splits)) / len(splits)
    learners = [
        TreeLearner(split, arm.detector, seeds=seeds.child("learner", owner), participation=share)
        for owner, split in splits.items()
    ]
    return learners, no_trees(next(iter(splits.values())).columns)


def _head(learner: Learner, arm: Arm) -> int:
    """Return the place of the first weight of the last layer; 0 if there are no layers."""
    if not isinstance(learner, GradientLearner):
        return 0
    return layers_of(learner.split.columns, arm.detector.hidden)[-1].begin


def write_deployment(
    folder: Path,
    splits: dict[str, Split],
    names: tuple[str, ...],
    arm: Arm,
    federation: Federation,
    *,
    seeds: Seeds,
    host: str = "localhost",
) -> str:
    """Write what every party needs to learn as :func:`learn_jointly` does, each on its machine.

    Who has no rows to learn from gets no folder.

    Args:
        folder: where to; must not exist.
        splits: the partners' rows, by name.
        names: columns.
        arm: what is learned.
        federation: how it is put together.
        seeds: stream of the federation.
        host: name or address of the server's machine.

    Returns:
        Why nothing was written, as nobody has anything to learn from; else an empty string.
    """
    splits = {owner: split for owner, split in splits.items() if len(split.train_y)}
    if missing := missing_in(list(splits.values()), arm):
        return missing
    from proeftuin.federation.deployment.folders import write_parties
    from proeftuin.federation.personal import Personalisation

    learners, initial = _gradient_learners(splits, arm, federation, seeds)
    own = Personalisation(federation.personal, initial, _head(learners[0], arm))
    write_parties(
        folder,
        splits,
        names,
        arm,
        federation,
        seeds=seeds,
        initial=own.shared(initial),
        rounds=rounds_of(arm),
        server_noise=_server_noise(learners),
        host=host,
    )
    return ""


def _server_noise(learners: Sequence[Learner]) -> float:
    """Return the deviation of the noise that the server owes to the sum of updates, often 0."""
    from proeftuin.privacy.partner import ClientLevelDPLearner

    hidden = [own for own in learners if isinstance(own, ClientLevelDPLearner) and own.by_server]
    return max((own.deviation for own in hidden), default=0.0)


def missing_in(splits: list[Split], arm: Arm) -> str:
    """Return what is missing to learn from, or an empty string.

    Under a privacy policy nobody may look whether there were reports; the number of rows is public.
    """
    if not sum(len(split.train_y) for split in splits):
        return "no rows in the training days"
    if arm.privacy.unit is None and not sum(split.train_y.sum() for split in splits):
        return "no row of the training days was reported by the day of training"
    return ""


def rounds_of(arm: Arm) -> int:
    """Number of rounds: the privacy policy's own, if it has one."""
    return arm.privacy.rounds or arm.detector.rounds


def _rounds(
    learners: Sequence[Learner], initial: Vector, rounds: int
) -> tuple[list[Vector], list[list[tuple[int, float]]]]:
    """Go through the rounds and keep each one's best on validation, or the last if private.

    Of equals the last: who has no rows to validate on learns to the end.
    """
    weights = [initial] * len(learners)
    best = list(weights)
    losses: list[list[tuple[int, float]]] = [[] for _ in learners]
    for training_round in range(1, rounds + 1):
        weights = train_together(learners, weights, training_round)
        for place, learner in enumerate(learners):
            if not learner.may_validate:
                best[place] = weights[place]
                continue
            loss = learner.validate(weights[place])
            if loss <= min((earlier for _, earlier in losses[place]), default=float("inf")):
                best[place] = weights[place]
            losses[place].append((training_round, loss))
    return best, losses
