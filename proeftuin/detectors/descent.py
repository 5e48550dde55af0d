"""Gradient steps of weights side by side: plain descent or Adam, weight decay and a proximal pull.

What computes the gradients stands below: :class:`proeftuin.detectors.stack.Stack` for networks that
can be batched, :class:`proeftuin.detectors.network.SingleNetwork` for any other.
"""

from abc import ABC, abstractmethod
from typing import TypedDict

import torch
from torch import Tensor

BETA_1, BETA_2, FLOOR = 0.9, 0.999, 1e-8  # Adam (Kingma & Ba 2015, arXiv 1412.6980)


class Schedule(TypedDict):
    """How the steps are taken.

    Attributes:
        optimiser: ``sgd`` or ``adam``, begun anew.
        learning_rate: step size.
        weight_decay: L2 penalty.
        proximal: strength of the pull back to the initial weights (FedProx; Li et al. 2020).
    """

    optimiser: str
    learning_rate: float
    weight_decay: float
    proximal: float


class Descent(ABC):
    """K vectors of weights under one optimiser.

    Args:
        weights: (K, P) float32, each row in ``nn.Module`` order.
        schedule: how the steps are taken.
    """

    def __init__(self, weights: Tensor, schedule: Schedule) -> None:
        self.learning_rate = schedule["learning_rate"]
        self.weight_decay, self.proximal = schedule["weight_decay"], schedule["proximal"]
        self.adam = schedule["optimiser"] == "adam"
        self._weights = self.aligned(weights)
        self._origin = self._weights.clone() if self.proximal else self._weights
        if self.adam:
            self._first = torch.zeros_like(self._weights)
            self._second = torch.zeros_like(self._weights)
            self._decay = torch.ones(2, len(weights), 1, dtype=torch.float64)

    @abstractmethod
    def aligned(self, vectors: Tensor) -> Tensor:
        """Lay out vectors of parameters, (K, P), as the gradients come: (K, aligned)."""

    @abstractmethod
    def weights(self) -> Tensor:
        """Return the parameters as they are now, (K, P)."""

    @abstractmethod
    def gradients(
        self,
        members: slice | Tensor,
        features: Tensor,
        targets: Tensor,
        share: Tensor,
        clip_norm: float | None = None,
    ) -> Tensor:
        """Add up the log-loss gradients of one batch for every member.

        Args:
            members: which vectors of weights, a prefix or numbers; k of them.
            features: (k, records, padded columns), as ``Rows`` has them.
            targets: (k, records), 0 or 1.
            share: (k, records) or (records,), what each record counts; 0 where there is none.
            clip_norm: most that one record counts, in L2 norm over all parameters.

        Returns:
            (k, aligned), overwritten by the next call.
        """

    def descend(self, members: slice | Tensor, gradient: Tensor) -> None:
        """Take one step of the optimiser along the given gradients, (k, aligned), in place."""
        weights = self._weights[members]
        if self.weight_decay:
            gradient.add_(weights, alpha=self.weight_decay)
        if self.proximal:
            gradient.add_(weights - self._origin[members], alpha=self.proximal)
        if self.adam:
            weights.sub_(self._adam_step(members, gradient))
        else:
            weights.sub_(gradient, alpha=self.learning_rate)
        if not isinstance(members, slice):
            self._weights[members] = weights

    def _adam_step(self, members: slice | Tensor, gradient: Tensor) -> Tensor:
        first, second, decay = self._first[members], self._second[members], self._decay[:, members]
        first.lerp_(gradient, 1 - BETA_1)
        second.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
        decay.mul_(torch.tensor([[[BETA_1]], [[BETA_2]]], dtype=torch.float64))
        if not isinstance(members, slice):
            self._first[members], self._second[members] = first, second
            self._decay[:, members] = decay
        size = (self.learning_rate / (1 - decay[0])).float()
        scale = second.sqrt().div_((1 - decay[1]).sqrt_().float()).add_(FLOOR)
        return (first * size).div_(scale)
