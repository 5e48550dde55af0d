"""Federated learning with Flower: one joint model from learners that keep their rows.

``client_app`` and ``server_app`` are ordinary Flower apps of the message API. A run has two steps:
the server adds up every partner's scaling statistics and sends the total back; then a stock
strategy averages models over rounds. Where partners have models of their own, a last message lets
them make these.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.clientapp.typing import Mod
from flwr.serverapp import Grid, ServerApp

from proeftuin.detectors.gradient import GradientLearner, Learner, Parameters
from proeftuin.detectors.scaling import Moments
from proeftuin.federation.checkpoint import Progress, load_progress, save_progress
from proeftuin.federation.cohort import WEIGHTS, Cohort, Faults, Members
from proeftuin.federation.grid import Counting, run_in_process
from proeftuin.federation.personal import Personalisation, State
from proeftuin.federation.strategies import LOSS, Incident, strategy_of
from proeftuin.federation.transcript import Transcript
from proeftuin.federation.vectors import record_of, vector_of
from proeftuin.settings.federation import Federation
from synthetic_data.seeds import Seeds

EXAMPLES = "num-examples"
STATISTICS, SCALE, FINISH = "query.statistics", "query.scale", "query.finish"


@dataclass(frozen=True)
class JointModel:
    """What a federation produced.

    Attributes:
        weights: flat float32 vector of the chosen round, or its trees as bytes; of the body alone
            where every partner has a head of its own.
        moments: statistics of all partners together.
        losses: validation loss after each round, (round, loss); empty if it may not be looked at.
        bytes_moved, messages: what crossed the network, both ways.
        incidents: who did not answer in a round, or sent an update that was refused.
        own: the partners' own models, by place; empty if there is only the joint one.
    """

    weights: Parameters
    moments: Moments
    losses: list[tuple[int, float]]
    bytes_moved: int = 0
    messages: int = 0
    incidents: tuple[Incident, ...] = ()
    own: dict[int, Parameters] = field(default_factory=dict)


def fit_jointly(
    learners: Sequence[Learner],
    initial: Parameters,
    *,
    rounds: int,
    federation: Federation,
    seeds: Seeds,
    head: int = 0,
    server_noise: float = 0.0,
    attackers: frozenset[int] = frozenset(),
    checkpoint: Path | None = None,
    transcript: Transcript | None = None,
) -> JointModel:
    """Train one model over all learners.

    Args:
        learners: the partners' sides, in fixed order.
        initial: weights of round 0, or no trees.
        rounds: number of averages, or of trees that each partner adds.
        federation: strategy and participation.
        seeds: stream for drawing partners, and for the server's noise.
        head: place of the first weight of the last layer; only local heads ask for it.
        server_noise: deviation of Gaussian noise on the sum of a round's updates, which must be
            clipped and count equally (see ``privacy/partner.py``).
        attackers: places of the learners that carry out the federation's attack.
        checkpoint: file that holds the progress after every round; resumed from if it exists.
        transcript: notes what the server sees, if somebody wants to know.

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
        of_trees=initial.dtype == np.uint8,
    )
    results: list[JointModel] = []
    own = Personalisation(federation.personal, initial, head)
    cohort = Cohort(learners, Faults(federation, attackers, seeds), own)
    ledgers = [each for each in learners if isinstance(each, GradientLearner)]
    run_in_process(
        server_app(
            strategy,
            own.shared(initial),
            rounds,
            results.append,
            checkpoint,
            ledgers,
            cohort.states,
            personal=federation.personal is not None,
        ),
        client_app(cohort),
        len(learners),
        before=cohort.foresee,
        after=None if transcript is None else transcript.note,
    )
    return replace(results[0], own=cohort.models)


def client_app(cohort: Members, mods: list[Mod] | None = None) -> ClientApp:
    """Return the app of a partner; ``partition-id`` in the node's config says which one it is."""
    app = ClientApp(mods=mods)

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


def server_app(
    strategy: Any,
    initial: Parameters,
    rounds: int,
    done: Callable[[JointModel], None],
    checkpoint: Path | None = None,
    ledgers: Sequence[GradientLearner] = (),
    states: dict[int, State] | None = None,
    *,
    personal: bool = False,
) -> ServerApp:
    """Return the coordinating app; it hands its result to ``done``.

    Args:
        strategy: see ``strategy_of``.
        initial: weights of round 0.
        rounds: number of averages.
        done: is given the result.
        checkpoint: file that holds the progress after every round; resumed from if it exists.
        ledgers: learners in this process, whose releases are kept with it.
        states: what partners in this process keep for themselves, likewise.
        personal: whether partners make models of their own at the end.
    """
    app = ServerApp()

    @app.main()
    def main(grid: Grid, context: Context) -> None:
        replies = _ask_all(grid, STATISTICS, RecordDict())
        total = _unpacked(replies[0].content)
        for reply in replies[1:]:
            total = total + _unpacked(reply.content)
        _ask_all(grid, SCALE, RecordDict({"moments": _packed(total)}))
        counted = cast(Counting, grid)
        own = states if states is not None else {}
        before = load_progress(checkpoint) if checkpoint is not None else None
        if before is not None:
            _go_on(before, strategy, counted, ledgers, own)
        best = initial if before is None else before.best

        def remember(server_round: int, arrays: ArrayRecord) -> None:
            nonlocal best
            if server_round <= strategy.finished:
                return
            weights = vector_of(arrays[WEIGHTS])
            if _is_best(server_round, strategy.losses):
                best = weights
            if checkpoint is not None:
                progress = _progress(server_round, weights, best, strategy, counted, ledgers, own)
                save_progress(progress, checkpoint)

        start = initial if before is None else before.weights
        strategy.start(grid, record_of(WEIGHTS, start), num_rounds=rounds, evaluate_fn=remember)
        if personal:
            last = RecordDict({"arrays": record_of(WEIGHTS, best)})
            last["config"] = ConfigRecord({"server-round": rounds})
            _ask_all(grid, FINISH, last)
        done(
            JointModel(
                weights=best,
                moments=total,
                losses=strategy.losses,
                bytes_moved=counted.bytes_moved,
                messages=counted.messages,
                incidents=tuple(strategy.incidents),
            )
        )

    return app


def _is_best(server_round: int, losses: list[tuple[int, float]]) -> bool:
    """Whether a round just gone through is the best so far; of equals the last is."""
    if not losses:
        return True
    last, loss = losses[-1]
    return last == server_round and loss <= min(earlier for _, earlier in losses)


def _progress(
    finished: int,
    weights: Parameters,
    best: Parameters,
    strategy: Any,
    counted: Counting,
    ledgers: Sequence[GradientLearner],
    states: dict[int, State],
) -> Progress:
    return Progress(
        finished=finished,
        weights=weights,
        best=best,
        losses=strategy.losses,
        incidents=strategy.incidents,
        bytes_moved=counted.bytes_moved,
        messages=counted.messages,
        released=[own.steps for own in ledgers],
        carried=strategy.carried(),
        own=states,
    )


def _go_on(
    before: Progress,
    strategy: Any,
    counted: Counting,
    ledgers: Sequence[GradientLearner],
    states: dict[int, State],
) -> None:
    """Put everything but the weights where a killed training left it."""
    strategy.finished = before.finished
    strategy.losses, strategy.incidents = list(before.losses), list(before.incidents)
    strategy.carry(before.carried)
    counted.bytes_moved, counted.messages = before.bytes_moved, before.messages
    for own, steps in zip(ledgers, before.released, strict=True):
        own.steps = steps
    states.update({place: dict(state) for place, state in before.own.items()})


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
