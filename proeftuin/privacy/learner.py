"""A learner whose messages are differentially private, with a ledger of its releases."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np

from proeftuin.detectors.descent import Schedule
from proeftuin.detectors.epochs import Rows
from proeftuin.detectors.gradient import GradientLearner, blocks, standardised
from proeftuin.detectors.scaling import Moments, public_moments
from proeftuin.errors import PrivacyError
from proeftuin.features.split import Split
from proeftuin.privacy.accounting import check_delta
from proeftuin.privacy.bounding import bounded
from proeftuin.privacy.calibration import noise_for
from proeftuin.privacy.dp_sgd import noisy_steps
from proeftuin.privacy.ledger import GaussianRelease, Ledger, SampledGaussianRelease
from proeftuin.privacy.per_sample import ClippingNetwork
from proeftuin.privacy.statistics import noisy_moments, sensitivity
from proeftuin.settings.arm import Detector
from proeftuin.settings.privacy import DPSGD, PersonLevelDP
from synthetic_data.arrays import Vector
from synthetic_data.seeds import Seeds


class PrivateLearner(GradientLearner):
    """A learner under DP of records or persons: statistics with noise, once, then DP-SGD.

    Nothing else leaves it, not even a validation loss. The number of rows is taken as public.

    Args:
        split: the rows.
        detector: kind of model.
        privacy: unit, budget and schedule.
        partner: name of the partner, for the ledger.
        seeds: this learner's streams; noise never shares a stream with another learner.
        rounds_alone: further rounds for a personal model; the budget pays for them too.

    Raises:
        PrivacyError: if delta is not below 1 / rows, or the statistics leave no budget.
    """

    may_validate = False
    single_network = ClippingNetwork

    def __init__(
        self,
        split: Split,
        detector: Detector,
        privacy: DPSGD,
        *,
        partner: str,
        seeds: Seeds,
        rounds_alone: int = 0,
    ) -> None:
        self.most = privacy.records_per_unit
        if isinstance(privacy, PersonLevelDP):
            split = _held_to(split, self.most, seeds.rng("rows_of_a_person"))
        super().__init__(split, detector, epochs=1, seeds=seeds)
        self.privacy, self.partner = privacy, partner
        rows = len(split.train_y)
        check_delta(privacy.delta, partner, rows)
        self.sampling_rate = privacy.sampling_rate_of(rows)
        binned = detector.bins > 1
        self.statistics_noise = None if binned else privacy.statistics_noise
        self.noise_multiplier = noise_for(
            epsilon=privacy.epsilon,
            delta=privacy.delta,
            sampling_rate=self.sampling_rate,
            steps=(privacy.rounds + rounds_alone) * privacy.steps_per_round,
            statistics_noise=self.statistics_noise,
            records_per_unit=self.most,
            partners_per_unit=privacy.partners_per_unit,
        )

    def moments(self) -> Moments:
        """Release the noisy moments, once; the noisy count becomes the weight in averages.

        Bins need no moments, so nothing is released.
        """
        if self.statistics_noise is None:
            return public_moments(self.split.columns)
        if self.statistics_released:
            raise PrivacyError(f"{self.partner}: the scaling statistics were released already")
        self.statistics_released = True
        released = noisy_moments(
            self.split.train_x.astype(np.float64),
            noise_multiplier=self.statistics_noise,
            rng=self.seeds.rng("statistics_noise"),
        )
        self.examples = max(1.0, float(released.count))
        return released

    def scale(self, moments: Moments) -> None:
        """Standardise the training rows; validation rows stay out of private training."""
        self.rows = Rows.of(standardised(self.split.train_x, moments), self.split.train_y)

    @classmethod
    def train_stacked(
        cls,
        learners: Sequence[Self],
        weights: Sequence[Vector],
        training_round: int,
        proximal: float,
    ) -> list[Vector]:
        """Take the round's noisy steps and enter them in the ledgers."""
        some, privacy = learners[0], learners[0].privacy
        steps = privacy.steps_per_round
        largest = max(own.sampling_rate * own.rows.count for own in learners)
        result: dict[int, Vector] = {}
        for block in blocks(learners, max(1.0, largest)):
            members = [learners[place] for place in block]
            descent = some.descent(np.stack([weights[place] for place in block]), proximal)
            noisy_steps(
                descent,
                [own.rows for own in members],
                steps=steps,
                sampling_rates=[own.sampling_rate for own in members],
                noise_multipliers=[own.noise_multiplier for own in members],
                clip_norm=privacy.clip_norm,
                sampling=[own.generator("sampling", training_round) for own in members],
                noise=[own.generator("noise", training_round) for own in members],
            )
            for own in members:
                own.steps += steps
            result.update(zip(block, descent.weights().numpy(), strict=True))
        return [result[place] for place in range(len(learners))]

    def schedule(self, proximal: float) -> Schedule:
        """Return plain gradient descent at the policy's step size."""
        return Schedule(
            optimiser="sgd",
            learning_rate=self.privacy.learning_rate,
            weight_decay=0.0,
            proximal=proximal,
        )

    def stack_key(self) -> tuple[object, ...]:
        """Return what private learners must have in common to be trained in one stack."""
        return *super().stack_key(), self.privacy

    def ledger(self) -> Ledger:
        """Return everything released so far, over all rounds."""
        ledger = Ledger(
            partner=self.partner,
            unit=self.privacy.unit,
            records=len(self.split.train_y),
            records_per_unit=self.most,
        )
        if self.statistics_released and self.statistics_noise is not None:
            statistics = GaussianRelease(
                "scaling statistics",
                self.statistics_noise,
                clip_norm=sensitivity(self.split.columns),
            )
            ledger = ledger.and_then(statistics)
        together = self.privacy.steps
        parts = {
            "model updates": min(self.steps, together),
            "model of its own": max(0, self.steps - together),
        }
        return ledger.and_then(
            *(
                SampledGaussianRelease(
                    what,
                    self.noise_multiplier,
                    self.sampling_rate,
                    steps,
                    clip_norm=self.privacy.clip_norm,
                )
                for what, steps in parts.items()
                if steps
            )
        )


def _held_to(split: Split, most: int, rng: np.random.Generator) -> Split:
    """Keep at most so many training rows of a person."""
    if len(split.train_customer) != len(split.train_y):
        raise PrivacyError("privacy.unit=person: it is not known whose rows these are")
    rows = bounded(split.train_customer, split.train_y > 0, most, rng)
    return replace(
        split,
        train_x=split.train_x[rows],
        train_y=split.train_y[rows],
        train_customer=split.train_customer[rows],
    )
