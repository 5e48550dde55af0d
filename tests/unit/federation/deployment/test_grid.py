"""On a network nobody is forgotten, nobody unknown is talked to, and sums keep their order."""

from collections.abc import Callable, Iterable
from types import SimpleNamespace

import numpy as np
import pytest
from flwr.app import Array, ArrayRecord, Error, Message, MessageType, RecordDict

from proeftuin.errors import DeploymentError
from proeftuin.federation.deployment.grid import LOST, Network
from proeftuin.federation.flower_internals import identify_process
from proeftuin.federation.vectors import LocalArray, record_of

KEYS = {"bank_a": b"key of a", "bank_b": b"key of b", "bank_c": b"key of c"}
NODES = {b"key of c": 11, b"key of a": 33, b"key of b": 22, b"key of a stranger": 7}


class FakeGrid:
    """Nodes that answer in whatever way a test wants, the last one asked first."""

    def __init__(self, answer: Callable[[Message, int], Message | None]) -> None:
        self.answer, self.online = answer, dict(NODES)
        self.asked: list[tuple[int, str]] = []
        self._open: dict[str, Message] = {}

    def get_nodes(self) -> Iterable[SimpleNamespace]:
        return [SimpleNamespace(node_id=i, public_key=key) for key, i in self.online.items()]

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        numbers = []
        for message in messages:
            number = f"m{len(self.asked)}"
            message.metadata.__dict__["_message_id"] = number
            self.asked.append((message.metadata.dst_node_id, number))
            self._open[number] = message
            numbers.append(number)
        return numbers

    def pull_messages(self, numbers: Iterable[str]) -> list[Message]:
        times = [node for node, _ in self.asked]
        replies = []
        for number in sorted(numbers, reverse=True):
            message = self._open[number]
            reply = self.answer(message, times.count(message.metadata.dst_node_id))
            if reply is not None:
                replies.append(reply)
        return replies


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proeftuin.federation.deployment.grid.POLL_S", 0.0)
    identify_process(1, 1)


def question(nodes: Iterable[int]) -> list[Message]:
    content = RecordDict({"arrays": record_of("weights", np.ones(3, dtype=np.float32))})
    return [Message(content, node, MessageType.TRAIN) for node in nodes]


def echo(message: Message, times: int) -> Message:
    return Message(message.content, reply_to=message)


def sources(replies: Iterable[Message]) -> list[int]:
    return [reply.metadata.src_node_id for reply in replies]


def test_replies_come_in_the_order_of_partners_whoever_answers_first() -> None:
    seen = Network(FakeGrid(echo), KEYS, 5.0)  # type: ignore[arg-type]
    assert list(seen.get_node_ids()) == [33, 22, 11]
    assert sources(seen.send_and_receive(question([11, 22, 33]))) == [33, 22, 11]
    assert seen.messages == 6


def test_a_node_with_a_key_of_nobody_is_not_talked_to() -> None:
    grid = FakeGrid(echo)
    seen = Network(grid, KEYS, 5.0)  # type: ignore[arg-type]
    list(seen.send_and_receive(question(seen.get_node_ids())))
    assert {node for node, _ in grid.asked} == {11, 22, 33}


def test_what_travels_is_encoded_as_flower_reads_it() -> None:
    def look(message: Message, times: int) -> Message:
        record = message.content["arrays"]
        assert isinstance(record, ArrayRecord)
        assert type(record["weights"]) is Array
        assert not isinstance(record["weights"], LocalArray)
        np.testing.assert_array_equal(record["weights"].numpy(), np.ones(3))
        return echo(message, times)

    list(Network(FakeGrid(look), KEYS, 5.0).send_and_receive(question([11])))  # type: ignore[arg-type]


def test_a_partner_that_is_lost_is_asked_again_when_it_is_back() -> None:
    def lost_once(message: Message, times: int) -> Message:
        if message.metadata.dst_node_id == 22 and times == 1:
            return Message(Error(code=LOST[2], reason="node unavailable"), reply_to=message)
        return echo(message, times)

    grid = FakeGrid(lost_once)
    seen = Network(grid, KEYS, 5.0)  # type: ignore[arg-type]
    replies = list(seen.send_and_receive(question([33, 22, 11])))
    assert [reply.has_error() for reply in replies] == [False] * 3
    assert [node for node, _ in grid.asked].count(22) == 2
    assert seen.messages == 6  # the same as if nothing had happened


def test_a_partner_that_stays_away_is_an_error_and_stops_nothing() -> None:
    grid = FakeGrid(lambda message, times: None if message.metadata.dst_node_id == 22 else echo(
        message, times
    ))  # fmt: skip
    seen = Network(grid, KEYS, 5.0)  # type: ignore[arg-type]
    replies = list(seen.send_and_receive(question([33, 22, 11]), timeout=0.05))
    assert sources(replies) == [33, 22, 11]
    assert [reply.has_error() for reply in replies] == [False, True, False]


def test_an_error_of_the_partner_itself_is_not_asked_again() -> None:
    def broken(message: Message, times: int) -> Message:
        return Message(Error(code=2, reason="broken"), reply_to=message)

    grid = FakeGrid(broken)
    seen = Network(grid, KEYS, 5.0)  # type: ignore[arg-type]
    assert [r.error.reason for r in seen.send_and_receive(question([33]))] == ["broken"]
    assert len(grid.asked) == 1


def test_a_partner_that_never_came_is_named() -> None:
    grid = FakeGrid(echo)
    del grid.online[b"key of b"]
    with pytest.raises(DeploymentError, match="bank_b"):
        Network(grid, KEYS, 0.05)  # type: ignore[arg-type]
