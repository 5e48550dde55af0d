"""A fitted detector: scores rows, knows its columns, can be written to a file."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from proeftuin.detectors.encoding import encoded
from proeftuin.detectors.gradient import standardised
from proeftuin.detectors.network import PRIOR_LOG_ODDS, build, load
from proeftuin.detectors.scaling import Moments
from proeftuin.settings.arm import Detector
from synthetic_data.arrays import Floats, Matrix, Vector

BLOCK = 1024  #: rows scored at a time: memory stays the same for any number of rows


class Model(Protocol):
    """The interface of every fitted detector."""

    def score(self, rows: Matrix) -> Floats:
        """Return the log-odds of fraud, (rows,), for rows mapped to [-1, 1] by public bounds."""

    def save(self, folder: Path, name: str) -> None:
        """Write the model, with everything needed to use it."""


@dataclass(frozen=True)
class GradientModel:
    """A logistic regression or neural network.

    Attributes:
        names: columns expected, in order.
        detector: kind and widths.
        weights: flat float32 vector.
        moments: moments that standardise the rows.
    """

    names: tuple[str, ...]
    detector: Detector
    weights: Vector
    moments: Moments

    def with_weights(self, weights: Vector) -> "GradientModel":
        """Return the model as it was at another moment of its training."""
        return replace(self, weights=weights)

    def score(self, rows: Matrix) -> Floats:
        """Return the log-odds of fraud, (rows,)."""
        module = build(len(self.moments.sum), self.detector)
        load(module, self.weights)
        scores = np.empty(len(rows))
        with torch.no_grad():
            for first in range(0, len(rows), BLOCK):
                block = slice(first, first + BLOCK)
                parts = encoded(rows[block], self.detector.bins)
                logits = module(torch.from_numpy(standardised(parts, self.moments)))
                scores[block] = logits.reshape(-1).numpy()
        return scores

    def save(self, folder: Path, name: str) -> None:
        """Write ``<name>.npz``: weights, scaling, columns, widths and bins."""
        np.savez(
            folder / f"{name}.npz",
            weights=self.weights,
            mean=self.moments.mean(),
            std=self.moments.std(),
            names=np.array(self.names),
            hidden=np.array(self.detector.hidden, dtype=np.int64),
            bins=np.array(self.detector.bins),
        )


@dataclass(frozen=True)
class NoModel:
    """The model of a partner that could not train: its desk ranks by rules.

    Attributes:
        names: columns of the rows.
        why: the reason.
    """

    names: tuple[str, ...]
    why: str

    def score(self, rows: Matrix) -> Floats:
        """Return the prior log-odds of fraud, (rows,)."""
        return np.full(len(rows), PRIOR_LOG_ODDS)

    def save(self, folder: Path, name: str) -> None:
        """Write ``<name>.json``: that there is no model, and why."""
        text = json.dumps({"model": None, "why": self.why, "names": self.names}, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", "utf-8")


@dataclass(frozen=True)
class TreeModel:
    """Gradient-boosted trees.

    Attributes:
        names: columns expected, in order.
        trees: (bytes,) uint8, XGBoost's JSON.
    """

    names: tuple[str, ...]
    trees: NDArray[np.uint8]

    def score(self, rows: Matrix) -> Floats:
        """Return the log-odds of fraud, (rows,)."""
        from proeftuin.detectors.trees import margins

        return margins(self.trees, rows)

    def save(self, folder: Path, name: str) -> None:
        """Write ``<name>.ubj``, XGBoost's own format, with the names of the columns."""
        from proeftuin.detectors.trees import loaded

        booster = loaded(self.trees)
        booster.feature_names = list(self.names)
        booster.save_model(folder / f"{name}.ubj")
