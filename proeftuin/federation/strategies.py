"""Flower's stock strategies by name, with seeded draws and replies that are looked at first.

Stock parts that are wrong in the Flower releases we allow are not offered: adaptive clipping, whose
norm moves the wrong way. Two stock habits to know: FedAdam corrects its bias as if it were a round
further on, and Bulyan picks its candidates by Multi-Krum in one go instead of one after the other.
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Message, MetricRecord
from flwr.serverapp import Grid
from flwr.serverapp import strategy as stock

from proeftuin.federation.cohort import WEIGHTS
from proeftuin.federation.vectors import LocalArray, vector_of
from proeftuin.settings.federation import Federation, drawn_of, partners_needed
from synthetic_data.arrays import Vector
from synthetic_data.seeds import Seeds

LOSS = "validation-loss"
NO_ANSWER, REFUSED = "no_answer", "refused_update"
Incident = tuple[int, int, str]
"""Place, round and what happened: ``no_answer`` or ``refused_update``."""
#: What stock strategies carry from round to round besides the weights.
CARRIED = ("m_t", "v_t", "momentum_vector")


class Careful:
    """What every strategy does besides its own: see that a round's draws and replies are sound.

    Attributes:
        seeds: streams of the draws, which Flower takes from Python's global one.
        least: fewest sound replies that a round needs; with fewer it leaves the model as it is.
        suspects: partners that a trimmed mean leaves out at either end.
        server_noise: deviation of Gaussian noise on the sum of a round's updates.
        incidents: what went wrong, in order.
        losses: mean validation loss after each round, (round, loss).
        finished: rounds that an earlier, killed training went through; nobody is asked again.
    """

    seeds: Seeds
    least: int
    suspects: int
    server_noise: float
    incidents: list[Incident]
    losses: list[tuple[int, float]]
    finished: int

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Draw the round's partners from a named stream."""
        self.places = {node: place for place, node in enumerate(grid.get_node_ids())}
        if server_round <= self.finished:
            return []
        with _python_random(self.seeds.integer("participation", server_round)):
            return list(super().configure_train(server_round, arrays, config, grid))  # type: ignore[misc]

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Draw those who validate from a named stream."""
        if server_round <= self.finished:
            return []
        with _python_random(self.seeds.integer("validation", server_round)):
            return list(super().configure_evaluate(server_round, arrays, config, grid))  # type: ignore[misc]

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Put together the replies that hold a finite vector; note who sent none."""
        if server_round <= self.finished:
            return None, None
        sound = []
        for reply in replies:
            if reply.has_error():
                trouble = NO_ANSWER
            elif not _finite(reply):
                trouble = REFUSED
            else:
                sound.append(reply)
                continue
            self.incidents.append((self.places[reply.metadata.src_node_id], server_round, trouble))
        if len(sound) < self.least:
            return None, None
        if isinstance(self, stock.FedTrimmedAvg):
            self.beta = (self.suspects + 0.25) / len(sound)  # rounds down to so many at either end
        arrays, metrics = super().aggregate_train(server_round, sound)  # type: ignore[misc]
        noise = self.seeds.rng("server_noise", server_round)
        for key, array in arrays.items() if arrays is not None else ():
            vector = vector_of(array)
            if self.server_noise:
                deviation = self.server_noise / len(sound)
                vector = vector + noise.normal(0, deviation, len(vector)).astype(np.float32)
            if vector.dtype == np.float64:  # FedAdam's: twice the bytes of everything before it
                vector = vector.astype(np.float32)
            arrays[key] = LocalArray(vector)
        return arrays, metrics

    def aggregate_evaluate(
        self, server_round: int, replies: Iterable[Message]
    ) -> MetricRecord | None:
        """Average the losses of those who validate."""
        metrics: MetricRecord | None = super().aggregate_evaluate(server_round, replies)  # type: ignore[misc]
        if metrics is not None:
            self.losses.append((server_round, cast(float, metrics[LOSS])))
        return metrics

    def carried(self) -> dict[str, Vector]:
        """Return what the strategy carries to the next round, by name; nothing for most."""
        found = {name: getattr(self, name, None) for name in CARRIED}
        return {
            name: value[WEIGHTS] if isinstance(value, dict) else value[0]
            for name, value in found.items()
            if value
        }

    def carry(self, carried: Mapping[str, Vector]) -> None:
        """Take over what another strategy of the same settings carried."""
        for name, vector in carried.items():
            setattr(self, name, [vector] if name == "momentum_vector" else {WEIGHTS: vector})


def strategy_of(
    federation: Federation,
    partners: int,
    *,
    weighted_by: str,
    validate: bool,
    seeds: Seeds,
    server_noise: float = 0.0,
    of_trees: bool = False,
) -> Any:
    """Return the strategy that the settings ask for, a Flower strategy that is also careful.

    Trees cannot be averaged: what they have of a plain average is bagging.
    """
    base, options = _stock(federation, drawn := drawn_of(federation, partners))
    if of_trees:
        base = stock.FedXgbBagging
    kind: Any = type(f"Careful{base.__name__}", (Careful, base), {})
    strategy = kind(
        fraction_train=drawn / partners,
        fraction_evaluate=1.0 if validate else 0.0,
        min_train_nodes=drawn,
        min_evaluate_nodes=partners,
        min_available_nodes=partners,
        weighted_by_key=weighted_by,
        **options,
    )
    strategy.seeds, strategy.server_noise, strategy.finished = seeds, server_noise, 0
    strategy.incidents, strategy.losses = [], []
    strategy.suspects = federation.suspects or 0
    strategy.least = partners_needed(federation) if federation.suspects else 1
    return strategy


def _stock(federation: Federation, drawn: int) -> tuple[type, dict[str, Any]]:
    suspects = federation.suspects
    server = {"eta": federation.server_learning_rate, "beta_1": federation.server_momentum,
              "tau": federation.adaptivity}  # fmt: skip
    kinds: dict[str, tuple[type, dict[str, Any]]] = {
        "fedavg": (stock.FedAvg, {}),
        "fedprox": (stock.FedProx, {"proximal_mu": federation.proximal_mu}),
        "fedavgm": (
            stock.FedAvgM,
            {
                "server_learning_rate": federation.server_learning_rate,
                "server_momentum": federation.server_momentum,
            },
        ),
        "fedadam": (stock.FedAdam, server),
        "fedyogi": (stock.FedYogi, server),
        "fedmedian": (stock.FedMedian, {}),
        "fedtrimmedavg": (stock.FedTrimmedAvg, {}),
        "krum": (stock.Krum, {"num_malicious_nodes": suspects}),
        "multikrum": (
            stock.MultiKrum,
            {
                "num_malicious_nodes": suspects,
                "num_nodes_to_select": max(1, drawn - (suspects or 0) - 2),
            },
        ),
        "bulyan": (stock.Bulyan, {"num_malicious_nodes": suspects}),
    }
    return kinds[federation.name]


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
