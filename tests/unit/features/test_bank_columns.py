"""The columns of a bank against a recount, row by row, with nothing but filters."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from proeftuin.features.bank import bank_features
from proeftuin.features.bank_accounts import PAYEE, PAYER, UNKNOWN_DAYS
from proeftuin.features.bank_links import PAIR, thing_bounds
from proeftuin.features.columns import log_hours
from proeftuin.features.table import FeatureTable
from proeftuin.features.views import DeskView, desk_view
from synthetic_data.clock import DAY, HOUR
from synthetic_data.reports import PAYMENT
from synthetic_data.rows import CASH_OUT, LIMIT_RAISE, SAVINGS_IN
from synthetic_data.world import World

RECOUNTED = 60


@pytest.fixture(scope="module")
def view(world: World) -> DeskView:
    return desk_view(world, "bank", (2,), ("bank_c",))


@pytest.fixture(scope="module")
def table(view: DeskView) -> FeatureTable:
    return bank_features(view)


class Recount:
    """Everything before one payment, by filters over the whole tables."""

    def __init__(self, view: DeskView, row: pd.Series) -> None:
        self.row, self.now = row, int(row["time"])
        self.view = view
        self.payments, self.actions = (
            rows[rows["time"] < self.now]
            for rows in (view.tables["payments"], view.tables["actions"])
        )
        register = view.tables["accounts"].set_index("account")
        self.register = register.to_dict("index")

    def of(self, window: float, **fields: object) -> pd.DataFrame:
        rows = self.payments[self.payments["time"] >= self.now - window]
        for name, value in fields.items():
            rows = rows[rows[name] == value]
        return rows

    def did(self, kind: int, account: int, window: float = np.inf) -> pd.DataFrame:
        rows = self.actions[self.actions["time"] >= self.now - window]
        return rows[(rows["kind"] == kind) & (rows["account"] == account)]

    def eur(self, rows: pd.DataFrame) -> float:
        return float(np.log1p(rows["amount_eur"].sum()))

    def hours(self, rows: pd.DataFrame) -> float:
        last = rows["time"].max() if len(rows) else np.nan
        return float(log_hours(np.array([self.now - last]))[0])

    def days(self, rows: pd.DataFrame) -> float:
        return float(np.log1p((self.now - rows["time"].min()) / DAY)) if len(rows) else 0.0

    def fresh(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows less than a day after the first payment of their payer to their payee."""
        first = self.payments.groupby(["payer", "payee"])["time"].min()
        begun = first.loc[list(zip(rows["payer"], rows["payee"], strict=True))].to_numpy()
        return rows[rows["time"].to_numpy() - begun < DAY]

    def new(self, side: str, account: int, window: float) -> int:
        first = self.payments.drop_duplicates(["payer", "payee"])
        return int(((first[side] == account) & (first["time"] >= self.now - window)).sum())

    def balance(self, account: int) -> float:
        if account not in self.register:
            return np.nan
        money = self.register[account]["opening_eur"]
        money += self.of(np.inf, payee=account)["amount_eur"].sum()
        money -= self.of(np.inf, payer=account)["amount_eur"].sum()
        money += self.did(SAVINGS_IN, account)["amount_eur"].sum()
        money -= self.did(CASH_OUT, account)["amount_eur"].sum()
        return float(np.sign(money) * np.log1p(abs(money)))

    def account_days(self, account: int) -> float:
        if account not in self.register:
            return UNKNOWN_DAYS
        return float(np.log1p(max(self.now / DAY - self.register[account]["opened_day"], 0)))

    def payer(self) -> dict[str, float]:
        who, amount = int(self.row["payer"]), float(self.row["amount_eur"])
        limits, savings = self.did(LIMIT_RAISE, who), self.did(SAVINGS_IN, who)
        return {
            "payer_age": self.register[who]["age"],
            "log_payer_account_days": self.account_days(who),
            "log_payer_balance": self.balance(who),
            "log_amount_to_payer_balance": np.log1p(amount) - self.balance(who),
            "log_payer_received_7d": self.eur(self.of(7 * DAY, payee=who)),
            "log_payer_received_28d": self.eur(self.of(28 * DAY, payee=who)),
            "log_hours_since_payer_received": self.hours(self.of(np.inf, payee=who)),
            "log_payer_paid_28d": self.eur(self.of(28 * DAY, payer=who)),
            "log_payer_new_payees_7d": np.log1p(self.new("payer", who, 7 * DAY)),
            **{
                f"log_payer_to_fresh_{word}": self.eur(self.fresh(self.of(window, payer=who)))
                for word, window in (("1h", HOUR), ("24h", DAY), ("28d", 28 * DAY))
            },
            "log_hours_since_limit": self.hours(limits),
            "log_limit": np.log1p(limits["amount_eur"].iloc[-1]) if len(limits) else 0.0,
            "log_hours_since_savings": self.hours(savings),
            "log_savings_24h": self.eur(self.did(SAVINGS_IN, who, DAY)),
            "log_payer_cash_7d": self.eur(self.did(CASH_OUT, who, 7 * DAY)),
        }

    def payee(self) -> dict[str, float]:
        who = int(self.row["payee"])
        received, paid = self.of(np.inf, payee=who), self.of(np.inf, payer=who)
        day = self.of(DAY, payee=who)["amount_eur"].sum()
        return {
            "payee_age": max(self.register.get(who, {"age": 0})["age"], 0),
            "log_payee_account_days": self.account_days(who),
            "log_payee_balance": np.nan_to_num(self.balance(who)),
            "log_payee_days": self.days(received),
            **{
                f"log_payee_count_{word}": np.log1p(len(self.of(window, payee=who)))
                for word, window in (("24h", DAY), ("7d", 7 * DAY), ("28d", 28 * DAY))
            },
            "log_payee_received_24h": self.eur(self.of(DAY, payee=who)),
            "log_payee_received_28d": self.eur(self.of(28 * DAY, payee=who)),
            "log_hours_since_payee_received": self.hours(received),
            "log_payee_new_payers_24h": np.log1p(self.new("payee", who, DAY)),
            "log_payee_new_payers_7d": np.log1p(self.new("payee", who, 7 * DAY)),
            **{
                f"log_payee_from_fresh_count_{word}": np.log1p(
                    len(self.fresh(self.of(window, payee=who)))
                )
                for word, window in (("24h", DAY), ("28d", 28 * DAY))
            },
            "log_payee_from_fresh_24h": self.eur(self.fresh(self.of(DAY, payee=who))),
            "log_payee_from_fresh_7d": self.eur(self.fresh(self.of(7 * DAY, payee=who))),
            "log_payee_paid_7d": self.eur(self.of(7 * DAY, payer=who)),
            "log_payee_paid_28d": self.eur(self.of(28 * DAY, payer=who)),
            "log_hours_since_payee_paid": self.hours(paid),
            "payee_passed_on_24h": min(
                self.of(DAY, payer=who)["amount_eur"].sum() / max(day, 1.0), 2.0
            ),
            "log_payee_cash_24h": self.eur(self.did(CASH_OUT, who, DAY)),
        }

    def pair(self) -> dict[str, float]:
        payer, payee, amount = (self.row[c] for c in ("payer", "payee", "amount_eur"))
        both = self.of(np.inf, payer=payer, payee=payee)
        usual = np.log1p(amount) - np.log1p(both["amount_eur"].mean()) if len(both) else 0.0
        return {
            "new_payee": float(not len(both)),
            "log_pair_days": self.days(both),
            "log_hours_since_pair": self.hours(both),
            "log_pair_24h": self.eur(self.of(DAY, payer=payer, payee=payee)),
            "log_pair_28d": self.eur(self.of(28 * DAY, payer=payer, payee=payee)),
            "log_amount_to_pair_usual": usual,
            "log_payments_back": np.log1p(len(self.of(np.inf, payer=payee, payee=payer))),
        }

    def thing(self, thing: str) -> dict[str, float]:
        used, payer = self.row[thing], self.row["payer"]
        own = self.payments[self.payments["payer"].map(self.is_private)]
        uses = own[own[thing] == used]
        mine, first = uses[uses["payer"] == payer], uses.drop_duplicates("payer")["time"]
        labels = self.view.labels
        known = labels[(labels["kind"] == PAYMENT) & (labels["known_at"] < self.now)]
        stand = known[known["withdrawn_at"] >= self.now]
        everything = self.view.tables["payments"].set_index("payment")[thing]
        cases = stand.loc[(everything.loc[stand["value"]] == used).to_numpy(), "case"]
        return {
            f"{thing}_new": float(not len(mine)),
            f"log_{thing}_days": self.days(uses),
            f"log_payer_{thing}_days": self.days(mine),
            f"log_payer_{thing}_count": np.log1p(len(mine)),
            f"log_{thing}_new_payers_7d": np.log1p((first >= self.now - 7 * DAY).sum()),
            f"log_{thing}_new_payers_28d": np.log1p((first >= self.now - 28 * DAY).sum()),
            f"{thing}_reported": float(cases.nunique()),
        }

    def is_private(self, account: int) -> bool:
        return self.register.get(account, {"age": -1})["age"] >= 0


def recounted(view: DeskView, table: FeatureTable) -> Iterator[tuple[int, Recount]]:
    """Yield rows to recount, reported ones and any others, at moments no other row shares."""
    chance = np.random.default_rng(3)
    alone = ~pd.Series(table.time).duplicated(keep=False).to_numpy()
    reported = np.zeros(len(table.event), dtype=bool)
    reported[table.reports.row] = True
    late = alone & (table.time > 20 * DAY)
    some = [np.flatnonzero(late & reported), np.flatnonzero(late & ~reported)]
    payments = view.tables["payments"].set_index("payment", drop=False)
    for rows in some:
        for row in chance.choice(rows, min(RECOUNTED // 2, len(rows)), replace=False):
            yield int(row), Recount(view, payments.loc[table.event[row]])


@pytest.mark.parametrize("family", ["payer", "payee", "pair", "device", "network"])
def test_every_column_of_a_family_is_what_a_recount_gives(
    view: DeskView, table: FeatureTable, family: str
) -> None:
    for row, recount in recounted(view, table):
        expected = (
            recount.thing(family) if family in ("device", "network") else getattr(recount, family)()
        )
        seen = dict(zip(table.names, table.values[row], strict=True))
        for name, value in expected.items():
            low, high = table.bounds[table.names.index(name)]
            assert seen[name] == pytest.approx(np.clip(value, low, high), abs=2e-4), (name, row)


def test_the_recount_leaves_out_no_column_of_a_family(view: DeskView, table: FeatureTable) -> None:
    _, recount = next(recounted(view, table))
    for found, bounds in (
        (recount.payer(), PAYER),
        (recount.payee(), PAYEE),
        (recount.pair(), PAIR),
        (recount.thing("device"), thing_bounds("device")),
    ):
        assert list(found) == list(bounds)


@pytest.mark.parametrize(
    ("family", "kept"),
    [("payer", list(PAYER)), ("payee", list(PAYEE))],
)
def test_an_account_needs_no_history_but_its_own(
    view: DeskView, table: FeatureTable, family: str, kept: list[str]
) -> None:
    """Half of the accounts, with the payments they are in, have the columns they have in all."""
    some = view.tables["accounts"]["account"].to_numpy()[::2]
    payments, actions = view.tables["payments"], view.tables["actions"]
    part = dataclasses.replace(
        view,
        tables={
            **view.tables,
            "payments": payments[payments["payer"].isin(some) | payments["payee"].isin(some)],
            "actions": actions[actions["account"].isin(some)],
        },
    )
    alone = bank_features(part)
    code = {"payer": "payer", "payee": "account"}[family]
    mine = np.isin(alone.entities[code], some)
    whole = np.isin(table.event, alone.event[mine])
    assert mine.sum() > 100
    columns = [table.names.index(name) for name in kept]
    np.testing.assert_array_equal(alone.values[mine][:, columns], table.values[whole][:, columns])
