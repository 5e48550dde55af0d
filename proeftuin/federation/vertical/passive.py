"""The side of a party that holds columns in vertical learning: they leave as noisy embeddings only.

Whatever depends on the party's columns is clipped per row and noisy: the embeddings that the
bank sees, and the steps of the layer that makes them, since a row also shows in the embeddings of
others once that layer has learned from it (as in DP-SGD; Abadi et al. 2016, arXiv 1607.00133).
"""

import math

import numpy as np
import torch
from torch import nn

from proeftuin.privacy.accounting import check_delta
from proeftuin.privacy.ledger import GaussianRelease, Ledger
from proeftuin.settings.vertical import Vertical
from proeftuin.sharing.aligned import Columns
from synthetic_data.arrays import Bools, Ints, Matrix
from synthetic_data.seeds import Seeds


class PassiveParty:
    """One passive party, such as a telephone operator, that trains with one bank.

    Args:
        name: name of the party, for the ledger.
        columns: its columns about a phone at a moment.
        vertical: width, norm and noise.
        initial: streams of the first weights, the same for all parties of a sector.
        seeds: streams of its noise, which no other party may share.
    """

    def __init__(
        self, name: str, columns: Columns, vertical: Vertical, *, initial: Seeds, seeds: Seeds
    ) -> None:
        self.name, self.sector, self._describe = name, columns.sector, columns.describe
        self._vertical, self._seeds = vertical, seeds
        bound = 1 / math.sqrt(len(columns.names))
        generator = torch.Generator().manual_seed(initial.integer("layer", columns.sector))
        with torch.random.fork_rng(devices=[]):  # what a layer draws is overwritten
            self._layer = nn.Linear(len(columns.names), vertical.width)
        for parameter in self._layer.parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        self._optimiser = torch.optim.Adam(self._layer.parameters(), lr=vertical.learning_rate)
        self._kept: list[dict[str, torch.Tensor]] = []
        self._steps = self._times = 0

    def align(self, phone: Ints, time: Ints) -> Bools:
        """Look up the columns of phones at moments (seconds); return which are known, (asked,).

        From now on rows are named by their place among these.

        Raises:
            PrivacyError: delta is not below 1 / known rows.
        """
        known, values = self._describe(phone, time)
        self._x = torch.from_numpy(values)
        self._sent = np.zeros(len(phone), dtype=np.int64)
        self._known = int(known.sum())
        if self._vertical.noise_multiplier and self._known:
            check_delta(self._vertical.delta, self.name, self._known, key="regime.vertical.delta")
        return known

    def embed(self, places: Ints, exchange: int) -> Matrix:
        """Return clipped, noisy embeddings of some rows, (places, width).

        An exchange keeps the layer of when it first took place, so that it can be gone back to.
        """
        if exchange == len(self._kept):
            self._kept.append({k: v.clone() for k, v in self._layer.state_dict().items()})
        kept = self._kept[exchange]
        with torch.no_grad():
            raw = self._x[torch.from_numpy(places)] @ kept["weight"].T + kept["bias"]
        self._sent[places] += 1
        self._times += 1
        rng = self._seeds.rng("embedding_noise", self._times)
        return noisy(clipped_rows(raw.numpy(), self._vertical.clip_norm), self._vertical, rng)

    def learn(self, places: Ints, gradients: Matrix) -> None:
        """Take one noisy step along the gradients of the rows' embeddings, (places, width)."""
        rng, deviation = self._seeds.rng("step_noise", self._steps), noise_std(self._vertical)
        sums = self.clipped_sum(places, gradients)
        for parameter, total in zip(self._layer.parameters(), sums, strict=True):
            noise = rng.normal(0, deviation, tuple(total.shape)).astype(np.float32)
            parameter.grad = (total + torch.from_numpy(noise)) / max(1, len(places))
        self._optimiser.step()
        self._steps += 1

    def clipped_sum(self, places: Ints, gradients: Matrix) -> list[torch.Tensor]:
        """Add up the rows' gradients of the layer, each clipped to the norm over all of it.

        A row's gradient is what its embedding's becomes on the way back through the clip, taken as
        a scale that stays as it is, times what entered and 1.
        """
        norm, x = self._vertical.clip_norm, self._x[torch.from_numpy(places)]
        with torch.no_grad():
            raw = self._layer(x).numpy()
        slope = gradients * np.minimum(1, norm / lengths(raw))
        size = lengths(slope) * np.sqrt(np.square(x.numpy()).sum(1, keepdims=True) + 1)
        slopes = torch.from_numpy((slope * np.minimum(1, norm / size)).astype(np.float32))
        return [slopes.T @ x, slopes.sum(0)]

    def ledger(self) -> Ledger | None:
        """Return the ledger of the releases about one row, or None if no row was known."""
        if not self._known:
            return None
        noise, most = self._vertical.noise_multiplier, int(self._sent.max())
        parts = {"embeddings": most, "steps of the party's layer": self._steps}
        return Ledger(
            partner=self.name,
            unit="embedding",
            records=self._known,
            releases=tuple(
                GaussianRelease(what, noise, count, self._vertical.clip_norm, "bank")
                for what, count in parts.items()
                if count
            ),
        )


def lengths(rows: Matrix) -> Matrix:
    """Return the L2 norm of every row, (rows, 1), never 0."""
    norms: Matrix = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return norms


def clipped_rows(rows: Matrix, norm: float) -> Matrix:
    """Shorten every row, (rows, width), to at most that L2 norm."""
    clipped: Matrix = (rows * np.minimum(1, norm / lengths(rows))).astype(np.float32)
    return clipped


def noise_std(vertical: Vertical) -> float:
    """Return the standard deviation of the noise on everything that is clipped to the norm."""
    return vertical.noise_multiplier * vertical.clip_norm


def noisy(rows: Matrix, vertical: Vertical, rng: np.random.Generator) -> Matrix:
    """Add the Gaussian noise that the settings ask for to rows, (rows, width)."""
    return (rows + noise_std(vertical) * rng.normal(0, 1, rows.shape)).astype(np.float32)
