"""A learner whose every message is differentially private, with a ledger of what it released."""

import numpy as np
import torch

from proeftuin.detectors.gradient import GradientLearner, Vector, flat, load, standardised
from proeftuin.detectors.scaling import Moments
from proeftuin.errors import PrivacyError
from proeftuin.privacy.calibration import noise_for
from proeftuin.privacy.dp_sgd import noisy_steps
from proeftuin.privacy.ledger import GaussianRelease, Ledger, SampledGaussianRelease
from proeftuin.privacy.statistics import noisy_moments
from proeftuin.settings import Detector, Privacy
from proeftuin.split import Split
from synthetic_data.seeds import Seeds


class PrivateLearner(GradientLearner):
    """A learner under record-level DP: one noisy release of statistics, then DP-SGD.

    Nothing else leaves it, no validation loss either. The number of rows is taken as public.

    Args:
        split: the rows.
        detector: kind of model.
        privacy: unit, budget and schedule.
        partner: whose ledger this is.
        seeds: this learner's streams; noise never shares a stream with another learner.
    """

    may_validate = False

    def __init__(
        self, split: Split, detector: Detector, privacy: Privacy, *, partner: str, seeds: Seeds
    ) -> None:
        super().__init__(split, detector, epochs=1, seeds=seeds)
        self.privacy, self.partner = privacy, partner
        self.steps = 0
        self.statistics_released = False
        self.noise_multiplier = noise_for(
            epsilon=_given(privacy.epsilon),
            delta=_given(privacy.delta),
            sampling_rate=_given(privacy.sampling_rate),
            steps=int(_given(privacy.rounds) * _given(privacy.steps_per_round)),
            statistics_noise=_given(privacy.statistics_noise),
        )

    def moments(self) -> Moments:
        """Release the noisy moments, once; the noisy count becomes the weight in averages."""
        if self.statistics_released:
            raise PrivacyError(f"{self.partner}: the scaling statistics were released already")
        self.statistics_released = True
        released = noisy_moments(
            self.split.train_x.astype(np.float64),
            noise_multiplier=_given(self.privacy.statistics_noise),
            rng=self.seeds.rng("statistics_noise"),
        )
        self.examples = max(1.0, float(released.count))
        return released

    def scale(self, moments: Moments) -> None:
        """Standardise the training rows; validation rows stay out of private training."""
        self._train_x = torch.from_numpy(standardised(self.split.train_x, moments))

    def train(self, weights: Vector, training_round: int) -> Vector:
        """Take the round's noisy steps and enter them in the ledger."""
        steps = int(_given(self.privacy.steps_per_round))
        load(self.module, weights)
        noisy_steps(
            self.module,
            self._train_x,
            self._train_y,
            steps=steps,
            sampling_rate=_given(self.privacy.sampling_rate),
            noise_multiplier=self.noise_multiplier,
            clip_norm=_given(self.privacy.clip_norm),
            learning_rate=_given(self.privacy.learning_rate),
            sampling=self._generator("sampling", training_round),
            noise=self._generator("noise", training_round),
        )
        self.steps += steps
        return flat(self.module)

    def ledger(self) -> Ledger:
        """Return everything released so far, over all rounds."""
        ledger = Ledger(
            partner=self.partner, unit=str(self.privacy.unit), records=len(self.split.train_y)
        )
        if self.statistics_released:
            noise = _given(self.privacy.statistics_noise)
            ledger = ledger.and_then(GaussianRelease("scaling statistics", noise))
        if self.steps:
            rate = _given(self.privacy.sampling_rate)
            updates = SampledGaussianRelease(
                "model updates", self.noise_multiplier, rate, self.steps
            )
            ledger = ledger.and_then(updates)
        return ledger

    def _generator(self, purpose: str, training_round: int) -> torch.Generator:
        return torch.Generator().manual_seed(self.seeds.integer(purpose, training_round))


def _given(value: float | None) -> float:
    """Narrow a setting that ``check_combinations`` guarantees to be there."""
    if value is None:
        raise PrivacyError("a private learner needs every number of its privacy policy")
    return value
