"""Batched training of learners of one kind; others train sequentially, and the log says why."""

import logging
from collections.abc import Sequence

from proeftuin.detectors.gradient import GradientLearner, Learner, Parameters

log = logging.getLogger("proeftuin")


def train_together(
    learners: Sequence[Learner],
    weights: Sequence[Parameters],
    training_round: int,
    proximal: float = 0.0,
) -> list[Parameters]:
    """Train each learner from its own weights.

    Whether that happens in one stack or one by one changes no bit of the result.
    """
    reason = why_apart(learners)
    if reason is not None:
        if training_round == 1:
            log.info("%d learners train one by one: %s", len(learners), reason)
        return [
            own.train(start, training_round, proximal)
            for own, start in zip(learners, weights, strict=True)
        ]
    stackable = [own for own in learners if isinstance(own, GradientLearner)]
    return type(stackable[0]).train_stacked(stackable, weights, training_round, proximal)


def why_apart(learners: Sequence[Learner]) -> str | None:
    """Return why learners cannot be stacked, or None if they can."""
    for own in learners:
        if not isinstance(own, GradientLearner) or type(own).train is not GradientLearner.train:
            return f"{type(own).__name__} trains in a way of its own"
    if len({type(own) for own in learners}) > 1:
        return "they are of different kinds"
    stack_keys = {own.stack_key() for own in learners if isinstance(own, GradientLearner)}
    if len(stack_keys) > 1:
        return "their models or schedules differ"
    return None
