"""Canaries: rows that a fair coin puts into a training table or leaves out, and how to detect them.

A canary is a plausible row of a partner with a few columns moved to their bounds and a random
label, fraud in half of the cases. An attacker who sees training steps looks for the canaries'
gradients in them; an attacker who sees only scores looks for canaries that score like their labels.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.func import functional_call, grad, vmap
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.audit.subject import Position, Trained
from proeftuin.detectors.encoding import encoded
from proeftuin.detectors.gradient import standardised
from proeftuin.detectors.model import GradientModel
from proeftuin.detectors.network import build, load
from proeftuin.features.split import Split
from proeftuin.settings.arm import Detector
from synthetic_data.arrays import Bools, Floats, Matrix, Vector

MOVED = 5  #: columns of a canary that are moved to a bound
RIDGE = 0.3  #: penalty of the regression that separates canaries with similar gradients
VANISHED = 1e-9  #: share of the longest gradient below which a canary's says nothing
MOST_LIKE = 300  #: ordinary rows that show training without canaries, at most


@dataclass(frozen=True, eq=False)
class Canaries:
    """Canary rows with their coin tosses.

    Attributes:
        x, y: (canaries, columns) and (canaries,) as in a split.
        inside: (canaries,) whether the coin put the row into the training table.
        like_x: (like, columns) ordinary rows that the canaries resemble.
        like_y: (like,) their labels.
        rows: number of training rows without canaries.
        copies: rows per canary: as many as one unit of privacy may have.
    """

    x: Matrix
    y: Matrix
    inside: Bools
    like_x: Matrix
    like_y: Matrix
    rows: int
    copies: int = 1

    def added_to(self, split: Split) -> Split:
        """Return a split with the canaries that are inside, each as a new customer."""
        rows = np.repeat(np.flatnonzero(self.inside), self.copies)
        customers = split.train_customer
        if len(customers):
            customers = np.concatenate([customers, customers.max() + 1 + rows])
        return replace(
            split,
            train_x=np.concatenate([split.train_x, self.x[rows]]),
            train_y=np.concatenate([split.train_y, self.y[rows]]),
            train_customer=customers,
        )


def make_canaries(
    split: Split, count: int, rng: np.random.Generator, *, copies: int = 1
) -> Canaries:
    """Draw canaries that resemble the validation rows of a split, or blank rows without any."""
    like_x, like_y = split.valid_x, split.valid_y
    if not len(like_y):
        like_x, like_y = np.zeros((1, split.columns), np.float32), np.zeros(1, np.float32)
    x = like_x[rng.integers(0, len(like_x), count)].copy()
    moved = np.argsort(rng.random(x.shape), axis=1)[:, :MOVED]
    x[np.arange(count)[:, None], moved] = rng.choice((-1.0, 1.0), moved.shape)
    y = rng.integers(0, 2, count).astype(np.float32)
    some = rng.permutation(len(like_y))[:MOST_LIKE]
    return Canaries(
        x=x,
        y=y,
        inside=rng.random(count) < 0.5,
        like_x=like_x[some],
        like_y=like_y[some],
        rows=len(split.train_y),
        copies=copies,
    )


def evidence(
    trained: Trained,
    canaries: Canaries,
    *,
    position: Position,
    place: int,
    initial: Vector,
    clip_norm: float | None,
) -> Floats:
    """Return the evidence from one position that each canary is inside, (canaries,).

    Args:
        trained: one training on the rows and the canaries that are inside.
        canaries: the canaries; their coin tosses are not used.
        position: position of the attacker.
        place: index of the partner that holds the canaries.
        initial: (P,) weights of round 0, which are public.
        clip_norm: clipping norm of a record's gradient; None without clipping.
    """
    model = trained.learned.model
    if not isinstance(model, GradientModel):
        return np.zeros(len(canaries.y))
    if position == "outsider":
        return _within_class(margins(model.score(canaries.x), canaries.y), canaries.y)
    both = np.concatenate([canaries.x, canaries.like_x])
    labels = np.concatenate([canaries.y, canaries.like_y])
    rows = standardised(encoded(both, model.detector.bins), model.moments)
    found = np.zeros(len(canaries.y))
    for before, after in trained.steps(position, place, initial):
        gradients = _gradients(before, rows, labels, model.detector, clip_norm)
        found += _decoded(gradients, before - after, canaries)
    return _within_class(found, canaries.y)


def _decoded(gradients: Floats, step: Vector, canaries: Canaries) -> Floats:
    """Return how much of every canary is in a step, (canaries,), by ridge regression on gradients.

    Directions that all rows share are projected out, and the more ordinary rows move along a
    direction, the lower its weight. A canary that the model is sure about has no gradient, and no
    part in a step.

    Args:
        gradients: (canaries + like, P).
        step: (P,) weights before less weights after.
        canaries: their labels and the number of ordinary rows are used.
    """
    own, like = gradients[: len(canaries.y)], gradients[len(canaries.y) :]
    means = [own[canaries.y == label].mean(0) for label in np.unique(canaries.y)]
    common = np.linalg.qr(np.column_stack([*means, like.mean(0)])).Q

    def without(vectors: Floats) -> Floats:
        rest: Floats = vectors - (vectors @ common) @ common.T
        return rest

    own, like, movement = without(own), without(like), without(step.astype(np.float64))
    lengths = np.linalg.norm(own, axis=1)
    moving = lengths > VANISHED * lengths.max()
    if not moving.any():
        return np.zeros(len(own))
    own /= np.median(lengths[moving])
    _, sizes, directions = np.linalg.svd(like, full_matrices=False)
    kept = 1 / np.sqrt(1 + canaries.rows * np.square(sizes / max(sizes[0], 1e-12))) - 1

    def whitened(vectors: Floats) -> Floats:
        result: Floats = vectors + (vectors @ directions.T * kept) @ directions
        return result

    clear = whitened(own)
    overlap = clear @ clear.T + RIDGE * np.eye(len(clear))
    return np.asarray(np.linalg.solve(overlap, clear @ whitened(movement)), dtype=np.float64)


def margins(scores: Floats, labels: Matrix) -> Floats:
    """Return the margins of scores: log-odds of fraud for fraud labels, negated for others."""
    return (2 * labels - 1) * scores


def _within_class(scores: Floats, labels: Matrix) -> Floats:
    """Subtract the mean of its class from every score: one class may score higher as a whole."""
    result = scores.copy()
    for label in (0, 1):
        if (labels == label).any():
            result[labels == label] -= scores[labels == label].mean()
    return result


def _gradients(
    weights: Vector, rows: Matrix, labels: Matrix, detector: Detector, clip_norm: float | None
) -> Floats:
    """Return per-row gradients, (rows, P), clipped if ``clip_norm`` is given."""
    module = build(rows.shape[1], detector)
    load(module, weights)
    parameters = {name: value.detach() for name, value in module.named_parameters()}

    def loss(values: dict[str, torch.Tensor], row: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        logit = functional_call(module, values, (row.unsqueeze(0),)).reshape(())
        return binary_cross_entropy_with_logits(logit, y)

    each = vmap(grad(loss), in_dims=(None, 0, 0))(
        parameters, torch.from_numpy(rows), torch.from_numpy(labels)
    )
    gradients = torch.cat([part.flatten(1) for part in each.values()], dim=1).double().numpy()
    if clip_norm is not None:
        norms = np.linalg.norm(gradients, axis=1, keepdims=True)
        gradients = gradients * np.minimum(1, clip_norm / np.maximum(norms, 1e-12))
    clipped: Floats = gradients
    return clipped
