"""Clipped sums of gradients of networks of linear layers, without any record's own gradient.

A linear layer's gradient for one record is the outer product of what went in (a) and the slope of
the loss to what came out (g), so its squared norm is (|a|^2 + 1) |g|^2, bias included (Goodfellow
2015, arXiv 1510.01799). One pass forward and one back give a and g of all records at once; what is
left is to scale g before the usual matrix product. Equal to per-record hooks, at the price of
ordinary gradients.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

NORM_FLOOR = 1e-6
"""Added to every norm before dividing, as Opacus does."""


def linear_stack(module: nn.Module) -> list[Tensor] | None:
    """Return weight, bias, weight, bias, ... of a plain ReLU network with one logit, else None."""
    if type(module) is not nn.Sequential:
        return None
    layers = list(module)
    linear, between = layers[::2], layers[1::2]
    parameters: list[Tensor] = []
    for layer in linear:
        if type(layer) is not nn.Linear or layer.bias is None:
            return None
        parameters += [layer.weight, layer.bias]
    plain = all(type(layer) is nn.ReLU for layer in between) and len(linear) == len(between) + 1
    own = len({id(p) for p in parameters}) == len(parameters)
    learning = all(p.requires_grad for p in parameters)
    one_logit = bool(linear) and linear[-1].out_features == 1
    return parameters if plain and own and learning and one_logit else None


@torch.no_grad()
def clipped_sums(
    parameters: Sequence[Tensor],
    features: Tensor,
    targets: Tensor,
    clip_norm: float,
    weights: Tensor | None = None,
) -> list[Tensor]:
    """Add up the log-loss gradients of records, each clipped to a norm over all parameters.

    Works on one model, or on several at once: every shape may have the same leading dimensions, for
    example ``(partners,)``, and nothing mixes over those.

    Args:
        parameters: weight (..., out, in) and bias (..., out) of every layer, in turn; ReLU between
            layers, one logit at the end.
        features: (..., records, columns).
        targets: (..., records), 0 or 1.
        clip_norm: most that one record counts, in L2 norm.
        weights: (..., records), what each record's loss counts before it is clipped; 0 for a place
            in the batch that no record takes. Without it, 1.

    Returns:
        The sums, shaped like ``parameters`` (with all leading dimensions). No records: zeros.
    """
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    entering = [features]
    for weight, bias in layers[:-1]:
        entering.append(_affine(entering[-1], weight, bias).relu_())
    slope = _affine(entering[-1], *layers[-1]).sigmoid_().sub_(targets.unsqueeze(-1))
    if weights is not None:
        slope.mul_(weights.unsqueeze(-1))
    slopes = [slope]
    for (weight, _), values in zip(layers[:0:-1], entering[:0:-1], strict=True):
        slopes.append(torch.matmul(slopes[-1], weight).mul_(values > 0))
    slopes.reverse()
    squared = torch.zeros_like(slope.squeeze(-1))
    for values, slope in zip(entering, slopes, strict=True):
        squared += (values.square().sum(-1) + 1) * slope.square().sum(-1)
    share = (clip_norm / (squared.sqrt() + NORM_FLOOR)).clamp_(max=1).unsqueeze(-1)
    sums = []
    for values, slope in zip(entering, slopes, strict=True):
        slope.mul_(share)
        sums += [torch.matmul(slope.mT, values), slope.sum(-2)]
    return sums


def _affine(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.matmul(values, weight.mT).add_(bias.unsqueeze(-2))
