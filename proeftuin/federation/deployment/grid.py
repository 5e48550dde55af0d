"""Flower's Grid on a network, made to behave as the one in a process: same order, none lost.

A node's public key, and not its own claim, says which partner it is.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from flwr.app import Error, Message
from flwr.serverapp import Grid

from proeftuin.errors import DeploymentError
from proeftuin.federation.vectors import bytes_of, encoded

POLL_S = 0.3
#: Flower's codes for a message or a reply that was lost with its node; it is asked again.
LOST = (3, 4, 5)
log = logging.getLogger("proeftuin")


class Network(Grid):
    """The nodes of known partners, in fixed order.

    The grid waits for a node that is away and repeats the message when it is back; a reply depends
    on its message alone.

    Args:
        grid: the one that Flower hands over.
        keys: public key of every partner, in the order of partners.
        patience_s: seconds to wait for a partner before it counts as not answering.

    Attributes:
        bytes_moved, messages: traffic of the network, both ways.

    Raises:
        DeploymentError: not all partners came within that time.
    """

    def __init__(self, grid: Grid, keys: Mapping[str, bytes], patience_s: float) -> None:
        self.bytes_moved = 0
        self.messages = 0
        self._grid, self._keys, self._patience_s = grid, keys, patience_s
        self._nodes: dict[str, int] = {}
        deadline = time.monotonic() + patience_s
        while missing := [name for name in keys if name not in self._nodes]:
            if time.monotonic() > deadline:
                raise DeploymentError(f"{', '.join(missing)}: no such node came, by its key")
            self._online()
            time.sleep(POLL_S)

    def set_run(self, run: Any) -> None:
        """Remember the run that Flower hands over."""
        self._grid.set_run(run)

    @property
    def run(self) -> Any:
        """The run."""
        return self._grid.run

    def create_message(self, *given: Any, **named: Any) -> Message:
        """Create a message (deprecated in Flower, still abstract in its Grid)."""
        return self._grid.create_message(*given, **named)

    def get_node_ids(self) -> Iterable[int]:
        """Return the partners' nodes in fixed order, at home or not."""
        return [self._nodes[name] for name in self._keys]

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        """Send messages."""
        return self._grid.push_messages(messages)

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        """Return the replies that have come."""
        return self._grid.pull_messages(message_ids)

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> Iterable[Message]:
        """Send, wait and ask again; return the replies in the order of partners.

        An error takes the place of a late reply.
        """
        open_ = {message.metadata.dst_node_id: message for message in messages}
        place = {node: number for number, node in enumerate(self.get_node_ids())}
        asked: dict[str, int] = {}
        replies: dict[int, Message] = {}
        deadline = time.monotonic() + (timeout or self._patience_s)
        while len(replies) < len(open_) and time.monotonic() < deadline:
            waiting = set(open_) - set(replies) - set(asked.values())
            for node in waiting & self._online():
                asked |= self._ask(node, open_[node])
            for reply in self._grid.pull_messages(list(asked)) if asked else ():
                node = asked.pop(reply.metadata.reply_to_message_id)
                if reply.has_error() and reply.error.code in LOST:
                    log.warning("partner %d is lost from sight; asked again later", place[node])
                    continue
                replies[node] = reply
            time.sleep(POLL_S)
        for node in set(open_) - set(replies):
            replies[node] = Message(Error(code=0, reason="no answer"), reply_to=open_[node])
        answers = [reply for reply in replies.values() if reply.has_content()]
        self.messages += len(open_) + len(answers)
        self.bytes_moved += sum(bytes_of(message.content) for message in open_.values())
        self.bytes_moved += sum(bytes_of(reply.content) for reply in answers)
        return [replies[node] for node in sorted(replies, key=lambda node: place[node])]

    def _ask(self, node: int, message: Message) -> dict[str, int]:
        """Send a message as a network carries it; return its id."""
        meta = message.metadata
        copy = Message(encoded(message.content), node, meta.message_type, ttl=meta.ttl)
        return {number: node for number in self._grid.push_messages([copy]) if number}

    def _online(self) -> set[int]:
        """Return the nodes of partners that are online now, and record their partners."""
        by_key = {bytes(node.public_key): node.node_id for node in self._grid.get_nodes()}
        online = {name: by_key[key] for name, key in self._keys.items() if key in by_key}
        self._nodes |= online
        return set(online.values())
