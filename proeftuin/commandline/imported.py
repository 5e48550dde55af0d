"""What an import says when it is done."""

from collections.abc import Iterator
from pathlib import Path

from proeftuin.imports.summary import SUMMARY, Cells, Summary

WEEKS = 26  #: shown
SHARES = {"empty": "without a value", "by_word": "by a word for none", "clipped": "beyond bounds"}


def told(summary: Summary, folder: Path) -> str:
    """Return what an import made, in lines; its file has every column and identifier."""
    return "\n".join([*_lines(summary), f"{folder} ({SUMMARY} has all of this, and more)"])


def _lines(summary: Summary) -> Iterator[str]:
    for table, rows in summary.stored.items():
        yield f"{table:<14}{rows:>14,} rows"
    yield f"{summary.days} days from {summary.start}; partners: {', '.join(summary.rows)}"
    fraud = ", ".join(f"{count:,} of {table}" for table, count in summary.fraud.items())
    yield f"counts as fraud: {fraud or 'nothing'} (what was reported and not withdrawn)"
    *weeks, later = summary.reports_per_week
    shown = ", ".join(map(str, weeks[:WEEKS])) + (", ..." if len(weeks) > WEEKS else "")
    yield f"reports by week: {shown}; after the last day: {later}"
    for link in summary.links:
        if link.all:
            yield f"linked: {link.known:,} of {link.all:,} {link.what}"
    for used in summary.used:
        if used.rank == 1 and used.rows > 1:
            yield (
                f"most used {used.table}.{used.column}: hash {used.code}..., "
                f"{used.rows:,} rows ({used.share:.0%}), "
                f"{used.users:,} {used.user}{'s' if used.users != 1 else ''}"
            )
    for cells in summary.cells:
        if shares := ", ".join(_shares(cells)):
            yield f"{cells.partner}.{cells.table}.{cells.column}: {shares}"
    for warning in summary.warnings:
        yield f"warning: {warning}"


def _shares(cells: Cells) -> Iterator[str]:
    """Yield what is odd about a column that the file has."""
    if cells.absent:
        return
    for name, words in SHARES.items():
        if share := getattr(cells, name):
            yield f"{share:.1%} {words}"
    if cells.rewritten:
        yield f"{cells.rewritten:.1%} written in another way than usual"
