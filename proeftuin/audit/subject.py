"""Whom an audit is about: the partners of one sector that learn as an arm says, trained again."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from proeftuin.detectors.encoding import encoded_split
from proeftuin.detectors.gradient import initial_weights
from proeftuin.detectors.model import GradientModel
from proeftuin.features.split import Split, split_rows
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
#: From where a model that is learned in a way can be attacked.
POSITIONS: dict[str, tuple[Position, ...]] = {
    "federated": ("server", "partner", "outsider"),
    "pooled": ("partner", "outsider"),
    "own": ("outsider",),
}


@dataclass(frozen=True)
class Trained:
    """One training, with everything that left it.

    Attributes:
        learned: the model and the sides that took part.
        transcript: what the server saw; nothing was sent if nobody learned together.
    """

    learned: Learned
    transcript: Transcript

    def steps(
        self, position: Position, place: int, initial: Vector
    ) -> Iterator[tuple[Vector, Vector]]:
        """Yield weights before and after every step of training that a position sees.

        Args:
            position: the server sees what each partner made of each joint model, another partner
                one joint model after the other.
            place: of the partner that is attacked.
            initial: weights of round 0.
        """
        sent = self.transcript.models
        if position == "server":
            for number in sorted(sent):
                if place in self.transcript.replies.get(number, {}):
                    yield sent[number], self.transcript.replies[number][place]
        else:
            yield from itertools.pairwise([initial, *self.joint_models()])

    def joint_models(self) -> list[Vector]:
        """Return the models that every partner gets to see, those of round 1 and later."""
        seen = [self.transcript.models[number] for number in sorted(self.transcript.models)][1:]
        model = self.learned.model
        if isinstance(model, GradientModel) and not (seen and self.learned.losses):
            seen.append(model.weights)  # else it is one of those seen: the best on validation
        return seen


@dataclass(frozen=True)
class Subject:
    """Rows and the way to learn from them.

    Attributes:
        arm: how is learned, and under which privacy policy.
        federation: who averages what.
        names: columns.
        splits: rows by partner; one entry if they are pooled or a partner learns alone.
        seeds: streams; first weights come from these in every training.
    """

    arm: Arm
    federation: Federation
    names: tuple[str, ...]
    splits: dict[str, Split]
    seeds: Seeds

    @property
    def positions(self) -> tuple[Position, ...]:
        """From where the model can be attacked."""
        if len(self.splits) > 1:
            return POSITIONS["federated"]
        return POSITIONS["pooled" if self.arm.regime.learning == "pooled" else "own"]

    def initial(self) -> Vector:
        """Return the weights of round 0, which everybody knows."""
        detector = self.arm.detector
        some = encoded_split(next(iter(self.splits.values())), detector.bins)
        return initial_weights(some.columns, detector, self.seeds)

    def train(self, trainings: Sequence[dict[str, Split]]) -> list[Trained]:
        """Train on other rows of the same partners, by the path that every run takes.

        Every training is one of other owners, so that its shuffles, samples and noise are its own;
        its first weights are those of all.

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
    """Return the banks of an arm: those that learn together, or else the one with most rows."""
    inputs = information.inputs_of(arm.regime)
    banks = [desk for desk in inputs.tables if desk.sector == BANK]
    groups = [(who, desks) for who, desks in inputs.together.items() if desks[0].sector == BANK]
    who, together = groups[0] if groups else ("", tuple(banks))
    if groups and arm.regime.learning == "pooled":
        tables = {who: inputs.tables[together[0]]}
    else:
        tables = {desk.name: inputs.tables[desk] for desk in together}
    splits = {
        name: split_rows(table, settings.evaluation, seeds.child("split", name))
        for name, table in tables.items()
    }
    splits = {name: split for name, split in splits.items() if len(split.train_y)}
    if not groups:
        most = max(splits, key=lambda name: len(splits[name].train_y))
        splits = {most: splits[most]}
    federation = replace(settings.federation, backend="inprocess")  # the same bits
    return Subject(arm, federation, inputs.tables[banks[0]].names, splits, seeds)
