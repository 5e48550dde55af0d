"""Features of PaySim's payments, with and without the balances that give the fraud away.

python experiments/published/paysim_steps/features.py paysim.csv --to features.parquet
python experiments/published/paysim_steps/features.py paysim.csv --to all.parquet --all-rows

Only transfers and cash withdrawals, in which all fraud is, as in the published models. With
balances: both accounts before and after, and by how much they do not add up. The page of the sample
says that balances must not be used; ``--without-balances`` leaves amount, type, hour and how often
both accounts were seen before. With ``--all-rows`` the columns of the file stay as well, for an
import.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

HOURS_A_DAY = 24


def seen_before(names: pd.Series, others: pd.Series) -> pd.Series:
    """How often each row's name stood in the other column in earlier rows."""
    either = pd.concat(
        [others.to_frame("name").assign(other=1), names.to_frame("name").assign(other=0)]
    )
    either = either.sort_index(kind="stable")
    count = either.groupby("name")["other"].cumsum()
    return count[either["other"] == 0] - (names == others)


def feature_table(
    rows: pd.DataFrame, train_until: int, test_from: int, *, balances: bool, both: bool
) -> pd.DataFrame:
    """The table that ``../baselines.py`` reads.

    Args:
        rows: payments in PaySim's columns, in order of time
        train_until: last step of training
        test_from: first step that is tested
        balances: with the balances before and after
        both: with how often either account was seen on the other side of a payment
    """
    step = rows["step"]
    table = pd.DataFrame(
        {
            "id": rows.index,
            "day": step // HOURS_A_DAY,
            "card": rows["nameOrig"],
            "label": rows["isFraud"],
            "part": np.select([step <= train_until, step >= test_from], ["train", "test"], ""),
            "amount": rows["amount"],
            "transfer": (rows["type"] == "TRANSFER").astype(int),
            "hour": step % HOURS_A_DAY,
            "payer_paid_before": rows.groupby("nameOrig").cumcount(),
            "payee_got_before": rows.groupby("nameDest").cumcount(),
        }
    )
    if balances:
        names = ["oldbalanceOrg", "newbalanceOrig", "oldbalanceDest", "newbalanceDest"]
        table[names] = rows[names]
        payer_error = rows["newbalanceOrig"] + rows["amount"] - rows["oldbalanceOrg"]
        payee_error = rows["oldbalanceDest"] + rows["amount"] - rows["newbalanceDest"]
        table["payer_error"], table["payee_error"] = payer_error.round(2), payee_error.round(2)
    if both:
        table["payer_got_before"] = seen_before(rows["nameOrig"], rows["nameDest"])
        table["payee_paid_before"] = seen_before(rows["nameDest"], rows["nameOrig"])
    return table[rows["type"].isin(["TRANSFER", "CASH_OUT"])]


def main() -> None:
    """Read payments, write the feature table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("payments", type=Path)
    arguments.add_argument("--to", type=Path, required=True, help="Parquet file to write")
    arguments.add_argument("--train-until", type=int, default=490, help="last step of training")
    arguments.add_argument("--test-from", type=int, help="first step tested; else the next one")
    arguments.add_argument("--without-balances", action="store_true")
    arguments.add_argument("--both-sides", action="store_true", help="accounts on the other side")
    arguments.add_argument("--all-rows", action="store_true", help="keep the file's rows and names")
    options = arguments.parse_args()
    rows = pd.read_csv(options.payments)
    test_from = options.test_from or options.train_until + 1
    table = feature_table(
        rows,
        options.train_until,
        test_from,
        balances=not options.without_balances,
        both=options.both_sides,
    )
    options.to.parent.mkdir(parents=True, exist_ok=True)
    if options.all_rows:
        added = table.columns.difference(rows.columns)
        rows.loc[table.index].join(table[added]).to_parquet(options.to)
        return
    table = table[table["part"] != ""].reset_index(drop=True)
    table.to_parquet(options.to)
    print(table.groupby("part")["label"].agg(["size", "sum"]).rename(columns={"sum": "frauds"}))


if __name__ == "__main__":
    main()
