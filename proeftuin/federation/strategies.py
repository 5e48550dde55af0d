"""Flower's stock strategies by name, with seeded draws and replies that are checked first.

Stock parts that are wrong in the Flower releases we allow are not offered: adaptive clipping, whose
norm moves the wrong way. Two stock habits to know: FedAdam corrects its bias as if it were a round
further on, and Bulyan picks its candidates by Multi-Krum in one go instead of one after the other.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord
from flwr.serverapp import Grid
from flwr.serverapp import strategy as stock

from proeftuin.detectors.averaging import TailAverage
from proeftuin.federation.checkpoint import Progress
from proeftuin.federation.cohort import WEIGHTS
from proeftuin.federation.training import ServerTask
from proeftuin.federation.vectors import LocalArray, record_of, vector_of
from proeftuin.settings.federation import (
    Bulyan,
    FedAvg,
    FedAvgM,
    Federation,
    FedMedian,
    FedOpt,
    FedProx,
    FedTrimmedAvg,
    Krum,
)
from synthetic_data.arrays import Vector
from synthetic_data.seeds import Seeds

EXAMPLES, LOSS = "num-examples", "validation-loss"
NO_ANSWER, REFUSED = "no_answer", "refused_update"
Incident = tuple[int, int, str]
"""Place, round and what happened: ``no_answer`` or ``refused_update``."""
#: What stock strategies carry from round to round besides the weights.
CARRIED = ("m_t", "v_t", "momentum_vector")


class CheckedStrategy(stock.Strategy):
    """A stock strategy whose draws come from named streams and whose replies are checked first.

    The stock strategy draws the partners and aggregates what they send.

    Args:
        aggregator: the stock strategy.
        seeds: streams of the draws, which Flower takes from Python's global one.
        least: fewest sound replies that a round needs; with fewer the model stays as it is.
        server_noise: standard deviation of Gaussian noise on the sum of a round's updates.
        average: makes the model of the rounds' weights; None for trees, which only grow.

    Attributes:
        incidents: missing replies and refused updates, in order.
        losses: mean validation loss of the model after each round, (round, loss).
        finished: rounds that an earlier, killed training finished; they are not repeated.
    """

    def __init__(
        self,
        aggregator: stock.FedAvg,
        *,
        seeds: Seeds,
        least: int,
        server_noise: float,
        average: TailAverage | None,
    ) -> None:
        self._aggregator, self._seeds = aggregator, seeds
        self._least, self._server_noise = least, server_noise
        self.average = average
        self._places: dict[int, int] = {}
        self.incidents: list[Incident] = []
        self.losses: list[tuple[int, float]] = []
        self.finished = 0

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Draw the round's partners from a named stream."""
        self._places = {node: place for place, node in enumerate(grid.get_node_ids())}
        if server_round <= self.finished:
            return []
        with _python_random(self._seeds.integer("participation", server_round)):
            return list(self._aggregator.configure_train(server_round, arrays, config, grid))

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Draw the partners that validate the model after a round from a named stream."""
        if server_round <= self.finished:
            return []
        if self.average is not None:
            model = self.average.add(server_round, vector_of(arrays[WEIGHTS]))
            arrays = record_of(WEIGHTS, model)
        with _python_random(self._seeds.integer("validation", server_round)):
            return list(self._aggregator.configure_evaluate(server_round, arrays, config, grid))

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Aggregate the replies with a finite vector; record the partners without one."""
        if server_round <= self.finished:
            return None, None
        sound = self._sound(server_round, replies)
        if len(sound) < self._least:
            return None, None
        arrays, metrics = self._aggregator.aggregate_train(server_round, sound)
        if arrays is None:
            return None, metrics
        noise = self._seeds.rng("server_noise", server_round)
        for key, array in arrays.items():
            vector = vector_of(array)
            if self._server_noise:
                deviation = self._server_noise / len(sound)
                vector = vector + noise.normal(0, deviation, len(vector)).astype(np.float32)
            if vector.dtype == np.float64:  # FedAdam's: twice the bytes of everything before it
                vector = vector.astype(np.float32)
            arrays[key] = LocalArray(vector)
        return arrays, metrics

    def _sound(self, server_round: int, replies: Iterable[Message]) -> list[Message]:
        """Return the replies to be aggregated; note the others."""
        sound = []
        for reply in replies:
            if reply.has_error():
                trouble = NO_ANSWER
            elif not _finite(reply):
                trouble = REFUSED
            else:
                sound.append(reply)
                continue
            place = self._places[reply.metadata.src_node_id]
            self.incidents.append((place, server_round, trouble))
        return sound

    def aggregate_evaluate(
        self, server_round: int, replies: Iterable[Message]
    ) -> MetricRecord | None:
        """Average the losses of the validating partners."""
        metrics = self._aggregator.aggregate_evaluate(server_round, replies)
        if metrics is not None:
            self.losses.append((server_round, cast(float, metrics[LOSS])))
        return metrics

    def summary(self) -> None:
        """Log the settings of the stock strategy."""
        self._aggregator.summary()

    def carried(self) -> dict[str, Vector]:
        """Return the stock strategy's state between rounds, by name; most have none."""
        found = {name: getattr(self._aggregator, name, None) for name in CARRIED}
        return {
            name: value[WEIGHTS] if isinstance(value, dict) else value[0]
            for name, value in found.items()
            if value
        }

    def resume(self, before: Progress) -> None:
        """Go on where a killed training of the same settings was after its last whole round."""
        self.finished = before.finished
        self.losses, self.incidents = list(before.losses), list(before.incidents)
        if self.average is not None:
            self.average.total = before.total
        for name, vector in before.carried.items():
            value = [vector] if name == "momentum_vector" else {WEIGHTS: vector}
            setattr(self._aggregator, name, value)


class TrimmedAverage(stock.FedTrimmedAvg):
    """Flower's trimmed mean, which leaves out a number of replies at either end and not a share.

    Args:
        trimmed: how many.
        options: of the stock strategy.
    """

    def __init__(self, *, trimmed: int, **options: Any) -> None:
        super().__init__(**options)
        self._trimmed = trimmed

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Put together all replies but the outermost."""
        replies = list(replies)
        self.beta = (self._trimmed + 0.25) / len(replies)  # rounds down to so many at either end
        return super().aggregate_train(server_round, replies)


def strategy_of(task: ServerTask) -> CheckedStrategy:
    """Return the strategy that a server's task asks for.

    Trees cannot be averaged: their plain average is bagging.
    """
    federation, partners = task.federation, len(task.partners)
    kind, options = _stock(federation, drawn := federation.drawn_of(partners))
    trees = task.initial.dtype == np.uint8
    if trees:
        kind = stock.FedXgbBagging
    aggregator = kind(
        fraction_train=drawn / partners,
        fraction_evaluate=1.0 if task.validate else 0.0,
        min_train_nodes=drawn,
        min_evaluate_nodes=partners,
        min_available_nodes=partners,
        weighted_by_key=EXAMPLES,
        **options,
    )
    return CheckedStrategy(
        aggregator,
        seeds=task.seeds,
        least=federation.fewest_replies(),
        server_noise=task.server_noise,
        average=None if trees else TailAverage(task.rounds),
    )


def _stock(federation: Federation, drawn: int) -> tuple[type[stock.FedAvg], dict[str, Any]]:
    match federation:
        case FedAvg():
            return stock.FedAvg, {}
        case FedProx():
            return stock.FedProx, {"proximal_mu": federation.proximal_mu}
        case FedAvgM():
            return stock.FedAvgM, {
                "server_learning_rate": federation.server_learning_rate,
                "server_momentum": federation.server_momentum,
            }
        case FedOpt():
            return stock.FedAdam if federation.name == "fedadam" else stock.FedYogi, {
                "eta": federation.server_learning_rate,
                "beta_1": federation.server_momentum,
                "tau": federation.adaptivity,
            }
        case FedMedian():
            return stock.FedMedian, {}
        case FedTrimmedAvg():
            return TrimmedAverage, {"trimmed": federation.num_malicious}
        case Krum(name="krum"):
            return stock.Krum, {"num_malicious_nodes": federation.num_malicious}
        case Krum():
            return stock.MultiKrum, {
                "num_malicious_nodes": federation.num_malicious,
                "num_nodes_to_select": max(1, drawn - federation.num_malicious - 2),
            }
        case Bulyan():
            return stock.Bulyan, {"num_malicious_nodes": federation.num_malicious}


def _finite(reply: Message) -> bool:
    return all(
        np.isfinite(vector_of(array)).all()
        for record in reply.content.values()
        if isinstance(record, ArrayRecord)
        for array in record.values()
    )


@contextmanager
def _python_random(seed: int) -> Iterator[None]:
    """Seed Python's global stream, which Flower samples from, for the length of one call."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
