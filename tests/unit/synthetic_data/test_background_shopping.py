"""Online shopping: what shops, providers and banks see of one purchase fits together."""

import dataclasses

import numpy as np
import pytest

from synthetic_data.background.shopping import ShopPurchases
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, MONTH_DAYS, SHOPPING, Chunk, chunks
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population, populate
from synthetic_data.rows import INTENTS
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

Tables = dict[str, Batch]


def _live(world: WorldSettings, population: Population, events_per_chunk: int) -> Tables:
    shopping = ShopPurchases(world, population, Seeds(5))
    parts: dict[str, list[Batch]] = {}
    for chunk in chunks(world.days, shopping.per_day, events_per_chunk):
        for table, intents in shopping.happen(chunk).items():
            assert len(intents) == 0 or intents["time"].min() >= chunk.start
            parts.setdefault(table, []).append(intents)
    return {table: joined(batches) for table, batches in parts.items()}


@pytest.fixture(scope="module")
def many(large: WorldSettings) -> Population:
    return populate(large, Seeds(5).child("population"))


@pytest.fixture(scope="module")
def life(large: WorldSettings, many: Population) -> Tables:
    return _live(large, many, 500_000)


@pytest.fixture(scope="module")
def purchases(life: Tables, many: Population) -> Batch:
    """All payments by persons; the others are payouts."""
    return life["payments"].take(many.owner(life["payments"]["payer"]) >= 0)


def test_intents_have_the_columns_the_ledger_expects(life: Tables) -> None:
    assert {table: set(rows.columns) for table, rows in life.items()} == {
        table: set(INTENTS[table]) for table in ("orders", "checkouts", "payments")
    }


def test_order_checkout_and_payment_tell_the_same_amount(
    life: Tables, purchases: Batch, many: Population, large: WorldSettings
) -> None:
    orders, checkouts = life["orders"], life["checkouts"]
    at_partners = checkouts.take(checkouts["merchant"] < len(large.market.webshop))
    person = orders["customer"] % (2 * many.persons)
    np.testing.assert_array_equal(
        _sorted(orders["shop"], person, orders["amount_eur"]),
        _sorted(
            at_partners["merchant"], many.owner(at_partners["account"]), at_partners["amount_eur"]
        ),
    )
    through_psp = purchases.take(np.isin(purchases["payee"], many.psp_account))
    columns = ("time", "amount_eur", "device")
    np.testing.assert_array_equal(
        _sorted(through_psp["payer"], *(through_psp[each] for each in columns)),
        _sorted(checkouts["account"], *(checkouts[each] for each in columns)),
    )


def _sorted(*columns: np.ndarray) -> np.ndarray:
    return np.stack(columns)[:, np.lexsort(columns)]


def test_orders_are_paid_soon_or_when_agreed_later(large: WorldSettings, many: Population) -> None:
    """Order by order, in one chunk: rows of orders and their checkouts come in the same order."""
    life = ShopPurchases(large, many, Seeds(5)).happen(Chunk(3, 30 * DAY, 40 * DAY))
    orders, checkouts = life["orders"], life["checkouts"]
    paid = checkouts["time"][checkouts["merchant"] < len(large.market.webshop)]
    wait, later = paid - orders["time"], orders["pay_later"] == 1
    assert wait[~later].min() >= 20
    assert wait[~later].max() <= 120
    assert wait[later].min() > 0
    assert wait[later].mean() / DAY == pytest.approx(large.shopping.pay_later_days, rel=0.05)
    assert later.mean() == pytest.approx(large.shopping.pay_later_share, abs=0.01)


def test_nothing_is_bought_before_an_account_or_shop_is_open(
    life: Tables, purchases: Batch, many: Population, large: WorldSettings
) -> None:
    orders = life["orders"]
    member = Memberships(large, many).customer_opened(
        orders["shop"], orders["customer"] % (2 * many.persons)
    )
    assert (orders["time"] >= member).all()
    assert (purchases["time"] >= many.account_opened[purchases["payer"]] * DAY).all()
    checkouts = life["checkouts"]
    shop = many.first_business_account + checkouts["merchant"]
    assert (checkouts["time"] >= many.account_opened[shop].astype(np.int64) * DAY).all()
    payments = life["payments"]
    opened = many.account_opened[payments["payee"]].astype(np.int64) * DAY
    assert (payments["time"] >= opened).all()


def test_fresh_customers_have_their_share_of_the_orders(
    life: Tables, many: Population, large: WorldSettings
) -> None:
    orders = life["orders"]
    opened = Memberships(large, many).customer_opened(
        orders["shop"], orders["customer"] % (2 * many.persons)
    )
    fresh = opened // DAY == orders["time"] // DAY
    for shop in range(len(large.market.webshop)):
        mine = fresh[orders["shop"] == shop]
        assert mine.mean() == pytest.approx(large.shopping.fresh_customer_share, rel=0.1)


def test_people_buy_as_often_as_configured_and_partners_get_their_share(
    life: Tables, purchases: Batch, many: Population, large: WorldSettings
) -> None:
    # who has no account yet does not shop
    days = np.arange(large.days)[:, None] + 0.5
    opened = many.account_opened[: 2 * many.persons].reshape(2, -1)
    has = many.has_second(np.arange(many.persons))
    able = (opened[0] < days).mean() + ((opened[0] >= days) & has & (opened[1] < days)).mean()
    average_days = SHOPPING.intensity(Chunk(0, 0, large.days * DAY), large.first_month).sum()
    expected = many.persons * large.shopping.per_person_day * average_days * able
    assert len(purchases) == pytest.approx(expected, rel=0.01)
    for shop, share in enumerate(large.market.webshop.values()):
        orders = (life["orders"]["shop"] == shop).sum()
        assert orders / len(purchases) == pytest.approx(share, rel=0.06)


def test_december_is_busier_than_september(purchases: Batch, large: WorldSettings) -> None:
    month = purchases["time"] // (DAY * MONTH_DAYS)
    days = np.bincount(purchases["time"] // DAY, minlength=large.days)
    assert large.first_month == 9
    assert days[90:111].mean() / days[:30].mean() > 1.25
    assert (month >= 0).all()


def test_parcels_go_home_but_for_the_configured_shares(
    life: Tables, many: Population, large: WorldSettings
) -> None:
    orders, settings = life["orders"], large.shopping
    home = many.household[orders["customer"] % (2 * many.persons)]
    pick_up = orders["pick_up"] == 1
    assert pick_up.mean() == pytest.approx(settings.pick_up_share, abs=0.005)
    point = orders["address"][pick_up] - many.households
    assert ((point >= 0) & (point < many.parcel_points)).all()
    away = (orders["address"] != home)[~pick_up]
    assert away.mean() == pytest.approx(settings.other_address_share, abs=0.005)


def test_payouts_are_about_what_customers_paid(life: Tables, many: Population) -> None:
    payments, checkouts = life["payments"], life["checkouts"]
    payouts = payments.take(np.isin(payments["payer"], many.psp_account))
    ratio = payouts["amount_eur"].sum() / checkouts["amount_eur"].sum()
    assert ratio == pytest.approx(1, abs=0.15)
    account = many.shop_account(np.arange(many.shops))
    assert np.isin(payouts["payee"], account).all()
    on_business = payouts["payee"] >= many.first_business_account
    assert 0.02 < (~on_business).mean() < 0.4
    payouts = payouts.take(on_business)
    merchant = payouts["payee"] - many.first_business_account
    assert (many.psp_account[many.shop_psp[merchant]] == payouts["payer"]).all()
    gaps = {
        gap
        for shop in range(10)
        for gap in np.unique(np.diff(np.sort(payouts["time"][merchant == shop])))
    }
    assert gaps == {DAY, 7 * DAY}


def test_people_return_to_their_favourite_shops(purchases: Batch, many: Population) -> None:
    """Against the same purchases with shops dealt out at random."""
    direct = purchases.take(~np.isin(purchases["payee"], many.psp_account))
    who = many.owner(direct["payer"])
    shuffled = np.random.default_rng(1).permutation(direct["payee"])

    def repeated(payee: np.ndarray) -> float:
        return 1 - len(np.unique(who * 2**31 + payee)) / len(who)

    assert repeated(direct["payee"]) > 1.5 * repeated(shuffled)


def test_amounts_are_close_to_those_of_ideal_payments(purchases: Batch) -> None:
    """Mean EUR 87 in 2021: EUR 99 billion in 1.143 billion payments."""
    assert 75 < purchases["amount_eur"].mean() < 100


def test_same_seed_same_rows_and_other_chunks_the_same_law(
    small: WorldSettings, people: Population
) -> None:
    one, again = (_live(small, people, 100_000) for _ in range(2))
    other = _live(small, people, 20_000)
    for table, rows in one.items():
        for name, column in rows.columns.items():
            np.testing.assert_array_equal(column, again[table][name])
        assert len(rows) == pytest.approx(len(other[table]), rel=0.03)
    assert not np.array_equal(one["orders"]["time"], other["orders"]["time"])


def test_without_purchases_nothing_is_bought(small: WorldSettings, people: Population) -> None:
    none = dataclasses.replace(
        small, shopping=dataclasses.replace(small.shopping, per_person_day=0.0)
    )
    life = ShopPurchases(none, people, Seeds(5)).happen(Chunk(0, 0, 28 * DAY))
    assert {table: len(rows) for table, rows in life.items()} == {
        "orders": 0,
        "checkouts": 0,
        "payments": 0,
    }


def test_without_fresh_customers_the_old_ones_buy_as_much(
    small: WorldSettings, people: Population
) -> None:
    loyal = dataclasses.replace(
        small, shopping=dataclasses.replace(small.shopping, fresh_customer_share=0.0)
    )
    orders, usual = (_live(world, people, 100_000)["orders"] for world in (loyal, small))
    opened = Memberships(loyal, people).customer_opened(
        orders["shop"], orders["customer"] % (2 * people.persons)
    )
    assert (opened < 0).all()
    assert len(orders) == pytest.approx(len(usual), rel=0.05)


def test_a_few_shops_sell_most_and_many_sell_little(
    life: Tables, many: Population, large: WorldSettings
) -> None:
    checkouts = life["checkouts"]
    partners = len(large.market.webshop)
    sold = np.bincount(checkouts["merchant"], minlength=many.shops)[partners:]
    sold = sold[many.shop_psp[partners:] >= 0]
    busiest = np.sort(sold)[::-1]
    assert busiest[: len(sold) // 20].sum() / sold.sum() > 0.4
    assert (sold > 0).mean() > 0.9


def test_devices_are_the_phone_in_use_or_the_computer_at_home(
    life: Tables, purchases: Batch, many: Population, large: WorldSettings
) -> None:
    person = {
        "orders": life["orders"]["customer"] % (2 * many.persons),
        "payments": many.owner(purchases["payer"]),
    }
    for table, rows in (("orders", life["orders"]), ("payments", purchases)):
        shared = rows["device"] >= 2 * many.persons
        assert shared.mean() == pytest.approx(large.population.shared_computer_share, abs=0.01)
        expected = many.own_device(person[table], rows["time"], shared)
        np.testing.assert_array_equal(rows["device"], expected)
