"""Names of Flower that are not part of its public API; nothing else in the package touches one.

Tried with Flower 1.41.0 and 1.42.0. ``tests/unit/test_internals.py`` fails when a name goes.
"""

from flwr.app import Message
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity


def empty_run(run_id: int) -> Run:
    """Return a run without an app, for a grid that Flower did not start."""
    return Run.create_empty(run_id)


def identify_process(run_id: int, node_id: int) -> None:
    """Set the task identity of this process, as Flower's own start-up does; messages carry it."""
    TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, run_id, node_id


def set_message_id(message: Message, number: str) -> None:
    """Give a message its id, as Flower's own grids do; there is no public setter."""
    message.metadata.__dict__["_message_id"] = number
