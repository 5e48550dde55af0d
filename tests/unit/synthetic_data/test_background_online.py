"""Crypto exchanges and social platforms, and the draws that all of ordinary online life shares."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from synthetic_data.activity import Activity
from synthetic_data.background.actors import by_day, established, zipf, zipf_share
from synthetic_data.background.exchange import Exchange
from synthetic_data.background.social import AdvertClicks
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, HOUR, Chunk
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population, populate
from synthetic_data.rows import INTENTS
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

FOUR_WEEKS = Chunk(1, 28 * DAY, 56 * DAY)


@pytest.fixture(scope="module")
def many(large: WorldSettings) -> Population:
    return populate(large, Seeds(5).child("population"))


@pytest.fixture(scope="module")
def crypto(large: WorldSettings, many: Population) -> dict[str, Batch]:
    return Exchange(large, many, Seeds(5)).happen(FOUR_WEEKS)


def test_a_deposit_is_the_payment_seconds_before(
    crypto: dict[str, Batch], many: Population
) -> None:
    transfers, payments = crypto["transfers"], crypto["payments"]
    deposits = transfers.take(transfers["withdrawal"] == 0)
    assert set(transfers.columns) == set(INTENTS["transfers"])
    assert set(payments.columns) == set(INTENTS["payments"])
    np.testing.assert_array_equal(deposits["amount_eur"], payments["amount_eur"])
    np.testing.assert_array_equal(deposits["account"], payments["payer"])
    np.testing.assert_array_equal(many.exchange_account[deposits["exchange"]], payments["payee"])
    wait = deposits["time"] - payments["time"]
    assert wait.min() >= 1
    assert wait.max() <= 60


def test_only_traders_deposit_and_not_before_they_may(
    crypto: dict[str, Batch], many: Population, large: WorldSettings
) -> None:
    transfers, members = crypto["transfers"], Memberships(large, many)
    person = transfers["trader"] % (2 * many.persons)
    assert members.is_trader(person).all()
    np.testing.assert_array_equal(members.trader_exchange(person), transfers["exchange"])
    assert (members.trader_opened(person) * DAY <= transfers["time"]).all()
    assert (many.account_opened[person] * DAY <= transfers["time"]).all()


def test_deposits_and_withdrawals_are_as_configured(
    crypto: dict[str, Batch], many: Population, large: WorldSettings
) -> None:
    members, settings = Memberships(large, many), large.crypto
    person = np.arange(many.persons)
    traders = person[members.is_trader(person)]
    assert len(traders) / many.persons == pytest.approx(settings.customers_share, rel=0.06)
    able = np.mean(members.trader_opened(traders) <= np.arange(28, 56)[:, None])
    expected = len(traders) * able * settings.deposits_per_customer_year * 28 / 365
    out = crypto["transfers"]["withdrawal"] == 1
    assert (~out).sum() == pytest.approx(expected, rel=0.06)
    assert out.sum() / (~out).sum() == pytest.approx(settings.withdrawal_share, rel=0.15)
    amount = crypto["payments"]["amount_eur"]
    assert np.median(amount) == pytest.approx(150, rel=0.1)


def test_withdrawals_go_to_a_wallet_and_deposits_come_from_an_account(
    crypto: dict[str, Batch], many: Population
) -> None:
    transfers = crypto["transfers"]
    out = transfers["withdrawal"] == 1
    assert ((transfers["account"] < 0) == out).all()
    assert ((transfers["wallet"] < 0) == ~out).all()
    own = transfers["wallet"][out] == (transfers["trader"] % (2 * many.persons))[out]
    assert own.mean() == pytest.approx(0.85, abs=0.05)


def test_without_traders_there_is_no_crypto(small: WorldSettings, people: Population) -> None:
    none = dataclasses.replace(small, crypto=dataclasses.replace(small.crypto, customers_share=0.0))
    assert Exchange(none, people, Seeds(5)).happen(FOUR_WEEKS) == {}


def test_clicks_are_as_configured(large: WorldSettings, many: Population) -> None:
    clicks = AdvertClicks(large, many, Seeds(5)).happen(FOUR_WEEKS)["clicks"]
    assert set(clicks.columns) == set(INTENTS["clicks"])
    expected = large.social.clicks_per_person_day * many.persons * 28
    assert len(clicks) == pytest.approx(expected, rel=0.02)
    shares = list(large.market.social.values())
    assert (clicks["platform"] == 0).mean() == pytest.approx(shares[0], abs=0.01)
    np.testing.assert_array_equal(clicks["member"] // (2 * many.persons), clicks["platform"])
    opened = many.account_opened[many.first_business_account + clicks["advertiser"]]
    assert (opened.astype(np.int64) * DAY <= clicks["time"]).all()


def test_absent_platforms_show_no_clicks(small: WorldSettings, people: Population) -> None:
    market = dataclasses.replace(small.market, absent=("social",))
    social = AdvertClicks(dataclasses.replace(small, market=market), people, Seeds(5))
    assert social.per_day == 0
    assert social.happen(FOUR_WEEKS) == {}


@pytest.mark.parametrize("kind", [Exchange, AdvertClicks])
def test_same_seed_same_rows(
    kind: type[Exchange] | type[AdvertClicks], small: WorldSettings, people: Population
) -> None:
    one, again = (kind(small, people, Seeds(5)).happen(FOUR_WEEKS) for _ in range(2))
    for table, rows in one.items():
        for name, column in rows.columns.items():
            np.testing.assert_array_equal(column, again[table][name])


def test_activity_decides_who_acts() -> None:
    rng = np.random.default_rng(3)
    person = Activity(rng, 1000, 1.0).draw(rng, 200_000)
    assert (np.diff(person) >= 0).all()
    count = np.bincount(person, minlength=1000)
    assert np.log(count).std() == pytest.approx(1.0, abs=0.1)
    assert abs(np.corrcoef(count, np.arange(1000))[0, 1]) < 0.1


@trials(deadline=None)  # a time says nothing on a busy machine
@given(st.integers(2, 5000), st.sampled_from([0.7, 1.05]))
def test_ranks_follow_their_law(size: int, exponent: float) -> None:
    edges = np.cumsum(zipf_share(size, exponent))
    assert edges[-1] == pytest.approx(1)
    u = np.linspace(0, 1, 1001)[:-1] + 0.00049
    clear = np.abs(edges[:, None] - u).min(axis=0) > 1e-9
    np.testing.assert_array_equal(
        zipf(u, size, exponent)[clear], np.searchsorted(edges, u, side="right")[clear]
    )


@given(st.integers(0, 400 * DAY))
def test_what_would_happen_at_night_waits_for_the_day(time: int) -> None:
    moved = int(by_day(np.array([time]))[0])
    assert moved == time or moved == time + 8 * HOUR
    assert moved % DAY <= HOUR or moved % DAY >= 7 * HOUR


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_a_closed_business_has_an_open_one_instead(days: list[int]) -> None:
    opened = np.array([-9, *days])
    instead = established(opened)
    assert (opened[instead] < 0).all()
    assert (instead[opened < 0] == np.flatnonzero(opened < 0)).all()
