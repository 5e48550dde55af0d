"""The features of a transfer, as a crypto exchange can compute them when it is asked for.

A deposit brings euros in, a withdrawal sends crypto to a wallet.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups
from proeftuin.features.columns import (
    CLOCK,
    MONTH,
    Sharing,
    against_past,
    clock,
    highest_before,
    log_days_since,
    log_hours,
    opened_days,
    past_bounds,
    past_of,
    register_column,
    reported_by,
    same_in_register,
)
from proeftuin.features.table import (
    DAY,
    Bounds,
    FeatureTable,
    cents,
    ints,
    matrix,
    reports_about,
)
from proeftuin.features.views import DeskView
from synthetic_data.arrays import Floats, Ints
from synthetic_data.reports import CALLER, PAYEE

BOUNDS: Bounds = {
    **past_bounds("trader"),
    "withdrawal": (0, 1),
    "log_trader_age_days": (0, 8),
    "log_deposits": (0, 6),
    "log_deposited_24h": (0, 12),
    "log_deposited_28d": (0, 12),
    "log_amount_to_usual_deposit": (-6, 6),
    "log_hours_since_deposit": (0, 8),
    "log_withdrawals": (0, 6),
    "log_withdrawn_24h": (0, 12),
    "withdrawn_share_24h": (0, 2),
    "account_other": (0, 1),
    "account_new": (0, 1),
    "log_account_other_traders": (0, 3),
    "wallet_new": (0, 1),
    "wallet_first_seen": (0, 1),
    "log_wallet_other_traders": (0, 4),
    "log_wallet_other_traders_28d": (0, 4),
    "log_wallet_count_28d": (0, 5),
    "log_wallet_sum_28d": (0, 14),
    "log_trader_shared_wallets": (0, 3),
    "log_phone_traders": (0, 3),
    "trader_reported": (0, 3),
    "wallet_reported": (0, 3),
    "account_reported": (0, 3),
    "phone_reported": (0, 3),
    **CLOCK,
}


def exchange_features(view: DeskView) -> FeatureTable:
    """Compute the features of every transfer, in the view's order of rows."""
    rows, register = view.tables["transfers"], view.tables["traders"]
    trader, account, wallet = (ints(rows[c]) for c in ("trader", "account", "wallet"))
    time, withdrawal = ints(rows["time"]), ints(rows["withdrawal"])
    asked, by_wallet = Lookups(trader, time), Lookups(wallet, time)
    own_account = register_column(trader, register, "trader", "account")
    phone = register_column(trader, register, "trader", "phone")
    by_phone = Lookups(phone, time)
    opened = opened_days(trader, register, "trader")
    transfer = rows.set_index("transfer")
    columns = {
        **against_past(
            "trader",
            rows["amount_eur"].to_numpy(),
            past_of(rows, "trader", asked),
            highest_before(rows, "trader"),
        ),
        "withdrawal": withdrawal.astype(np.float64),
        "log_trader_age_days": log_days_since(opened, time),
        **_in_and_out(rows, asked),
        "account_other": ((account >= 0) & (account != own_account)).astype(np.float64),
        **_account_columns(account, trader, time),
        **_wallet_columns(rows, trader, wallet, time, asked, by_wallet),
        "log_phone_traders": np.log1p(same_in_register(register, "phone", by_phone)),
        "trader_reported": reported_by(view.labels, ("transfer",), asked, transfer["trader"]),
        "wallet_reported": reported_by(view.labels, ("transfer",), by_wallet, transfer["wallet"]),
        "account_reported": reported_by(view.labels, (PAYEE,), Lookups(own_account, time)),
        "phone_reported": reported_by(view.labels, (CALLER,), by_phone),
        **clock(time),
    }
    return FeatureTable(
        sector="exchange",
        **matrix(columns, BOUNDS, len(rows)),
        event=ints(rows["transfer"]),
        time=time,
        entities={
            "trader": trader,
            "payer": account,
            "account": own_account,
            "wallet": wallet,
            "phone": phone,
        },
        amount_eur=rows["amount_eur"].to_numpy(),
        age=np.full(len(rows), -1),
        partner=ints(rows["exchange"]),
        reports=reports_about(view.labels, "transfer", ints(rows["transfer"])),
    )


def _in_and_out(rows: pd.DataFrame, asked: Lookups) -> dict[str, Floats]:
    """Return columns on the customer's earlier deposits and withdrawals."""
    past = {
        withdrawal: History(
            ints(part["trader"]), ints(part["time"]), cents(part["amount_eur"])
        ).before(asked)
        for withdrawal, part in ((w, rows[rows["withdrawal"] == w]) for w in (0, 1))
    }
    into, out, amount = past[0], past[1], rows["amount_eur"].to_numpy()
    usual = into.total() / 100 / np.maximum(into.count(), 1)
    leaving = out.total(DAY) / 100 + np.where(rows["withdrawal"] == 1, amount, 0.0)
    return {
        "log_deposits": np.log1p(into.count()),
        "log_deposited_24h": np.log1p(into.total(DAY) / 100),
        "log_deposited_28d": np.log1p(into.total(MONTH) / 100),
        "log_amount_to_usual_deposit": np.where(
            into.count() > 0, np.log1p(amount) - np.log1p(usual), 0.0
        ),
        "log_hours_since_deposit": log_hours(into.since_last()),
        "log_withdrawals": np.log1p(out.count()),
        "log_withdrawn_24h": np.log1p(out.total(DAY) / 100),
        "withdrawn_share_24h": leaving / np.maximum(into.total(DAY) / 100, 1),
    }


def _account_columns(account: Ints, trader: Ints, time: Ints) -> dict[str, Floats]:
    """The account that a deposit came from."""
    sharing = Sharing(account, trader, time)
    return {
        "account_new": sharing.new,
        "log_account_other_traders": np.log1p(sharing.others(Lookups(account, time))),
    }


def _wallet_columns(
    rows: pd.DataFrame, trader: Ints, wallet: Ints, time: Ints, asked: Lookups, by_wallet: Lookups
) -> dict[str, Floats]:
    """The wallet that crypto goes to, and the wallets the customer used with others before."""
    sent = wallet >= 0
    out = History(wallet[sent], time[sent], cents(rows["amount_eur"])[sent]).before(by_wallet)
    sharing = Sharing(wallet, trader, time)
    others = sharing.others(by_wallet)
    shared = (sharing.new > 0) & (others > 0)
    return {
        "wallet_new": sharing.new,
        "wallet_first_seen": (sent & (out.count() == 0)).astype(np.float64),
        "log_wallet_other_traders": np.log1p(others),
        "log_wallet_other_traders_28d": np.log1p(sharing.others(by_wallet, MONTH)),
        "log_wallet_count_28d": np.log1p(out.count(MONTH)),
        "log_wallet_sum_28d": np.log1p(out.total(MONTH) / 100),
        "log_trader_shared_wallets": np.log1p(
            History(trader[shared], time[shared]).before(asked).count()
        ),
    }
