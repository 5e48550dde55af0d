"""Client-level differential privacy: the unit is a whole partner with all its rows.

A partner sends the change that its local epochs made to the model, clipped as a whole. Noise hides
it: the partner's own, so that not even the server sees it (local), or the server's, on
the sum, against everybody but the server (central; McMahan et al. 2018, arXiv 1710.06963, with a
fixed norm and all partners known). Flower's own wrappers do the same, but divide by zero when an
update is zero, draw from a global random stream, and account only for one of the two.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.detectors.scaling import Moments, public_moments
from proeftuin.features.split import Split
from proeftuin.privacy.calibration import noise_for
from proeftuin.privacy.ledger import GaussianRelease, Ledger
from proeftuin.settings.arm import Detector
from proeftuin.settings.privacy import ClientLevelDP
from synthetic_data.arrays import Vector
from synthetic_data.seeds import Seeds


class ClientLevelDPLearner(GradientLearner):
    """A learner whose participation in a federation is hidden; all weigh the same in an average.

    Args:
        split: the rows.
        detector: kind of model, and how it learns.
        privacy: budget, clipping norm, and the side that adds the noise.
        epochs: epochs in one round.
        partner: name of the partner, for the ledger.
        seeds: this learner's streams.
    """

    may_validate = False

    def __init__(
        self,
        split: Split,
        detector: Detector,
        privacy: ClientLevelDP,
        *,
        epochs: int,
        partner: str,
        seeds: Seeds,
    ) -> None:
        super().__init__(split, detector, epochs=epochs, seeds=seeds)
        self.clip_norm = privacy.clip_norm
        self.by_server = privacy.noise_by == "server"
        self.partner = partner
        self.examples = 1.0
        self.noise_multiplier = noise_for(
            epsilon=privacy.epsilon, delta=privacy.delta, sampling_rate=1.0, steps=privacy.rounds
        )

    @property
    def deviation(self) -> float:
        """Standard deviation of the noise on one partner's update, or on the sum of all."""
        return self.noise_multiplier * self.clip_norm

    def moments(self) -> Moments:
        """Return public moments: columns stay on their public scale, and nothing is released."""
        return public_moments(self.split.columns)

    @classmethod
    def train_stacked(
        cls,
        learners: Sequence[Self],
        weights: Sequence[Vector],
        training_round: int,
        proximal: float,
    ) -> list[Vector]:
        """Train as without privacy; return the clipped, and where due noisy, updates."""
        learned = super().train_stacked(learners, weights, training_round, proximal)
        return [
            own._sent(before, after, training_round)
            for own, before, after in zip(learners, weights, learned, strict=True)
        ]

    def _sent(self, before: Vector, after: Vector, training_round: int) -> Vector:
        """Return the model with the change clipped, and with noise if the partner adds it."""
        change = clipped(after - before, self.clip_norm)
        self.steps += 1
        if not self.by_server:
            noise = self.seeds.rng("noise", training_round).normal(0, self.deviation, len(change))
            change = change + noise.astype(np.float32)
        return before + change

    def ledger(self) -> Ledger:
        """Return the releases of this partner, over all rounds."""
        seen = GaussianRelease("model updates", self.noise_multiplier, max(1, self.steps))
        return Ledger(
            partner=self.partner,
            unit="partner",
            records=1,
            releases=(seen,) if self.steps else (),
            server_trusted=self.by_server,
        )


def clipped(change: Vector, norm: float) -> Vector:
    """Shorten a vector to at most that L2 norm; a shorter one stays as it is, zero included."""
    length = float(np.linalg.norm(change.astype(np.float64)))
    if not np.isfinite(length):  # it would hide nothing and break the average
        return np.zeros_like(change)
    return change if length <= norm else (change * (norm / length)).astype(np.float32)
