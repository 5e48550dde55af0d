"""Registers: who stands in them, and how well their keys fit those of other partners."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetic_data.arrays import Bools, Ints
from synthetic_data.background.shopping import ShopPurchases
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, Chunk
from synthetic_data.memberships import Memberships
from synthetic_data.population import NEVER_DAY, Population, populate
from synthetic_data.registers import registers
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

REGISTERS = {
    "accounts", "subscribers", "customers", "users", "merchants", "traders", "members",
    "advertisers",
}  # fmt: skip


def _all(world: WorldSettings, population: Population, rows: int = 1_000_000) -> dict[str, Batch]:
    parts: dict[str, list[Batch]] = {}
    for table, batch in registers(world, population, rows):
        parts.setdefault(table, []).append(batch)
    return {table: joined(batches) for table, batches in parts.items()}


@pytest.fixture(scope="module")
def restless(large: WorldSettings) -> WorldSettings:
    """Half of the people change their number, so that outdated numbers can be counted."""
    population = dataclasses.replace(large.population, number_renewal_share=1.0)
    return dataclasses.replace(large, days=182, population=population)


@pytest.fixture(scope="module")
def many(restless: WorldSettings) -> Population:
    return populate(restless, Seeds(5).child("population"))


@pytest.fixture(scope="module")
def rows(restless: WorldSettings, many: Population) -> dict[str, Batch]:
    return _all(restless, many, 20_000)


def _current(population: Population, person: Ints) -> Ints:
    return np.where(
        population.number_renewal[person] < NEVER_DAY, population.persons + person, person
    )


def _right(rows: dict[str, Batch], table: str, population: Population) -> Bools:
    number = rows[table][next(iter(TABLES[table].columns))]
    person = number % (2 * population.persons)
    return rows[table]["phone"] == _current(population, person)


def test_registers_have_the_columns_of_the_schema(rows: dict[str, Batch]) -> None:
    assert set(rows) == REGISTERS
    for table, batch in rows.items():
        assert set(batch.columns) == set(TABLES[table].columns)
        assert len(np.unique(batch[next(iter(TABLES[table].columns))])) == len(batch) or (
            table == "advertisers"
        )


def test_phone_numbers_link_as_well_as_configured(
    rows: dict[str, Batch], many: Population, restless: WorldSettings
) -> None:
    changed = (many.number_renewal < NEVER_DAY).mean()
    assert 0.4 < changed < 0.6
    linkage = restless.linkage
    recall = (1 - linkage.phone_wrong_share) * (1 - changed * linkage.phone_outdated_share)
    for table in ("customers", "users", "members"):
        assert _right(rows, table, many).mean() == pytest.approx(recall, abs=0.01)
        phone = rows[table]["phone"]
        missing = linkage.phone_wrong_share / 2
        assert (phone < 0).mean() == pytest.approx(missing, abs=0.004)
        # somebody else's: mistyped, and half of those are first numbers or new numbers in use
        person = rows[table][next(iter(TABLES[table].columns))] % (2 * many.persons)
        in_use = (phone < many.persons) | (many.number_renewal[phone % many.persons] < NEVER_DAY)
        false_match = (phone >= 0) & (phone % many.persons != person) & in_use
        mistyped = linkage.phone_wrong_share / 2
        assert false_match.mean() == pytest.approx(mistyped * (0.5 + changed / 2), abs=0.004)


def test_two_partners_seldom_share_a_mistake(rows: dict[str, Batch], many: Population) -> None:
    right = _right(rows, "users", many)
    person = rows["users"]["user"] % (2 * many.persons)
    place = rows["users"]["place"]
    mistake = np.zeros((3, many.persons), dtype=bool)
    mistake[0, person[(place == 0) & ~right]] = True
    mistake[1, person[(place == 1) & ~right]] = True
    wrong = ~_right(rows, "members", many)
    mistake[2, (rows["members"]["member"] % (2 * many.persons))[wrong]] = True
    changed = many.number_renewal < NEVER_DAY
    for group in (changed, ~changed):  # who changed has more mistakes everywhere
        assert np.abs(np.corrcoef(mistake[:, group]) - np.eye(3)).max() < 0.03


def test_addresses_are_wrong_as_often_as_configured(
    rows: dict[str, Batch], many: Population, restless: WorldSettings
) -> None:
    customers = rows["customers"]
    home = many.household[customers["customer"] % (2 * many.persons)]
    wrong = (customers["address"] != home).mean()
    assert wrong == pytest.approx(restless.linkage.address_wrong_share, abs=0.003)


def test_accounts_are_those_that_exist(rows: dict[str, Batch], many: Population) -> None:
    accounts = rows["accounts"]
    exist = np.flatnonzero(many.account_bank >= 0)
    np.testing.assert_array_equal(np.sort(accounts["account"]), exist)
    np.testing.assert_array_equal(accounts["bank"], many.account_bank[accounts["account"]])
    owner = many.owner(accounts["account"])
    np.testing.assert_array_equal(
        accounts["age"], np.where(owner >= 0, many.age[np.maximum(owner, 0)], -1)
    )
    shop = (owner < 0) & (accounts["phone"] >= 0)
    right = many.first_business_phone + accounts["account"] - many.first_business_account
    assert (accounts["phone"] == right)[shop].mean() > 0.95


def test_subscribers_are_the_old_and_new_numbers(rows: dict[str, Batch], many: Population) -> None:
    phone, since = rows["subscribers"]["phone"], rows["subscribers"]["since_day"]
    changed = np.flatnonzero(many.number_renewal < NEVER_DAY)
    expected = np.concatenate([np.arange(many.persons), many.persons + changed])
    np.testing.assert_array_equal(np.sort(phone), expected)
    new = phone >= many.persons
    np.testing.assert_array_equal(since[new], many.number_renewal[phone[new] - many.persons])
    assert since[~new].max() < 0


def test_nobody_orders_without_standing_in_the_register(
    rows: dict[str, Batch], restless: WorldSettings, many: Population
) -> None:
    orders = ShopPurchases(restless, many, Seeds(5)).happen(Chunk(0, 170 * DAY, 182 * DAY))[
        "orders"
    ]
    customers = rows["customers"]
    assert np.isin(orders["customer"], customers["customer"]).all()
    assert customers["opened_day"].max() < restless.days
    order = np.argsort(customers["customer"])
    where = order[np.searchsorted(customers["customer"][order], orders["customer"])]
    assert (customers["opened_day"][where] <= orders["time"] // DAY).all()


def test_merchants_are_paid_out_on_their_own_account(
    rows: dict[str, Batch], many: Population
) -> None:
    merchants = rows["merchants"]
    np.testing.assert_array_equal(
        np.sort(merchants["merchant"]), np.flatnonzero(many.shop_psp >= 0)
    )
    account, merchant = merchants["payout_account"], merchants["merchant"]
    private = account < many.first_business_account
    np.testing.assert_array_equal(
        account[~private], many.first_business_account + merchant[~private]
    )
    # a small firm may be paid on its owner's private account, as fake shops are on a mule's
    assert 0.2 < private.mean() < 0.4
    assert (merchant[private] >= many.shops // 2).all()
    assert (many.account_opened[account[private]] < 0).all()


def test_blocks_change_nothing_but_their_number(small: WorldSettings, people: Population) -> None:
    names = [table for table, _ in registers(small, people, 300)]
    assert {names.count(table) for table in REGISTERS} == {-(-people.persons // 300)}
    whole, cut = _all(small, people), _all(small, people, 300)
    for table, batch in whole.items():
        keys = list(TABLES[table].columns)[:2]
        one, other = (np.lexsort([each[key] for key in keys]) for each in (batch, cut[table]))
        for name in batch.columns:
            np.testing.assert_array_equal(batch[name][one], cut[table][name][other])


def test_absent_sectors_have_no_register(small: WorldSettings, people: Population) -> None:
    market = dataclasses.replace(small.market, absent=("social", "psp", "bank"))
    tables = _all(dataclasses.replace(small, market=market), people)
    assert set(tables) == {"subscribers", "customers", "users", "traders"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 111 * 24), max_size=6, unique=True))
def test_everybody_becomes_a_customer_once_however_time_is_cut(
    small: WorldSettings, people: Population, hours: list[int]
) -> None:
    members = Memberships(small, people)
    edges = [0, *sorted(hours), small.days * 24]
    found = [
        members.customers_opening(0, Chunk(i, start * HOUR, stop * HOUR))
        for i, (start, stop) in enumerate(pairwise(edges))
    ]
    person = np.concatenate([each for each, _ in found])
    moment = np.concatenate([each for _, each in found])
    everybody = np.arange(people.persons)
    opened = members.customer_opened(np.zeros_like(everybody), everybody)
    within = np.flatnonzero((opened >= 0) & (opened < small.days * DAY))
    np.testing.assert_array_equal(np.sort(person), within)
    np.testing.assert_array_equal(moment, opened[person])
