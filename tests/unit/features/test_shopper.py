"""What a web shop says of a customer: nothing that it did not know at the moment asked about."""

import numpy as np
import pandas as pd
import pytest

from proeftuin.features.asof import Lookups
from proeftuin.features.shopper import BOUNDS, accounts_of, shopper_features
from proeftuin.features.table import DAY
from proeftuin.features.views import DeskView

NOW, ANNA, BEN = 100 * DAY, 7, 9


def shop(orders: list[tuple[int, int, float]], opened: dict[int, int]) -> DeskView:
    """Return a shop with orders (customer, second, euros); phones are five more than customers."""
    customers = pd.DataFrame(
        {
            "customer": list(opened),
            "phone": [customer + 5 for customer in opened],
            "address": 1,
            "opened_day": list(opened.values()),
        }
    )
    rows = pd.DataFrame(orders, columns=["customer", "time", "amount_eur"])
    rows = rows.assign(order=range(len(rows)), pay_later=0, address=1)
    labels = pd.DataFrame(
        {"case": [0], "kind": "customer", "value": [2], "known_at": [NOW], "withdrawn_at": [2**40]}
    )
    return DeskView((0,), {"orders": rows, "customers": customers}, labels)


def told(view: DeskView, phone: int, time: int) -> dict[str, float]:
    columns = shopper_features(view, np.array([phone]), np.array([time]))
    assert list(columns) == list(BOUNDS)
    return {name: float(values[0]) for name, values in columns.items()}


def test_an_order_or_report_at_the_moment_or_later_is_not_known_yet() -> None:
    before = [(2, NOW - DAY // 2, 30.0), (2, NOW - 20 * DAY, 20.0), (4, NOW - 5, 99.0)]
    view = shop([*before, (2, NOW, 500.0), (2, NOW + 1, 500.0)], {2: 10, 4: 20})
    known = told(view, ANNA, NOW)
    assert known == told(shop(before, {2: 10, 4: 20}), ANNA, NOW)
    assert known["log_orders_24h"] == pytest.approx(np.log1p(1))
    assert known["log_orders_28d"] == pytest.approx(np.log1p(2))
    assert known["log_sum_28d"] == pytest.approx(np.log1p(50))
    assert known["log_days_since_order"] == pytest.approx(np.log1p(0.5))
    assert known["log_account_days"] == pytest.approx(np.log1p(90))
    assert known["customer_reported"] == 0
    assert told(view, ANNA, NOW + 1)["customer_reported"] == 1


def test_who_opens_an_account_later_is_no_customer_yet() -> None:
    view = shop([(2, NOW - 9, 1.0)], {2: 10, 4: 101})
    phones = np.array([ANNA, BEN, BEN, 12345, -1])
    moment = np.array([NOW, NOW, NOW + 2 * DAY, NOW, NOW])
    assert accounts_of(view, Lookups(phones, moment)).tolist() == [1, 0, 1, 0, 0]


def test_without_an_order_the_last_one_is_as_long_ago_as_can_be() -> None:
    assert told(shop([(2, NOW - 9, 1.0)], {2: 10, 4: 20}), BEN, NOW)["log_days_since_order"] == 6
