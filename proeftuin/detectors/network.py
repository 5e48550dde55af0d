"""The network of a detector: ReLU layers of the package, or whatever a plug-in brings."""

import itertools
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.detectors.descent import Descent, Schedule
from proeftuin.settings.arm import Detector
from synthetic_data.arrays import Vector
from synthetic_data.seeds import Seeds

PRIOR_LOG_ODDS = -4.0  # first guess of every model: fraud is rare; public knowledge


def build(columns: int, detector: Detector) -> nn.Module:
    """Build the network, which gives one logit per row; its weights are meaningless until loaded.

    A plug-in detector builds its own (see docs/extending.md).
    """
    with torch.random.fork_rng(devices=[]):  # initial draws are overwritten and use no stream
        if detector.network is not None:
            return cast(nn.Module, detector.network(columns, detector))
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise([columns, *detector.hidden, 1]):
            layers += [nn.Linear(before, after), nn.ReLU()]
        return nn.Sequential(*layers[:-1])


def initial_weights(columns: int, detector: Detector, seeds: Seeds) -> Vector:
    """Draw the weights that every arm of a repetition starts from (He et al. 2015).

    Biases are 0, but for the last one, ``PRIOR_LOG_ODDS``. The network of a plug-in draws its own,
    from the same stream.
    """
    seed = seeds.integer("initial_weights")
    if detector.network is not None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return flat(cast(nn.Module, detector.network(columns, detector)))
    module = build(columns, detector)
    generator = torch.Generator().manual_seed(seed)
    for layer in module.children():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=generator)
            nn.init.zeros_(layer.bias)
    weights = flat(module)
    weights[-1] = PRIOR_LOG_ODDS
    return weights


def flat(module: nn.Module) -> Vector:
    """Return all parameters as one float32 vector."""
    vector: Vector = nn.utils.parameters_to_vector(module.parameters()).detach().numpy().copy()
    return vector


def load(module: nn.Module, weights: Vector) -> None:
    """Set all parameters from one vector."""
    fill(module, torch.from_numpy(weights.copy()))  # PyTorch takes no read-only array


@torch.no_grad()
def fill(module: nn.Module, weights: Tensor) -> None:
    """Copy a vector, (P,), into the parameters; they share no memory with it."""
    begin = 0
    for parameter in module.parameters():
        end = begin + parameter.numel()
        parameter.copy_(weights[begin:end].view_as(parameter))
        begin = end


class SingleNetwork(Descent):
    """One network of any shape, which takes its steps alone.

    Args:
        module: gives one logit per row, (rows, 1) or (rows,), each from its own row alone, and
            draws no random numbers.
        columns: number of features.
        weights: (1, P) float32, in ``nn.Module`` order.
        schedule: how the steps are taken.
    """

    def __init__(
        self, module: nn.Module, columns: int, weights: Tensor, schedule: Schedule
    ) -> None:
        self.module, self.columns = module, columns
        super().__init__(weights, schedule)

    def aligned(self, vectors: Tensor) -> Tensor:
        """Return the vectors as they are: gradients come in the order of the module."""
        return vectors.clone()

    def weights(self) -> Tensor:
        """Return the parameters as they are now, (1, P)."""
        return self._weights.clone()

    def gradients(
        self,
        members: slice | Tensor,
        features: Tensor,
        targets: Tensor,
        share: Tensor,
        clip_norm: float | None = None,
    ) -> Tensor:
        """Add up the log-loss gradients of one batch, by ordinary automatic differentiation."""
        if clip_norm is not None:
            raise TypeError(f"{type(self).__name__} clips no gradients")
        share = share.reshape(-1, features.shape[1])[0]
        rows = share > 0  # the others pad the batch
        losses = self.losses(features[0, rows, : self.columns], targets[0, rows])
        gradients = torch.autograd.grad(
            (losses * share[rows]).sum(), list(self.module.parameters())
        )
        return torch.cat([part.flatten() for part in gradients])[None]

    def losses(self, features: Tensor, targets: Tensor) -> Tensor:
        """Return the log-loss of rows, (rows,), under the weights as they are now."""
        fill(self.module, self._weights[0])
        logits = self.module(features).reshape(len(features))
        return binary_cross_entropy_with_logits(logits, targets, reduction="none")
