"""Local epochs of several learners at once, each over its own rows in its own order.

Learners may have any number of rows. Those with a whole batch left take it together; the last,
smaller batch of an epoch is padded to one of a few sizes and taken together by size.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proeftuin.detectors.descent import Descent
from proeftuin.detectors.stack import ALIGNED, WIDTH_STEP, Layer, rounded_up

GATHERED_BYTES = 8_000_000  #: shuffled rows waiting to be used
TOGETHER_BYTES = 4_000_000  #: intermediate values of a step that stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Rows:
    """One learner's rows as a stack takes them; the last one is empty and pads batches.

    Attributes:
        features: (count + 1, padded columns) float32.
        targets: (count + 1,) float32, 0 or 1.
        count: number of rows.
    """

    features: Tensor
    targets: Tensor
    count: int

    @classmethod
    def of(cls, features: NDArray[np.float32], targets: NDArray[np.float32]) -> "Rows":
        """Lay out standardised rows, (rows, columns), and their labels, (rows,)."""
        count, columns = features.shape
        padded = torch.zeros(count + 1, rounded_up(columns, WIDTH_STEP))
        padded[:count, :columns] = torch.from_numpy(features)
        return cls(padded, torch.cat([torch.from_numpy(targets), torch.zeros(1)]), count)


def pass_over(
    descent: Descent,
    rows: Sequence[Rows],
    orders: Sequence[Tensor],
    *,
    batch_size: int,
) -> None:
    """Take one pass: every member through its own rows, in batches.

    Args:
        descent: takes the steps of all members.
        rows: each member's rows, most rows first.
        orders: each member's shuffled row numbers.
        batch_size: rows per step; the last step of a pass has the rest.
    """
    whole = [own.count // batch_size for own in rows]
    share = torch.zeros(rounded_up(batch_size, ALIGNED))
    share[:batch_size] = 1 / batch_size
    for active, features, targets in _whole_batches(rows, orders, whole, batch_size):
        first = slice(active)
        descent.descend(first, descent.gradients(first, features, targets, share))
    rest = [order[count * batch_size :] for order, count in zip(orders, whole, strict=True)]
    for members, features, targets, taken in by_size(rows, rest):
        mean = taken / taken.sum(1, keepdim=True)
        descent.descend(members, descent.gradients(members, features, targets, mean))


def by_size(
    rows: Sequence[Rows], batches: Sequence[Tensor]
) -> Iterator[tuple[slice | Tensor, Tensor, Tensor, Tensor]]:
    """Put batches of about the same size together.

    Args:
        rows: each member's rows.
        batches: each member's row numbers; an empty one takes no part.

    Yields:
        Members (all of them, or their numbers), features (k, records, padded columns), targets
        (k, records), and 1 for a record and 0 for padding (k, records).
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for member, batch in enumerate(batches):
        if len(batch):
            groups[padded_size(len(batch))].append(member)
    for size, group in groups.items():
        features = torch.empty(len(group), size, rows[0].features.shape[1])
        targets = torch.empty(len(group), size)
        taken = torch.zeros(len(group), size)
        for place, member in enumerate(group):
            numbers = _padded(batches[member], size, rows[member].count)
            _take(rows[member], numbers, features[place], targets[place])
            taken[place, : len(batches[member])] = 1
        everybody = len(group) == len(batches)
        yield slice(None) if everybody else torch.tensor(group), features, targets, taken


def padded_size(records: int) -> int:
    """Return a size of batch that has room for so many records: at most a quarter more, or 15."""
    return rounded_up(records, max(ALIGNED, 1 << max(0, (records - 1).bit_length() - 3)))


def together(layers: Sequence[Layer], records: int) -> int:
    """Return how many networks to stack: more would push a step's values out of the cache."""
    numbers = layers[0].columns + 2 * sum(layer.rows for layer in layers)
    return max(1, TOGETHER_BYTES // (4 * numbers * records))


def _whole_batches(
    rows: Sequence[Rows], orders: Sequence[Tensor], whole: Sequence[int], batch_size: int
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Yield how many members still have a whole batch, with its features and targets."""
    size, columns = rounded_up(batch_size, ALIGNED), rows[0].features.shape[1]
    ahead = max(1, min(max(whole), GATHERED_BYTES // (4 * columns * size * len(rows))))
    features = torch.empty(len(rows), ahead, size, columns)
    targets = torch.empty(len(rows), ahead, size)
    for first in range(0, max(whole), ahead):
        for member, (own, order) in enumerate(zip(rows, orders, strict=True)):
            steps = min(ahead, whole[member] - first)
            if steps <= 0:
                break
            numbers = order[first * batch_size : (first + steps) * batch_size]
            numbers = _padded(numbers.view(steps, batch_size), size, own.count)
            _take(own, numbers.flatten(), features[member, :steps].view(-1, columns),
                  targets[member, :steps].view(-1))  # fmt: skip
        for step in range(min(ahead, max(whole) - first)):
            active = sum(steps > first + step for steps in whole)
            yield active, features[:active, step], targets[:active, step]


def _padded(numbers: Tensor, size: int, empty: int) -> Tensor:
    """Append the number of the empty row, up to a size."""
    missing = size - numbers.shape[-1]
    return torch.nn.functional.pad(numbers, (0, missing), value=empty) if missing else numbers


def _take(rows: Rows, numbers: Tensor, features: Tensor, targets: Tensor) -> None:
    torch.index_select(rows.features, 0, numbers, out=features)
    torch.index_select(rows.targets, 0, numbers, out=targets)
