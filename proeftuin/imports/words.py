"""Words that stand for a number: flags, actions, and those that a mapping translates."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from proeftuin.imports.cells import Read, matches, no_value
from proeftuin.imports.fields import Reading
from scenarios.names import NAME, RESERVED
from synthetic_data.arrays import Ints
from synthetic_data.freezes import FREEZE, RELEASE
from synthetic_data.rows import CASH_OUT, LIMIT_RAISE, SAVINGS_IN

#: Meaning of the words of a flag, in any case; ``1.0`` is what pandas writes beside empty cells.
FLAGS = {
    "0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1, "f": 0, "t": 1, "no": 0, "yes": 1,
    "n": 0, "y": 1, "nee": 0, "ja": 1, "j": 1,
}  # fmt: skip
_LIKE_FLAGS = "no 1 or 0, true or false, yes or no, ja or nee"
ACTIONS = {str(kind): kind for kind in (LIMIT_RAISE, SAVINGS_IN, CASH_OUT, FREEZE, RELEASE)}


def read_words(reading: Reading, text: pa.Array, given: Mapping[str, str] | None) -> Read:
    """Read names, or the numbers of flags and actions.

    Args:
        reading: what the column means.
        text: (n,) trimmed words.
        given: translation of the words in the file; None for words as they are.
    """
    empty = no_value(text)
    if reading is Reading.NAME and given is None:
        values = np.asarray(pc.fill_null(text, "").to_numpy(zero_copy_only=False))
        fits = matches(text, f"^{NAME.pattern}$") & ~np.isin(values, list(RESERVED))
        expected = "is no name of lower-case letters, digits, - and _; translate it with values"
        return Read(values, empty, ~fits & ~empty, expected)
    standard = {Reading.FLAG: FLAGS, Reading.ACTION: ACTIONS}.get(reading, {})
    known: Mapping[str, Any] = standard
    if given is not None:
        known = {word: standard.get(to.lower(), to) for word, to in given.items()}
    place = places(text, known)
    values = np.array(list(known.values()))[place]
    allowed = _LIKE_FLAGS if known is FLAGS else f"none of {', '.join(known)}"
    expected = f"is {allowed}; say under values what it means"
    return Read(values, empty, (place < 0) & ~empty, expected)


def places(text: pa.Array, words: Mapping[str, Any]) -> Ints:
    """Return (n,) which word each text is, -1 for none; without case, unless words differ in it."""
    known, lower = list(words), [word.lower() for word in words]
    if len(set(lower)) == len(lower):
        known, text = lower, pc.utf8_lower(text)
    found = pc.index_in(text, value_set=pa.array(known, pa.string()))
    place: NDArray[np.int64] = pc.fill_null(found, -1).to_numpy(zero_copy_only=False)
    return place
