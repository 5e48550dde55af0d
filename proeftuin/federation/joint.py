"""Federated learning with Flower in this process: partners' learners keep their rows.

``client_app`` is the partner's side, an ordinary Flower app of the message API; ``server.py`` has
the other.
"""

import gc
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from flwr.app import Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.clientapp.typing import Mod

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.federation.checkpoint import Checkpoint
from proeftuin.federation.cohort import WEIGHTS, Cohort, Faults, Members
from proeftuin.federation.grid import run_in_process
from proeftuin.federation.server import JointModel, server_app
from proeftuin.federation.strategies import EXAMPLES, LOSS
from proeftuin.federation.training import Parties, Training, parties_of
from proeftuin.federation.transcript import Transcript
from proeftuin.federation.vectors import MOMENTS, moments_of, record_of, record_of_moments


@dataclass(frozen=True, eq=False)
class InProcess:
    """The backend that runs all parties in this process; it can simulate faults and attacks.

    Attributes:
        checkpoint: file that holds the progress after every round; resumed from if it exists.
        transcript: records what the server sees, if given.
    """

    checkpoint: Path | None = None
    transcript: Transcript | None = None

    def fit(self, training: Training) -> JointModel:
        """Train one model over all partners' rows."""
        return fit_jointly(
            parties_of(_with_flipped_labels(training)),
            checkpoint=self.checkpoint,
            transcript=self.transcript,
        )


def fit_jointly(
    parties: Parties, *, checkpoint: Path | None = None, transcript: Transcript | None = None
) -> JointModel:
    """Train one model over all learners.

    Args:
        parties: both sides.
        checkpoint: as in :class:`InProcess`.
        transcript: likewise.

    Returns:
        The joint model: the mean of the second half of the rounds, or all trees.
    """
    logging.getLogger("flwr").setLevel(logging.ERROR)  # its warnings are about our choices
    task, learners = parties.task, parties.learners
    cohort = Cohort(learners, Faults(task), parties.own)
    progress = None
    if checkpoint is not None:
        noted = [each for each in learners if isinstance(each, GradientLearner)]
        progress = Checkpoint(checkpoint, noted, cohort.states)
    results: list[JointModel] = []
    gc.freeze()  # Flower collects garbage after every array: what is here already is none
    try:
        run_in_process(
            server_app(task, results.append, progress),
            client_app(cohort),
            len(learners),
            before=cohort.foresee,
            after=None if transcript is None else transcript.note,
        )
    finally:
        gc.unfreeze()
    return replace(results[0], learners=tuple(learners), own=cohort.models)


def _with_flipped_labels(training: Training) -> Training:
    """Return the training in which partners that attack by ``label_flip`` reversed their labels."""
    attack = training.federation.attack
    if attack is None or attack.kind != "label_flip":
        return training
    splits = {
        owner: replace(split, train_y=1 - split.train_y) if owner in attack.partners else split
        for owner, split in training.splits.items()
    }
    return replace(training, splits=splits)


def client_app(cohort: Members, mods: list[Mod] | None = None) -> ClientApp:
    """Return the app of a partner; ``partition-id`` in the node's config identifies it."""
    app = ClientApp(mods=mods)

    @app.query("statistics")
    def statistics(message: Message, context: Context) -> Message:
        return Message(
            RecordDict({MOMENTS: record_of_moments(cohort.member(context).moments())}),
            reply_to=message,
        )

    @app.query("scale")
    def scale(message: Message, context: Context) -> Message:
        cohort.member(context).scale(moments_of(message.content))
        return Message(RecordDict(), reply_to=message)

    @app.train()
    def train(message: Message, context: Context) -> Message:
        own = cohort.member(context)
        content = RecordDict({"arrays": record_of(WEIGHTS, cohort.train(message, context))})
        content["metrics"] = MetricRecord({EXAMPLES: own.examples})
        return Message(content, reply_to=message)

    @app.evaluate()
    def evaluate(message: Message, context: Context) -> Message:
        loss = cohort.validate(message, context)
        metrics = MetricRecord({LOSS: loss, EXAMPLES: cohort.member(context).examples})
        return Message(RecordDict({"metrics": metrics}), reply_to=message)

    @app.query("finish")
    def finish(message: Message, context: Context) -> Message:
        cohort.finish(message, context)
        return Message(RecordDict(), reply_to=message)

    return app
