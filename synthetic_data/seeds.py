"""Random streams by name: one root seed, one independent generator for every named axis.

Two streams with different names never share numbers, and adding a stream changes no other:
worlds stay comparable when the code grows (SeedSequence spawn keys; O'Neill 2014, NumPy NEP 19).
"""

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Seeds:
    """A point in the tree of named random streams.

    Attributes:
        root: the study's seed, any non-negative integer.
        axes: names from the root to here, e.g. ``("repetition", "3", "world")``.
    """

    root: int
    axes: tuple[str, ...] = ()

    def child(self, *axes: str | int) -> "Seeds":
        """Return the subtree below the given axes."""
        return Seeds(self.root, (*self.axes, *map(str, axes)))

    def rng(self, *axes: str | int) -> np.random.Generator:
        """Return a fresh generator for the named stream; the same names give the same numbers."""
        return np.random.Generator(np.random.SFC64(self._sequence(*axes)))

    def integer(self, *axes: str | int) -> int:
        """Return a 63-bit seed for a library that takes an integer (torch, scikit-learn)."""
        return int(self._sequence(*axes).generate_state(1, np.uint64)[0] >> np.uint64(1))

    def _sequence(self, *axes: str | int) -> np.random.SeedSequence:
        names = self.child(*axes).axes
        digest = hashlib.sha256("/".join(names).encode()).digest()
        words = np.frombuffer(digest, dtype=np.uint32)
        return np.random.SeedSequence(self.root, spawn_key=tuple(int(w) for w in words))
