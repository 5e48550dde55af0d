"""An in-process Flower Grid: the same ServerApp and ClientApp as in a real deployment, no network.

Clients run one after the other in this process, in order of node id, so that repeated runs give the
same bits (Flower's own simulation engine draws other partners and adds in another order each time).
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from flwr.app import Array, ArrayRecord, Context, Error, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp

from proeftuin.federation.flower_internals import empty_run, identify_process, set_message_id
from proeftuin.federation.vectors import LocalArray, bytes_of, vector_of

Round = Sequence[tuple[Message, Context]]

SERVER_NODE_ID = 1
RUN_ID = 1


class NoAnswer(Exception):  # noqa: N818 - an outcome, not an error
    """Raised by a ClientApp that lets its server wait in vain; an error reply comes of it."""


class Counting(Protocol):
    """A grid that counts what crosses the network, both ways.

    Attributes:
        bytes_moved: size of all records.
        messages: number of messages.
    """

    bytes_moved: int
    messages: int


class InProcessGrid(Grid):
    """Deliver every message at once to a ClientApp in this process.

    Args:
        client_app: the app every partner runs.
        partners: number of partners; node ids are 2, 3, ...
        before: is shown the messages of a round, with their addressees, before they are delivered.
        after: is shown the same and the replies, once all have answered.
    """

    def __init__(
        self,
        client_app: ClientApp,
        partners: int,
        before: Callable[[Round], None] | None = None,
        after: Callable[[Round, Sequence[Message]], None] | None = None,
    ) -> None:
        self.bytes_moved = 0
        self.messages = 0
        self._client_app = client_app
        self._before, self._after = before, after
        self._contexts = {
            SERVER_NODE_ID + 1 + index: _context(
                SERVER_NODE_ID + 1 + index,
                {"partition-id": index, "num-partitions": partners},
            )
            for index in range(partners)
        }
        self._replies: dict[str, Message] = {}
        self._numbers = itertools.count(1)
        self._run: Any = empty_run(RUN_ID)
        identify_process(RUN_ID, SERVER_NODE_ID)

    def set_run(self, run: Any) -> None:
        """Remember the run that Flower hands over."""
        self._run = run

    @property
    def run(self) -> Any:
        """The run, an empty one unless set."""
        return self._run

    def create_message(
        self,
        content: RecordDict,
        message_type: str,
        dst_node_id: int,
        group_id: str,
        ttl: float | None = None,
    ) -> Message:
        """Create a message (deprecated in Flower, still abstract in its Grid)."""
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> Iterable[int]:
        """Return the node ids in fixed order."""
        return list(self._contexts)

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        """Run the clients now and keep their replies until they are pulled."""
        sent = list(messages)
        replies = self.send_and_receive(sent)
        self._replies.update({reply.metadata.reply_to_message_id: reply for reply in replies})
        return [message.metadata.message_id for message in sent]

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        """Return the kept replies."""
        return [self._replies.pop(key) for key in message_ids if key in self._replies]

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> Iterable[Message]:
        """Deliver in node order, so that floating-point sums do not depend on sampling order."""
        ordered = sorted(messages, key=lambda message: message.metadata.dst_node_id)
        addressed = [(m, self._contexts[m.metadata.dst_node_id]) for m in ordered]
        if self._before is not None:
            self._before(addressed)
        decoded: dict[int, Array] = {}
        replies = [self._deliver(message, decoded) for message in ordered]
        if self._after is not None:
            self._after(addressed, replies)
        return replies

    def _deliver(self, message: Message, decoded: dict[int, Array]) -> Message:
        """Let the addressee answer; exceptions but ``NoAnswer`` surface here, as faults in code.

        An array that is sent to several addressees is decoded once, and remembered in ``decoded``.
        """
        meta = message.metadata
        number = str(next(self._numbers))
        set_message_id(message, number)
        self.messages += 1
        self.bytes_moved += bytes_of(message.content)
        received = Message(
            _carried(message.content, decoded),
            meta.dst_node_id,
            meta.message_type,
            ttl=meta.ttl,
            group_id=meta.group_id,
        )
        set_message_id(received, number)
        try:
            reply = self._client_app(received, self._contexts[meta.dst_node_id])
        except NoAnswer as silence:
            return Message(Error(code=0, reason=str(silence)), reply_to=received)
        self.messages += 1
        self.bytes_moved += bytes_of(reply.content)
        reply.content = _carried(reply.content, {})
        set_message_id(reply, f"reply-{number}")
        return reply


def run_in_process(
    server_app: ServerApp,
    client_app: ClientApp,
    partners: int,
    before: Callable[[Round], None] | None = None,
    after: Callable[[Round, Sequence[Message]], None] | None = None,
) -> InProcessGrid:
    """Run a ServerApp with so many partners to its end; return the grid for its counters."""
    grid = InProcessGrid(client_app, partners, before, after)
    server_app(grid, _context(SERVER_NODE_ID, {}))
    return grid


def _context(node_id: int, node_config: dict[str, Any]) -> Context:
    return Context(
        run_id=RUN_ID, node_id=node_id, node_config=node_config, state=RecordDict(), run_config={}
    )


def _carried(content: RecordDict, known: dict[int, Array]) -> RecordDict:
    """Copy the records, as a network would, with arrays that are not encoded, known ones again.

    Strategies hand one RecordDict to every node and mods pop from it.
    """
    copy = RecordDict()
    for key, record in content.items():
        if not isinstance(record, ArrayRecord):
            copy[key] = record.copy()
            continue
        arrays = copy[key] = ArrayRecord()
        for name, array in record.items():
            if id(array) not in known:
                known[id(array)] = LocalArray(vector_of(array))
            arrays[name] = known[id(array)]
    return copy
