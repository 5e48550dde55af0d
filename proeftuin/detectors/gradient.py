"""Learning by gradient steps: one learner's rows, its scaling and its local passes.

The same learner trains a bank's own model, takes part in a federation, or trains on pooled rows;
only the caller differs. Weights travel as one flat float32 vector.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from proeftuin.detectors.descent import Descent, Schedule
from proeftuin.detectors.epochs import Rows, pass_over, together
from proeftuin.detectors.network import SingleNetwork, build, load
from proeftuin.detectors.scaling import Moments, exact_moments, public_moments
from proeftuin.detectors.stack import Stack, layers_of
from proeftuin.features.split import Split
from proeftuin.settings.arm import Detector
from synthetic_data.arrays import Matrix, Vector
from synthetic_data.seeds import Seeds

Parameters = NDArray[Any]  #: what travels: a flat float32 vector, or trees as bytes


class Learner(Protocol):
    """One side of training; implemented with and without privacy, and for trees."""

    #: Weight of this learner in an average.
    examples: float
    #: Whether the validation loss of a rehearsal may be looked at.
    may_validate: bool

    def moments(self) -> Moments:
        """Return what the scaling needs to know of this learner's rows."""

    def scale(self, moments: Moments) -> None:
        """Standardise the rows by the given moments."""

    def train(self, weights: Parameters, training_round: int, proximal: float = 0.0) -> Parameters:
        """Return what this learner's rows make of the weights, pulled back by ``proximal``.

        A network's are the improved weights, of trees the one that is added.
        """

    def validate(self, weights: Parameters) -> float:
        """Return the mean validation loss."""


class GradientLearner:
    """A learner without privacy: mini-batch gradient steps.

    Args:
        split: the rows.
        detector: kind and training schedule.
        epochs: passes over the rows in one round.
        seeds: this learner's streams; rounds draw from streams of their own.
    """

    may_validate = True
    #: Takes the steps of a network that cannot be stacked.
    single_network: type[SingleNetwork] = SingleNetwork
    #: What the ledger of a private learner counts: noisy steps, and whether statistics left it.
    steps = 0
    statistics_released = False

    def __init__(self, split: Split, detector: Detector, *, epochs: int, seeds: Seeds) -> None:
        self.split, self.detector, self.epochs, self.seeds = split, detector, epochs, seeds
        self.examples: float = len(split.train_y)
        self.module = build(split.columns, detector)
        self._valid_y = torch.from_numpy(split.valid_y)

    def moments(self) -> Moments:
        """Return the exact moments of the training rows; bins need none, they have one scale."""
        if self.detector.bins > 1:
            return public_moments(self.split.columns)
        return exact_moments(self.split.train_x.astype(np.float64))

    def scale(self, moments: Moments) -> None:
        """Standardise training and validation rows."""
        self.rows = Rows.of(standardised(self.split.train_x, moments), self.split.train_y)
        self._valid_x = torch.from_numpy(standardised(self.split.valid_x, moments))

    def train(self, weights: Vector, training_round: int, proximal: float = 0.0) -> Vector:
        """Pass ``epochs`` times over the rows, shuffled anew; the optimiser starts anew as well."""
        return self.train_stacked([self], [weights], training_round, proximal)[0]

    @classmethod
    def train_stacked(
        cls,
        learners: Sequence[Self],
        weights: Sequence[Vector],
        training_round: int,
        proximal: float,
    ) -> list[Vector]:
        """Train learners of one :meth:`stack_key` as one batched computation."""
        some = learners[0]
        batch_size = some.detector.batch_size or max(own.rows.count for own in learners)
        result: dict[int, Vector] = {}
        for block in blocks(learners, batch_size):
            descent = some.descent(np.stack([weights[place] for place in block]), proximal)
            members = [learners[place] for place in block]
            shuffles = [own.generator("shuffle", training_round) for own in members]
            rows = [own.rows for own in members]
            for _ in range(some.epochs):
                orders = [
                    torch.randperm(own.count, generator=shuffle)
                    for own, shuffle in zip(rows, shuffles, strict=True)
                ]
                pass_over(descent, rows, orders, batch_size=batch_size)
            result.update(zip(block, descent.weights().numpy(), strict=True))
        return [result[place] for place in range(len(learners))]

    def descent(self, weights: Matrix, proximal: float) -> Descent:
        """Return what takes the gradient steps, from (networks, P) weights."""
        start, schedule = torch.from_numpy(weights), self.schedule(proximal)
        if self.detector.network is None:
            return Stack(self.split.columns, self.detector.hidden, start, schedule)
        return self.single_network(self.module, self.split.columns, start, schedule)

    def schedule(self, proximal: float) -> Schedule:
        """Return how the steps are taken, with a pull of that strength."""
        return Schedule(
            optimiser=str(self.detector.optimiser),
            learning_rate=self.detector.learning_rate,
            weight_decay=self.detector.weight_decay,
            proximal=proximal,
        )

    def stack_key(self) -> tuple[object, ...]:
        """Return what learners must have in common to be trained in one stack."""
        return self.split.columns, self.detector, self.epochs

    def validate(self, weights: Vector) -> float:
        """Return the mean log-loss on the validation rows; 0, without weight, if there are none."""
        if not len(self._valid_y):
            return 0.0
        load(self.module, weights)
        with torch.no_grad():
            logits = self.module(self._valid_x).reshape(len(self._valid_y))
            return float(nn.functional.binary_cross_entropy_with_logits(logits, self._valid_y))

    def generator(self, purpose: str, training_round: int) -> torch.Generator:
        """Return this learner's own stream for one purpose in one round."""
        return torch.Generator().manual_seed(self.seeds.integer(purpose, training_round))


def blocks(learners: Sequence[GradientLearner], records: float) -> Iterator[list[int]]:
    """Yield places of learners, most rows first, in blocks that a stack takes well."""
    places = sorted(range(len(learners)), key=lambda place: -learners[place].rows.count)
    columns, detector = learners[0].split.columns, learners[0].detector
    size = 1  # a network of a plug-in cannot be stacked
    if detector.network is None:
        size = together(layers_of(columns, detector.hidden), math.ceil(records))
    for first in range(0, len(places), size):
        yield places[first : first + size]


def standardised(rows: Matrix, moments: Moments) -> Matrix:
    """Subtract the mean and divide by the standard deviation of each column."""
    mean, std = moments.mean().astype(np.float32), moments.std().astype(np.float32)
    if not mean.any() and (std == 1).all():
        return rows
    scaled: Matrix = np.divide(rows - mean, std, dtype=np.float32)
    return scaled
