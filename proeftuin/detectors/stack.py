"""Networks of one shape side by side, taking their gradient steps as one batched computation.

A step of a small network is mostly the overhead of its twenty or so operations; networks in one
stack pay it once. What a network computes does not depend, to the last bit, on which others are in
the stack, or whether any are: every matrix begins at a multiple of 64 bytes, no width is 1 or odd,
and how far a batch is padded depends on that batch alone. The matrix library then takes the same
steps for it (tested), so a model trained in a stack equals the one trained alone.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from proeftuin.detectors.descent import Descent, Schedule

ALIGNED = 16  #: float32 numbers in 64 bytes
WIDTH_STEP = 4  #: widths are padded to a multiple of this; the rest of the matrix is zero
NORM_FLOOR = 1e-6  #: added to every norm before dividing, as Opacus does


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


class Stack(Descent):
    """K networks of linear layers with ReLU between them and one logit at the end.

    Args:
        columns: number of features.
        hidden: widths of the hidden layers.
        weights: (K, P) float32, each row in ``nn.Module`` order.
        schedule: how the steps are taken.
    """

    def __init__(
        self, columns: int, hidden: Sequence[int], weights: Tensor, schedule: Schedule
    ) -> None:
        self.layers = layers_of(columns, hidden)
        super().__init__(weights, schedule)
        self._gradient = torch.zeros_like(self._weights)

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
        """Add up the log-loss gradients of one batch for every member, each clipped if asked.

        The squared norm of a record's gradient is the sum over layers of (|input|^2 + 1)
        |slope|^2 (Goodfellow 2015, arXiv 1510.01799), so no gradient of a single record is made.
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
