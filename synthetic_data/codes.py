"""Identifiers: pseudonymous codes that reveal nothing about the entity behind them.

A code is a keyed bijection of the entity's own number (a Feistel-like mix of odd multiplications
and xor-shifts modulo a power of two): no table has to be stored, and no two entities share a code.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from synthetic_data.arrays import Ints
from synthetic_data.seeds import Seeds

ENTITY_BITS = 31  #: entities: accounts, phones, devices, addresses, customers, merchants
EVENT_BITS = 62  #: rows: payments, orders, checkouts and so on
ROUNDS = 3


class Codes:
    """Codes of one kind of entity or row.

    Args:
        seeds: subtree of the world.
        kind: kind of entity or row; kinds have independent keys.
        bits: both codes and the numbers behind them lie in ``[0, 2**bits)``.
    """

    def __init__(self, seeds: Seeds, kind: str, bits: int = ENTITY_BITS) -> None:
        rng = seeds.rng("codes", kind)
        self._bits = bits
        self._mask = np.uint64((1 << bits) - 1)
        self._shift = np.uint64(bits // 2)
        keys = rng.integers(0, 1 << bits, (ROUNDS, 2), dtype=np.uint64)
        self._odd, self._add = keys[:, 0] | np.uint64(1), keys[:, 1]

    def __call__(self, number: Ints) -> NDArray[np.int64]:
        """Return the (rows,) codes of numbers; a negative number (no entity) stays unchanged."""
        code = number.astype(np.uint64)
        for odd, add in zip(self._odd, self._add, strict=True):
            code *= odd
            code += add
            code &= self._mask
            code ^= code >> self._shift
        signed = code.view(np.int64)
        nobody = number < 0
        if nobody.any():
            signed[nobody] = number[nobody]
        return signed


class RowNumbers:
    """Codes of rows: every source and chunk has its own range of numbers.

    Ordinary life and journeys have separate ranges, so a world without fraud has the same codes of
    ordinary rows.
    """

    SOURCES: ClassVar[dict[str, int]] = {"ordinary": 0, "journeys": 1}

    def __init__(self, seeds: Seeds) -> None:
        self._seeds = seeds

    def draw(self, table: str, source: str, chunk: int, size: int) -> NDArray[np.int64]:
        """Return (size,) codes for the rows of a table that a source generates in a chunk."""
        first = (chunk << 36) | (self.SOURCES[source] << 35)
        return Codes(self._seeds, table, EVENT_BITS)(first + np.arange(size, dtype=np.int64))
