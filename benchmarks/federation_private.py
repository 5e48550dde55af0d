"""One round of private local training at many partners: stacked, sequential, and by Opacus' hooks.

    python benchmarks/federation_private.py

Poisson samples, clipping and noise multiplier are the same in all three. CPU time, one thread, the
least of three turns (one for the hooks); beside it a round without privacy over as many rows.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from opacus.grad_sample import GradSampleModule
from opacus.optimizers import DPOptimizer
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.detectors.network import build, initial_weights, load
from proeftuin.detectors.scaling import exact_moments
from proeftuin.detectors.together import train_together
from proeftuin.features.split import Split
from proeftuin.privacy.dp_sgd import poisson_batch
from proeftuin.privacy.learner import PrivateLearner
from proeftuin.settings.arm import Detector
from proeftuin.settings.privacy import RecordLevelDP
from synthetic_data.seeds import Seeds

FEATURES = 30


def split(count: int, partner: int) -> Split:
    """Return random rows of one partner."""
    rng = Seeds(partner).rng("rows")
    x = rng.uniform(-1, 1, (count, FEATURES)).astype(np.float32)
    y = (x[:, 0] + rng.normal(0, 0.3, count) > 0.6).astype(np.float32)
    return Split(x, y, x[:1], y[:1])


def by_hooks(side: PrivateLearner, weights: np.ndarray, policy: RecordLevelDP) -> None:
    """Train one round of one partner with Opacus' hooks."""
    module = build(FEATURES, side.detector)
    load(module, weights)
    wrapped = GradSampleModule(module, loss_reduction="sum")
    optimiser = DPOptimizer(
        torch.optim.SGD(wrapped.parameters(), lr=float(policy.learning_rate or 0)),
        noise_multiplier=side.noise_multiplier,
        max_grad_norm=float(policy.clip_norm or 0),
        expected_batch_size=float(policy.sampling_rate or 0) * side.rows.count,
        generator=side.generator("noise", 1),
    )
    coins = side.generator("sampling", 1)
    for _ in range(int(policy.steps_per_round or 0)):
        batch = poisson_batch(side.rows.count, float(policy.sampling_rate or 0), coins)
        optimiser.zero_grad()
        logits = wrapped(side.rows.features[batch, :FEATURES]).squeeze(1)
        binary_cross_entropy_with_logits(
            logits, side.rows.targets[batch], reduction="sum"
        ).backward()
        optimiser.step()


def least(work: Callable[[], object], turns: int = 3) -> float:
    """Return the least CPU milliseconds of several turns."""
    took = []
    for _ in range(turns):
        began = time.process_time()
        work()
        took.append(1000 * (time.process_time() - began))
    return min(took)


def measure(partners: int, count: int, rate: float, steps: int) -> str:
    """Return a row of the table."""
    detector = Detector(
        name="mlp",
        about="",
        hidden=(64, 64),
        optimiser="sgd",
        learning_rate=0.1,
        weight_decay=0.0,
        batch_size=round(rate * count),
        rounds=1,
    )
    policy = RecordLevelDP(
        name="record_dp",
        about="",
        unit="record",
        epsilon=8.0,
        delta=1e-6,
        clip_norm=1.0,
        sampling_rate=rate,
        steps_per_round=steps,
        rounds=20,
        learning_rate=0.1,
        statistics_noise=20.0,
    )
    start = initial_weights(FEATURES, detector, Seeds(0))
    private, free = [], []
    for partner in range(partners):
        own, seeds = split(count, partner), Seeds(0).child(str(partner))
        private.append(PrivateLearner(own, detector, policy, partner=str(partner), seeds=seeds))
        free.append(GradientLearner(own, detector, epochs=1, seeds=seeds))
        for side in (private[-1], free[-1]):
            side.scale(exact_moments(own.train_x.astype(np.float64)))
    stacked = least(lambda: train_together(private, [start] * partners, 1))
    single = least(lambda: [side.train(start, 1) for side in private])
    hooks = least(lambda: [by_hooks(side, start, policy) for side in private], 1)
    plain = least(lambda: train_together(free, [start] * partners, 1))
    return (
        f"| {partners} x {count}, rate {rate}, {steps} steps | {stacked:.0f} "
        f"| {single:.0f} ({single / stacked:.1f}) | {hooks:.0f} ({hooks / stacked:.1f}) "
        f"| {plain:.0f} ({plain / stacked:.2f}) |"
    )


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    print("| partners x rows | stacked, ms | one by one (x) | hooks (x) | no privacy (x) |")
    print("|---|---|---|---|---|")
    for task in ((10, 2000, 0.128, 8), (100, 2000, 0.128, 8), (100, 200, 0.32, 3)):
        print(measure(*task))


if __name__ == "__main__":
    main()
