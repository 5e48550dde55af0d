"""What privacy costs in time: an epoch of DP-SGD against one of ordinary SGD.

    python benchmarks/dp_sgd.py                 # two batch sizes, 200,000 rows
    python benchmarks/dp_sgd.py --without-opacus

An epoch of 200,000 rows through a network 30-64-64-1, one thread, in seconds of CPU time: the least
of several turns. Methods take turns, so that a busy machine slows them alike. Opacus runs as in its
tutorials: ``PrivacyEngine.make_private`` around an ordinary loader.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader, TensorDataset

from proeftuin.detectors.descent import Schedule
from proeftuin.detectors.epochs import Rows, pass_over
from proeftuin.detectors.network import flat
from proeftuin.detectors.stack import Stack
from proeftuin.privacy.dp_sgd import noisy_steps, poisson_batch

ROWS, COLUMNS, HIDDEN = 200_000, 30, 64
BATCHES = (512, 4096)
CLIP_NORM, NOISE, LEARNING_RATE = 1.0, 1.0, 0.1

Epoch = Callable[[nn.Module, torch.Tensor, torch.Tensor, int], None]


def main() -> None:
    """Time all methods and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--turns", type=int, default=5)
    arguments.add_argument("--without-opacus", action="store_true", help="it takes a minute")
    chosen = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    methods = {
        "plain SGD": plain,
        "plain SGD, as studies train": ours_plain,
        "DP-SGD, as studies train": ours,
    }
    if not chosen.without_opacus:
        methods["DP-SGD, Opacus (its loader and hooks)"] = opacus
    methods["Poisson samples alone, ours"] = only_samples
    features = torch.randn(ROWS, COLUMNS)
    targets = (torch.rand(ROWS) < torch.sigmoid(features[:, 0] - 4)).float()
    print(f"{ROWS:,} rows, {COLUMNS}-{HIDDEN}-{HIDDEN}-1, one epoch, torch {torch.__version__}")
    print(f"{'':38s}{'batch':>6s}{'CPU s':>9s}{'x plain':>9s}")
    for batch in BATCHES:
        seconds = least_seconds(methods, features, targets, batch, chosen.turns)
        for name, least in seconds.items():
            print(f"{name:38s}{batch:6d}{least:9.3f}{least / seconds['plain SGD']:9.2f}")


def least_seconds(
    methods: dict[str, Epoch], features: torch.Tensor, targets: torch.Tensor, batch: int, turns: int
) -> dict[str, float]:
    """Return the least CPU seconds of an epoch by each method."""
    least: dict[str, float] = {}
    for turn in range(turns + 1):  # the first does not count: it imports and warms up
        for name, epoch in methods.items():
            module = network()
            before = time.process_time()
            epoch(module, features, targets, batch)
            seconds = time.process_time() - before
            if turn:
                least[name] = min(seconds, least.get(name, seconds))
    return least


def network() -> nn.Module:
    """Return the network, untrained."""
    return nn.Sequential(
        nn.Linear(COLUMNS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, 1),
    )  # fmt: skip


def plain(module: nn.Module, features: torch.Tensor, targets: torch.Tensor, batch: int) -> None:
    """Take ordinary gradient steps over shuffled batches, without a loader's overhead."""
    optimiser = torch.optim.SGD(module.parameters(), lr=LEARNING_RATE)
    for rows in torch.randperm(ROWS).split(batch):
        optimiser.zero_grad()
        logits = module(features[rows]).squeeze(1)
        binary_cross_entropy_with_logits(logits, targets[rows]).backward()
        optimiser.step()


def stacked(module: nn.Module) -> Stack:
    """Return the network as a stack of one, as the learners of a study make it."""
    schedule = Schedule(
        optimiser="sgd", learning_rate=LEARNING_RATE, weight_decay=0.0, proximal=0.0
    )
    return Stack(COLUMNS, (HIDDEN, HIDDEN), torch.from_numpy(flat(module))[None], schedule)


def ours_plain(
    module: nn.Module, features: torch.Tensor, targets: torch.Tensor, batch: int
) -> None:
    """The plain epoch of a study."""
    rows = Rows.of(features.numpy(), targets.numpy())
    pass_over(stacked(module), [rows], [torch.randperm(ROWS)], batch_size=batch)


def ours(module: nn.Module, features: torch.Tensor, targets: torch.Tensor, batch: int) -> None:
    """The private epoch of a study: Poisson samples of that expected size."""
    noisy_steps(
        stacked(module),
        [Rows.of(features.numpy(), targets.numpy())],
        steps=-(-ROWS // batch),
        sampling_rates=[batch / ROWS],
        noise_multipliers=[NOISE],
        clip_norm=CLIP_NORM,
        sampling=[torch.Generator().manual_seed(1)],
        noise=[torch.Generator().manual_seed(2)],
    )


def only_samples(
    module: nn.Module, features: torch.Tensor, targets: torch.Tensor, batch: int
) -> None:
    """Draw the samples and take no step."""
    source = torch.Generator().manual_seed(1)
    for _ in range(-(-ROWS // batch)):
        poisson_batch(ROWS, batch / ROWS, source)


def opacus(module: nn.Module, features: torch.Tensor, targets: torch.Tensor, batch: int) -> None:
    """Train with Opacus as in its tutorials."""
    from opacus import PrivacyEngine

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        private, optimiser, loader = PrivacyEngine().make_private(
            module=module,
            optimizer=torch.optim.SGD(module.parameters(), lr=LEARNING_RATE),
            data_loader=DataLoader(TensorDataset(features, targets), batch_size=batch),
            noise_multiplier=NOISE,
            max_grad_norm=CLIP_NORM,
        )
        for rows, labels in loader:
            optimiser.zero_grad()
            binary_cross_entropy_with_logits(private(rows).squeeze(1), labels).backward()
            optimiser.step()


if __name__ == "__main__":
    main()
