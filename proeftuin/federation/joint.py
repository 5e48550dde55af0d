"""Federated learning with Flower: one joint model from learners that keep their rows.

``client_app`` and ``server_app`` are ordinary Flower apps of the message API. A run has two steps:
the server adds up every partner's scaling statistics and sends the total back; then a stock
strategy averages models over rounds.
"""

import logging
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg, FedMedian

from proeftuin.detectors.gradient import Learner, Vector
from proeftuin.detectors.scaling import Moments
from proeftuin.federation.cohort import WEIGHTS, Cohort, sent
from proeftuin.federation.grid import run_in_process
from proeftuin.federation.vectors import record_of, vector_of
from proeftuin.settings import Federation
from synthetic_data.seeds import Seeds

EXAMPLES, LOSS = "num-examples", "validation-loss"
STATISTICS, SCALE = "query.statistics", "query.scale"


@dataclass(frozen=True)
class JointModel:
    """What a federation produced.

    Attributes:
        weights: flat float32 vector of the chosen round.
        moments: statistics of all partners together.
        losses: validation loss after each round, (round, loss); empty if it may not be looked at.
        bytes_moved, messages: what crossed the network, both ways.
    """

    weights: Vector
    moments: Moments
    losses: list[tuple[int, float]]
    bytes_moved: int = 0
    messages: int = 0


def fit_jointly(
    learners: Sequence[Learner],
    initial: Vector,
    *,
    rounds: int,
    federation: Federation,
    seeds: Seeds,
    server_noise: float = 0.0,
) -> JointModel:
    """Train one model over all learners.

    Args:
        learners: the partners' sides, in fixed order.
        initial: weights of round 0.
        rounds: number of averages.
        federation: strategy and participation.
        seeds: stream for drawing partners, and for the server's noise.
        server_noise: deviation of Gaussian noise on the sum of a round's updates, which must be
            clipped and count equally (see ``privacy/partner.py``).

    Returns:
        The model of the best round on the partners' validation rows, or of the last round where
        a privacy policy forbids looking at them.
    """
    logging.getLogger("flwr").setLevel(logging.ERROR)  # its warnings are about our choices
    validate = all(learner.may_validate for learner in learners)
    strategy = _strategy(
        federation, len(learners), validate=validate, seeds=seeds, server_noise=server_noise
    )
    results: list[JointModel] = []
    cohort = Cohort(learners)
    grid = run_in_process(
        server_app(strategy, initial, rounds, results.append),
        client_app(cohort),
        len(learners),
        before=cohort.foresee,
    )
    return replace(results[0], bytes_moved=grid.bytes_moved, messages=grid.messages)


def client_app(cohort: Cohort) -> ClientApp:
    """Return the app of a partner; ``partition-id`` in the node's config says which one it is."""
    app = ClientApp()

    @app.query("statistics")
    def statistics(message: Message, context: Context) -> Message:
        return Message(
            RecordDict({"moments": _packed(cohort.member(context).moments())}), reply_to=message
        )

    @app.query("scale")
    def scale(message: Message, context: Context) -> Message:
        cohort.member(context).scale(_unpacked(message.content))
        return Message(RecordDict(), reply_to=message)

    @app.train()
    def train(message: Message, context: Context) -> Message:
        weights = cohort.train(message, context)
        content = RecordDict({"arrays": record_of(WEIGHTS, weights)})
        content["metrics"] = MetricRecord({EXAMPLES: cohort.member(context).examples})
        return Message(content, reply_to=message)

    @app.evaluate()
    def evaluate(message: Message, context: Context) -> Message:
        own = cohort.member(context)
        loss = own.validate(vector_of(sent(message)))
        metrics = MetricRecord({LOSS: loss, EXAMPLES: own.examples})
        return Message(RecordDict({"metrics": metrics}), reply_to=message)

    return app


def server_app(
    strategy: FedAvg, initial: Vector, rounds: int, done: Callable[[JointModel], None]
) -> ServerApp:
    """Return the coordinating app; it hands its result to ``done``."""
    app = ServerApp()

    @app.main()
    def main(grid: Grid, context: Context) -> None:
        replies = _ask_all(grid, STATISTICS, RecordDict())
        total = _unpacked(replies[0].content)
        for reply in replies[1:]:
            total = total + _unpacked(reply.content)
        _ask_all(grid, SCALE, RecordDict({"moments": _packed(total)}))
        after: dict[int, Vector] = {}

        def remember(server_round: int, arrays: ArrayRecord) -> None:
            after[server_round] = arrays[WEIGHTS].numpy()

        result = strategy.start(
            grid,
            record_of(WEIGHTS, initial),
            num_rounds=rounds,
            evaluate_fn=remember,
        )
        losses = [
            (server_round, cast(float, metrics[LOSS]))
            for server_round, metrics in sorted(result.evaluate_metrics_clientapp.items())
        ]
        best = min(losses, key=lambda pair: (pair[1], -pair[0]))[0] if losses else rounds
        done(JointModel(weights=after[best], moments=total, losses=losses))

    return app


class _Seeded:
    """Draw each round's partners, and noise, from named streams instead of global ones."""

    seeds: Seeds
    server_noise = 0.0

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        replies = list(replies)
        arrays, metrics = super().aggregate_train(server_round, replies)  # type: ignore[misc]
        if arrays is None or not self.server_noise:
            return arrays, metrics
        answered = sum(not reply.has_error() for reply in replies)
        mean = vector_of(arrays[WEIGHTS])
        noise = self.seeds.rng("server_noise", server_round).normal(
            0, self.server_noise / answered, len(mean)
        )
        return record_of(WEIGHTS, mean + noise.astype(np.float32)), metrics

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        with _python_random(self.seeds.integer("participation", server_round)):
            return list(super().configure_train(server_round, arrays, config, grid))  # type: ignore[misc]

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        with _python_random(self.seeds.integer("validation", server_round)):
            return list(super().configure_evaluate(server_round, arrays, config, grid))  # type: ignore[misc]


class _SeededFedAvg(_Seeded, FedAvg):
    pass


class _SeededFedMedian(_Seeded, FedMedian):
    pass


def _strategy(
    federation: Federation, partners: int, *, validate: bool, seeds: Seeds, server_noise: float
) -> FedAvg:
    kind: Any = {"fedavg": _SeededFedAvg, "fedmedian": _SeededFedMedian}[federation.name]
    drawn = max(1, round(federation.participation * partners))
    strategy = kind(
        fraction_train=drawn / partners,
        fraction_evaluate=1.0 if validate else 0.0,
        min_train_nodes=drawn,
        min_evaluate_nodes=partners,
        min_available_nodes=partners,
        weighted_by_key=EXAMPLES,
    )
    strategy.seeds, strategy.server_noise = seeds, server_noise
    return strategy  # type: ignore[no-any-return]


@contextmanager
def _python_random(seed: int) -> Iterator[None]:
    """Seed Python's global stream, which Flower samples from, for the length of one call."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def _ask_all(grid: Grid, message_type: str, content: RecordDict) -> list[Message]:
    messages = [Message(content, node, message_type) for node in grid.get_node_ids()]
    return list(grid.send_and_receive(messages))


def _packed(moments: Moments) -> ArrayRecord:
    vector = np.concatenate([[moments.count], moments.sum, moments.sum_of_squares])
    return record_of("moments", vector)


def _unpacked(content: RecordDict) -> Moments:
    vector = content.array_records["moments"]["moments"].numpy()
    columns = (len(vector) - 1) // 2
    return Moments(vector[0], vector[1 : 1 + columns], vector[1 + columns :])
