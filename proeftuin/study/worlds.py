"""The worlds of a study: generated from its settings and seed, or read from a stored world."""

from pathlib import Path

from proeftuin.errors import SettingsError
from proeftuin.files import new_folder
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import StoredWorld, generated
from synthetic_data.seeds import Seeds
from synthetic_data.shortening import first_days
from synthetic_data.stored import StoredWorldError, load_world
from synthetic_data.storing import Written
from synthetic_data.world import Truth, World, generate


def seeds_of(settings: Settings, repetition: int) -> Seeds:
    """Return the streams of a repetition."""
    return Seeds(settings.seed).child("repetition", repetition)


def world_of(settings: Settings, seeds: Seeds) -> tuple[World, Truth]:
    """Make the world of a repetition, or read the stored one.

    Raises:
        SettingsError: a part of the stored world is missing.
    """
    world = settings.world
    if not isinstance(world, StoredWorld):
        return generate(world, settings.scenario, seeds)
    try:
        return first_days(*load_world(Path(world.folder), world.market.absent), world.days)
    except StoredWorldError as error:
        raise SettingsError([f"world.folder={world.folder}: {error}"]) from error


def write_world(settings: Settings, folder: Path) -> Written:
    """Write the first world of a study: the tables of each party, and the truth apart."""
    from synthetic_data.storing import write_world as write

    world = generated(settings.world)
    with new_folder(folder) as place:
        return write(world, settings.scenario, seeds_of(settings, 0).child("world"), place)


def first_world(settings: Settings) -> tuple[World, Seeds]:
    """Return the first world of a study, without its truth, and the streams of its repetition."""
    seeds = seeds_of(settings, 0)
    return world_of(settings, seeds.child("world"))[0], seeds
