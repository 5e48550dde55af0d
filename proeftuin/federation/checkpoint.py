"""The progress of a training, in one file: a killed training resumes after its last whole round.

Random numbers need no place here: every round draws from streams of its own name, so an interrupted
round is repeated with the same numbers, for the same query. Earlier releases are in the file, so no
ledger starts anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from proeftuin.detectors.gradient import GradientLearner
from proeftuin.federation.personal import State
from proeftuin.files import new_file
from synthetic_data.arrays import Floats, Vector

_VECTORS = ("weights", "total", "carried", "own")


@dataclass(frozen=True, eq=False)
class Progress:
    """The state that later rounds depend on.

    Attributes:
        finished: number of finished rounds.
        weights: flat float32 vector, or trees as bytes, of the last round.
        total: sum of the weights of the rounds that the model is the mean of; empty before these.
        losses: (round, validation loss) pairs.
        incidents: place, round and kind.
        bytes_moved, messages: traffic of the network.
        released: noisy releases of every learner in this process, for its ledger.
        carried: state of the strategy between rounds, flat vectors by name.
        own: personal state of partners in this process, flat vectors by place and name.
    """

    finished: int
    weights: Vector
    total: Floats = field(default_factory=lambda: np.zeros(0))
    losses: list[tuple[int, float]] = field(default_factory=list)
    incidents: list[tuple[int, int, str]] = field(default_factory=list)
    bytes_moved: int = 0
    messages: int = 0
    released: list[int] = field(default_factory=list)
    carried: Mapping[str, Vector] = field(default_factory=dict)
    own: Mapping[int, Mapping[str, Vector]] = field(default_factory=dict)


def save_progress(progress: Progress, path: Path) -> None:
    """Write a file at once; a process killed meanwhile leaves the previous file.

    A line of JSON, and behind it every vector in NumPy's format: a zip archive would take longer
    than a small round.
    """
    own = {(place, name): each for place, by in progress.own.items() for name, each in by.items()}
    vectors = [progress.weights, progress.total, *progress.carried.values(), *own.values()]
    plain = {name: value for name, value in vars(progress).items() if name not in _VECTORS}
    with new_file(path) as part, part.open("wb") as file:
        names = {"carried": list(progress.carried), "own": list(own)}
        file.write(json.dumps(plain | names).encode() + b"\n")
        for vector in vectors:
            np.save(file, vector, allow_pickle=False)


def load_progress(path: Path) -> Progress | None:
    """Return what :func:`save_progress` wrote, or None if there is no such file."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        plain: dict[str, Any] = json.loads(file.readline())
        weights, total = (np.load(file, allow_pickle=False) for _ in range(2))
        carried = {name: np.load(file, allow_pickle=False) for name in plain.pop("carried")}
        own: dict[int, dict[str, Vector]] = {}
        for place, name in plain.pop("own"):
            own.setdefault(place, {})[name] = np.load(file, allow_pickle=False)
    pairs = {name: [tuple(row) for row in plain[name]] for name in ("losses", "incidents")}
    return Progress(weights=weights, total=total, carried=carried, own=own, **plain | pairs)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The checkpoint file of a training, with the state of partners in this process.

    Attributes:
        path: the file; a training resumes from it if it exists.
        learners: partners in this process, whose releases are saved.
        states: their personal state, by place.
    """

    path: Path
    learners: Sequence[GradientLearner] = ()
    states: dict[int, State] = field(default_factory=dict)

    def load(self) -> Progress | None:
        """Return the progress, with every partner put where it was; None if there is none yet."""
        progress = load_progress(self.path)
        if progress is not None:
            for learner, steps in zip(self.learners, progress.released, strict=True):
                learner.steps = steps
            self.states.update({place: dict(state) for place, state in progress.own.items()})
        return progress

    def save(self, progress: Progress) -> None:
        """Write the progress of the server, and that of the partners beside it."""
        released = [learner.steps for learner in self.learners]
        save_progress(replace(progress, released=released, own=self.states), self.path)
