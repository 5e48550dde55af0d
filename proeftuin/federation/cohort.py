"""The partners of a federation in one process: a round's trainings run as one computation."""

from collections.abc import Sequence
from typing import cast

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MessageType

from proeftuin.detectors.gradient import Learner, Vector
from proeftuin.detectors.together import train_together
from proeftuin.federation.vectors import vector_of

WEIGHTS = "weights"


class Cohort:
    """Learners by partition, with what a round's messages made of them before they asked for it.

    A message's training depends on nothing but that message and its addressee, so doing all of a
    round's at once changes no reply. On real machines every node is a cohort of one.
    """

    def __init__(self, learners: Sequence[Learner]) -> None:
        self._learners = learners
        self._trained: dict[int, Vector] = {}

    def member(self, context: Context) -> Learner:
        """Return the learner of a node."""
        return self._learners[partition(context)]

    def foresee(self, round_of: Sequence[tuple[Message, Context]]) -> None:
        """Train for all training messages of a round, before they are delivered one by one."""
        self._trained = {}
        asked = [pair for pair in round_of if pair[0].metadata.message_type == MessageType.TRAIN]
        if len(asked) < 2:
            return
        known: dict[int, Vector] = {}
        weights = []
        for message, _ in asked:
            array = sent(message)
            weights.append(known.setdefault(id(array), vector_of(array)))
        places = [partition(context) for _, context in asked]
        trained = train_together(
            [self._learners[place] for place in places],
            weights,
            round_number(asked[0][0]),
            pull(asked[0][0]),
        )
        self._trained = dict(zip(places, trained, strict=True))

    def train(self, message: Message, context: Context) -> Vector:
        """Return what a node's training makes of the weights it was sent."""
        ready = self._trained.pop(partition(context), None)
        if ready is not None:
            return ready
        weights = vector_of(sent(message))
        return self.member(context).train(weights, round_number(message), pull(message))


def partition(context: Context) -> int:
    """Return which partner a node is."""
    return cast(int, context.node_config["partition-id"])


def sent(message: Message) -> Array:
    """Return the weights in a message of a strategy."""
    return cast(ArrayRecord, message.content["arrays"])[WEIGHTS]


def round_number(message: Message) -> int:
    """Return the round that a strategy's message belongs to."""
    return cast(int, cast(ConfigRecord, message.content["config"])["server-round"])


def pull(message: Message) -> float:
    """Return the strength of FedProx' pull, 0 for other strategies."""
    return cast(float, cast(ConfigRecord, message.content["config"]).get("proximal-mu", 0.0))
