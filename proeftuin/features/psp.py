"""The features of a checkout, as a payment provider can compute them when it is paid."""

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups, first_of_pair
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
from proeftuin.features.table import DAY, Bounds, FeatureTable, cents, ints, matrix, reports_about
from proeftuin.features.views import DeskView
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.reports import PAYEE

BOUNDS: Bounds = {
    **past_bounds("payer"),
    "log_amount_to_merchant_usual": (-6, 6),
    "log_merchant_usual": (0, 8),
    "log_merchant_age_days": (0, 8),
    "log_merchant_first_sale_days": (0, 5),
    "log_merchant_count": (0, 12),
    "log_merchant_count_24h": (0, 8),
    "log_merchant_sum_24h": (0, 14),
    "log_merchant_growth_day": (-4, 4),
    "log_merchant_growth_week": (-4, 4),
    "merchant_new_payer_share_7d": (0, 1),
    "payer_new_to_merchant": (0, 1),
    "device_new": (0, 1),
    "log_device_others_28d": (0, 3),
    "network_new": (0, 1),
    "log_network_others_7d": (0, 5),
    "log_payout_merchants": (0, 3),
    "log_merchant_reports": (0, 4),
    "log_payout_reports": (0, 4),
    "device_reported": (0, 3),
    **CLOCK,
}


def psp_features(view: DeskView) -> FeatureTable:
    """Compute the features of every checkout, in the view's order of rows."""
    rows, register = view.tables["checkouts"], view.tables["merchants"]
    merchant, payer, device = (ints(rows[c]) for c in ("merchant", "account", "device"))
    time = ints(rows["time"])
    asked, by_device = Lookups(merchant, time), Lookups(device, time)
    payout = register_column(merchant, register, "merchant", "payout_account")
    by_payout = Lookups(payout, time)
    opened = opened_days(merchant, register, "merchant")
    network = ints(rows["network"])
    devices, networks = Sharing(device, payer, time), Sharing(network, payer, time)
    checkout = rows.set_index("checkout")
    payout_of = register.set_index("merchant")["payout_account"]
    columns = {
        **against_past(
            "payer",
            rows["amount_eur"].to_numpy(),
            past_of(rows, "account", Lookups(payer, time)),
            highest_before(rows, "account"),
        ),
        **_merchant_columns(rows, merchant, time, asked, first_of_pair(payer, merchant)),
        "log_merchant_age_days": log_days_since(opened, time),
        "device_new": devices.new,
        "log_device_others_28d": np.log1p(devices.others(by_device, MONTH)),
        "network_new": networks.new,
        "log_network_others_7d": np.log1p(networks.others(Lookups(network, time), WEEK)),
        "log_payout_merchants": np.log1p(same_in_register(register, "payout_account", by_payout)),
        "log_merchant_reports": np.log1p(reported_by(view.labels, ("merchant",), asked)),
        "log_payout_reports": np.log1p(
            reported_by(view.labels, ("merchant",), by_payout, payout_of)
            + reported_by(view.labels, (PAYEE,), by_payout)
        ),
        "device_reported": reported_by(view.labels, ("checkout",), by_device, checkout["device"]),
        **clock(time),
    }
    return FeatureTable(
        sector="psp",
        **matrix(columns, BOUNDS, len(rows)),
        event=ints(rows["checkout"]),
        time=time,
        entities={
            "payer": payer,
            "merchant": merchant,
            "account": payout,
            "device": device,
            "network": network,
        },
        amount_eur=rows["amount_eur"].to_numpy(),
        age=np.full(len(rows), -1),
        partner=ints(rows["psp"]),
        reports=reports_about(view.labels, "checkout", ints(rows["checkout"])),
    )


def _merchant_columns(
    rows: pd.DataFrame, merchant: Ints, time: Ints, asked: Lookups, new: Bools
) -> dict[str, Floats]:
    """Return columns on the shop's earlier sales: volume, amounts, buyers and growth."""
    past = History(merchant, time, cents(rows["amount_eur"])).before(asked)
    new_payers = History(merchant[new], time[new]).before(asked)
    count, day, week, month = (
        past.count(),
        past.count(DAY),
        past.count(WEEK),
        past.count(MONTH),
    )
    usual = past.total() / 100 / np.maximum(count, 1)
    return {
        "log_amount_to_merchant_usual": np.where(
            count > 0, np.log1p(rows["amount_eur"].to_numpy()) - np.log1p(usual), 0.0
        ),
        "log_merchant_usual": np.log1p(usual),
        "log_merchant_first_sale_days": np.nan_to_num(np.log1p(past.since_first() / DAY)),
        "log_merchant_count": np.log1p(count),
        "log_merchant_count_24h": np.log1p(day),
        "log_merchant_sum_24h": np.log1p(past.total(DAY) / 100),
        "log_merchant_growth_day": np.log((day + 1) / (week / 7 + 1)),
        "log_merchant_growth_week": np.log((week + 1) / (month / 4 + 1)),
        "merchant_new_payer_share_7d": new_payers.count(WEEK) / np.maximum(week, 1),
        "payer_new_to_merchant": new.astype(np.float64),
    }
