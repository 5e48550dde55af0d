"""Federated learning with Flower: one joint model from learners that keep their rows.

``client_app`` and ``server_app`` are ordinary Flower apps of the message API. A run has two steps:
the server adds up every partner's scaling statistics and sends the total back; then a stock
strategy averages models over rounds.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

from proeftuin.detectors.gradient import Learner, Vector
from proeftuin.detectors.scaling import Moments
from proeftuin.federating import Federation
from proeftuin.federation.cohort import WEIGHTS, Cohort, Faults, sent
from proeftuin.federation.grid import run_in_process
from proeftuin.federation.strategies import Incident, strategy_of
from proeftuin.federation.vectors import record_of, vector_of
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
        incidents: who did not answer in a round, or sent an update that was refused.
    """

    weights: Vector
    moments: Moments
    losses: list[tuple[int, float]]
    bytes_moved: int = 0
    messages: int = 0
    incidents: tuple[Incident, ...] = ()


def fit_jointly(
    learners: Sequence[Learner],
    initial: Vector,
    *,
    rounds: int,
    federation: Federation,
    seeds: Seeds,
    server_noise: float = 0.0,
    attackers: frozenset[int] = frozenset(),
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
        attackers: places of the learners that carry out the federation's attack.

    Returns:
        The model of the best round on the partners' validation rows, or of the last round where
        a privacy policy forbids looking at them.
    """
    logging.getLogger("flwr").setLevel(logging.ERROR)  # its warnings are about our choices
    strategy = strategy_of(
        federation,
        len(learners),
        weighted_by=EXAMPLES,
        validate=all(learner.may_validate for learner in learners),
        seeds=seeds,
        server_noise=server_noise,
    )
    results: list[JointModel] = []
    cohort = Cohort(learners, Faults(federation, attackers, seeds))
    grid = run_in_process(
        server_app(strategy, initial, rounds, results.append),
        client_app(cohort),
        len(learners),
        before=cohort.foresee,
    )
    return replace(
        results[0],
        bytes_moved=grid.bytes_moved,
        messages=grid.messages,
        incidents=tuple(strategy.incidents),
    )


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
