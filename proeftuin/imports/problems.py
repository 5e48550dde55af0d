"""All problems of imported files, reported at once: file, row, column and what was expected."""

from collections.abc import Sequence

import numpy as np

from proeftuin.errors import SettingsError
from synthetic_data.arrays import Ints

LIMIT = 20  #: lines shown per file; the rest is counted


class Problems:
    """Collects problems by file; nothing is imported while there are any."""

    def __init__(self) -> None:
        self._lines: dict[str, list[tuple[int, str]]] = {}
        self._count: dict[str, int] = {}

    def add(self, file: str, text: str, row: int = 0) -> None:
        """Record a problem of a file, or of one of its rows."""
        place = f"{file}, row {row}" if row else file
        self._note(file, [(row, f"{place}: {text}")], 1)

    def cells(
        self,
        file: str,
        column: str,
        rows: Ints,
        text: str,
        values: Sequence[object] | None = None,
    ) -> None:
        """Record the same problem in many rows of a column.

        Args:
            file: file as the mapping names it.
            column: column as the file names it.
            rows: (n,) row numbers.
            text: what is wrong and how to solve it.
            values: (n,) content of the cells; None for identifiers, which may be personal data.
        """
        shown = (
            [""] * min(LIMIT, len(rows))
            if values is None
            else [f"'{value}' " for value in values[:LIMIT]]
        )
        lines = [
            (int(row), f"{file}, row {row}, column '{column}': {value}{text}")
            for row, value in zip(rows[:LIMIT], shown, strict=True)
        ]
        self._note(file, lines, len(rows))

    def refuse(self) -> None:
        """Raise if any problem was recorded.

        Raises:
            SettingsError: with all problems, at most ``LIMIT`` per file.
        """
        messages = []
        for file, lines in self._lines.items():
            messages += [line for _, line in sorted(lines)[:LIMIT]]
            if self._count[file] > LIMIT:
                messages.append(f"{file}: ... and {self._count[file] - LIMIT:,} more")
        if messages:
            raise SettingsError(messages)

    def _note(self, file: str, lines: list[tuple[int, str]], count: int) -> None:
        # Only the first rows of each kind can end up among the lines that are shown.
        self._lines.setdefault(file, []).extend(lines)
        self._count[file] = self._count.get(file, 0) + count


def first_of_each(values: Ints) -> Ints:
    """Return for every value the index at which it occurs first.

    Args:
        values: (n,) codes.

    Returns:
        (n,) indices; equal to ``arange(n)`` where a value is new.
    """
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], dtype=np.int64)
