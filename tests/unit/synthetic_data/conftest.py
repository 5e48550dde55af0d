"""A small population for the tests of the generator's parts."""

import dataclasses
import json

import pytest
import yaml
from pydantic import TypeAdapter

from proeftuin.settings.paths import conf_dir
from synthetic_data.population import Population, populate
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings


@pytest.fixture(scope="session")
def small() -> WorldSettings:
    """The settings of a town of 4,000 adults, with every sector taking part."""
    town = yaml.safe_load((conf_dir() / "world" / "town.yaml").read_text("utf-8"))
    town["population"]["persons"] = 4000
    town["market"]["absent"] = []
    return TypeAdapter(WorldSettings).validate_json(json.dumps(town))


@pytest.fixture(scope="session")
def people(small: WorldSettings) -> Population:
    return populate(small, Seeds(5).child("population"))


@pytest.fixture(scope="session")
def large(small: WorldSettings) -> WorldSettings:
    """The same with 50,000 adults, for shares that need many."""
    population = dataclasses.replace(small.population, persons=50_000)
    return dataclasses.replace(small, population=population)
