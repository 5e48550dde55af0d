"""The server of a joint training, in this process or on a machine of its own: a Flower ServerApp.

It adds up every partner's scaling statistics and sends the total back; then a strategy averages
models over rounds. Where partners have models of their own, a last message lets them make these.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, RecordDict
from flwr.serverapp import Grid, ServerApp

from proeftuin.detectors.gradient import Learner, Parameters
from proeftuin.detectors.scaling import Moments
from proeftuin.federation.checkpoint import Checkpoint, Progress
from proeftuin.federation.cohort import WEIGHTS
from proeftuin.federation.grid import Counting
from proeftuin.federation.strategies import Incident, strategy_of
from proeftuin.federation.training import ServerTask
from proeftuin.federation.vectors import (
    MOMENTS,
    moments_of,
    record_of,
    record_of_moments,
    vector_of,
)

STATISTICS, SCALE, FINISH = "query.statistics", "query.scale", "query.finish"


@dataclass(frozen=True)
class JointModel:
    """The result of a federation.

    Attributes:
        weights: flat float32 vector, the mean over the second half of the rounds; of the body alone
            where every partner has a personal head; or trees as bytes.
        moments: statistics of all partners together.
        losses: validation loss of the model after each round, (round, loss); empty if it may not
            be looked at.
        bytes_moved, messages: traffic of the network, both ways.
        incidents: missing replies and refused updates, by partner and round.
        learners: the partners' learners, with their releases; empty on a machine of the server.
        own: personal models, by place; empty if there is only the joint one.
    """

    weights: Parameters
    moments: Moments
    losses: list[tuple[int, float]]
    bytes_moved: int = 0
    messages: int = 0
    incidents: tuple[Incident, ...] = ()
    learners: tuple[Learner, ...] = ()
    own: dict[int, Parameters] = field(default_factory=dict)


def server_app(
    task: ServerTask, done: Callable[[JointModel], None], checkpoint: Checkpoint | None = None
) -> ServerApp:
    """Return the server app, which passes its result to ``done``.

    Args:
        task: the task.
        done: receives the result.
        checkpoint: stores the progress after every round, if given.
    """
    app = ServerApp()

    @app.main()
    def main(grid: Grid, context: Context) -> None:
        total = _shared_statistics(grid)
        rounds = _Rounds(task, cast(Counting, grid), checkpoint)
        rounds.run(grid)
        if task.federation.personal is not None:
            last = RecordDict({"arrays": record_of(WEIGHTS, rounds.model)})
            last["config"] = ConfigRecord({"server-round": task.rounds})
            _ask_all(grid, FINISH, last)
        done(rounds.result(total))

    return app


class _Rounds:
    """The rounds of a training, with a checkpoint after each.

    Args:
        task: the task.
        counted: counters of the network's traffic.
        checkpoint: stores the progress, if given.

    Attributes:
        weights: of the last round so far.
    """

    def __init__(self, task: ServerTask, counted: Counting, checkpoint: Checkpoint | None) -> None:
        self._rounds, self._counted, self._checkpoint = task.rounds, counted, checkpoint
        self._strategy = strategy_of(task)
        self.weights = task.initial
        before = checkpoint.load() if checkpoint is not None else None
        if before is not None:
            self._go_on(before)

    def run(self, grid: Grid) -> None:
        """Go through the rounds that are not finished yet."""
        arrays = record_of(WEIGHTS, self.weights)
        self._strategy.start(grid, arrays, num_rounds=self._rounds, evaluate_fn=self._remember)

    @property
    def model(self) -> Parameters:
        """The joint model, after all rounds."""
        average = self._strategy.average
        return self.weights if average is None else average.mean()

    def result(self, moments: Moments) -> JointModel:
        """Return the joint model."""
        return JointModel(
            weights=self.model,
            moments=moments,
            losses=self._strategy.losses,
            bytes_moved=self._counted.bytes_moved,
            messages=self._counted.messages,
            incidents=tuple(self._strategy.incidents),
        )

    def _remember(self, server_round: int, arrays: ArrayRecord) -> None:
        """Keep the weights of a round just gone through."""
        if server_round <= self._strategy.finished:
            return
        self.weights = vector_of(arrays[WEIGHTS])
        if self._checkpoint is not None:
            self._checkpoint.save(self._progress(server_round))

    def _progress(self, finished: int) -> Progress:
        return Progress(
            finished=finished,
            weights=self.weights,
            total=np.zeros(0) if (average := self._strategy.average) is None else average.total,
            losses=self._strategy.losses,
            incidents=self._strategy.incidents,
            bytes_moved=self._counted.bytes_moved,
            messages=self._counted.messages,
            carried=self._strategy.carried(),
        )

    def _go_on(self, before: Progress) -> None:
        """Put everything where a killed training left it."""
        self.weights = before.weights
        self._strategy.resume(before)
        self._counted.bytes_moved, self._counted.messages = before.bytes_moved, before.messages


def _shared_statistics(grid: Grid) -> Moments:
    """Sum the scaling statistics of all partners, send the sum to all, and return it."""
    replies = _ask_all(grid, STATISTICS, RecordDict())
    total = moments_of(replies[0].content)
    for reply in replies[1:]:
        total = total + moments_of(reply.content)
    _ask_all(grid, SCALE, RecordDict({MOMENTS: record_of_moments(total)}))
    return total


def _ask_all(grid: Grid, message_type: str, content: RecordDict) -> list[Message]:
    messages = [Message(content, node, message_type) for node in grid.get_node_ids()]
    return list(grid.send_and_receive(messages))
