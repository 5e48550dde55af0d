"""A partner on a machine of its own: the app that its node runs, a fresh process every message."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from flwr.app import Context, Error, Message

from proeftuin.detectors.scaling import Moments
from proeftuin.errors import PrivacyError
from proeftuin.federation.cohort import pull, round_number, sent
from proeftuin.federation.deployment.folders import read_learner
from proeftuin.federation.joint import client_app as app_of
from proeftuin.federation.personal import State
from proeftuin.federation.vectors import encoded, vector_of
from proeftuin.files import new_file, write_json
from synthetic_data.arrays import Vector

MEMORY, STATES, MODEL = "memory.json", "states", "model.npy"


class Member:
    """The learner of one partner, which stores in its folder the state for later messages.

    Args:
        folder: the partner's own folder.
    """

    def __init__(self, folder: Path) -> None:
        (self._learner, self.own), self._path = read_learner(folder), folder / MEMORY
        self._memory = read_memory(folder)
        self.may_validate, self.examples = self._learner.may_validate, self._learner.examples

    def moments(self) -> Moments:
        """Return what scaling needs; asked again, the same numbers with the same noise."""
        moments = self._learner.moments()
        if not self.may_validate:
            self._remember(statistics_released=True)
        return moments

    def scale(self, moments: Moments) -> None:
        """Store the joint statistics for later messages."""
        total = [float(moments.count), moments.sum.tolist(), moments.sum_of_squares.tolist()]
        self._remember(moments=total)

    def train(self, weights: Vector, training_round: int, proximal: float = 0.0) -> Vector:
        """Learn from the weights, and note the round for the ledger.

        Raises:
            PrivacyError: the round was answered for other weights, and its noise is used up.
        """
        question = json.dumps([self._memory["moments"], proximal]).encode() + weights.tobytes()
        asked, number = hashlib.sha256(question).hexdigest(), str(training_round)
        answered: dict[str, str] = self._memory["answered"]
        if not self.may_validate and answered.get(number, asked) != asked:
            raise PrivacyError(
                f"round {number} was answered for another question; the same noise on a second "
                f"one would hide neither: remove {MEMORY} and take a new seed in learner.json"
            )
        self._ready()
        trained = self._learner.train(weights, training_round, proximal)
        if number not in answered:
            steps = self._memory["steps"] + self._learner.steps
            self._remember(answered=answered | {number: asked}, steps=steps)
        return trained

    def validate(self, weights: Vector) -> float:
        """Return the mean validation loss."""
        self._ready()
        return self._learner.validate(weights)

    def _ready(self) -> None:
        """Bring the learner to where it was after the statistics, by the same steps."""
        self._learner.moments()
        count, *sums = self._memory["moments"]
        self._learner.scale(Moments(np.float64(count), *(np.array(each) for each in sums)))
        self.examples = self._learner.examples

    def _remember(self, **news: Any) -> None:
        self._memory |= news
        write_json(self._path, self._memory)


class Machine:
    """The one partner on a machine, in the folder that its node's config names."""

    _member: Member | None = None

    def member(self, context: Context) -> Member:
        """Return the partner of the node's folder."""
        if self._member is None:
            self._member = Member(_folder(context))
        return self._member

    def train(self, message: Message, context: Context) -> Vector:
        """Return the update after training from the weights in a message; repeated for a repeat."""
        member, number = self.member(context), round_number(message)
        _, state = _state_after(_folder(context), number - 1)
        start = member.own.start(state, vector_of(sent(message)))
        shared = member.own.keep(state, member.train(start, number, pull(message)), number)
        _keep(state, number, _folder(context))
        return shared

    def validate(self, message: Message, context: Context) -> float:
        """Return the validation loss of the model that it has with the weights it was sent."""
        member, joint = self.member(context), vector_of(sent(message))
        _, state = _state_after(_folder(context), round_number(message))
        return member.validate(member.own.model(state, joint))

    def finish(self, message: Message, context: Context) -> None:
        """Write the partner's own model in its folder, now that learning together is over."""
        member, rounds = self.member(context), round_number(message)
        _, state = _state_after(_folder(context), rounds)
        model = member.own.final(state, vector_of(sent(message)), member, rounds)
        np.save(_folder(context) / MODEL, model, allow_pickle=False)


def _folder(context: Context) -> Path:
    return Path(str(context.node_config["folder"]))


def _state_after(folder: Path, training_round: int) -> tuple[int, State]:
    """Return the last round up to this one that the partner took part in, and its state then."""
    rounds = [int(path.stem) for path in (folder / STATES).glob("*.npz")]
    last = max((number for number in rounds if number <= training_round), default=0)
    path = folder / STATES / f"{last}.npz"
    if not path.exists():
        return last, {}
    with np.load(path, allow_pickle=False) as kept:
        return last, dict(kept)


def _keep(state: State, training_round: int, folder: Path) -> None:
    """Write a partner's state down; the one before stays, in case a round is asked for again."""
    if not state:
        return
    (folder / STATES).mkdir(exist_ok=True)
    with new_file(folder / STATES / f"{training_round}.npz") as part, part.open("wb") as file:
        np.savez(file, **state)  # type: ignore[arg-type]
    for old in sorted((folder / STATES).glob("*.npz"), key=lambda path: int(path.stem))[:-2]:
        old.unlink()


def read_memory(folder: Path) -> dict[str, Any]:
    """Return the stored state of a partner: joint statistics, and its own releases."""
    path = folder / MEMORY
    if path.exists():
        memory: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return memory
    return {"statistics_released": False, "moments": None, "answered": {}, "steps": 0}


def _on_a_network(message: Message, context: Context, call_next: Any) -> Message:
    """Encode the replies of the app, refusals for privacy included."""
    try:
        reply: Message = call_next(message, context)
    except PrivacyError as error:
        return Message(Error(code=0, reason=str(error)), reply_to=message)
    reply.content = encoded(reply.content)
    return reply


client_app = app_of(Machine(), mods=[_on_a_network])
