"""Clipped gradients of networks that cannot be stacked, from Opacus' gradients per sample."""

import copy
import warnings
from typing import Any

import torch
from opacus import GradSampleModule
from torch import Tensor, nn

from proeftuin.detectors.descent import Schedule
from proeftuin.detectors.network import SingleNetwork
from proeftuin.detectors.stack import NORM_FLOOR
from proeftuin.errors import PrivacyError

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


class ClippingNetwork(SingleNetwork):
    """A network of any shape whose records' gradients are clipped one by one.

    Args:
        module: as for :class:`SingleNetwork`; every layer with parameters must be one that Opacus
            computes gradients per sample for.
        columns, weights, schedule: likewise.

    Raises:
        PrivacyError: clipping cannot bound what one record changes.
    """

    def __init__(
        self, module: nn.Module, columns: int, weights: Tensor, schedule: Schedule
    ) -> None:
        _check_module(module)
        # A copy, as Opacus leaves marks on what it wraps; in training mode, or it sees nothing.
        private = GradSampleModule(copy.deepcopy(module).train(), loss_reduction="sum")
        super().__init__(private, columns, weights, schedule)

    def gradients(
        self,
        members: slice | Tensor,
        features: Tensor,
        targets: Tensor,
        share: Tensor,
        clip_norm: float | None = None,
    ) -> Tensor:
        """Add up the gradients of the records of one batch, each clipped to the norm."""
        if clip_norm is None:
            return super().gradients(members, features, targets, share)
        rows = share.reshape(-1, features.shape[1])[0] > 0  # the others pad the batch
        each = self._per_sample(features[0, rows, : self.columns], targets[0, rows])
        scale = (clip_norm / (each.norm(dim=1) + NORM_FLOOR)).clamp(max=1)
        total: Tensor = scale @ each
        return total[None]

    def _per_sample(self, features: Tensor, targets: Tensor) -> Tensor:
        """Return every record's own gradient, (records, P)."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Full backward hook is firing")
            self.losses(features, targets).sum().backward()  # type: ignore[no-untyped-call]
        each: list[Any] = list(self.module.parameters())
        gradients = torch.cat([parameter.grad_sample.flatten(1) for parameter in each], dim=1)
        self.module.zero_grad(set_to_none=True)
        return gradients


def _check_module(module: nn.Module) -> None:
    for name, layer in module.named_modules():
        if isinstance(layer, _BATCH_NORMS) or next(layer.buffers(recurse=False), None) is not None:
            raise PrivacyError(
                f"layer {name or 'module'} ({type(layer).__name__}) normalises over the batch or "
                "has buffers: one record then changes more than its own clipped gradient; use "
                "LayerNorm or GroupNorm"
            )
