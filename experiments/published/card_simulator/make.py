"""Card payments as the simulator of the handbook on card fraud describes them, made anew.

python experiments/published/card_simulator/make.py --to FOLDER [--customers 5000] [--seed 0]

Le Borgne, Siblini, Lebichot, Bontempi, "Reproducible Machine Learning for Credit Card Fraud
Detection - Practical Handbook", 2022, chapter 3, section "Transaction data simulator". Writes
``transactions.csv`` with the handbook's columns, and ``customers.csv`` with its customer profiles.
With ``--banks`` also a folder per bank, with the rows and profiles of its own customers.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

DAY = 86_400
#: Side of the square that customers and terminals live in.
GRID = 100.0
#: Moments of the day are normal around noon, with this spread; those outside the day are dropped.
SPREAD_SECONDS = 20_000
#: Scenario 1: every payment above this amount is fraud.
LIMIT = 220.0
#: Scenarios 2 and 3: terminals and customers taken each day, and for how many days they stay so.
TERMINALS_A_DAY, TERMINAL_DAYS = 2, 28
CUSTOMERS_A_DAY, CUSTOMER_DAYS = 3, 14
#: Scenario 3: one payment in so many is the criminal's, and so many times as large.
ONE_IN, TIMES = 3, 5

COLUMNS = [
    "TRANSACTION_ID",
    "TX_DATETIME",
    "CUSTOMER_ID",
    "TERMINAL_ID",
    "TX_AMOUNT",
    "TX_TIME_SECONDS",
    "TX_TIME_DAYS",
    "TX_FRAUD",
    "TX_FRAUD_SCENARIO",
]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much to make; the defaults are the handbook's."""

    customers: int = 5_000
    terminals: int = 10_000
    days: int = 183
    radius: float = 5.0
    start: str = "2018-04-01"


def customer_profiles(size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """Place, spending and frequency of every customer, all uniform."""
    mean = rng.uniform(5, 100, size.customers)
    return pd.DataFrame(
        {
            "CUSTOMER_ID": np.arange(size.customers),
            "x_customer_id": rng.uniform(0, GRID, size.customers),
            "y_customer_id": rng.uniform(0, GRID, size.customers),
            "mean_amount": mean,
            "std_amount": mean / 2,
            "mean_nb_tx_per_day": rng.uniform(0, 4, size.customers),
        }
    )


def honest_payments(profiles: pd.DataFrame, size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """Payments of all customers at terminals near them, in order of time, without labels."""
    places = profiles[["x_customer_id", "y_customer_id"]].to_numpy()
    terminals = rng.uniform(0, GRID, (size.terminals, 2))
    near: Any = cKDTree(terminals).query_ball_point(places, size.radius, return_sorted=True)
    choices = np.array([len(found) for found in near])
    first_choice = np.concatenate([[0], choices.cumsum()[:-1]])
    reachable = np.concatenate([np.asarray(found, int) for found in near])

    rate = profiles["mean_nb_tx_per_day"].to_numpy()
    counts = rng.poisson(rate[:, None], (size.customers, size.days))
    customer, day = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    second = rng.normal(DAY / 2, SPREAD_SECONDS, len(customer)).astype(int)
    kept = (second > 0) & (second < DAY) & (choices[customer] > 0)
    customer, day, second = customer[kept], day[kept], second[kept]

    mean = profiles["mean_amount"].to_numpy()[customer]
    amount = rng.normal(mean, mean / 2)
    amount = np.where(amount < 0, rng.uniform(0, 2 * mean), amount).round(2)
    pick = (rng.random(len(customer)) * choices[customer]).astype(int)
    rows = pd.DataFrame(
        {
            "CUSTOMER_ID": customer,
            "TERMINAL_ID": reachable[first_choice[customer] + pick],
            "TX_AMOUNT": amount,
            "TX_TIME_SECONDS": day * DAY + second,
            "TX_TIME_DAYS": day,
        }
    )
    return rows.sort_values("TX_TIME_SECONDS", kind="stable", ignore_index=True)


def with_frauds(rows: pd.DataFrame, size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """The same payments with the three scenarios, one after the other; a later one overwrites."""
    amount = rows["TX_AMOUNT"].to_numpy(copy=True)
    scenario = np.where(amount > LIMIT, 1, 0)
    day = rows["TX_TIME_DAYS"].to_numpy()

    at_terminal = _RowsOf(rows["TERMINAL_ID"].to_numpy(), size.terminals)
    for start in range(size.days - 1):
        for terminal in rng.choice(size.terminals, TERMINALS_A_DAY, replace=False):
            scenario[at_terminal.between(terminal, day, start, start + TERMINAL_DAYS)] = 2

    by_customer = _RowsOf(rows["CUSTOMER_ID"].to_numpy(), size.customers)
    for start in range(size.days - 1):
        taken = rng.choice(size.customers, CUSTOMERS_A_DAY, replace=False)
        found = [by_customer.between(who, day, start, start + CUSTOMER_DAYS) for who in taken]
        theirs = np.concatenate(found)
        stolen = rng.choice(theirs, len(theirs) // ONE_IN, replace=False)
        amount[stolen] *= TIMES
        scenario[stolen] = 3

    rows = rows.assign(
        TRANSACTION_ID=np.arange(len(rows)),
        TX_DATETIME=pd.Timestamp(size.start) + pd.to_timedelta(rows["TX_TIME_SECONDS"], unit="s"),
        TX_AMOUNT=amount.round(2),
        TX_FRAUD=(scenario > 0).astype(int),
        TX_FRAUD_SCENARIO=scenario,
    )
    return rows[COLUMNS]


class _RowsOf:
    """Finds the rows of one terminal or customer without searching all."""

    def __init__(self, owner: np.ndarray, owners: int) -> None:
        self._order = np.argsort(owner, kind="stable")
        self._starts = np.searchsorted(owner[self._order], np.arange(owners + 1))

    def between(self, owner: int, day: np.ndarray, first: int, end: int) -> np.ndarray:
        """Row numbers of this owner from day ``first`` up to, not including, ``end``."""
        rows = self._order[self._starts[owner] : self._starts[owner + 1]]
        return rows[(day[rows] >= first) & (day[rows] < end)]


def bank_of_customers(customers: int, shares: list[float], rng: np.random.Generator) -> np.ndarray:
    """The bank of each customer, numbered from 0, by exact shares and in random order."""
    ends = np.round(np.cumsum(shares) / np.sum(shares) * customers).astype(int)
    return rng.permutation(np.searchsorted(ends, np.arange(customers), side="right"))


def main() -> None:
    """Make the payments and write them."""
    default = Size()
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--to", type=Path, required=True, help="folder to write to")
    arguments.add_argument("--customers", type=int, default=default.customers)
    arguments.add_argument("--terminals", type=int, default=default.terminals)
    arguments.add_argument("--days", type=int, default=default.days)
    arguments.add_argument("--radius", type=float, default=default.radius, help="of terminals used")
    arguments.add_argument("--start", default=default.start, help="first day")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument(
        "--banks", type=float, nargs="+", metavar="SHARE", help="shares of customers, 36 30 20 8 6"
    )
    options = arguments.parse_args()
    size = Size(**{name: getattr(options, name) for name in Size.__dataclass_fields__})

    seeds = np.random.SeedSequence(options.seed).spawn(4)
    profiling, paying, stealing, banking = (np.random.default_rng(seed) for seed in seeds)
    profiles = customer_profiles(size, profiling)
    rows = with_frauds(honest_payments(profiles, size, paying), size, stealing)

    _write(options.to, rows, profiles)
    if options.banks:
        bank = bank_of_customers(size.customers, options.banks, banking)
        for number in range(len(options.banks)):
            folder = options.to / f"bank_{chr(ord('a') + number)}"
            _write(folder, rows[bank[rows["CUSTOMER_ID"]] == number], profiles[bank == number])
    by_scenario = rows["TX_FRAUD_SCENARIO"].value_counts().sort_index().to_dict()
    print(f"{len(rows):,} transactions; by scenario {by_scenario}")


def _write(folder: Path, rows: pd.DataFrame, profiles: pd.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows.to_csv(folder / "transactions.csv", index=False)
    profiles.to_csv(folder / "customers.csv", index=False, float_format="%.6f")


if __name__ == "__main__":
    main()
