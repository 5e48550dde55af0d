"""Membership inference with likelihood ratios (LiRA): which rows a model was trained on.

Many models train on random halves of the rows. The attack on one model compares its margin on a row
with the margins of the models trained with that row and of those trained without it (Carlini et al.
2022, "Membership Inference Attacks From First Principles", arXiv 2112.03570, online attack with one
variance per class). The outcome is the true positive rate at low false positive rates, by class:
averages over all rows hide that fraud is memorised best.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from proeftuin.audit.canaries import margins
from proeftuin.audit.subject import Position, Subject, Trained
from proeftuin.detectors.model import GradientModel, Model
from proeftuin.features.split import Split
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.seeds import Seeds

EXPOSED = 0.01  #: share of the rows that counts as most exposed


@dataclass(frozen=True, eq=False)
class Shadows:
    """Margins of every model on every row, with membership.

    Attributes:
        known: by position, (models, rows) margins: higher if the model fits the row better.
        member: (models, rows) whether the model was trained on the row.
        fraud: (rows,) whether the row was reported.
        trainings: the models with everything that left them.
    """

    known: dict[Position, Floats]
    member: Bools
    fraud: Bools
    trainings: list[Trained]


@dataclass(frozen=True)
class Hits:
    """Counts of an attack at a threshold.

    Attributes:
        found, members: true positives, and members in total.
        mistaken, others: false positives, and non-members in total.
    """

    found: int
    members: int
    mistaken: int
    others: int


def shadows_of(subject: Subject, count: int, seeds: Seeds) -> Shadows:
    """Train models on random halves of every partner's rows, so each row is in about half of them.

    Halves are exact, so that all models have the same sampling rates and noise.
    """
    halves = [
        _halves(len(split.train_y), count, seeds.rng(name))
        for name, split in subject.splits.items()
    ]
    trainings = subject.train(
        [
            {
                name: _only(split, half[number])
                for (name, split), half in zip(subject.splits.items(), halves, strict=True)
            }
            for number in range(count)
        ]
    )
    known = {
        position: np.array([_known(subject, trained, position) for trained in trainings])
        for position in subject.positions
    }
    labels = np.concatenate([split.train_y for split in subject.splits.values()])
    return Shadows(known, np.concatenate(halves, axis=1), labels > 0, trainings)


def likelihood_ratios(known: Floats, member: Bools) -> Floats:
    """Return the log-likelihood ratio of membership, (models, rows).

    Args:
        known: (models, rows) margins.
        member: (models, rows) whether the model was trained on the row.

    Returns:
        The logarithm of the ratio; the means for each model come from the other models. It is 0 for
        rows that fewer than two models were trained on, or fewer than two were not.
    """
    centre, spread, enough = {}, {}, np.ones(member.shape[1], dtype=bool)
    for inside in (True, False):
        side = member == inside
        count = side.sum(0)
        total = np.where(side, known, 0).sum(0)
        others = np.maximum(count - side, 1)
        centre[inside] = (total - np.where(side, known, 0)) / others
        off = np.where(side, known - total / np.maximum(count, 1), 0)
        free = np.maximum(np.maximum(count - 1, 0).sum(), 1)
        spread[inside] = max(float(np.square(off).sum() / free), 1e-12)
        enough &= count >= 2
    ratio = (
        np.square(known - centre[False]) / spread[False]
        - np.square(known - centre[True]) / spread[True]
        + np.log(spread[False] / spread[True])
    ) / 2
    return np.where(enough, ratio, 0.0)


def most_exposed(known: Floats, member: Bools) -> Ints:
    """Return the indices of the rows whose margin rises most when a model is trained on them."""
    inside = np.where(member, known, 0).sum(0) / np.maximum(member.sum(0), 1)
    outside = np.where(member, 0, known).sum(0) / np.maximum((~member).sum(0), 1)
    rows = max(1, round(EXPOSED * known.shape[1]))
    return np.argsort(outside - inside, kind="stable")[:rows]


def hits(ratios: Floats, member: Bools, false_positives: float) -> Hits:
    """Return the counts at the lowest threshold that keeps to a false positive rate."""
    others = np.sort(ratios[~member])[::-1]
    allowed = int(false_positives * len(others))
    threshold = others[allowed] if allowed < len(others) else -np.inf
    return Hits(
        found=int((ratios[member] > threshold).sum()),
        members=int(member.sum()),
        mistaken=int((others > threshold).sum()),
        others=len(others),
    )


def by_class(shadows: Shadows, position: Position) -> Iterator[tuple[str, Floats, Bools]]:
    """Yield every class of rows with its likelihood ratios and members, both (models, rows).

    The first half of the models selects the most exposed rows, the attack is on the second half.
    """
    known, member, fraud = shadows.known[position], shadows.member, shadows.fraud
    ratios = np.zeros(known.shape)
    for rows in (fraud, ~fraud):  # a variance of its own: margins on fraud spread differently
        ratios[:, rows] = likelihood_ratios(known[:, rows], member[:, rows])
    yield "all", ratios, member
    yield "fraud", ratios[:, fraud], member[:, fraud]
    yield "not_fraud", ratios[:, ~fraud], member[:, ~fraud]
    half = len(known) // 2
    chosen = most_exposed(known[:half], member[:half])
    yield "most_exposed", ratios[half:, chosen], member[half:, chosen]


def _halves(rows: int, count: int, rng: np.random.Generator) -> Bools:
    """Return exact random halves of rows, (count, rows)."""
    return np.argsort(rng.random((count, rows)), axis=1) < rows // 2


def _only(split: Split, rows: Bools) -> Split:
    """Return a split with some of its training rows."""
    customers = split.train_customer
    return replace(
        split,
        train_x=split.train_x[rows],
        train_y=split.train_y[rows],
        train_customer=customers[rows] if len(customers) else customers,
    )


def _known(subject: Subject, trained: Trained, position: Position) -> Floats:
    """Return the margin of every row of all partners, (rows,), seen from a position.

    An outsider uses the final model, another partner the mean over all joint models, and the server
    the mean gain by a partner's updates of the joint models.
    """
    model = trained.learned.model
    parts = []
    for place, split in enumerate(subject.splits.values()):

        def known(seen: Model, split: Split = split) -> Floats:
            return margins(seen.score(split.train_x), split.train_y)

        if not isinstance(model, GradientModel) or position == "outsider":
            parts.append(known(model))
        elif position == "partner":
            joint = [known(model.with_weights(seen)) for seen in trained.joint_models()]
            parts.append(np.mean(joint, axis=0))
        else:
            gains = [
                known(model.with_weights(after)) - known(model.with_weights(before))
                for before, after in trained.steps("server", place, subject.initial())
            ]
            parts.append(np.mean(gains, axis=0) if gains else np.zeros(len(split.train_y)))
    return np.concatenate(parts)
