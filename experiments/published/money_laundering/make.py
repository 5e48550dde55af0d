"""Payments between accounts of several banks, with money laundering in eight patterns, made anew.

python experiments/published/money_laundering/make.py --to FOLDER [--accounts 20000] [--seed 0]

After Altman et al., "Realistic Synthetic Financial Transactions for Anti-Money Laundering Models",
NeurIPS 2023 (AMLworld), and Suzumura and Kanezashi, "Anti-Money Laundering Datasets", 2021
(AMLSim). One world, in the files of both: ``amlworld/`` and ``amlsim/`` (``layouts.py``).
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from layouts import CURRENCIES, write_amlsim, write_amlworld

MINUTES_A_DAY = 1_440
#: AMLworld's paper, table 5: payments by format in LI-Large, in thousands. Reinvestments are moves
#: within an account; a fixed part of ACH is salaries.
FORMATS = {
    "Cheque": 69_720,
    "Credit Card": 49_923,
    "ACH": 21_651,
    "Cash": 18_070,
    "Reinvestment": 7_258,
    "Wire": 6_346,
    "Bitcoin": 3_602,
}
SALARIES_AMONG_ACH = 0.5
#: Laundering outside the patterns, by format, and the share of laundering inside them: counts that
#: several public analyses of the file HI-Small give (README.md).
LOOSE_FORMATS = {"ACH": 1_275, "Cheque": 324, "Credit Card": 206, "Cash": 108, "Bitcoin": 56}
IN_PATTERNS = 0.62
#: The same paper, table 6: number of accounts in a fan-out or fan-in, in a cycle or random walk.
DEGREE_BINS = (1, 2, 4, 8, 12, 18)
FAN_COUNTS, WALK_COUNTS = (50, 46, 53, 57, 71), (72, 50, 84, 76, 16)
PATTERNS = (
    "fan_out",
    "fan_in",
    "cycle",
    "bipartite",
    "stack",
    "random",
    "scatter_gather",
    "gather_scatter",
)
#: Days from the first to the last payment of a pattern: log-normal around the median that a public
#: analysis of HI-Small gives.
MEDIAN_DAYS, SPREAD_OF_DAYS = 3.1, 0.7
COMPANY_SHARE = 0.2
#: Of the honest payments between accounts in different currencies, the share that is converted.
CONVERTED = 0.03
#: Logarithms of amounts in dollars: median and spread. The medians of honest and of laundering
#: payments are those of the same analysis.
HONEST_LOG, ILLICIT_LOG, SALARY_LOG = (7.33, 1.7), (8.85, 1.2), (8.2, 0.4)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much to make; by default ten payments per account in ten days, as in HI-Small."""

    accounts: int = 20_000
    payments: int = 200_000
    days: int = 10
    #: One payment in so many is laundering. AMLworld: 807 to 981 (HI), 1,750 to 1,948 (LI).
    one_in: int = 200


def make_accounts(size: Size, shares: Sequence[float], rng: np.random.Generator) -> pd.DataFrame:
    """Accounts with their bank, owner, kind of owner and how busy they are."""
    owners = max(1, int(0.6 * size.accounts))
    entity = np.concatenate([np.arange(owners), rng.integers(owners, size=size.accounts - owners)])
    company = rng.random(owners) < COMPANY_SHARE
    ends = np.cumsum(shares) / np.sum(shares)
    return pd.DataFrame(
        {
            "bank": np.searchsorted(ends, rng.random(size.accounts), side="right"),
            "entity": entity,
            "company": company[entity],
            "currency": rng.choice(len(CURRENCIES), size.accounts, p=[0.6, 0.3, 0.1]),
            "activity": rng.lognormal(0, 1.5, size.accounts),
        }
    )


def honest_payments(
    accounts: pd.DataFrame, count: int, size: Size, rng: np.random.Generator
) -> pd.DataFrame:
    """Bills and purchases to regular payees and others, salaries, and moves within an account."""
    names = list(FORMATS)
    drawn = rng.choice(names, count, p=_shares(list(FORMATS.values())))
    salary = (drawn == "ACH") & (rng.random(count) < SALARIES_AMONG_ACH)
    activity = accounts["activity"].to_numpy()
    companies = np.flatnonzero(accounts["company"])
    payer = rng.choice(len(accounts), count, p=_shares(activity))
    popular = rng.permutation(companies)
    regular = popular[(len(popular) * rng.random((len(accounts), 6)) ** 3).astype(int)]
    anybody = rng.integers(len(accounts), size=count)
    usual = rng.random(count) < 0.8
    payee = np.where(usual, regular[payer, rng.integers(6, size=count)], anybody)
    minute = rng.integers(size.days * MINUTES_A_DAY, size=count)

    employer = popular[(len(popular) * rng.random(len(accounts)) ** 2).astype(int)]
    employee = rng.integers(len(accounts), size=count)
    payday = (3 + 7 * rng.integers(1 + (size.days - 4) // 7, size=count)) * MINUTES_A_DAY
    payer = np.where(salary, employer[employee], payer)
    payee = np.where(salary, employee, payee)
    minute = np.where(salary, payday + employer[employee] % MINUTES_A_DAY, minute)
    payee = np.where(drawn == "Reinvestment", payer, payee)
    kept = (payer != payee) | (drawn == "Reinvestment")
    log = np.where(salary, rng.normal(*SALARY_LOG, count), rng.normal(*HONEST_LOG, count))
    rows = _rows(payer, payee, minute, np.exp(log), drawn)
    rows = rows.assign(converted=rng.random(count) < CONVERTED)
    return rows.iloc[np.flatnonzero(kept)]


def pattern_edges(pattern: str, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Who pays whom in one laundering attempt, as (payer, payee, stage) of members from 0 up."""
    counts = WALK_COUNTS if pattern in ("cycle", "random") else FAN_COUNTS
    bin_ = rng.choice(len(counts), p=_shares(counts))
    k = int(rng.integers(DEGREE_BINS[bin_], DEGREE_BINS[bin_ + 1]))
    k = max(k, 2) if pattern in ("cycle", "random", "scatter_gather", "gather_scatter") else k
    if pattern == "fan_out":
        return [(0, i, 0) for i in range(1, k + 1)]
    if pattern == "fan_in":
        return [(i, 0, 0) for i in range(1, k + 1)]
    if pattern == "cycle":
        return [(i, (i + 1) % k, i) for i in range(k)]
    if pattern == "random":
        return [(i, i + 1, i) for i in range(k)]
    if pattern == "scatter_gather":
        return [edge for i in range(2, k + 2) for edge in ((0, i, 0), (i, 1, 1))]
    if pattern == "gather_scatter":
        return [(i, 0, 0) for i in range(1, k + 1)] + [(0, k + i, 1) for i in range(1, k + 1)]
    layers = 3 if pattern == "stack" else 2
    return [
        ((layer - 1) * k + i, layer * k + int(rng.integers(k)), layer - 1)
        for layer in range(1, layers)
        for i in range(k)
    ]


def attempts(
    accounts: pd.DataFrame, count: int, size: Size, rng: np.random.Generator
) -> pd.DataFrame:
    """Laundering attempts of all eight patterns in turn, together at least ``count`` payments.

    Members are accounts that are not busy, from a pool of criminals' accounts, so that attempts
    share some of them. All is paid by ACH.
    """
    quiet = np.flatnonzero(accounts["activity"] < accounts["activity"].median())
    pool = rng.choice(quiet, min(len(quiet), max(60, count)), replace=False)
    parts: list[pd.DataFrame] = []
    made = 0
    while made < count:
        number = len(parts)
        edges = np.array(pattern_edges(PATTERNS[number % len(PATTERNS)], rng))
        members = rng.choice(pool, edges[:, :2].max() + 1, replace=False)
        days = MEDIAN_DAYS * rng.lognormal(0, SPREAD_OF_DAYS)
        minutes = min(days, 0.9 * size.days) * MINUTES_A_DAY
        start = rng.uniform(0, size.days * MINUTES_A_DAY - minutes)
        stage = edges[:, 2]
        minute = start + minutes * (stage + rng.random(len(edges))) / (stage.max() + 1)
        amount = np.exp(rng.normal(*ILLICIT_LOG)) * rng.lognormal(0, 0.3, len(edges))
        rows = _rows(members[edges[:, 0]], members[edges[:, 1]], minute, amount, "ACH")
        parts.append(rows.assign(attempt=number, pattern=PATTERNS[number % len(PATTERNS)]))
        made += len(edges)
    return pd.concat(parts).assign(laundering=1)


def loose_laundering(
    accounts: pd.DataFrame, count: int, size: Size, rng: np.random.Generator
) -> pd.DataFrame:
    """Criminal companies that spend: salaries and supplies from illicit money."""
    companies = np.flatnonzero(accounts["company"])
    criminal = rng.choice(companies, max(1, count // 8), replace=False)
    payer = rng.choice(criminal, count)
    payee = rng.integers(len(accounts), size=count)
    minute = rng.integers(size.days * MINUTES_A_DAY, size=count)
    form = rng.choice(list(LOOSE_FORMATS), count, p=_shares(list(LOOSE_FORMATS.values())))
    rows = _rows(payer, payee, minute, np.exp(rng.normal(*ILLICIT_LOG, count)), form)
    return rows.assign(laundering=1).iloc[np.flatnonzero(payer != payee)]


def make_payments(accounts: pd.DataFrame, size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """All payments in order of time."""
    illicit = round(size.payments / size.one_in)
    inside = round(illicit * IN_PATTERNS)
    parts = [
        honest_payments(accounts, size.payments - illicit, size, rng),
        attempts(accounts, inside, size, rng),
        loose_laundering(accounts, illicit - inside, size, rng),
    ]
    rows = pd.concat(parts).sort_values("minute", kind="stable", ignore_index=True)
    for name, blank in (("attempt", -1), ("pattern", ""), ("laundering", 0), ("converted", False)):
        rows[name] = rows[name].where(rows[name].notna(), blank).astype(type(blank))
    return rows


def _rows(
    payer: np.ndarray, payee: np.ndarray, minute: np.ndarray, amount: np.ndarray, form: Any
) -> pd.DataFrame:
    columns = {"payer": payer, "payee": payee, "minute": minute.astype(int)}
    return pd.DataFrame({**columns, "amount": amount + 0.01, "format": form})


def _shares(weights: Sequence[float] | np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.asarray(weights, float) / np.sum(weights)
    return shares


def main() -> None:
    """Make the payments and write both layouts."""
    default = Size()
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--to", type=Path, required=True, help="folder to write to")
    arguments.add_argument("--accounts", type=int, default=default.accounts)
    arguments.add_argument("--payments", type=int, default=default.payments)
    arguments.add_argument("--days", type=int, default=default.days)
    arguments.add_argument("--one-in", type=int, default=default.one_in, help="is laundering")
    arguments.add_argument(
        "--banks", type=float, nargs="+", metavar="SHARE", default=[36, 30, 20, 8, 6]
    )
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    size = Size(**{name: getattr(options, name) for name in Size.__dataclass_fields__})
    owning, paying = (
        np.random.default_rng(s) for s in np.random.SeedSequence(options.seed).spawn(2)
    )
    accounts = make_accounts(size, options.banks, owning)
    payments = make_payments(accounts, size, paying)
    write_amlworld(options.to / "amlworld", accounts, payments)
    write_amlsim(options.to / "amlsim", accounts, payments)
    illicit, attempted = payments["laundering"].sum(), payments["attempt"].max() + 1
    print(f"{len(payments):,} payments, {illicit:,} laundering, {attempted} attempts")


if __name__ == "__main__":
    main()
