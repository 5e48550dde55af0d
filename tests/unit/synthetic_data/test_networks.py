"""Internet addresses: who shares one, when it changes; criminals have none of their own."""

import dataclasses

import numpy as np
import pytest

from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY, HOUR
from synthetic_data.networks import Networks
from synthetic_data.population import NEVER_DAY, Population
from synthetic_data.settings import WorldSettings
from synthetic_data.world import World

HOURS = np.arange(0, 112 * 24, 7) * HOUR


@pytest.fixture(scope="module")
def networks(small: WorldSettings, people: Population) -> Networks:
    return Networks(small, people)


def _seen(networks: Networks, device: int) -> Ints:
    return networks.of(np.full(len(HOURS), device), HOURS)


def test_members_of_a_household_share_the_address_of_their_home(
    networks: Networks, people: Population
) -> None:
    second = np.flatnonzero(np.diff(people.household) == 0)[:50] + 1
    shared = [
        len(np.intersect1d(_seen(networks, person), _seen(networks, person - 1)))
        for person in second
    ]
    assert min(shared) >= 1
    homes = np.concatenate([_seen(networks, person) for person in range(0, people.persons, 40)])
    first_pool = networks.of(np.array([2 * people.persons]), np.array([0]))
    assert len(np.unique(homes)) > 100 > len(first_pool)


def test_a_renewed_phone_is_still_in_the_same_household(
    networks: Networks, people: Population
) -> None:
    person = int(np.flatnonzero(people.device_renewal < NEVER_DAY)[0])
    old, new = _seen(networks, person), _seen(networks, person + people.persons)
    assert len(np.intersect1d(old, new)) >= 1


def test_homes_get_another_address_as_often_as_configured(
    small: WorldSettings, people: Population
) -> None:
    def addresses(times_a_year: float) -> float:
        population = dataclasses.replace(small.population, network_renewals_year=times_a_year)
        networks = Networks(dataclasses.replace(small, population=population), people)
        home = np.arange(people.households)
        days = [networks._home(home, np.full(len(home), day * DAY)) for day in (0, 100)]
        return float((days[0] != days[1]).mean())

    assert addresses(0.0) == 0
    assert addresses(1.0) == pytest.approx(100 / 365, abs=0.03)
    assert addresses(12.0) == 1


def test_criminals_are_behind_addresses_that_others_use_too(
    networks: Networks, people: Population
) -> None:
    """Every person once a day for a month, against a thousand devices of criminals."""
    time = np.repeat(np.arange(30) * DAY + 20 * HOUR, people.persons)
    person = np.tile(np.arange(people.persons), 30)
    ordinary = np.unique(networks.of(person, time))
    brought = people.next_device + np.arange(1000)
    theirs = networks.of(brought, np.full(1000, 15 * DAY + 20 * HOUR))
    assert np.isin(theirs, ordinary).mean() > 0.95
    assert len(np.unique(theirs)) > 200


def test_mobile_addresses_are_shared_by_very_many(networks: Networks, people: Population) -> None:
    time = np.full(people.persons, 5 * DAY)
    _, users = np.unique(networks.of(np.arange(people.persons), time), return_counts=True)
    assert users.max() > people.persons / 50
    assert (users <= 2).sum() > people.persons / 10  # and most homes by one or two


def test_whoever_pays_at_once_is_behind_one_address_at_every_partner(world: World) -> None:
    payments, checkouts = world.tables["payments"], world.tables["checkouts"]
    key = ["time", "device", "amount_eur"]
    both = checkouts.merge(payments, on=key, suffixes=("", "_bank"))
    assert len(both) > 1000
    assert (both["network"] == both["network_bank"]).mean() > 0.99
