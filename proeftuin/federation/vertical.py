"""Vertical learning with Flower: a bank has the labels, telephone operators have more columns.

Split learning (Vepakomma et al. 2018, arXiv 1812.00564) of which the bank is the server: operators
send embeddings of the rows that the bank asks about; the bank learns for some rounds with these
beside its own columns, as it would alone; then it sends back by how much each embedding should
change. With nothing in the embeddings this is learning alone, step by step.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from flwr.app import ConfigRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from proeftuin.detectors.gradient import GradientLearner, Vector, load
from proeftuin.detectors.scaling import Moments
from proeftuin.features.asof import Ints
from proeftuin.federation.cohort import partition
from proeftuin.federation.grid import run_in_process
from proeftuin.federation.operator import Operator, clipped_rows, noisy
from proeftuin.federation.vectors import record_of, vector_of
from proeftuin.sharing.aligned import Matrix
from proeftuin.sharing.matching import Marks
from proeftuin.verticals import Vertical
from synthetic_data.seeds import Seeds

ALIGN, EMBED, DESCEND = "query.align", "query.embed", "train.descend"


@dataclass(frozen=True, eq=False)
class Question:
    """Rows that a bank asks about, each once.

    Attributes:
        phone: (asked,) the number of each row.
        time: (asked,) seconds.
        train, valid: (asked,) place of each row in the bank's training or validation rows, or -1.
        late: (asked,) whether the row is to be scored when the bank has learned.
    """

    phone: Ints
    time: Ints
    train: Ints
    valid: Ints
    late: Marks


@dataclass(frozen=True, eq=False)
class SplitModel:
    """What vertical learning gave a bank.

    Attributes:
        weights: flat float32 vector of the chosen round, over own columns and embedding.
        embeddings: (asked, width) of the rows to be scored, as the bank received them when it had
            learned; 0 for others, and where no operator answers.
        losses: (round, validation loss).
        known: (asked,) whether an operator knows the row.
        embedded, gradients: number of embeddings received and of gradients sent.
        bytes_moved, messages: what crossed, both ways.
    """

    weights: Vector
    embeddings: Matrix
    losses: list[tuple[int, float]]
    known: Marks
    embedded: int
    gradients: int
    bytes_moved: int = 0
    messages: int = 0


def fit_split(
    bank: "Bank", operators: Sequence[Operator], question: Question, initial: Vector, rounds: int
) -> SplitModel:
    """Let a bank learn with operators.

    Args:
        bank: the side with the labels.
        operators: the sides with columns, in fixed order.
        question: rows to align.
        initial: (P,) weights of round 0 over own columns and embedding.
        rounds: passes of the bank, as many as it would take alone.
    """
    results: list[SplitModel] = []
    app = ServerApp()

    @app.main()
    def main(grid: Grid, context: Context) -> None:
        results.append(_learn(bank, _Operators(grid, question, bank.width), initial, rounds))

    grid = run_in_process(app, client_app(operators), len(operators))
    return dataclasses.replace(results[0], bytes_moved=grid.bytes_moved, messages=grid.messages)


def client_app(operators: Sequence[Operator]) -> ClientApp:
    """Return the app of an operator; ``partition-id`` in the node's config says which one it is."""
    app = ClientApp()

    @app.query("align")
    def align(message: Message, context: Context) -> Message:
        known = operators[partition(context)].align(
            _array(message, "phone"), _array(message, "time")
        )
        return Message(_packed(known=known.astype(np.uint8)), reply_to=message)

    @app.query("embed")
    def embed(message: Message, context: Context) -> Message:
        exchange = cast(int, message.content.config_records["config"]["exchange"])
        rows = operators[partition(context)].embed(_array(message, "places"), exchange)
        return Message(_packed(embeddings=rows.ravel()), reply_to=message)

    @app.train("descend")
    def descend(message: Message, context: Context) -> Message:
        places = _array(message, "places")
        gradients = _array(message, "gradients").reshape(len(places), -1)
        operators[partition(context)].learn(places, gradients)
        return Message(RecordDict(), reply_to=message)

    return app


class Bank:
    """The side with the labels.

    Args:
        learner: over own columns and, behind them, the embedding; not private.
        moments: of its own columns.
        vertical: the settings.
        seeds: streams of the noise on its gradients.
    """

    def __init__(
        self, learner: GradientLearner, moments: Moments, vertical: Vertical, seeds: Seeds
    ) -> None:
        self.vertical, self.width, self.learner = vertical, vertical.width, learner
        self._own, self._seeds = learner.split, seeds
        scale = np.full(self.width, moments.count * (deviation(vertical) / reach(vertical)) ** 2)
        self.moments = Moments(
            moments.count,
            np.concatenate([moments.sum, np.zeros(self.width)]),
            np.concatenate([moments.sum_of_squares, scale]),
        )

    def receive(self, train: Matrix, valid: Matrix) -> None:
        """Put embeddings, (rows, width), beside the own columns."""
        own = self._own.columns - self.width
        self.learner.split = dataclasses.replace(
            self._own,
            train_x=np.hstack([self._own.train_x[:, :own], on_scale(train, self.vertical)]),
            valid_x=np.hstack([self._own.valid_x[:, :own], on_scale(valid, self.vertical)]),
        )
        self.learner.scale(self.moments)

    def gradients(self, weights: Vector, exchange: int) -> Matrix:
        """Return by how much each training row's loss grows with its embedding, (rows, width).

        Clipped to the norm and noisy; of the embedding as the network sees it.
        """
        load(self.learner.module, weights)
        rows = self.learner.rows
        x = rows.features[: rows.count, : self._own.columns].clone().requires_grad_()
        logits = self.learner.module(x).squeeze(1)
        loss = binary_cross_entropy_with_logits(logits, rows.targets[:-1], reduction="sum")
        (slope,) = torch.autograd.grad(loss, x)
        clipped = clipped_rows(slope[:, -self.width :].numpy(), self.vertical.clip_norm)
        return noisy(clipped, self.vertical, self._seeds.rng("gradient_noise", exchange))


def reach(vertical: Vertical) -> float:
    """Return the public bound of an embedding's numbers: the norm and four deviations of noise."""
    return vertical.clip_norm * (1 + 4 * vertical.noise_multiplier)


def deviation(vertical: Vertical) -> float:
    """Return the deviation by which an embedding is standardised, known without looking at it."""
    return float(vertical.clip_norm * np.sqrt(1 / vertical.width + vertical.noise_multiplier**2))


def on_scale(embeddings: Matrix, vertical: Vertical) -> Matrix:
    """Map embeddings, (rows, width), to [-1, 1] by their public bound."""
    scaled: Matrix = np.clip(embeddings / reach(vertical), -1, 1).astype(np.float32)
    return scaled


class _Operators:
    """All operators, as a bank talks to them over the grid."""

    def __init__(self, grid: Grid, question: Question, width: int) -> None:
        self._grid, self.question, self._width = grid, question, width
        self._nodes = list(grid.get_node_ids())
        asked = _packed(phone=question.phone, time=question.time)
        self._known = {
            node: _array(reply, "known") > 0
            for node, reply in self._ask(ALIGN, dict.fromkeys(self._nodes, asked))
        }
        self.embedded = self.gradients = 0
        self.known = np.zeros(len(question.phone), dtype=bool)
        for known in self._known.values():
            self.known |= known

    def embeddings(self, wanted: Marks, exchange: int) -> Matrix:
        """Return the embeddings of the wanted rows, (asked, width); 0 for all others."""
        places = self._places(wanted)
        content = {node: _packed(places=each) for node, each in places.items()}
        for each in content.values():
            each["config"] = ConfigRecord({"exchange": exchange})
        received = np.zeros((len(wanted), self._width), dtype=np.float32)
        for node, reply in self._ask(EMBED, content):
            received[places[node]] = _array(reply, "embeddings").reshape(-1, self._width)
            self.embedded += len(places[node])
        return received

    def descend(self, gradients: Matrix) -> None:
        """Send operators the gradients of their training rows, (training rows, width)."""
        content = {}
        for node, places in self._places(self.question.train >= 0).items():
            if not len(places):
                continue
            slope = gradients[self.question.train[places]]
            content[node] = _packed(places=places, gradients=slope.ravel())
            self.gradients += len(places)
        for _ in self._ask(DESCEND, content):
            pass

    def _places(self, wanted: Marks) -> dict[int, Ints]:
        return {node: np.flatnonzero(known & wanted) for node, known in self._known.items()}

    def _ask(
        self, message_type: str, content: dict[int, RecordDict]
    ) -> Iterator[tuple[int, Message]]:
        replies = self._grid.send_and_receive(
            [Message(each, node, message_type) for node, each in content.items()]
        )
        for reply in replies:
            yield reply.metadata.src_node_id, reply


def _learn(bank: Bank, operators: _Operators, initial: Vector, rounds: int) -> SplitModel:
    """Go through the rounds; keep the one with the least validation loss, of equals the last."""
    question, weights = operators.question, initial
    train, valid = question.train >= 0, question.valid >= 0
    losses: list[tuple[int, float]] = []
    best, chosen = initial, 0
    for number in range(1, rounds + 1):
        exchange, passed = divmod(number - 1, bank.vertical.passes)
        if passed == 0:
            if exchange:
                operators.descend(bank.gradients(weights, exchange))
            received = operators.embeddings(train | valid, exchange)
            bank.receive(
                _spread(received, question.train, len(bank.learner.split.train_y)),
                _spread(received, question.valid, len(bank.learner.split.valid_y)),
            )
        weights = bank.learner.train(weights, number)
        loss = bank.learner.validate(weights)
        if loss <= min((earlier for _, earlier in losses), default=float("inf")):
            best, chosen = weights, exchange
        losses.append((number, loss))
    late = operators.embeddings(question.late, chosen)
    return SplitModel(best, late, losses, operators.known, operators.embedded, operators.gradients)


def _spread(received: Matrix, places: Ints, rows: int) -> Matrix:
    """Return embeddings, (asked, width), at their places among so many rows; 0 elsewhere."""
    spread = np.zeros((rows, received.shape[1]), dtype=np.float32)
    spread[places[places >= 0]] = received[places >= 0]
    return spread


def _packed(**arrays: NDArray[Any]) -> RecordDict:
    return RecordDict({key: record_of(key, array) for key, array in arrays.items()})


def _array(message: Message, key: str) -> NDArray[Any]:
    return vector_of(message.content.array_records[key][key])
