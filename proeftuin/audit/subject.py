"""The subject of an audit: partners of one sector, trained again under the settings of an arm."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from proeftuin.detectors.encoding import encoded_split
from proeftuin.detectors.model import GradientModel
from proeftuin.detectors.network import initial_weights
from proeftuin.features.split import Split, rehearsal_rows
from proeftuin.federation.training import Training
from proeftuin.federation.transcript import Transcript
from proeftuin.learning.train import Learned, learn_each, learn_jointly
from proeftuin.sectors import BANK
from proeftuin.settings.arm import Arm
from proeftuin.settings.federation import Federation
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from synthetic_data.arrays import Vector
from synthetic_data.seeds import Seeds

Position = Literal["server", "partner", "outsider"]
#: Positions from which a model can be attacked, by way of learning.
POSITIONS: dict[str, tuple[Position, ...]] = {
    "federated": ("server", "partner", "outsider"),
    "pooled": ("partner", "outsider"),
    "own": ("outsider",),
}


@dataclass(frozen=True)
class Trained:
    """One training, with everything that left it.

    Attributes:
        learned: the model and the learners that took part.
        transcript: messages that the server saw; empty without joint training.
    """

    learned: Learned
    transcript: Transcript

    def steps(
        self, position: Position, place: int, initial: Vector
    ) -> Iterator[tuple[Vector, Vector]]:
        """Yield weights before and after every step of training that a position sees.

        Args:
            position: the server sees each partner's update of each joint model, another partner
                sees only the sequence of joint models.
            place: index of the partner that is attacked.
            initial: (P,) weights of round 0.
        """
        sent = self.transcript.models
        if position == "server":
            for number in sorted(sent):
                if place in self.transcript.replies.get(number, {}):
                    yield sent[number], self.transcript.replies[number][place]
        else:
            yield from itertools.pairwise([initial, *self.joint_models()])

    def joint_models(self) -> list[Vector]:
        """Return the joint models that every partner sees, those of round 1 and later.

        That of the last round is sent to be validated, or follows from the model and the others: it
        is the mean of the second half.
        """
        seen = [self.transcript.models[number] for number in sorted(self.transcript.models)][1:]
        model, rounds = self.learned.model, self.learned.rounds
        if not isinstance(model, GradientModel) or len(seen) == rounds:
            return seen
        if not seen:
            return [model.weights]
        tail = seen[rounds // 2 :]
        last = (len(tail) + 1) * model.weights.astype(np.float64) - np.sum(tail, axis=0)
        return [*seen, last.astype(np.float32)]


@dataclass(frozen=True)
class Subject:
    """Training rows of partners, and how they train.

    Attributes:
        arm: way of learning and privacy policy.
        federation: settings of the federation.
        names: names of the columns.
        splits: rows by partner; one entry if they are pooled or a partner learns alone.
        seeds: random streams; they give every training the same initial weights.
    """

    arm: Arm
    federation: Federation
    names: tuple[str, ...]
    splits: dict[str, Split]
    seeds: Seeds

    @property
    def positions(self) -> tuple[Position, ...]:
        """Positions from which the model can be attacked."""
        if len(self.splits) > 1:
            return POSITIONS["federated"]
        return POSITIONS["pooled" if self.arm.regime.learning == "pooled" else "own"]

    def initial(self) -> Vector:
        """Return the weights of round 0, (P,), which are public."""
        detector = self.arm.detector
        some = encoded_split(next(iter(self.splits.values())), detector.bins)
        return initial_weights(some.columns, detector, self.seeds)

    def train(self, trainings: Sequence[dict[str, Split]]) -> list[Trained]:
        """Train on other rows of the same partners, through the path of every run.

        Owners have other names in every training, so that its shuffles, samples and noise are its
        own; all trainings share their initial weights.

        Args:
            trainings: splits by partner, for every training.
        """
        named = [
            {f"{name}~{number}": split for name, split in splits.items()}
            for number, splits in enumerate(trainings)
        ]
        if len(self.splits) > 1:
            return [self._jointly(splits) for splits in named]
        together = {name: split for splits in named for name, split in splits.items()}
        learned = learn_each(self._training(together))
        return [Trained(learned[next(iter(splits))], Transcript()) for splits in named]

    def _jointly(self, splits: dict[str, Split]) -> Trained:
        transcript = Transcript()
        learned = learn_jointly(self._training(splits), transcript=transcript)
        return Trained(learned, transcript)

    def _training(self, splits: dict[str, Split]) -> Training:
        return Training(splits, self.names, self.arm, self.federation, self.seeds)


def subject_of(arm: Arm, settings: Settings, information: InformationSets, seeds: Seeds) -> Subject:
    """Return the banks of an arm that train jointly, or otherwise the bank with most rows.

    They train as in a rehearsal, so that rows of the days after it can stand for people outside.
    """
    inputs = information.inputs_of(arm.regime)
    banks = [desk for desk in inputs.tables if desk.sector == BANK]
    groups = [(group, desks) for group, desks in inputs.together.items() if desks[0].sector == BANK]
    group, together = groups[0] if groups else ("", tuple(banks))
    if groups and arm.regime.learning == "pooled":
        tables = {group: inputs.tables[together[0]]}
    else:
        tables = {desk.name: inputs.tables[desk] for desk in together}
    splits = {name: rehearsal_rows(table, settings.evaluation) for name, table in tables.items()}
    splits = {name: split for name, split in splits.items() if len(split.train_y)}
    if not groups:
        most = max(splits, key=lambda name: len(splits[name].train_y))
        splits = {most: splits[most]}
    federation = replace(settings.federation, backend="inprocess")  # backends give the same bits
    return Subject(arm, federation, inputs.tables[banks[0]].names, splits, seeds)
