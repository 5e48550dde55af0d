"""One small world for all fast tests."""

import pytest

from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate


@pytest.fixture(scope="session")
def settings() -> Settings:
    from proeftuin.settings.compose import settings_for

    return settings_for(
        [
            "study=demo",
            "detector=mlp",  # the plain network: quick, and not of other width than its columns
            "world=hamlet",
            "scenario.forms.bank_helpdesk.orientation.enrichment=230.0",
            "world.market.absent=[]",
        ]
    )


@pytest.fixture(scope="session")
def seeds() -> Seeds:
    return Seeds(11).child("repetition", 0)


@pytest.fixture(scope="session")
def generated(settings: Settings, seeds: Seeds) -> tuple[World, Truth]:
    return generate(settings.world, settings.scenario, seeds.child("world"))


@pytest.fixture(scope="session")
def world(generated: tuple[World, Truth]) -> World:
    return generated[0]


@pytest.fixture(scope="session")
def truth(generated: tuple[World, Truth]) -> Truth:
    return generated[1]


@pytest.fixture(scope="session")
def information(world: World, seeds: Seeds) -> InformationSets:
    return InformationSets(world, seeds)
