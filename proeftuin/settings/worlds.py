"""The world of a study: one to be generated, or one that is stored in a folder.

The rest of the program asks :func:`partners` and :func:`persons`, whichever it is.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Tag, computed_field
from pydantic.dataclasses import dataclass

from proeftuin.errors import SettingsError
from proeftuin.sectors import BANK
from proeftuin.settings.paths import Folder
from scenarios.parameters import STRICT
from scenarios.registry import Scenario, check_scenario
from synthetic_data.settings import SectorName, WorldSettings


def _about(folder: str) -> dict[str, Any]:
    from synthetic_data.stored import read_about  # loads pandas

    return read_about(Path(folder))


def _holds_a_world(folder: str) -> str:
    _about(folder)
    return folder


def _a_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("is no date like 2018-08-14") from None
    return text


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LeftOut:
    """Sectors that take no part, although the tables of some are stored."""

    absent: tuple[SectorName, ...]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StoredWorld:
    """A stored world, such as ``proeftuin import`` writes.

    Attributes:
        name: marks a stored world.
        about: one line for ``proeftuin list`` and the report.
        folder: its folder.
        market: the sectors to leave out.
        until: last day that counts, as a date of the imported files; None for all days.
    """

    name: Literal["stored"]
    about: str
    folder: Annotated[Folder, AfterValidator(_holds_a_world)]
    market: LeftOut
    until: Annotated[str, AfterValidator(_a_date)] | None

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def stored(self) -> dict[str, Any]:
        """The contents of ``world.json``, without its list of source files."""
        about = _about(self.folder)
        origin = {key: value for key, value in about["origin"].items() if key != "files"}
        return {**about, "origin": origin}

    @property
    def days(self) -> int:
        """Length of the world, as far as it counts."""
        whole = int(self.stored["days"])
        begins = self.begins
        if self.until is None or begins is None:
            return whole
        return min(whole, (date.fromisoformat(self.until) - begins).days + 1)

    @property
    def begins(self) -> date | None:
        """First day, if the rows have dates: those of an import."""
        start = self.stored["origin"].get("start")
        return None if start is None else datetime.fromisoformat(start).date()


def _kind_of_world(world: Any) -> str:
    name = world.get("name") if isinstance(world, dict) else getattr(world, "name", None)
    return "stored" if name == "stored" else "generated"


AnyWorld = Annotated[
    Annotated[WorldSettings, Tag("generated")] | Annotated[StoredWorld, Tag("stored")],
    Discriminator(_kind_of_world),
]


def partners(world: WorldSettings | StoredWorld, sector: str) -> tuple[str, ...]:
    """Return the partner names of a sector by index; none if it takes no part."""
    if sector in world.market.absent:
        return ()
    if isinstance(world, StoredWorld):
        return tuple(world.stored["partners"].get(sector, ()))
    return world.market.partners(sector)


def persons(world: AnyWorld) -> int:
    """Return the number of adults in a world."""
    return (
        int(world.stored["persons"])
        if isinstance(world, StoredWorld)
        else (world.population.persons)
    )


def generated(world: AnyWorld) -> WorldSettings:
    """Return the settings of a world that is to be generated.

    Raises:
        SettingsError: the world is stored already.
    """
    if isinstance(world, StoredWorld):
        raise SettingsError(
            [
                "world=stored: is in a folder already and has no figures of its own; generate and "
                "inspect are for the other worlds (proeftuin list shows them)"
            ]
        )
    return world


def check_world(world: AnyWorld, scenario: Scenario, repetitions: int) -> list[str]:
    """Return one sentence for everything about a world that cannot be studied.

    Args:
        world: the world.
        scenario: the fraud that is to be in it.
        repetitions: number of worlds.
    """
    if not isinstance(world, StoredWorld):
        return check_scenario(scenario, world.days, partners(world, BANK))
    problems = [*_check_until(world)]
    if scenario.forms:
        problems.append(
            f"scenario={scenario.name}: a stored world has its own fraud, and none can be "
            "added; leave scenario out, or write scenario=none"
        )
    if repetitions > 1:
        generated = not world.stored["origin"]
        more = (
            ", or give the settings that it was generated with in place of world=stored, which "
            "makes as many worlds of its size as you like"
        )
        problems.append(
            f"repetitions={repetitions}: a stored world is one world, and training it "
            "again would give intervals that say nothing about other worlds; write repetitions=1"
            + (more if generated else "")
        )
    if BANK not in world.stored["partners"]:
        problems.append(
            f"world.folder={world.folder}: has no bank, and payments are what a study judges; "
            "import the rows of other parties as payments (docs/import.md, A sector of your own)"
        )
    problems += [
        f"world.folder={world.folder}: {bank} lists businesses only, for all its ages are empty; "
        "only payments by private customers are judged; import it with ages, or without age"
        for bank, customers in world.stored["customers"].items()
        if customers == 0
    ]
    return problems


def _check_until(world: StoredWorld) -> Iterator[str]:
    begins = world.begins
    if world.until is None:
        return
    if begins is None:
        yield f"world.until={world.until}: a generated world has no dates; write world.until=null"
    elif not 0 < (date.fromisoformat(world.until) - begins).days < int(world.stored["days"]):
        last = begins + timedelta(days=int(world.stored["days"]) - 1)
        lasts = f"the world lasts from {begins} to {last}"
        yield f"world.until={world.until}: {lasts}; name a day of it"
