"""Membership inference: whose row was learned from, told from how well the model knows it (LiRA).

Many models learn from random halves of the rows. Each is attacked with the help of the others: how
well do models know a row that learned from it, how well those that did not, and which of the two
does this one look like (Carlini et al. 2022, "Membership Inference Attacks From First Principles",
arXiv 2112.03570, online attack with one variance for all)? What counts is how many members are
found at few false alarms, by class: averages over all rows hide that fraud is known best.
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

EXPOSED = 0.01  #: share of the rows that is called most exposed


@dataclass(frozen=True, eq=False)
class Shadows:
    """What every model knows of every row.

    Attributes:
        known: by position, (models, rows): the higher, the better the row is known.
        member: (models, rows) whether the model learned from the row.
        fraud: (rows,) whether the row was reported.
        trainings: the models with what left them.
    """

    known: dict[Position, Floats]
    member: Bools
    fraud: Bools
    trainings: list[Trained]


@dataclass(frozen=True)
class Hits:
    """How an attack does at a threshold.

    Attributes:
        found, members: members that are found, of how many.
        mistaken, others: others that are taken for members, of how many.
    """

    found: int
    members: int
    mistaken: int
    others: int


def shadows_of(subject: Subject, count: int, seeds: Seeds) -> Shadows:
    """Train models on random halves of every partner's rows, so that each row is in about half.

    Halves are exact, so that every model has the sampling rates and the noise of the others.
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
    """Return how much likelier a member than another row would look like this, (models, rows).

    Args:
        known: (models, rows).
        member: (models, rows).

    Returns:
        The logarithm of the ratio, each model's from the other models only. Rows that are in fewer
        than two of the models, or out of fewer than two, say nothing: 0.
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
    """Return the rows that are known most differently by those who learned from them."""
    inside = np.where(member, known, 0).sum(0) / np.maximum(member.sum(0), 1)
    outside = np.where(member, 0, known).sum(0) / np.maximum((~member).sum(0), 1)
    rows = max(1, round(EXPOSED * known.shape[1]))
    return np.argsort(outside - inside, kind="stable")[:rows]


def hits(ratios: Floats, member: Bools, false_positives: float) -> Hits:
    """Return what is found at the lowest threshold that keeps to a share of false positives."""
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

    The most exposed are chosen by the first half of the models and attacked in the second.
    """
    known, member, fraud = shadows.known[position], shadows.member, shadows.fraud
    ratios = np.zeros(known.shape)
    for rows in (fraud, ~fraud):  # a variance of its own: fraud is known unlike the rest
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
    """Return how well a training knows every row of every partner, seen from a position.

    An outsider sees the last model's scores, another partner the mean over all joint models, and
    the server how much better a partner's own rounds made them.
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
