import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic_data.holders import Holders
from synthetic_data.journeys.crowd import BETWEEN, FROM_70, UNDER_35, Crowd
from synthetic_data.journeys.mules import OPENED_DAYS, OPENED_SIGMA, Mules
from synthetic_data.journeys.resources import ResourcePool
from synthetic_data.population import Population


def _times(size: int, first: int = 0) -> np.ndarray:
    return np.arange(first, first + size)


@given(uses=st.floats(1, 20), size=st.integers(1, 200))
def test_a_resource_that_never_burns_or_burns_early_would_decide_what_sharing_is_worth(
    uses: float, size: int
) -> None:
    served = ResourcePool(uses).serve(np.zeros(size, int), _times(size), np.ones(size, bool))
    each = np.bincount(served)
    assert (np.diff(served) >= 0).all()
    assert ((each[:-1] == np.floor(uses)) | (each[:-1] == np.ceil(uses))).all()
    assert each[-1] <= np.ceil(uses)


def test_failed_attempts_do_not_wear_out_a_mule() -> None:
    counts = np.tile([False, False, True], 10)
    served = ResourcePool(5.0).serve(np.zeros(30, int), _times(30), counts)
    assert np.bincount(served, counts).tolist() == [5, 5]


def test_resources_go_on_from_month_to_month_only_within_a_lineage() -> None:
    line = ResourcePool(4.0)
    first = line.serve(np.zeros(6, int), _times(6), np.ones(6, bool))
    # lineage 0 goes on with what it was using; lineage 1 (a fresh start) does not
    second = line.serve(np.repeat([0, 1], 4), _times(8, 100), np.ones(8, bool))
    assert first.tolist() == [0, 0, 0, 0, 1, 1]
    assert second.tolist() == [1, 1, 2, 2, 3, 3, 3, 3]


def test_an_earlier_contact_of_an_overlapping_campaign_uses_what_was_in_use_then() -> None:
    line = ResourcePool(2.0)
    first = line.serve(np.zeros(3, int), np.array([10, 20, 30]), np.ones(3, bool))
    second = line.serve(np.zeros(2, int), np.array([25, 50]), np.ones(2, bool))
    assert first.tolist() == [0, 0, 1]
    assert second.tolist() == [0, 2]


def test_the_order_of_cases_in_memory_does_not_decide_who_served_them() -> None:
    rng = np.random.default_rng(0)
    lineage, time = rng.integers(0, 5, 200), rng.permutation(200)
    order = rng.permutation(200)
    straight = ResourcePool(3.0).serve(lineage, time, np.ones(200, bool))
    mixed = ResourcePool(3.0).serve(lineage[order], time[order], np.ones(200, bool))
    assert (straight[order] == mixed).all()


@pytest.fixture(scope="module")
def crowd(people: Population) -> Crowd:
    return Crowd(people)


@pytest.fixture(scope="module")
def mules(people: Population) -> Mules:
    return Mules(people)


def test_targets_of_another_age_or_bank_than_asked_for_would_blur_who_is_protected(
    crowd: Crowd, people: Population
) -> None:
    rng = np.random.default_rng(1)
    young = crowd.targets(rng, np.full(300, UNDER_35), np.full(300, 2), buying=False)
    assert (people.age[young] < 35).all()
    assert (people.bank[young] == 2).all()
    old = crowd.targets(rng, np.full(300, FROM_70), np.full(300, -1), buying=False)
    assert (people.age[old] >= 70).all()
    assert len(np.unique(people.bank[old])) > 2


def test_fake_offers_find_those_who_shop_most_and_the_same_ones_about_as_often_again(
    crowd: Crowd, people: Population
) -> None:
    rng, size = np.random.default_rng(1), 20_000
    group, bank = np.full(size, BETWEEN), np.full(size, -1)
    found = {each: crowd.targets(rng, group, bank, buying=each) for each in (False, True)}
    shopping = {each: people.shopping.relative(who).mean() for each, who in found.items()}
    assert shopping[True] > 1.7 * shopping[False]
    rates = {each: np.bincount(who) / size for each, who in found.items()}
    adults = ((people.age >= 35) & (people.age < 70)).sum()
    again = {}
    for each, rate in rates.items():
        mean = 0.07 * adults * rate  # victims of a year, among this many adults
        again[each] = 1 - (mean * np.exp(-mean)).sum() / (1 - np.exp(-mean)).sum()
    assert again[True] == pytest.approx(again[False], abs=0.1)


def test_accounts_opened_for_the_purpose_are_fresh_or_bought_aged(
    people: Population,
) -> None:
    day = np.repeat([40, 70, 100], 400)
    account = Holders(people).opened(np.random.default_rng(2), day, OPENED_DAYS, OPENED_SIGMA)
    age = day - people.account_opened[account]
    assert (age >= 1).all()
    assert np.median(age) == pytest.approx(30, rel=0.35)
    assert 0.05 < (age > 120).mean() < 0.25
    assert (people.account_bank[account] >= 0).all()


def test_no_age_is_a_cliff_beyond_which_nobody_is_a_mule(mules: Mules, people: Population) -> None:
    account = mules.recruited(np.random.default_rng(3), 200_000, older_share=0.3)
    age = people.age[account]
    share = np.bincount(age, minlength=93) / np.bincount(people.age, minlength=93).clip(1)
    each = np.convolve(share[18:61], np.ones(3) / 3, mode="valid")
    assert (each[1:] / each[:-1] > 0.6).all()
    assert 0.5 < (age < 25).mean() < 0.75
    assert 0.1 < (age >= 40).mean() < 0.3


def test_business_mules_are_small_and_open(mules: Mules, people: Population) -> None:
    day = np.full(500, 50)
    account = mules.businesses(np.random.default_rng(5), day)
    business = account[account >= 0] - people.first_business_account
    assert (business >= people.businesses // 2).all()
    assert (business < people.businesses).all()
    assert (people.account_opened[account[account >= 0]] < 50).all()


def test_a_chain_goes_to_another_bank_exactly_when_asked(mules: Mules, people: Population) -> None:
    rng = np.random.default_rng(3)
    account = mules.recruited(rng, 500, older_share=0.0)
    other = rng.random(500) < 0.5
    following = mules.next_in_chain(rng, account, other, 0.0)
    assert ((people.bank[account] != people.bank[following]) == other).all()
    assert np.median(people.age[following]) <= 25


def test_nobody_is_the_mule_of_a_fraud_against_themselves(mules: Mules, people: Population) -> None:
    rng = np.random.default_rng(4)
    mule = mules.recruited(rng, 200, older_share=0.3)
    stand_in = mules.usable(mule, np.full(200, 10**6), np.zeros(200, bool), mule, np.roll(mule, 1))
    assert (stand_in != mule).all()
    assert (stand_in != np.roll(mule, 1)).all()
    closed = np.flatnonzero(people.account_opened[: people.persons] > 50)
    used = mules.usable(closed, np.full(len(closed), 10 * 86_400), np.zeros(len(closed), bool))
    assert (people.account_opened[used] <= 0).all()
