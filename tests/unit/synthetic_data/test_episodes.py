"""Honest episodes: as many as configured, consistent at every partner; look-alikes that meet."""

import dataclasses

import numpy as np
import pytest

from synthetic_data.background.cast import LONGEST_CALL_S
from synthetic_data.background.episodes import HonestEpisodes
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, Chunk, chunks
from synthetic_data.habits import Episodes
from synthetic_data.population import Population
from synthetic_data.rows import LIMIT_RAISE, SAVINGS_IN
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

KINDS = [field.name for field in dataclasses.fields(Episodes)]
NONE = Episodes(**dict.fromkeys(KINDS, 0.0))
WEEKS = Chunk(0, 0, 28 * DAY)


def _source(small: WorldSettings, people: Population, episodes: Episodes) -> HonestEpisodes:
    return HonestEpisodes(dataclasses.replace(small, episodes=episodes), people, Seeds(9))


def _only(kind: str, quota: float) -> Episodes:
    return dataclasses.replace(NONE, **{kind: quota})


def _during(calls: Batch, payments: Batch) -> float:
    """Return the share of payments during a call of the payer, who is in one call at most."""
    order = np.argsort(calls["subscriber"] * 10**8 + calls["time"])
    key = (calls["subscriber"] * 10**8 + calls["time"])[order]
    payer = payments["payer"] % 4000
    place = np.searchsorted(key, payer * 10**8 + payments["time"], side="right") - 1
    last = order[np.maximum(place, 0)]
    same = (place >= 0) & (calls["subscriber"][last] == payer)
    going = calls["time"][last] + calls["duration_s"][last] >= payments["time"]
    return float((same & going).mean())


def test_without_quotas_there_are_no_episodes(small: WorldSettings, people: Population) -> None:
    assert _source(small, people, NONE).happen(WEEKS) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_possible_and_as_many_as_the_quota_says(
    small: WorldSettings, people: Population, kind: str
) -> None:
    """Every episode has a payment or a call, but for a few whose account is not open."""
    rows = _source(small, people, _only(kind, 150.0)).happen(WEEKS)
    twice = _source(small, people, _only(kind, 300.0)).happen(WEEKS)
    count, more = (sum(len(batch) for batch in each.values()) for each in (rows, twice))
    assert more == pytest.approx(2 * count, rel=0.35)
    for table, batch in rows.items():
        assert (batch["time"] >= 0).all(), table
    payments = rows["payments"]
    assert (payments["payer"] != payments["payee"]).all()
    assert (payments["amount_eur"] >= 0.01).all()
    opened = people.account_opened[payments["payer"]].astype(np.int64) * DAY
    assert (opened <= payments["time"]).all()
    if "calls" in rows:
        assert (rows["calls"]["duration_s"] <= LONGEST_CALL_S).all()
        assert (rows["calls"]["subscriber"] != rows["calls"]["number"]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_an_episode_happens_before_its_chunk(
    small: WorldSettings, people: Population, kind: str
) -> None:
    """Rows before it would be late: the chunk they belong to is written already."""
    source = _source(small, people, _only(kind, 3000.0 if kind == "long_call" else 300.0))
    for chunk in chunks(14, 1000.0, 1000)[:14]:
        for table, batch in source.happen(chunk).items():
            assert (batch["time"] >= chunk.start).all(), table


@pytest.mark.parametrize(
    ("kind", "low"), [("helper", 0.9), ("bank_call", 0.9), ("young_seller", 0.4), ("house", 0.1)]
)
def test_people_pay_while_they_are_on_the_phone(
    small: WorldSettings, people: Population, kind: str, low: float
) -> None:
    rows = _source(small, people, _only(kind, 300.0)).happen(WEEKS)
    assert _during(rows["calls"], rows["payments"]) >= low


def test_calls_of_hours_are_not_those_of_criminals_alone(
    small: WorldSettings, people: Population
) -> None:
    calls = _source(small, people, _only("long_call", 1500.0)).happen(WEEKS)["calls"]
    hours = calls["duration_s"] / HOUR
    assert 0.1 < (hours > 3).mean() < 0.5
    assert hours.max() > 4


def test_savings_and_limits_come_before_the_payment(
    small: WorldSettings, people: Population
) -> None:
    rows = _source(small, people, _only("house", 300.0)).happen(WEEKS)
    actions, payments = rows["actions"], rows["payments"]
    assert set(np.unique(actions["kind"])) == {LIMIT_RAISE, SAVINGS_IN}
    last = np.zeros(len(people.account_bank), dtype=np.int64)
    np.maximum.at(last, payments["payer"], payments["time"])
    assert (actions["time"] <= last[actions["account"]]).all()


def test_a_crowd_pays_the_same_sum_to_one_person(small: WorldSettings, people: Population) -> None:
    payments = _source(small, people, _only("crowd", 100.0)).happen(WEEKS)["payments"]
    payee, count = np.unique(payments["payee"], return_counts=True)
    assert np.median(count) >= 5
    assert np.median(people.age[payee]) < 35
    first = payments.take(payments["payee"] == payee[np.argmax(count)])
    assert len(np.unique(first["amount_eur"])) <= 2


def test_a_checkout_has_a_payment_of_the_same_second_and_amount(
    small: WorldSettings, people: Population
) -> None:
    rows = _source(small, people, _only("helpdesk_order", 300.0)).happen(WEEKS)
    paid = rows["payments"].take(np.isin(rows["payments"]["payee"], people.psp_account))
    both = [
        np.sort(each["time"] * 10**7 + np.rint(each["amount_eur"] * 100).astype(np.int64))
        for each in (paid, rows["checkouts"])
    ]
    assert len(paid) > 0
    assert np.array_equal(*both)


def test_episodes_of_chunks_add_up_to_those_of_the_whole(
    small: WorldSettings, people: Population
) -> None:
    source = _source(small, people, small.episodes)
    whole = sum(len(batch) for batch in source.happen(WEEKS).values())
    parts = [source.happen(chunk) for chunk in chunks(28, 1000.0, 2000)]
    rows = sum(len(batch) for part in parts for batch in part.values())
    assert rows == pytest.approx(whole, rel=0.15)
    assert joined([part["payments"] for part in parts if "payments" in part])
