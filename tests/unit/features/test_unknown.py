"""What nobody knows is no device, network, address or account that all of them share."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from proeftuin.features.asof import History, Lookups, first_of_pair
from proeftuin.features.columns import Sharing, past_bounds
from proeftuin.features.desks import DESCRIBE
from proeftuin.features.views import desk_view
from proeftuin.sectors import DECIDING
from synthetic_data.clock import HOUR
from synthetic_data.schema import TABLES
from synthetic_data.world import World

THINGS = ("device", "network", "address")


@pytest.mark.parametrize("sector", ["bank", "webshop", "psp", "marketplace"])
def test_without_devices_networks_and_addresses_their_columns_say_nothing(
    world: World, sector: str
) -> None:
    """All others are what they were."""
    tables = {
        name: rows.assign(**{each: -1 for each in THINGS if each in TABLES[name].columns})
        for name, rows in world.tables.items()
    }
    blind = dataclasses.replace(world, tables=tables)
    [known, unknown] = (
        DESCRIBE[sector](desk_view(one, sector, (0,), (world.partners[sector][0],)))
        for one in (world, blind)
    )
    about = [
        place
        for place, name in enumerate(known.names)
        if any(thing in name for thing in THINGS) or "home" in name
    ]
    assert len(about) >= 3
    told, blank = known.values_of(slice(None)), unknown.values_of(slice(None))
    assert (np.ptp(told[:, about], axis=0) > 0).mean() > 0.5
    assert (np.ptp(blank[:, about], axis=0) == 0).all()
    others = np.setdiff1d(np.arange(len(known.names)), about)
    np.testing.assert_array_equal(told[:, others], blank[:, others])


def test_a_payer_whom_the_provider_does_not_know_has_no_past(world: World) -> None:
    rows = world.tables["checkouts"]
    [few, many] = (
        DESCRIBE["psp"](
            desk_view(
                dataclasses.replace(
                    world,
                    tables=world.tables
                    | {"checkouts": rows.assign(account=rows["account"].mask(chosen, -1))},
                ),
                "psp", (0,), (world.partners["psp"][0],),
            )
        )
        for chosen in (np.arange(len(rows)) % 7 == 0, np.arange(len(rows)) % 7 <= 1)
    )  # fmt: skip
    asked = pd.Index(few.event).get_indexer(pd.Index(rows.loc[np.arange(len(rows)) % 7 == 0,
                                                              DECIDING["psp"].row]))  # fmt: skip
    asked = asked[asked >= 0]
    assert len(asked) > 10
    payer = [place for place, name in enumerate(few.names) if name in past_bounds("payer")]
    assert len(payer) >= 5
    assert (few.values_of(asked)[:, payer] == many.values_of(asked)[:, payer]).all()


def test_unknown_codes_have_no_past_and_are_in_no_pair() -> None:
    code, time = np.array([-1, 3, -1, 3]), np.arange(4) * HOUR
    past = History(code, time, np.ones(4, np.int64)).before(Lookups(code, time))
    assert past.count().tolist() == [0, 0, 0, 1]
    assert past.total().tolist() == [0, 0, 0, 1]
    assert past.last().tolist() == [-1, -1, -1, 1]
    assert first_of_pair(code, np.array([5, 5, 5, 5])).tolist() == [False, True, False, False]


def test_an_unknown_user_takes_nobody_off_the_other_users_of_a_device() -> None:
    device, user, time = np.array([7, 7, 7]), np.array([3, 4, -1]), np.arange(3) * HOUR
    assert Sharing(device, user, time).others(Lookups(device, time)).tolist() == [0, 1, 2]
