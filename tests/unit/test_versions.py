"""A figure that an older world gave must say so; a world that changes must be noticed."""

import re
from pathlib import Path

import pytest

from proeftuin import __version__
from proeftuin.settings.compose import settings_for
from synthetic_data import WORLDS_SINCE
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate
from tests.fixtures.documents import ROOT

READMES = sorted(ROOT.glob("experiments/*/README.md"))
CHANGED = "the world has changed since"
#: Rows of a small world with every sector and form, as the version ``WORLDS_SINCE`` makes it.
ROWS: dict[str, int] = {
    "payments": 62351,
    "actions": 7669,
    "statements": 4690,
    "calls": 215957,
    "orders": 4921,
    "checkouts": 21158,
    "listings": 4737,
    "contacts": 12322,
    "transfers": 1430,
    "clicks": 22372,
    "accounts": 1578,
    "subscribers": 1014,
    "customers": 1617,
    "users": 2001,
    "merchants": 12,
    "traders": 101,
    "members": 2000,
    "advertisers": 103,
    "labels": 59,
}


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.parent.name)
def test_figures_of_an_older_world_say_so(readme: Path) -> None:
    text = readme.read_text("utf-8")
    [made] = re.findall(r"\*\*What it found\*\* \([^)]*?version (\d+\.\d+\.\d+)", text, re.DOTALL)
    assert (CHANGED in text) == (_number(made) < _number(WORLDS_SINCE))


def test_no_world_is_newer_than_the_package() -> None:
    assert _number(WORLDS_SINCE) <= _number(__version__)


def test_a_world_that_changes_gets_a_version_of_its_own() -> None:
    """If this fails by design: raise ``WORLDS_SINCE`` with the package's version, renew ``ROWS``,
    and let the READMEs of ``experiments`` say that the world has changed since.
    """
    settings = settings_for(
        ["world=hamlet", "scenario=mix", "world.market.absent=[]", "world.population.persons=1000"]
    )
    world, _ = generate(settings.world, settings.scenario, Seeds(42).child("world"))
    rows = {table: len(rows) for table, rows in world.tables.items()}
    assert rows | {"labels": len(world.labels)} == ROWS
