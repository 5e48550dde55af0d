"""A hand-made world in which fraud differs from ordinary life in nothing but the truth."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from proeftuin.inspection.evidence import Evidence
from synthetic_data.clock import DAY, PAYMENTS
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World

PERSONS, DAYS, ORDINARY, FRAUD, CALLS = 800, 112, 40_000, 800, 40_000
NEVER = np.iinfo(np.int64).max

Made = tuple[World, Truth]
Change = Callable[[dict[str, pd.DataFrame], dict[str, pd.DataFrame]], None]


def codes(rng: np.random.Generator, size: int, bits: int = 31) -> np.ndarray:
    return (
        rng.choice(2**bits, size * 2, replace=False)[:size]
        if bits == 31
        else rng.integers(0, 2**bits, size)
    )


def times(rng: np.random.Generator, size: int) -> np.ndarray:
    return PAYMENTS.time_of_day(rng, rng.integers(0, DAYS, size))


def make(change: Change | None = None, *, fraud: bool = True) -> Made:
    """Make the world, let a test change its tables and truth, and put it in order of time."""
    rng = np.random.default_rng(1)
    account, phone, device = (codes(rng, PERSONS) for _ in range(3))
    accounts = pd.DataFrame(
        {
            "account": account,
            "bank": rng.integers(0, 2, PERSONS).astype(np.int8),
            "age": rng.integers(18, 90, PERSONS).astype(np.int16),
            "phone": phone,
            "opened_day": -rng.integers(30, 3000, PERSONS).astype(np.int32),
            "opening_eur": np.rint(rng.lognormal(9, 1, PERSONS) * 100) / 100,
        }
    )
    size = ORDINARY + FRAUD
    payer = rng.integers(0, PERSONS, size)
    payee = (payer + rng.integers(1, PERSONS, size)) % PERSONS
    payments = pd.DataFrame(
        {
            "time": times(rng, size),
            "payment": codes(rng, size, 62),
            "payer": account[payer],
            "payee": account[payee],
            "payer_bank": accounts["bank"].to_numpy()[payer],
            "payee_bank": accounts["bank"].to_numpy()[payee],
            "amount_eur": np.rint(rng.lognormal(4, 1.5, size) * 100) / 100,
            "app": (rng.random(size) < 0.7).astype(np.int8),
            "device": device[payer],
            "network": device[payer] // 7,
        }
    )
    guilty = np.arange(size) >= ORDINARY
    who = rng.integers(0, PERSONS, CALLS)
    calls = pd.DataFrame(
        {
            "time": times(rng, CALLS).astype(np.int32),
            "subscriber": phone[who].astype(np.int32),
            "number": rng.choice(phone, CALLS).astype(np.int32),
            "duration_s": rng.integers(5, 2000, CALLS).astype(np.int32),
            "incoming": rng.integers(0, 2, CALLS).astype(np.int8),
            "operator": (who % 2).astype(np.int8),
        }
    ).drop_duplicates(["time", "subscriber"], ignore_index=True)
    called = np.arange(len(calls)) >= len(calls) - FRAUD
    case = rng.integers(0, 2**62, FRAUD)
    paid = payments[guilty]
    truth_payments = pd.DataFrame(
        {
            "payment": paid["payment"].to_numpy(),
            "case": case,
            "form": "purchase",
            "phase": np.int8(5),
            "bank": paid["payer_bank"].to_numpy(),
            "time": paid["time"].to_numpy(),
            "amount_eur": paid["amount_eur"].to_numpy(),
        }
    )
    told = rng.random(FRAUD) < 0.4
    labels = pd.DataFrame(
        {
            "partner": np.array(["bank_a", "bank_b"])[paid["payer_bank"].to_numpy()[told]],
            "case": case[told],
            "form": "purchase",
            "kind": "payment",
            "value": paid["payment"].to_numpy()[told],
            "known_at": paid["time"].to_numpy()[told] + rng.integers(DAY, 9 * DAY, told.sum()),
            "withdrawn_at": NEVER,
        }
    )
    tables = {
        "payments": payments,
        "calls": calls,
        "accounts": accounts.sort_values("account", ignore_index=True),
        "subscribers": pd.DataFrame(
            {"phone": phone, "operator": np.int8(0), "since_day": np.int32(-9)}
        ).sort_values("phone", ignore_index=True),
        "actions": pd.DataFrame(
            {
                "time": np.sort(times(rng, 2000)),
                "account": rng.choice(account, 2000),
                "bank": np.int8(0),
                "kind": np.int8(0),
                "amount_eur": 0.0,
            }
        ),
    }
    person = np.arange(PERSONS)
    truth = {
        "events": truth_payments.rename(columns={"payment": "event"}).assign(table="payments"),
        "payments": truth_payments,
        "calls": calls.loc[called, ["time", "subscriber", "number"]].assign(
            case=case[: called.sum()], form="purchase", phase=np.int8(3)
        ),
        "cases": pd.DataFrame(
            {
                "case": case, "form": "purchase", "variant": "", "age": 40, "bank": 0,
                "group": rng.integers(0, 3, FRAUD), "campaign": np.arange(FRAUD) // 4,
                "succeeded": True,
                "contact_time": times(rng, FRAUD), "real_weight": 0.5,
            }
        ),
        "links": pd.concat(
            [
                pd.DataFrame({"entity": kind, "code": code, "person": person})
                for kind, code in (("account", account), ("phone", phone), ("device", device))
            ]
        ),
        "labels": labels,
    }  # fmt: skip
    if not fraud:
        tables["payments"] = payments[~guilty].reset_index(drop=True)
        tables["calls"] = calls[~called].reset_index(drop=True)
        truth = {name: rows if name == "links" else rows.iloc[:0] for name, rows in truth.items()}
    for table in ("payments", "calls"):
        rows = tables[table].sample(frac=1, random_state=1)
        tables[table] = rows.sort_values("time", kind="stable", ignore_index=True)
    if change is not None:
        change(tables, truth)
    tables["statements"] = statements(tables)
    return World(
        partners={"bank": ("bank_a", "bank_b"), "telecom": ("operator_1", "operator_2")},
        days=DAYS,
        tables=tables,
        labels=truth.pop("labels"),
    ), Truth(**truth, persons=PERSONS, days=DAYS)


def statements(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    paid, accounts = tables["payments"], tables["accounts"]
    balance = accounts.set_index("account")["opening_eur"]
    blocks = []
    for month in range(DAYS // 30):
        inside = paid[paid["time"] // DAY // 30 == month]
        money_in = inside.groupby("payee")["amount_eur"].sum().reindex(balance.index).fillna(0)
        money_out = inside.groupby("payer")["amount_eur"].sum().reindex(balance.index).fillna(0)
        balance = (balance + money_in - money_out).round(2)
        blocks.append(
            pd.DataFrame(
                {
                    "day": np.int32(30 * month + 29),
                    "account": balance.index,
                    "bank": accounts["bank"].to_numpy(),
                    "in_eur": money_in.round(2).to_numpy(),
                    "out_eur": money_out.round(2).to_numpy(),
                    "balance_eur": balance.to_numpy(),
                }
            )
        )
    return pd.concat(blocks, ignore_index=True)


def evidence_of(made: Made, twin: Made | None = None) -> Evidence:
    return Evidence(*made, twin, Seeds(3))
