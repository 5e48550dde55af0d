"""All problems of imported files, reported at once: file, row, column and what was expected.

Files may hold anything about anybody, so a message shows the shape of a cell and not the cell, and
is of bounded length.
"""

import re
from collections.abc import Sequence

import numpy as np

from proeftuin.errors import SettingsError
from scenarios.foreign import one_line
from synthetic_data.arrays import Ints

LIMIT = 20  #: lines shown per file; the rest is counted
KEPT = 50 * LIMIT  #: lines kept per file, of which the first are shown
LONGEST_FILE = 200  #: characters of the name of a file
LONGEST_NAME = 40  #: characters of a column's name
LONGEST_SHAPE = 30  #: characters of a cell's shape


class Problems:
    """Collects problems by file; nothing is imported while there are any."""

    def __init__(self) -> None:
        self._lines: dict[str, list[tuple[int, str]]] = {}
        self._count: dict[str, int] = {}

    def add(self, file: str, text: str, row: int = 0) -> None:
        """Record a problem of a file, or of one of its rows."""
        name = one_line(file, LONGEST_FILE)
        place = f"{name}, row {row}" if row else name
        self._note(file, [(row, f"{place}: {text}")], 1)

    def cells(
        self,
        file: str,
        column: str,
        rows: Ints,
        text: str | Sequence[str],
        values: Sequence[object] | None = None,
        count: int = 0,
    ) -> None:
        """Record the same problem in many rows of a column.

        Args:
            file: file as the mapping names it.
            column: column as the file names it.
            rows: (n,) row numbers.
            text: what is wrong and how to solve it; for all rows, or for each of the first
                ``LIMIT``.
            values: (n,) content of the cells, of which the shape is shown; None shows nothing.
            count: how many rows there are, if more than are given.
        """
        shown = (
            [""] * min(LIMIT, len(rows))
            if values is None
            else [f"'{shape(value)}' " for value in values[:LIMIT]]
        )
        texts = [text] * len(shown) if isinstance(text, str) else text
        name = one_line(file, LONGEST_FILE)
        lines = [
            (int(row), f"{name}, row {row}, column '{column}': {value}{each}")
            for row, value, each in zip(rows[:LIMIT], shown, texts, strict=True)
        ]
        self._note(file, lines, max(count, len(rows)))

    def refuse(self) -> None:
        """Raise if any problem was recorded.

        Raises:
            SettingsError: with all problems, at most ``LIMIT`` per file.
        """
        messages = []
        for file, lines in self._lines.items():
            messages += [one_line(line) for _, line in sorted(lines)[:LIMIT]]
            if self._count[file] > LIMIT:
                more = f"... and {self._count[file] - LIMIT:,} more"
                messages.append(f"{one_line(file, LONGEST_FILE)}: {more}")
        if messages:
            raise SettingsError(messages)

    def _note(self, file: str, lines: list[tuple[int, str]], count: int) -> None:
        kept = self._lines.setdefault(file, [])
        if len(kept) < KEPT:
            kept += lines
        self._count[file] = self._count.get(file, 0) + count


def shape(value: object) -> str:
    """Return the form of a cell without its content: 9 for a digit, a or A for a letter."""
    text = one_line(value, LONGEST_SHAPE)
    return re.sub(
        r"[^\W\d_]", lambda sign: "A" if sign[0].isupper() else "a", re.sub(r"\d", "9", text)
    )


def like_a_name(text: str) -> bool:
    """Return whether a cell of a first row looks like the name of a column, not like data.

    What begins with a digit, has many of them, or is an address of mail may be anybody's.
    """
    is_word = re.fullmatch(r"[^\W\d](?!.*\d{3})[\w .()/€%+-]*", text)
    return bool(is_word) and len(text) <= LONGEST_NAME and len(re.findall(r"\d", text)) <= 3


def listed(names: Sequence[str]) -> str:
    """Return names for a message, at most ``LIMIT`` of them; of what is no name, the shape."""
    more = f" and {len(names) - LIMIT:,} more" if len(names) > LIMIT else ""
    shown = [name if like_a_name(name) else shape(name) for name in names[:LIMIT]]
    return f"{', '.join(shown)}{more}"


def first_of_each(values: Ints) -> Ints:
    """Return for every value the index at which it occurs first.

    Args:
        values: (n,) codes.

    Returns:
        (n,) indices; equal to ``arange(n)`` where a value is new.
    """
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.int64)
