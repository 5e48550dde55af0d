"""Mobile payments in hourly steps, with balances, as PaySim describes them, made anew.

python experiments/published/paysim_steps/make.py --to FOLDER [--payments 200000] [--seed 0]

After Lopez-Rojas, Elmir and Axelsson, "PaySim: A financial mobile money simulator for fraud
detection", EMSS 2016, the description of its sample on Kaggle, and the parameters of the
simulator. Writes ``paysim.csv`` with the columns of that sample.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

#: Of the real log, by the simulator's file aggregatedTransactions.csv: number of payments in
#: thousands, mean amount, spread of amounts within an hour.
TYPES = {
    "CASH_IN": (4_916, 166_187, 124_643),
    "CASH_OUT": (8_970, 171_651, 129_479),
    "DEBIT": (113, 5_163, 12_583),
    "PAYMENT": (8_579, 12_807, 12_023),
    "TRANSFER": (1_999, 869_735, 2_048_159),
}
#: The same file: payments by hour of the day, in thousands.
BY_HOUR = [809, 289, 70, 7, 1, 1, 15, 87, 235, 343, 288, 401, 604, 881, 1083, 1088, 1505, 1712]
BY_HOUR += [2597, 3180, 3166, 2517, 2095, 1602]
#: The simulator's initialBalancesDistribution.csv: so many accounts begin with less than 100, and
#: the others' balances reach these amounts at these shares.
EMPTY_SHARE = 0.67
BALANCE_SHARES = (0.67, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.99, 1.0)
BALANCES = (100, 1_800, 10_800, 25_200, 50_400, 99_000, 225_000, 594_000, 1_008_000)
#: More than this in one transfer is flagged, says the description.
FLAG_LIMIT = 200_000
COLUMNS = [
    "step",
    "type",
    "amount",
    "nameOrig",
    "oldbalanceOrg",
    "newbalanceOrig",
    "nameDest",
    "oldbalanceDest",
    "newbalanceDest",
    "isFraud",
    "isFlaggedFraud",
]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much to make; Kaggle's sample has 6,362,620 rows in 743 steps, 8,213 of them fraud."""

    payments: int = 200_000
    clients: int = 20_000
    merchants: int = 3_500
    steps: int = 720
    #: Accounts that are emptied, each by two rows.
    victims: int = 260


def honest_payments(size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """Who pays whom how much in which step; clients differ in how often and how much they pay."""
    names = list(TYPES)
    counts, means, spreads = (
        np.array(column, float) for column in zip(*TYPES.values(), strict=True)
    )
    kind = rng.choice(len(names), size.payments, p=counts / counts.sum())
    hour = rng.choice(24, size.payments, p=np.array(BY_HOUR) / sum(BY_HOUR))
    step = rng.integers(size.steps // 24, size=size.payments) * 24 + (hour - 1) % 24 + 1
    weight = rng.lognormal(0, 1, size.clients)
    payer = rng.choice(size.clients, size.payments, p=weight / weight.sum())
    client = rng.integers(size.clients - 1, size=size.payments)
    client += client >= payer
    merchant = size.clients + rng.integers(size.merchants, size=size.payments)
    log_spread = np.sqrt(np.log1p((spreads / means) ** 2))[kind]
    amount = rng.lognormal(np.log(means[kind]) - log_spread**2 / 2, log_spread)
    rows = pd.DataFrame(
        {
            "step": step,
            "type": np.array(names)[kind],
            "amount": amount.round(2),
            "payer": payer,
            "payee": np.where(kind == names.index("PAYMENT"), merchant, client),
            "fraud": 0,
        }
    )
    return rows.sort_values("step", kind="stable", ignore_index=True)


def first_balances(size: Size, accounts: int, rng: np.random.Generator) -> np.ndarray:
    """Balance of every account before its first payment."""
    drawn = rng.random(accounts)
    balance = np.interp(drawn, BALANCE_SHARES, BALANCES)
    balance = np.where(drawn < EMPTY_SHARE, rng.uniform(0, 100, accounts), balance)
    return np.where(np.arange(accounts) < size.clients, balance, 0).round(2)


def with_balances(rows: pd.DataFrame, first: np.ndarray) -> pd.DataFrame:
    """The same rows with both balances before and after; none falls below zero.

    A payment moves its amount out of the payer's account and into the payee's (cash in: the other
    way round). What an account lacks is not moved out of it, but the payee gets the whole amount.
    """
    sign = np.where(rows["type"] == "CASH_IN", 1, -1)
    number = np.arange(len(rows))
    moves = pd.DataFrame(
        {
            "row": np.concatenate([number, number]),
            "account": np.concatenate([rows["payer"], rows["payee"]]),
            "change": np.concatenate([sign * rows["amount"], -sign * rows["amount"]]),
        }
    )
    moves = moves.sort_values(["account", "row"], kind="stable")
    total = moves.groupby("account")["change"].cumsum() + first[moves["account"]]
    floor = total.groupby(moves["account"]).cummin().clip(upper=0)
    after = (total - floor).round(2)
    before = after.groupby(moves["account"]).shift()
    before = before.where(before.notna(), pd.Series(first[moves["account"]], index=moves.index))
    found = pd.DataFrame({"old": before, "new": after}).sort_index()
    payer, payee = found.iloc[: len(rows)], found.iloc[len(rows) :]
    return rows.assign(
        payer_old=payer["old"].to_numpy(),
        payer_new=payer["new"].to_numpy(),
        payee_old=payee["old"].to_numpy(),
        payee_new=payee["new"].to_numpy(),
    )


def with_frauds(
    rows: pd.DataFrame, first: np.ndarray, size: Size, rng: np.random.Generator
) -> pd.DataFrame:
    """Victims' accounts emptied by a transfer to a new account, which is cashed out in that step.

    Frauds fall evenly over all steps, day and night. A victim is drawn among the accounts with
    money at the end of the hour before, and is robbed once.
    """
    known = with_balances(rows, first)
    payer = known[["step", "payer", "payer_new"]].set_axis(["step", "account", "balance"], axis=1)
    payee = known[["step", "payee", "payee_new"]].set_axis(["step", "account", "balance"], axis=1)
    states = pd.concat([payer, payee]).sort_index(kind="stable")
    states = states[states["account"] < size.clients]
    account, reached = states["account"].to_numpy(), states["balance"].to_numpy()
    steps = np.sort(rng.integers(2, size.steps + 1, size.victims))
    until = np.searchsorted(states["step"].to_numpy(), steps)
    balance, parts, seen = first[: size.clients].copy(), [], 0
    order, mule = rng.permutation(size.clients), size.clients + size.merchants
    for number, step in enumerate(steps):
        balance[account[seen : until[number]]] = reached[seen : until[number]]
        seen = until[number]
        place = int(np.argmax(balance[order] > 0))
        victim, order = int(order[place]), np.delete(order, place)
        amount, agent = float(balance[victim]), int(rng.integers(size.clients))
        parts.append((step, "TRANSFER", amount, victim, mule + number, 1))
        parts.append((step, "CASH_OUT", amount, mule + number, agent, 1))
    stolen = pd.DataFrame(parts, columns=list(rows.columns))
    both = pd.concat([stolen, rows]).sort_values("step", kind="stable", ignore_index=True)
    return with_balances(both, first)


def in_columns(rows: pd.DataFrame, size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """The columns of PaySim's sample, with its names: C and M for clients and merchants."""
    codes = rng.choice(2_000_000_000, size.clients + size.merchants + size.victims, replace=False)
    merchant = rows["payee"].between(size.clients, size.clients + size.merchants - 1)
    payee = np.where(merchant, "M", "C") + pd.Series(codes[rows["payee"]]).astype(str)
    flagged = (rows["type"] == "TRANSFER") & (rows["amount"] > FLAG_LIMIT)
    found = {
        "step": rows["step"],
        "type": rows["type"],
        "amount": rows["amount"],
        "nameOrig": "C" + pd.Series(codes[rows["payer"]]).astype(str),
        "oldbalanceOrg": rows["payer_old"],
        "newbalanceOrig": rows["payer_new"],
        "nameDest": payee,
        "oldbalanceDest": rows["payee_old"].where(~merchant, 0.0),
        "newbalanceDest": rows["payee_new"].where(~merchant, 0.0),
        "isFraud": rows["fraud"],
        "isFlaggedFraud": flagged.astype(int),
    }
    return pd.DataFrame(found)[COLUMNS]


def main() -> None:
    """Make the payments and write them."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--to", type=Path, required=True, help="folder to write to")
    for name, field in Size.__dataclass_fields__.items():
        arguments.add_argument(f"--{name}", type=int, default=field.default)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    size = Size(**{name: getattr(options, name) for name in Size.__dataclass_fields__})
    paying, owning, stealing, naming = (
        np.random.default_rng(seed) for seed in np.random.SeedSequence(options.seed).spawn(4)
    )
    rows = honest_payments(size, paying)
    first = first_balances(size, size.clients + size.merchants + size.victims, owning)
    table = in_columns(with_frauds(rows, first, size, stealing), size, naming)
    options.to.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.to / "paysim.csv", index=False, float_format="%.2f")
    print(f"{len(table):,} payments, {table['isFraud'].sum():,} fraud")


if __name__ == "__main__":
    main()
