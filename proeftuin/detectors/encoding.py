"""Numbers taken apart: piecewise linear encoding, which lets a plain model treat ranges apart.

Gorishniy, Rubachev & Babenko 2022 (arXiv 2203.05556, section 3.2), with edges on the public scale
instead of at quantiles. Nothing is learned from rows to encode them, so it costs no privacy and is
the same at every partner.
"""

from dataclasses import replace

import torch

from proeftuin.features.split import Split
from synthetic_data.arrays import Matrix


def encoded(rows: Matrix, bins: int) -> Matrix:
    """Return every column as how far its value has come through each of equally wide bins.

    Args:
        rows: (rows, columns) in [-1, 1].
        bins: number of bins; 1 leaves the rows as they are.

    Returns:
        (rows, bins * columns) float32 in [-1, 1], first bins of all columns first: 1 below the
        value, -1 above it, in between in the bin that holds it.
    """
    if bins == 1:
        return rows
    middle = torch.arange(1, 2 * bins, 2, dtype=torch.float32).view(1, bins, 1)
    position = torch.from_numpy(rows).add(1).mul_(bins)
    parts = (position.unsqueeze(1) - middle).clamp_(-1, 1)
    return parts.reshape(len(rows), bins * rows.shape[1]).numpy()


def encoded_split(split: Split, bins: int) -> Split:
    """Return the same rows, encoded."""
    return replace(
        split, train_x=encoded(split.train_x, bins), valid_x=encoded(split.valid_x, bins)
    )
