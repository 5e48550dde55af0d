"""Numbers taken apart: piecewise linear encoding, which lets a plain model treat ranges apart.

Gorishniy, Rubachev & Babenko 2022 (arXiv 2203.05556, section 3.2), with edges on the public scale
instead of at quantiles. Nothing is learned from rows to encode them, so it costs no privacy and is
the same at every partner.
"""

from dataclasses import replace

import numpy as np

from proeftuin.features.split import Split
from synthetic_data.arrays import Matrix


def encoded(rows: Matrix, bins: int) -> Matrix:
    """Return every column as how far its value has come through each of equally wide bins.

    Args:
        rows: (rows, columns) in [-1, 1].
        bins: number of bins; 1 leaves the rows as they are.

    Returns:
        (rows, columns * bins) float32 in [-1, 1], the bins of a column side by side: 1 below the
        value, -1 above it, in between in the bin that holds it.
    """
    if bins == 1:
        return rows
    position = (rows + 1) * np.float32(bins / 2)
    through = np.clip(position[:, :, None] - np.arange(bins, dtype=np.float32), 0, 1)
    parts: Matrix = (2 * through - 1).reshape(len(rows), rows.shape[1] * bins).astype(np.float32)
    return parts


def encoded_split(split: Split, bins: int) -> Split:
    """Return the same rows, encoded."""
    return replace(
        split, train_x=encoded(split.train_x, bins), valid_x=encoded(split.valid_x, bins)
    )
