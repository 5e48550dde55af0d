"""Second-hand trade: offers, answers, transfers and calls hang together."""

import numpy as np
import pytest

from synthetic_data.background.marketplace import MarketplaceTrade
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, MINUTE, Chunk, chunks
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population, populate
from synthetic_data.rows import INTENTS
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

Tables = dict[str, Batch]


@pytest.fixture(scope="module")
def many(large: WorldSettings) -> Population:
    return populate(large, Seeds(5).child("population"))


def _live(world: WorldSettings, population: Population, events_per_chunk: int) -> Tables:
    source = MarketplaceTrade(world, population, Seeds(5))
    parts: dict[str, list[Batch]] = {}
    for chunk in chunks(world.days, source.per_day, events_per_chunk):
        for table, intents in source.happen(chunk).items():
            assert len(intents) == 0 or intents["time"].min() >= chunk.start
            parts.setdefault(table, []).append(intents)
    return {table: joined(batches) for table, batches in parts.items()}


@pytest.fixture(scope="module")
def life(large: WorldSettings, many: Population) -> Tables:
    return _live(large, many, 200_000)


def test_intents_have_the_columns_the_ledger_expects(life: Tables) -> None:
    assert {table: set(rows.columns) for table, rows in life.items()} == {
        table: set(INTENTS[table]) for table in ("listings", "contacts", "payments", "calls")
    }


def test_rates_are_as_configured(life: Tables, many: Population, large: WorldSettings) -> None:
    settings, members = large.marketplace, Memberships(large, many)
    person = np.arange(many.persons)
    days = np.arange(large.days)[:, None]
    user = np.mean(members.user_opened(np.zeros(many.persons, dtype=int), person) <= days)
    sellers = settings.deals_per_person_day * many.persons * large.days / 0.7 * user
    assert len(life["listings"]) == pytest.approx(sellers, rel=0.03)
    deals = 0.7 * len(life["listings"])
    answers = deals * settings.contacts_per_deal * user
    assert len(life["contacts"]) == pytest.approx(answers, rel=0.03)
    # sellers and buyers without an open bank account trade at the door
    agreed = (life["contacts"]["account"] >= 0).sum()
    assert agreed / deals == pytest.approx(settings.transfer_share * user, rel=0.03)
    assert len(life["payments"]) == pytest.approx(agreed, rel=0.03)
    calls = settings.call_share * len(life["payments"])
    assert len(life["calls"]) == pytest.approx(calls, abs=4 * calls**0.5)


def test_a_transfer_follows_an_answer_in_which_the_account_was_given(
    large: WorldSettings, many: Population
) -> None:
    """In one chunk the payments come in the order of the answers that agreed on them."""
    life = MarketplaceTrade(large, many, Seeds(5)).happen(Chunk(2, 60 * DAY, 70 * DAY))
    contacts = life["contacts"]
    agreed = contacts.take(contacts["account"] >= 0)
    payments, twice = life["payments"], 2 * many.persons
    given = {}
    for seller, buyer, time in zip(
        agreed["account"].tolist(), (agreed["buyer"] % twice).tolist(), agreed["time"], strict=True
    ):
        given.setdefault((buyer, seller), []).append(time)
    np.testing.assert_array_equal(agreed["account"], agreed["seller"] % twice)
    for payer, payee, time in zip(
        many.owner(payments["payer"]).tolist(), payments["payee"].tolist(), payments["time"],
        strict=True,
    ):  # fmt: skip
        assert any(
            3 * MINUTE <= time - answer <= 2 * DAY + 8 * HOUR for answer in given[payer, payee]
        )


def test_answers_go_to_sellers_who_placed_an_offer_before(life: Tables) -> None:
    listings, contacts = life["listings"], life["contacts"]
    order = np.argsort(listings["time"], kind="stable")
    seller, first = np.unique(listings["seller"][order], return_index=True)
    since = listings["time"][order][first]
    where = np.searchsorted(seller, contacts["seller"])
    np.testing.assert_array_equal(seller[where], contacts["seller"])
    assert (contacts["time"] > since[where]).all()
    assert (contacts["seller"] != contacts["buyer"]).all()


def test_nobody_trades_before_having_an_account(
    life: Tables, many: Population, large: WorldSettings
) -> None:
    members, twice = Memberships(large, many), 2 * many.persons
    for table, column in (("listings", "seller"), ("contacts", "seller"), ("contacts", "buyer")):
        rows = life[table]
        opened = members.user_opened(rows["place"], rows[column] % twice)
        assert (opened * DAY <= rows["time"]).all()
        np.testing.assert_array_equal(rows[column] // twice, rows["place"])
    payments = life["payments"]
    for side in ("payer", "payee"):
        assert (many.account_opened[payments[side]] * DAY <= payments["time"]).all()


def test_calls_cover_the_payment_and_are_with_the_seller_or_a_stranger(
    large: WorldSettings, many: Population
) -> None:
    life = MarketplaceTrade(large, many, Seeds(5)).happen(Chunk(2, 60 * DAY, 88 * DAY))
    payments, calls = life["payments"], life["calls"]
    payer = many.owner(payments["payer"])
    known = 0
    for start, person, number, length in zip(
        *(calls[each].tolist() for each in ("time", "subscriber", "number", "duration_s")),
        strict=True,
    ):
        during = payer == person
        during &= (payments["time"] >= start) & (payments["time"] <= start + length)
        assert during.any()
        sellers = payments["payee"][during]
        known += number in many.phone(sellers, payments["time"][during])
        assert number in many.phone(sellers, payments["time"][during]) or (
            many.first_outside_phone <= number < many.next_phone
        )
    assert known / len(calls) == pytest.approx(0.8, abs=0.1)


def test_a_few_sellers_place_most_offers(life: Tables, many: Population) -> None:
    seller = life["listings"]["seller"] % (2 * many.persons)
    assert np.isin(seller, many.sellers).mean() == pytest.approx(0.61, abs=0.02)


def test_strangers_trade_rather_than_neighbours(life: Tables, many: Population) -> None:
    """Numbers of people tell nothing: housemates have neighbouring ones, traders have not."""
    buyer, seller = (life["contacts"][side] % (2 * many.persons) for side in ("buyer", "seller"))
    one_chunk = slice(0, 20_000)
    assert abs(np.corrcoef(buyer[one_chunk], seller[one_chunk])[0, 1]) < 0.05


def test_places_have_their_market_share(life: Tables, large: WorldSettings) -> None:
    shares = list(large.market.marketplace.values())
    assert (life["listings"]["place"] == 0).mean() == pytest.approx(shares[0], abs=0.01)


def test_same_seed_same_rows_and_other_chunks_the_same_law(
    small: WorldSettings, people: Population
) -> None:
    one, again = (_live(small, people, 20_000) for _ in range(2))
    other = _live(small, people, 5_000)
    for table, rows in one.items():
        for name, column in rows.columns.items():
            np.testing.assert_array_equal(column, again[table][name])
        noise = 5 * np.sqrt(2 * len(rows) * 4)  # answers to one offer come together
        assert len(rows) == pytest.approx(len(other[table]), abs=noise)
