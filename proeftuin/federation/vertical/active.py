"""Vertical learning with Flower: a bank has the labels, parties of other sectors have more columns.

Split learning (Vepakomma et al. 2018, arXiv 1812.00564) with the bank as the server: passive
parties send embeddings of the rows that the bank asks about; the bank trains for some rounds with
these beside its own columns, as it would alone; then it returns the gradient of each embedding.
Every sector has its own place in a row, for the average over its parties. With zero embeddings this
is training alone, step by step, but for the rounds that the model is the mean of.
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

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.detectors.network import load
from proeftuin.detectors.scaling import Moments
from proeftuin.federation.cohort import partition
from proeftuin.federation.grid import run_in_process
from proeftuin.federation.vectors import record_of, vector_of
from proeftuin.federation.vertical.passive import PassiveParty, clipped_rows, noisy
from proeftuin.settings.vertical import Holding, Vertical
from synthetic_data.arrays import Bools, Ints, Matrix, Vector
from synthetic_data.seeds import Seeds

ALIGN, EMBED, DESCEND = "query.align", "query.embed", "train.descend"


@dataclass(frozen=True, eq=False)
class AlignmentQuery:
    """Rows that a bank asks about, each once.

    Attributes:
        phone: (asked,) the number of each row.
        time: (asked,) seconds.
        train: (asked,) place of each row in the bank's training rows, or -1.
        late: (asked,) whether the row is to be scored when the bank has learned.
    """

    phone: Ints
    time: Ints
    train: Ints
    late: Bools


@dataclass(frozen=True, eq=False)
class SplitModel:
    """The result of vertical learning for a bank.

    Attributes:
        weights: flat float32 vector over own columns and embeddings, the mean over the rounds of
            the last exchange.
        embeddings: (asked, sectors * width) of the rows to be scored, as the bank received them
            after training; 0 for others, and where no party answers.
        known: (asked, sectors) whether a party of each sector knows the row.
        embedded, gradients: (sectors,) number of embeddings received and of gradients sent.
        bytes_moved, messages: traffic, both ways.
    """

    weights: Vector
    embeddings: Matrix
    known: Bools
    embedded: Ints
    gradients: Ints
    bytes_moved: int = 0
    messages: int = 0


def fit_split(
    bank: "ActiveParty",
    holders: Sequence[PassiveParty],
    query: AlignmentQuery,
    initial: Vector,
    rounds: int,
) -> SplitModel:
    """Let a bank learn with parties that hold columns.

    Args:
        bank: the side with the labels.
        holders: the sides with columns, in fixed order.
        query: rows to align.
        initial: (P,) weights of round 0 over own columns and embeddings.
        rounds: passes of the bank, as many as it would take alone.
    """
    results: list[SplitModel] = []
    app = ServerApp()

    @app.main()
    def main(grid: Grid, context: Context) -> None:
        results.append(_learn(bank, _Holders(grid, query, bank.vertical), initial, rounds))

    grid = run_in_process(app, client_app(holders), len(holders))
    return dataclasses.replace(results[0], bytes_moved=grid.bytes_moved, messages=grid.messages)


def client_app(holders: Sequence[PassiveParty]) -> ClientApp:
    """Return the app of a party; ``partition-id`` in the node's config identifies it."""
    app = ClientApp()

    @app.query("align")
    def align(message: Message, context: Context) -> Message:
        own = holders[partition(context)]
        known = own.align(_array(message, "phone"), _array(message, "time"))
        content = _packed(known=known.astype(np.uint8))
        content["config"] = ConfigRecord({"sector": own.sector})
        return Message(content, reply_to=message)

    @app.query("embed")
    def embed(message: Message, context: Context) -> Message:
        exchange = cast(int, message.content.config_records["config"]["exchange"])
        rows = holders[partition(context)].embed(_array(message, "places"), exchange)
        return Message(_packed(embeddings=rows.ravel()), reply_to=message)

    @app.train("descend")
    def descend(message: Message, context: Context) -> Message:
        places = _array(message, "places")
        gradients = _array(message, "gradients").reshape(len(places), -1)
        holders[partition(context)].learn(places, gradients)
        return Message(RecordDict(), reply_to=message)

    return app


class ActiveParty:
    """The side with the labels.

    Args:
        learner: over own columns and, behind them, the embeddings; not private.
        moments: of its own columns.
        vertical: the settings.
        seeds: streams of the noise on its gradients.
    """

    def __init__(
        self, learner: GradientLearner, moments: Moments, vertical: Vertical, seeds: Seeds
    ) -> None:
        self.vertical, self.learner = vertical, learner
        self.width = vertical.width * len(vertical.sectors)
        self._own, self._seeds = learner.split, seeds
        scale = np.full(
            self.width, moments.count * (embedding_scale(vertical) / reach(vertical)) ** 2
        )
        self.moments = Moments(
            moments.count,
            np.concatenate([moments.sum, np.zeros(self.width)]),
            np.concatenate([moments.sum_of_squares, scale]),
        )

    def receive(self, train: Matrix) -> None:
        """Put embeddings, (rows, width), beside the own columns."""
        own = self._own.columns - self.width
        self.learner.split = dataclasses.replace(
            self._own,
            train_x=np.hstack([self._own.train_x[:, :own], on_scale(train, self.vertical)]),
        )
        self.learner.scale(self.moments)

    def gradients(self, weights: Vector, exchange: int) -> Matrix:
        """Return by how much each training row's loss grows with its embeddings.

        (rows, sectors * width), each sector's part clipped to the norm and noisy; of the embeddings
        as the network sees them.
        """
        load(self.learner.module, weights)
        rows = self.learner.rows
        x = rows.features[: rows.count, : self._own.columns].clone().requires_grad_()
        logits = self.learner.module(x).squeeze(1)
        loss = binary_cross_entropy_with_logits(logits, rows.targets[:-1], reduction="sum")
        (slope,) = torch.autograd.grad(loss, x)
        parts = slope[:, -self.width :].reshape(-1, self.vertical.width).numpy()
        clipped = clipped_rows(parts, self.vertical.clip_norm)
        sent = noisy(clipped, self.vertical, self._seeds.rng("gradient_noise", exchange))
        return sent.reshape(len(slope), self.width)


def reach(vertical: Vertical) -> float:
    """Return the public bound of an embedding's numbers: the norm and four deviations of noise."""
    return vertical.clip_norm * (1 + 4 * vertical.noise_multiplier)


def embedding_scale(vertical: Vertical) -> float:
    """Return the deviation by which an embedding is standardised, known without looking at it."""
    return float(vertical.clip_norm * np.sqrt(1 / vertical.width + vertical.noise_multiplier**2))


def on_scale(embeddings: Matrix, vertical: Vertical) -> Matrix:
    """Map embeddings, (rows, width), to [-1, 1] by their public bound."""
    scaled: Matrix = np.clip(embeddings / reach(vertical), -1, 1).astype(np.float32)
    return scaled


class _Holders:
    """All parties with columns, as a bank talks to them over the grid."""

    def __init__(self, grid: Grid, query: AlignmentQuery, vertical: Vertical) -> None:
        self._grid, self.query, self._width = grid, query, vertical.width
        self._sectors = len(vertical.sectors)
        asked = _packed(phone=query.phone, time=query.time)
        self._known: dict[int, Bools] = {}
        self._place: dict[int, int] = {}
        for node, reply in self._ask(ALIGN, dict.fromkeys(grid.get_node_ids(), asked)):
            self._known[node] = _array(reply, "known") > 0
            sector = cast(Holding, reply.content.config_records["config"]["sector"])
            self._place[node] = vertical.sectors.index(sector)
        self.embedded = np.zeros(self._sectors, dtype=np.int64)
        self.gradients = np.zeros(self._sectors, dtype=np.int64)
        self._knowing = np.zeros((len(query.phone), self._sectors), dtype=np.int64)
        for node, known in self._known.items():
            self._knowing[:, self._place[node]] += known

    @property
    def known(self) -> Bools:
        """Whether a party of each sector knows a row, (asked, sectors)."""
        return self._knowing > 0

    def embeddings(self, wanted: Bools, exchange: int) -> Matrix:
        """Return the embeddings of the wanted rows, (asked, sectors * width); 0 for all others."""
        places = self._places(wanted)
        content = {node: _packed(places=each) for node, each in places.items()}
        for each in content.values():
            each["config"] = ConfigRecord({"exchange": exchange})
        received = np.zeros((len(wanted), self._sectors, self._width), dtype=np.float32)
        for node, reply in self._ask(EMBED, content):
            rows, sector = places[node], self._place[node]
            sent = _array(reply, "embeddings").reshape(-1, self._width)
            received[rows, sector] += sent / self._shared(rows, sector)
            self.embedded[sector] += len(rows)
        return received.reshape(len(wanted), -1)

    def descend(self, gradients: Matrix) -> None:
        """Send every party its part of its training rows' gradients, (rows, sectors * width)."""
        parts = gradients.reshape(len(gradients), self._sectors, self._width)
        content = {}
        for node, places in self._places(self.query.train >= 0).items():
            if not len(places):
                continue
            sector = self._place[node]
            slope = parts[self.query.train[places], sector] / self._shared(places, sector)
            content[node] = _packed(places=places, gradients=slope.ravel())
            self.gradients[sector] += len(places)
        for _ in self._ask(DESCEND, content):
            pass

    def _shared(self, places: Ints, sector: int) -> Matrix:
        """Return how many parties of a sector know each row, (places, 1)."""
        return self._knowing[places, sector, None].astype(np.float32)

    def _places(self, wanted: Bools) -> dict[int, Ints]:
        return {node: np.flatnonzero(known & wanted) for node, known in self._known.items()}

    def _ask(
        self, message_type: str, content: dict[int, RecordDict]
    ) -> Iterator[tuple[int, Message]]:
        replies = self._grid.send_and_receive(
            [Message(each, node, message_type) for node, each in content.items()]
        )
        for reply in replies:
            yield reply.metadata.src_node_id, reply


def _learn(bank: ActiveParty, holders: _Holders, initial: Vector, rounds: int) -> SplitModel:
    """Go through the rounds; the embeddings of the last exchange score the later rows.

    The model is the mean over the rounds of that exchange, where a bank alone takes the mean over
    half of its rounds: earlier rounds learned with embeddings of other layers.
    """
    query, weights = holders.query, initial
    train, exchange = query.train >= 0, 0
    since_exchange: list[Vector] = []
    for number in range(1, rounds + 1):
        exchange, passed = divmod(number - 1, bank.vertical.passes)
        if passed == 0:
            if exchange:
                holders.descend(bank.gradients(weights, exchange))
            received = holders.embeddings(train, exchange)
            bank.receive(_spread(received, query.train, len(bank.learner.split.train_y)))
            since_exchange = []
        weights = bank.learner.train(weights, number)
        since_exchange.append(weights)
    late = holders.embeddings(query.late, exchange)
    model: Vector = np.stack(since_exchange).mean(axis=0, dtype=np.float64).astype(np.float32)
    return SplitModel(model, late, holders.known, holders.embedded, holders.gradients)


def _spread(received: Matrix, places: Ints, rows: int) -> Matrix:
    """Return embeddings, (asked, width), at their places among so many rows; 0 elsewhere."""
    spread = np.zeros((rows, received.shape[1]), dtype=np.float32)
    spread[places[places >= 0]] = received[places >= 0]
    return spread


def _packed(**arrays: NDArray[Any]) -> RecordDict:
    return RecordDict({key: record_of(key, array) for key, array in arrays.items()})


def _array(message: Message, key: str) -> NDArray[Any]:
    return vector_of(message.content.array_records[key][key])
