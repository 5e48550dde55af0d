"""Networks of one shape side by side, taking their gradient steps as one batched computation.

A step of a small network is mostly the overhead of its twenty or so operations; networks in one
stack pay it once. What a network computes does not depend, to the last bit, on which others are in
the stack, or whether any are: every matrix begins at a multiple of 64 bytes, no width is 1 or odd,
and how far a batch is padded depends on that batch alone. The matrix library then takes the same
steps for it (tested), so a model trained in company equals the one trained alone.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

ALIGNED = 16  #: float32 numbers in 64 bytes
WIDTH_STEP = 4  #: widths are padded to a multiple of this; the rest of the matrix is zero
NORM_FLOOR = 1e-6  #: added to every norm before dividing, as Opacus does
BETA_1, BETA_2, FLOOR = 0.9, 0.999, 1e-8  # Adam (Kingma & Ba 2015, arXiv 1412.6980)


@dataclass(frozen=True)
class Layer:
    """Where a linear layer's parameters are: in ``nn.Module`` order and in aligned order.

    Attributes:
        inputs, outputs: widths.
        columns, rows: the same, padded.
        begin: first parameter in ``nn.Module`` order; the biases follow the weights.
        weight, bias: first number in aligned order.
    """

    inputs: int
    outputs: int
    columns: int
    rows: int
    begin: int
    weight: int
    bias: int

    def padded(self, aligned: Tensor) -> tuple[Tensor, Tensor]:
        """Return weights (K, rows, columns) and biases (K, rows) inside an aligned tensor."""
        weight = aligned[:, self.weight : self.weight + self.rows * self.columns]
        return (
            weight.view(len(aligned), self.rows, self.columns),
            aligned[:, self.bias : self.bias + self.rows],
        )

    def copy(self, vectors: Tensor, aligned: Tensor, *, back: bool = False) -> None:
        """Copy the parameters of (K, P) to their places in (K, aligned), or back."""
        middle = self.begin + self.outputs * self.inputs
        parts = (
            vectors[:, self.begin : middle].view(len(vectors), self.outputs, self.inputs),
            vectors[:, middle : middle + self.outputs],
        )
        for part, place in zip(parts, self.padded(aligned), strict=True):
            own = place[tuple(slice(length) for length in part.shape)]
            if back:
                part.copy_(own)
            else:
                own.copy_(part)


class Stack:
    """K networks of linear layers with ReLU between them and one logit at the end.

    Args:
        columns: number of features.
        hidden: widths of the hidden layers.
        weights: (K, P) float32, each row in ``nn.Module`` order.
        optimiser: ``sgd`` or ``adam``, begun anew.
        learning_rate: step size.
        weight_decay: L2 penalty.
        proximal: strength of the pull back to ``weights`` (FedProx; Li et al. 2020).
    """

    def __init__(
        self,
        columns: int,
        hidden: Sequence[int],
        weights: Tensor,
        *,
        optimiser: str,
        learning_rate: float,
        weight_decay: float = 0.0,
        proximal: float = 0.0,
    ) -> None:
        self.layers = layers_of(columns, hidden)
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.adam, self.proximal = optimiser == "adam", proximal
        self._weights = self.aligned(weights)
        self._origin = self._weights.clone() if proximal else self._weights
        self._gradient = torch.zeros_like(self._weights)
        if self.adam:
            self._first = torch.zeros_like(self._weights)
            self._second = torch.zeros_like(self._weights)
            self._decay = torch.ones(2, len(weights), 1, dtype=torch.float64)

    def aligned(self, vectors: Tensor) -> Tensor:
        """Lay out vectors of parameters, (K, P), in aligned order with zeros between."""
        last = self.layers[-1]
        # A multiple of two of the widest registers, so that no number is left to a scalar loop.
        result = torch.zeros(len(vectors), rounded_up(last.bias + last.rows, 2 * ALIGNED))
        for layer in self.layers:
            layer.copy(vectors, result)
        return result

    def weights(self) -> Tensor:
        """Return the parameters as they are now, (K, P)."""
        last = self.layers[-1]
        result = torch.empty(len(self._weights), last.begin + (last.inputs + 1) * last.outputs)
        for layer in self.layers:
            layer.copy(result, self._weights, back=True)
        return result

    def gradients(
        self,
        members: slice | Tensor,
        features: Tensor,
        targets: Tensor,
        share: Tensor,
        clip_norm: float | None = None,
    ) -> Tensor:
        """Add up the log-loss gradients of one batch for every member.

        With a norm to clip to, each record's gradient is first scaled down to it. Its squared norm
        is the sum over layers of (|what enters|^2 + 1) |slope|^2 (Goodfellow 2015, arXiv
        1510.01799), so no record's own gradient is ever made.

        Args:
            members: which networks, a prefix or numbers; k of them.
            features: (k, records, padded columns), as ``Rows`` has them.
            targets: (k, records), 0 or 1.
            share: (k, records) or (records,), what each record counts; 0 where there is none.
            clip_norm: most that one record counts, in L2 norm over all parameters.

        Returns:
            (k, aligned), overwritten by the next call.
        """
        weights = self._weights[members]
        layers = [layer.padded(weights) for layer in self.layers]
        entering = [features]
        for weight, bias in layers[:-1]:
            entering.append(_affine(entering[-1], weight, bias).relu_())
        logits = _affine(entering[-1], *layers[-1])
        slope = torch.zeros_like(logits)
        slope[..., 0] = logits[..., 0].sigmoid().sub_(targets).mul_(share)
        slopes = [slope]
        for (weight, _), values in zip(layers[:0:-1], entering[:0:-1], strict=True):
            arriving = torch.bmm(slopes[-1], weight)
            slopes.append(_past_relu(arriving, values))
        slopes.reverse()
        if clip_norm is not None:
            _clip(entering, slopes, clip_norm)
        gradient = self._gradient[: len(weights)]
        for layer, values, slope in zip(self.layers, entering, slopes, strict=True):
            weight, bias = layer.padded(gradient)
            torch.bmm(slope.mT, values, out=weight)
            torch.sum(slope, 1, out=bias)
        return gradient

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
        deviation = second.sqrt().div_((1 - decay[1]).sqrt_().float()).add_(FLOOR)
        return (first * size).div_(deviation)


def layers_of(columns: int, hidden: Sequence[int]) -> list[Layer]:
    """Return where the parameters of every layer are."""
    layers: list[Layer] = []
    begin = place = 0
    for inputs, outputs in itertools.pairwise([columns, *hidden, 1]):
        wide, high = rounded_up(inputs, WIDTH_STEP), rounded_up(outputs, WIDTH_STEP)
        bias = place + rounded_up(wide * high, ALIGNED)
        layers.append(Layer(inputs, outputs, wide, high, begin, place, bias))
        begin += (inputs + 1) * outputs
        place = bias + rounded_up(high, ALIGNED)
    return layers


def rounded_up(number: int, step: int) -> int:
    """Return the next multiple of a step."""
    return -(-number // step) * step


def _affine(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.baddbmm(bias.unsqueeze(1), values, weight.mT)


def _past_relu(arriving: Tensor, values: Tensor) -> Tensor:
    """Stop, in place, what arrives where the rectifier gave 0."""
    backward = torch.ops.aten.threshold_backward.grad_input
    stopped: Tensor = backward(arriving, values, 0, grad_input=arriving)
    return stopped


def _clip(entering: list[Tensor], slopes: list[Tensor], clip_norm: float) -> None:
    """Scale every record's slopes in place, so that its gradient keeps to the norm."""
    squared = torch.zeros(slopes[0].shape[:2])
    for values, slope in zip(entering, slopes, strict=True):
        squared += (values.square().sum(-1) + 1) * slope.square().sum(-1)
    scale = (clip_norm / (squared.sqrt() + NORM_FLOOR)).clamp_(max=1).unsqueeze(-1)
    for slope in slopes:
        slope.mul_(scale)
