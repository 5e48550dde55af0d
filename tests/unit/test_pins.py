"""What make installs is the pinned set, each file with its hash, from whatever index."""

import re
from pathlib import Path

REQUIREMENT = re.compile(r"([\w.-]+==\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


def pinned(root: Path) -> list[str]:
    return [line for line in (root / "constraints.txt").read_text().splitlines() if line[0] != "#"]


def test_the_hashes_are_of_the_pinned_versions(root: Path) -> None:
    """Otherwise a version that was raised in one file would never be installed."""
    hashed = [found[1] for found in REQUIREMENT.finditer((root / "requirements.txt").read_text())]
    kept = [name for name in pinned(root) if not name.startswith("torch==")]
    assert sorted(map(str.lower, hashed)) == sorted(each.lower().replace("_", "-") for each in kept)


def test_nothing_is_installed_without_a_hash_or_from_a_place_of_its_own(root: Path) -> None:
    rest = REQUIREMENT.sub("", (root / "requirements.txt").read_text())
    assert all(line.startswith("#") for line in rest.splitlines()), rest
    assert "://" not in rest
