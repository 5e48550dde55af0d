"""The view of a federation's server: the models it sent and the replies it got, by round."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from flwr.app import ArrayRecord, Context, Message, MessageType

from proeftuin.federation.cohort import WEIGHTS, partition, round_number, sent
from proeftuin.federation.vectors import vector_of
from synthetic_data.arrays import Vector


@dataclass
class Transcript:
    """A record of trainings; given to ``fit_jointly``, it fills while the federation runs.

    Attributes:
        models: the joint model that the server sent, by round.
        replies: the reply of each partner that answered, by round and place.
    """

    models: dict[int, Vector] = field(default_factory=dict)
    replies: dict[int, dict[int, Vector]] = field(default_factory=dict)

    def note(self, messages: Sequence[tuple[Message, Context]], replies: Sequence[Message]) -> None:
        """Write down a round's messages and the replies to them."""
        for (message, context), reply in zip(messages, replies, strict=True):
            if message.metadata.message_type != MessageType.TRAIN or reply.has_error():
                continue
            number = round_number(message)
            self.models[number] = vector_of(sent(message))
            array = cast(ArrayRecord, reply.content["arrays"])[WEIGHTS]
            self.replies.setdefault(number, {})[partition(context)] = vector_of(array)
