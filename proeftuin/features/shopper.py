"""Features of a web shop's customer at any moment, by phone number; not only at an order."""

import numpy as np

from proeftuin.features.asof import History, Lookups
from proeftuin.features.columns import (
    MONTH,
    log_days_since,
    register_column,
    reported_by,
    same_in_register,
)
from proeftuin.features.table import DAY, Bounds, cents, ints
from proeftuin.features.views import DeskView
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.reports import CALLER

BOUNDS: Bounds = {
    "log_orders_24h": (0, 3),
    "log_orders_28d": (0, 4),
    "log_sum_28d": (0, 10),
    "log_later_28d": (0, 4),
    "log_elsewhere_28d": (0, 4),
    "log_days_since_order": (0, 6),
    "log_account_days": (0, 8),
    "log_accounts": (0, 3),
    "customer_reported": (0, 3),
    "order_reported": (0, 3),
    "phone_reported": (0, 3),
}


def accounts_of(view: DeskView, asked: Lookups) -> Floats:
    """Count the accounts at a shop that had been opened with each phone by each moment."""
    return same_in_register(view.tables["customers"], "phone", asked)


def shopper_features(view: DeskView, phone: Ints, time: Ints) -> dict[str, Floats]:
    """Return a shop's features of phones, (asked,), at moments in seconds, (asked,)."""
    register, rows = view.tables["customers"], view.tables["orders"]
    customer = ints(rows["customer"])
    by_order = register_column(customer, register, "customer", "phone")
    home = register_column(customer, register, "customer", "address")
    asked, phone_of = Lookups(phone, time), register.set_index("customer")["phone"]

    def past(some: Bools) -> History:
        chosen = some & (by_order >= 0)
        orders = rows[chosen]
        return History(by_order[chosen], ints(orders["time"]), cents(orders["amount_eur"]))

    every = past(np.ones(len(rows), dtype=bool)).before(asked)
    later = past(rows["pay_later"].to_numpy() == 1).before(asked)
    elsewhere = past(ints(rows["address"]) != home).before(asked)
    opened = register.groupby("phone")["opened_day"].min().reindex(phone).to_numpy(dtype=float)
    never = BOUNDS["log_days_since_order"][1]
    return {
        "log_orders_24h": np.log1p(every.count(DAY)),
        "log_orders_28d": np.log1p(every.count(MONTH)),
        "log_sum_28d": np.log1p(every.total(MONTH) / 100),
        "log_later_28d": np.log1p(later.count(MONTH)),
        "log_elsewhere_28d": np.log1p(elsewhere.count(MONTH)),
        "log_days_since_order": np.nan_to_num(np.log1p(every.since_last() / DAY), nan=never),
        "log_account_days": log_days_since(opened, time),
        "log_accounts": np.log1p(accounts_of(view, asked)),
        "customer_reported": reported_by(view.labels, ("customer",), asked, phone_of),
        "order_reported": reported_by(
            view.labels, ("order",), asked, rows.set_index("order")["customer"].map(phone_of)
        ),
        "phone_reported": reported_by(view.labels, (CALLER,), asked),
    }
