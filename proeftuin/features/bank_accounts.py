"""Columns on the two accounts of a payment, each from the history of that account alone.

What only the bank of an account knows (its holder, age, balance, limit, savings, cash) is there for
a payee of the same bank, and for every payee where banks pool.
"""

import numpy as np

from proeftuin.features.account_book import AccountBook
from proeftuin.features.asof import Lookups
from proeftuin.features.columns import MONTH, WEEK, log_hours, log_total
from proeftuin.features.table import DAY, HOUR, Bounds
from synthetic_data.arrays import Floats, Ints
from synthetic_data.rows import CASH_OUT, LIMIT_RAISE, SAVINGS_IN

UNKNOWN_DAYS = 9.0  #: logarithm of the days of an account that the register lacks
PAYER: Bounds = {
    "payer_age": (0, 95),
    "log_payer_account_days": (0, 9),
    "log_payer_balance": (-14, 14),
    "log_amount_to_payer_balance": (-14, 14),
    "log_payer_received_7d": (0, 14),
    "log_payer_received_28d": (0, 14),
    "log_hours_since_payer_received": (0, 8),
    "log_payer_paid_28d": (0, 14),
    "log_payer_new_payees_7d": (0, 6),
    "log_payer_to_fresh_1h": (0, 14),
    "log_payer_to_fresh_24h": (0, 14),
    "log_payer_to_fresh_28d": (0, 14),
    "log_hours_since_limit": (0, 8),
    "log_limit": (0, 12),
    "log_hours_since_savings": (0, 8),
    "log_savings_24h": (0, 12),
    "log_payer_cash_7d": (0, 12),
}
PAYEE: Bounds = {
    "payee_age": (0, 95),
    "log_payee_account_days": (0, 9),
    "log_payee_balance": (-14, 14),
    "log_payee_days": (0, 5),
    "log_payee_count_24h": (0, 6),
    "log_payee_count_7d": (0, 7),
    "log_payee_count_28d": (0, 8),
    "log_payee_received_24h": (0, 14),
    "log_payee_received_28d": (0, 14),
    "log_hours_since_payee_received": (0, 8),
    "log_payee_new_payers_24h": (0, 6),
    "log_payee_new_payers_7d": (0, 6),
    "log_payee_from_fresh_count_24h": (0, 6),
    "log_payee_from_fresh_count_28d": (0, 7),
    "log_payee_from_fresh_24h": (0, 14),
    "log_payee_from_fresh_7d": (0, 14),
    "log_payee_paid_7d": (0, 14),
    "log_payee_paid_28d": (0, 14),
    "log_hours_since_payee_paid": (0, 8),
    "payee_passed_on_24h": (0, 2),
    "log_payee_cash_24h": (0, 12),
}


def payer_columns(
    book: AccountBook, payer: Ints, amount_eur: Floats, asked: Lookups
) -> dict[str, Floats]:
    """Return the columns on the account that pays.

    Args:
        book: histories of the view.
        payer: (rows,) codes.
        amount_eur: (rows,) of the payments.
        asked: payer and time.
    """
    received, paid = book.received.before(asked), book.paid.before(asked)
    fresh = book.to_fresh.before(asked)
    limit, savings = (book.actions[kind].before(asked) for kind in (LIMIT_RAISE, SAVINGS_IN))
    balance = _signed_log(book.balance_eur(payer, asked, received, paid))
    return {
        "payer_age": np.maximum(book.held(payer, "age"), 0),
        "log_payer_account_days": _account_days(book, payer, asked),
        "log_payer_balance": balance,
        "log_amount_to_payer_balance": np.log1p(amount_eur) - balance,
        "log_payer_received_7d": log_total(received, WEEK),
        "log_payer_received_28d": log_total(received, MONTH),
        "log_hours_since_payer_received": log_hours(received.since_last()),
        "log_payer_paid_28d": log_total(paid, MONTH),
        "log_payer_new_payees_7d": np.log1p(book.new_payees.before(asked).count(WEEK)),
        "log_payer_to_fresh_1h": log_total(fresh, HOUR),
        "log_payer_to_fresh_24h": log_total(fresh, DAY),
        "log_payer_to_fresh_28d": log_total(fresh, MONTH),
        "log_hours_since_limit": log_hours(limit.since_last()),
        "log_limit": np.log1p(limit.last_value() / 100),
        "log_hours_since_savings": log_hours(savings.since_last()),
        "log_savings_24h": log_total(savings, DAY),
        "log_payer_cash_7d": log_total(book.actions[CASH_OUT].before(asked), WEEK),
    }


def payee_columns(book: AccountBook, payee: Ints, asked: Lookups) -> dict[str, Floats]:
    """Return the columns on the account that is paid.

    Args:
        book: histories of the view.
        payee: (rows,) codes.
        asked: payee and time.
    """
    received, paid = book.received.before(asked), book.paid.before(asked)
    fresh, new_payers = book.from_fresh.before(asked), book.new_payers.before(asked)
    balance = book.balance_eur(payee, asked, received, paid)
    return {
        "payee_age": np.nan_to_num(np.maximum(book.held(payee, "age"), 0)),
        "log_payee_account_days": _account_days(book, payee, asked),
        "log_payee_balance": np.nan_to_num(_signed_log(balance)),
        "log_payee_days": np.nan_to_num(np.log1p(received.since_first() / DAY)),
        "log_payee_count_24h": np.log1p(received.count(DAY)),
        "log_payee_count_7d": np.log1p(received.count(WEEK)),
        "log_payee_count_28d": np.log1p(received.count(MONTH)),
        "log_payee_received_24h": log_total(received, DAY),
        "log_payee_received_28d": log_total(received, MONTH),
        "log_hours_since_payee_received": log_hours(received.since_last()),
        "log_payee_new_payers_24h": np.log1p(new_payers.count(DAY)),
        "log_payee_new_payers_7d": np.log1p(new_payers.count(WEEK)),
        "log_payee_from_fresh_count_24h": np.log1p(fresh.count(DAY)),
        "log_payee_from_fresh_count_28d": np.log1p(fresh.count(MONTH)),
        "log_payee_from_fresh_24h": log_total(fresh, DAY),
        "log_payee_from_fresh_7d": log_total(fresh, WEEK),
        "log_payee_paid_7d": log_total(paid, WEEK),
        "log_payee_paid_28d": log_total(paid, MONTH),
        "log_hours_since_payee_paid": log_hours(paid.since_last()),
        "payee_passed_on_24h": paid.total(DAY) / np.maximum(received.total(DAY), 100),
        "log_payee_cash_24h": log_total(book.actions[CASH_OUT].before(asked), DAY),
    }


def _account_days(book: AccountBook, account: Ints, asked: Lookups) -> Floats:
    """Return the logarithm of the days since an account was opened."""
    days = asked.moment() / DAY - book.held(account, "opened_day")
    return np.nan_to_num(np.log1p(np.maximum(days, 0)), nan=UNKNOWN_DAYS)


def _signed_log(eur: Floats) -> Floats:
    """Return the logarithm of an amount, below zero for a debt."""
    logged: Floats = np.sign(eur) * np.log1p(np.abs(eur))
    return logged
