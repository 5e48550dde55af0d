"""The features of a payment, as its bank can compute them at the moment of payment.

One matrix per bank, the same columns at every bank.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups, first_of_pair, standing_reports
from proeftuin.features.columns import CLOCK, against_past, clock, past_bounds
from proeftuin.features.table import (
    DAY,
    HOUR,
    Bounds,
    FeatureTable,
    cents,
    ints,
    matrix,
    reports_about,
)
from proeftuin.features.views import DeskView
from proeftuin.sectors import BANK
from synthetic_data.arrays import Floats
from synthetic_data.reports import PAYEE, PAYMENT
from synthetic_data.rows import LIMIT_RAISE, SAVINGS_IN

#: Columns that banks brought along begin so, so that none can be taken for one of ours.
OWN = "own_"
#: Name and public bounds of every column.
BOUNDS: Bounds = {
    **past_bounds("payer"),
    "new_payee": (0, 1),
    "log_payee_age_days": (0, 5),
    "payee_unseen": (0, 1),
    "log_payee_count_24h": (0, 5),
    "log_payee_new_payers_7d": (0, 5),
    "log_payee_sum_24h": (0, 12),
    "payee_new_share": (0, 1),
    "log_payee_paid_out_24h": (0, 3),
    "payee_reported": (0, 2),
    "payee_own_bank": (0, 1),
    "payee_young": (0, 1),
    "payee_account_new": (0, 1),
    "limit_raised_24h": (0, 1),
    "savings_moved_24h": (0, 1),
    "limit_raised_2h": (0, 1),
    "savings_moved_2h": (0, 1),
    "device_new": (0, 1),
    "device_other_payers_30d": (0, 2),
    "network_new": (0, 1),
    "log_network_new_payers_7d": (0, 5),
    "app": (0, 1),
    "age": (18, 95),
    **CLOCK,
}


def bank_features(view: DeskView) -> FeatureTable:
    """Compute the features of every payment by a private customer, in the view's order of rows."""
    seen, accounts = view.tables["payments"], view.tables["accounts"]
    private = accounts.loc[accounts["age"] >= 0, "account"]
    out = seen[seen["payer"].isin(private)]
    payer = Lookups(ints(out["payer"]), ints(out["time"]))
    columns = {
        **against_past("payer", out, "payer", payer),
        "new_payee": first_of_pair(ints(out["payer"]), ints(out["payee"])).astype(np.float64),
        **_payee_columns(view, seen, out),
        **_context_columns(view, out, payer),
        **_own_columns(view, out),
    }
    own = {OWN + name: (each.low, each.high) for name, each in view.features.measures.items()}
    return FeatureTable(
        sector=BANK,
        **matrix(columns, BOUNDS | own, len(out)),
        event=ints(out["payment"]),
        time=ints(out["time"]),
        entities={
            "payer": ints(out["payer"]),
            "account": ints(out["payee"]),
            "device": ints(out["device"]),
            "network": ints(out["network"]),
        },
        amount_eur=out["amount_eur"].to_numpy(),
        age=ints(out["payer"].map(accounts.set_index("account")["age"])),
        partner=ints(out["payer_bank"]),
        reports=reports_about(view.labels, PAYMENT, ints(out["payment"])),
    )


def _payee_columns(view: DeskView, seen: pd.DataFrame, out: pd.DataFrame) -> dict[str, Floats]:
    """Return columns about the account that receives the money."""
    payee, time = ints(out["payee"]), ints(out["time"])
    asked = Lookups(payee, time)
    all_payee, all_time = ints(seen["payee"]), ints(seen["time"])
    received = History(all_payee, all_time, cents(seen["amount_eur"])).before(asked)
    fresh = first_of_pair(ints(seen["payer"]), all_payee)
    new_payers = History(all_payee[fresh], all_time[fresh]).before(asked)
    paid_out = History(ints(seen["payer"]), all_time).before(asked)
    age_days = received.since_first() / DAY
    new_7d = new_payers.count(7 * DAY)
    own = view.tables["accounts"].set_index("account")
    holder_age = out["payee"].map(own["age"]).to_numpy()
    opened = out["payee"].map(own["opened_day"]).to_numpy()
    return {
        "log_payee_age_days": np.nan_to_num(np.log1p(age_days)),
        "payee_unseen": np.isnan(age_days).astype(np.float64),
        "log_payee_count_24h": np.log1p(received.count(DAY)),
        "log_payee_new_payers_7d": np.log1p(new_7d),
        "log_payee_sum_24h": np.log1p(received.total(DAY) / 100),
        "payee_new_share": new_7d / np.maximum(received.count(7 * DAY), 1),
        "log_payee_paid_out_24h": np.log1p(paid_out.count(DAY)),
        "payee_reported": standing_reports(view.labels, PAYEE, asked).astype(np.float64),
        "payee_own_bank": out["payee_bank"].isin(view.partners).to_numpy().astype(np.float64),
        "payee_young": ((holder_age >= 0) & (holder_age < 28)).astype(np.float64),
        "payee_account_new": (time / DAY - opened < 60).astype(np.float64),
    }


def _context_columns(view: DeskView, out: pd.DataFrame, asked: Lookups) -> dict[str, Floats]:
    """Return columns on the history at bank, device, network and customer, and on the clock."""
    payer, time, device = ints(out["payer"]), ints(out["time"]), ints(out["device"])
    accounts, actions = view.tables["accounts"], view.tables["actions"]
    columns: dict[str, Floats] = {}
    for kind, name in ((LIMIT_RAISE, "limit_raised"), (SAVINGS_IN, "savings_moved")):
        rows = actions[actions["kind"] == kind]
        done = History(ints(rows["account"]), ints(rows["time"])).before(asked)
        for window, label in ((DAY, "24h"), (2 * HOUR, "2h")):
            columns[f"{name}_{label}"] = (done.count(window) > 0).astype(np.float64)
    new_device = first_of_pair(payer, device)
    users = History(device[new_device], time[new_device]).before(Lookups(device, time))
    mine = (~new_device).astype(np.int64)
    network = ints(out["network"])
    new_network = first_of_pair(payer, network)
    arrivals = History(network[new_network], time[new_network]).before(Lookups(network, time))
    age = out["payer"].map(accounts.set_index("account")["age"]).to_numpy()
    return {
        **columns,
        "device_new": new_device.astype(np.float64),
        "device_other_payers_30d": np.maximum(users.count(30 * DAY) - mine, 0),
        "network_new": new_network.astype(np.float64),
        "log_network_new_payers_7d": np.log1p(arrivals.count(7 * DAY)),
        "app": out["app"].to_numpy().astype(np.float64),
        "age": age,
        **clock(time),
    }


def _own_columns(view: DeskView, out: pd.DataFrame) -> dict[str, Floats]:
    """Return columns that the payer's bank computed itself and brought along."""
    given = view.features.values.set_index("payment")
    return {
        OWN + name: given[name].loc[out["payment"]].to_numpy() for name in view.features.measures
    }
