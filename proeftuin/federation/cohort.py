"""The partners of a federation in one process: a round's trainings run as one computation."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MessageType

from proeftuin.detectors.gradient import Learner, Parameters
from proeftuin.detectors.together import train_together
from proeftuin.federation.grid import NoAnswer
from proeftuin.federation.personal import Personalisation, State
from proeftuin.federation.training import ServerTask
from proeftuin.federation.vectors import vector_of
from proeftuin.settings.federation import NotFinite, ScaledUpdate

WEIGHTS = "0"  #: the only key that FedXgbBagging knows


class Faults:
    """Simulated faults: partners that do not answer, and updates that attackers send.

    Args:
        task: its federation holds the dropout probability and the attack, its seeds the streams
            of dropout.
    """

    def __init__(self, task: ServerTask) -> None:
        self._dropout, self._attack = task.federation.dropout, task.federation.attack
        self._partners, self._seeds = task.partners, task.seeds

    def silent(self, place: int, training_round: int) -> bool:
        """Whether a partner does not answer in a round."""
        if not self._dropout:
            return False
        coin = self._seeds.rng("dropout", training_round, place).random()
        return bool(coin < self._dropout)

    def sent(self, place: int, weights: Parameters, trained: Parameters) -> Parameters:
        """Return the update that a partner sends, given received and trained weights."""
        if self._attack is None or self._partners[place] not in self._attack.partners:
            return trained
        if isinstance(self._attack, ScaledUpdate):
            return (weights + self._attack.strength * (trained - weights)).astype(np.float32)
        if isinstance(self._attack, NotFinite):
            return np.full_like(trained, np.nan)
        return trained  # its labels were reversed before it learned


class Members(Protocol):
    """The partners that messages reach: all of them in one process, or one on its own machine."""

    def member(self, context: Context) -> Learner:
        """Return the learner of a node."""

    def train(self, message: Message, context: Context) -> Parameters:
        """Return the update of a node after training from the weights in a message."""

    def validate(self, message: Message, context: Context) -> float:
        """Return the validation loss of the model that a node has with the weights it was sent."""

    def finish(self, message: Message, context: Context) -> None:
        """Make the personal model of a node, after the last round."""


class Cohort:
    """Learners by partition, which train for all messages of a round before these are delivered.

    The training for a message depends on that message and its addressee alone, so training for a
    whole round at once changes no reply.

    Args:
        learners: by partition.
        faults: simulated faults and attacks.
        own: personalisation of the partners.

    Attributes:
        states: personal state of partners, by partition.
        models: personal models, by partition, after the last round.
    """

    def __init__(self, learners: Sequence[Learner], faults: Faults, own: Personalisation) -> None:
        self._learners, self._faults, self._own = learners, faults, own
        self.states: defaultdict[int, State] = defaultdict(dict)
        self.models: dict[int, Parameters] = {}
        self._trained: dict[int, Parameters] = {}

    def member(self, context: Context) -> Learner:
        """Return the learner of a node."""
        return self._learners[partition(context)]

    def foresee(self, round_of: Sequence[tuple[Message, Context]]) -> None:
        """Train for all training messages of a round, before they are delivered one by one."""
        self._trained = {}
        asked = [
            (message, context)
            for message, context in round_of
            if message.metadata.message_type == MessageType.TRAIN
            and not self._faults.silent(partition(context), round_number(message))
        ]
        if len(asked) < 2:
            return
        known: dict[int, Parameters] = {}
        weights = []
        for message, context in asked:
            array = sent(message)
            joint = known.setdefault(id(array), vector_of(array))
            weights.append(self._own.start(self.states[partition(context)], joint))
        places = [partition(context) for _, context in asked]
        trained = train_together(
            [self._learners[place] for place in places],
            weights,
            round_number(asked[0][0]),
            pull(asked[0][0]),
        )
        self._trained = dict(zip(places, trained, strict=True))

    def train(self, message: Message, context: Context) -> Parameters:
        """Return the update of a node after training from the weights in a message.

        Raises:
            NoAnswer: if it drops out of this round.
        """
        place, training_round = partition(context), round_number(message)
        if self._faults.silent(place, training_round):
            raise NoAnswer(f"partner {place} did not answer in time")
        weights = vector_of(sent(message))
        trained = self._trained.pop(place, None)
        if trained is None:
            start = self._own.start(self.states[place], weights)
            trained = self.member(context).train(start, training_round, pull(message))
        kept = self._own.keep(self.states[place], trained, training_round)
        return self._faults.sent(place, weights, kept)

    def validate(self, message: Message, context: Context) -> float:
        """Return the validation loss of the model that a node has with the weights it was sent."""
        joint, state = vector_of(sent(message)), self.states[partition(context)]
        return self.member(context).validate(self._own.model(state, joint))

    def finish(self, message: Message, context: Context) -> None:
        """Make the personal model of a node, after the last round."""
        joint, rounds = vector_of(sent(message)), round_number(message)
        place = partition(context)
        final = self._own.final(self.states[place], joint, self.member(context), rounds)
        self.models[place] = final


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
