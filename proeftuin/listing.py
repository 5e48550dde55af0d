"""What there is to choose from, and plain-text tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

GROUPS = {
    "study": "studies",
    "world": "worlds",
    "scenario": "scenarios",
    "regime": "regimes, what is shared",
    "privacy": "privacy policies",
    "detector": "detectors",
    "federation": "federations",
    "tracking": "tracking, where MLflow keeps the ledger",
}


class Choice(NamedTuple):
    """One option of a group of settings."""

    group: str
    option: str
    about: str


def choices(conf: Path) -> list[Choice]:
    """Return every option in the folder of settings, with the line it gives about itself."""
    return [
        Choice(group, path.stem, _about(path))
        for group in GROUPS
        for path in sorted((conf / group).glob("*.yaml"))
    ]


def listing(conf: Path) -> str:
    """Return the text of ``proeftuin list``: every group with its options, a line each."""
    found = choices(conf)
    width = max(len(choice.option) for choice in found)
    blocks = []
    for group, title in GROUPS.items():
        lines = [
            f"  {group}={choice.option:{width}}  {choice.about}"
            for choice in found
            if choice.group == group
        ]
        blocks.append("\n".join([title[0].upper() + title[1:], *lines]))
    return "\n\n".join(blocks)


def _about(path: Path) -> str:
    from omegaconf import OmegaConf

    content = OmegaConf.load(path)
    about = OmegaConf.select(content, "study.about") or OmegaConf.select(content, "about")
    return str(about or "")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned plain-text table; the first column is left-aligned, numbers right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
