"""The features of an order, as a web shop can compute them when it is placed."""

import numpy as np

from proeftuin.features.asof import History, Lookups
from proeftuin.features.columns import (
    CLOCK,
    MONTH,
    WEEK,
    Sharing,
    against_past,
    clock,
    highest_before,
    log_days_since,
    opened_days,
    past_bounds,
    past_of,
    register_column,
    reported_by,
    same_in_register,
)
from proeftuin.features.table import Bounds, FeatureTable, cents, ints, matrix, reports_about
from proeftuin.features.views import DeskView
from synthetic_data.arrays import Floats
from synthetic_data.reports import CALLER

BOUNDS: Bounds = {
    **past_bounds("customer"),
    "log_amount_to_shop_usual": (-6, 6),
    "log_customer_age_days": (0, 8),
    "pay_later": (0, 1),
    "pick_up": (0, 1),
    "away_from_home": (0, 1),
    "log_customer_later_28d": (0, 4),
    "log_customer_later_sum_28d": (0, 12),
    "log_customer_paid_at_once": (0, 5),
    "device_new": (0, 1),
    "device_first_seen": (0, 1),
    "log_device_others": (0, 3),
    "log_device_others_28d": (0, 3),
    "log_device_later_28d": (0, 4),
    "network_new": (0, 1),
    "log_network_others_7d": (0, 5),
    "log_network_later_28d": (0, 5),
    "address_new": (0, 1),
    "log_address_others": (0, 9),
    "log_address_others_28d": (0, 9),
    "log_address_later_28d": (0, 9),
    "log_phone_accounts": (0, 3),
    "log_home_accounts": (0, 4),
    "customer_reported": (0, 3),
    "device_reported": (0, 3),
    "network_reported": (0, 3),
    "log_address_reports": (0, 4),
    "phone_reported": (0, 3),
    **CLOCK,
}


def webshop_features(view: DeskView) -> FeatureTable:
    """Compute the features of every order, in the view's order of rows."""
    rows, register = view.tables["orders"], view.tables["customers"]
    customer, device, address = (ints(rows[c]) for c in ("customer", "device", "address"))
    network = ints(rows["network"])
    time, pick_up = ints(rows["time"]), ints(rows["pick_up"])
    asked = {
        "customer": Lookups(customer, time),
        "device": Lookups(device, time),
        "network": Lookups(network, time),
        "address": Lookups(address, time),
    }
    phone = register_column(customer, register, "customer", "phone")
    home = register_column(customer, register, "customer", "address")
    by_phone = Lookups(phone, time)
    opened = opened_days(customer, register, "customer")
    columns = {
        **against_past(
            "customer",
            rows["amount_eur"].to_numpy(),
            past_of(rows, "customer", asked["customer"]),
            highest_before(rows, "customer"),
        ),
        "log_amount_to_shop_usual": _to_shop_usual(view),
        "log_customer_age_days": log_days_since(opened, time),
        "pay_later": rows["pay_later"].to_numpy().astype(np.float64),
        "pick_up": pick_up.astype(np.float64),
        "away_from_home": (
            (pick_up == 0) & (address != home) & (address >= 0) & (home >= 0)
        ).astype(np.float64),
        **_paying_later(view, asked),
        **_shared_with_others(view, asked),
        "log_phone_accounts": np.log1p(same_in_register(register, "phone", by_phone)),
        "log_home_accounts": np.log1p(same_in_register(register, "address", Lookups(home, time))),
        **_reports(view, asked, by_phone),
        **clock(time),
    }
    return FeatureTable(
        sector="webshop",
        **matrix(columns, BOUNDS, len(rows)),
        event=ints(rows["order"]),
        time=time,
        entities={
            "customer": customer,
            "device": device,
            "network": network,
            "address": address,
            "phone": phone,
        },
        amount_eur=rows["amount_eur"].to_numpy(),
        age=np.full(len(rows), -1),
        partner=ints(rows["shop"]),
        reports=reports_about(view.labels, "order", ints(rows["order"])),
    )


def _shared_with_others(view: DeskView, asked: dict[str, Lookups]) -> dict[str, Floats]:
    """Return whether the customer is new to a device, network or address, and its other users."""
    rows = view.tables["orders"]
    customer, time = ints(rows["customer"]), ints(rows["time"])
    devices, networks, addresses = (
        Sharing(ints(rows[entity]), customer, time) for entity in ("device", "network", "address")
    )
    device = ints(rows["device"])
    seen_device = History(device, time).before(asked["device"])
    return {
        "device_new": devices.new,
        "device_first_seen": ((device >= 0) & (seen_device.count() == 0)).astype(np.float64),
        "log_device_others": np.log1p(devices.others(asked["device"])),
        "log_device_others_28d": np.log1p(devices.others(asked["device"], MONTH)),
        "network_new": networks.new,
        "log_network_others_7d": np.log1p(networks.others(asked["network"], WEEK)),
        "address_new": addresses.new,
        "log_address_others": np.log1p(addresses.others(asked["address"])),
        "log_address_others_28d": np.log1p(addresses.others(asked["address"], MONTH)),
    }


def _reports(view: DeskView, asked: dict[str, Lookups], by_phone: Lookups) -> dict[str, Floats]:
    """Count earlier reports about what an order names."""
    labels, order = view.labels, view.tables["orders"].set_index("order")
    phone_of = view.tables["customers"].set_index("customer")["phone"]
    device, network, address = (
        reported_by(labels, ("order",), asked[entity], order[entity])
        for entity in ("device", "network", "address")
    )
    return {
        "customer_reported": reported_by(labels, ("customer",), asked["customer"]),
        "device_reported": device,
        "network_reported": network,
        "log_address_reports": np.log1p(address),
        "phone_reported": reported_by(labels, ("customer",), by_phone, phone_of)
        + reported_by(labels, (CALLER,), by_phone),
    }


def _to_shop_usual(view: DeskView) -> Floats:
    """Compare the amount with all earlier orders at the shop."""
    rows = view.tables["orders"]
    shop, time = ints(rows["shop"]), ints(rows["time"])
    past = History(shop, time, cents(rows["amount_eur"])).before(Lookups(shop, time))
    usual = past.total() / 100 / np.maximum(past.count(), 1)
    return np.where(
        past.count() > 0, np.log1p(rows["amount_eur"].to_numpy()) - np.log1p(usual), 0.0
    )


def _paying_later(view: DeskView, asked: dict[str, Lookups]) -> dict[str, Floats]:
    """Count earlier orders that were to be paid later: credit that the shop gave."""
    rows = view.tables["orders"]
    later = rows[rows["pay_later"] == 1]
    at_once = rows[rows["pay_later"] == 0]
    past = {
        entity: History(
            ints(later[entity]), ints(later["time"]), cents(later["amount_eur"])
        ).before(asked[entity])
        for entity in ("customer", "device", "network", "address")
    }
    paid = History(ints(at_once["customer"]), ints(at_once["time"])).before(asked["customer"])
    return {
        "log_customer_later_28d": np.log1p(past["customer"].count(MONTH)),
        "log_customer_later_sum_28d": np.log1p(past["customer"].total(MONTH) / 100),
        "log_customer_paid_at_once": np.log1p(paid.count()),
        "log_device_later_28d": np.log1p(past["device"].count(MONTH)),
        "log_network_later_28d": np.log1p(past["network"].count(MONTH)),
        "log_address_later_28d": np.log1p(past["address"].count(MONTH)),
    }
