"""Features of PaySim's payments, with and without the balances that give the fraud away.

python experiments/published/paysim_steps/features.py paysim.csv --to features.parquet

Only transfers and cash withdrawals, in which all fraud is, as in the published models. With
balances: both accounts before and after, and by how much they do not add up. The page of the sample
says that balances must not be used; ``--without-balances`` leaves amount, type, hour and how often
both accounts were seen before.
"""

import argparse
from pathlib import Path

import pandas as pd

HOURS_A_DAY = 24


def feature_table(rows: pd.DataFrame, train_until: int, *, balances: bool) -> pd.DataFrame:
    """The table that ``../baselines.py`` reads.

    Args:
        rows: payments in PaySim's columns, in order of time
        train_until: last step of training; all later steps are tested
        balances: with the balances before and after
    """
    table = pd.DataFrame(
        {
            "id": rows.index,
            "day": rows["step"] // HOURS_A_DAY,
            "card": rows["nameOrig"],
            "label": rows["isFraud"],
            "part": (rows["step"] <= train_until).map({True: "train", False: "test"}),
            "amount": rows["amount"],
            "transfer": (rows["type"] == "TRANSFER").astype(int),
            "hour": rows["step"] % HOURS_A_DAY,
            "payer_paid_before": rows.groupby("nameOrig").cumcount(),
            "payee_got_before": rows.groupby("nameDest").cumcount(),
        }
    )
    if balances:
        names = ["oldbalanceOrg", "newbalanceOrig", "oldbalanceDest", "newbalanceDest"]
        table[names] = rows[names]
        table["payer_error"] = rows["newbalanceOrig"] + rows["amount"] - rows["oldbalanceOrg"]
        table["payee_error"] = rows["oldbalanceDest"] + rows["amount"] - rows["newbalanceDest"]
    return table[rows["type"].isin(["TRANSFER", "CASH_OUT"])].reset_index(drop=True)


def main() -> None:
    """Read payments, write the feature table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("payments", type=Path)
    arguments.add_argument("--to", type=Path, required=True, help="Parquet file to write")
    arguments.add_argument("--train-until", type=int, default=490, help="last step of training")
    arguments.add_argument("--without-balances", action="store_true")
    options = arguments.parse_args()
    rows = pd.read_csv(options.payments)
    table = feature_table(rows, options.train_until, balances=not options.without_balances)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(options.to)
    print(table.groupby("part")["label"].agg(["size", "sum"]).rename(columns={"sum": "frauds"}))


if __name__ == "__main__":
    main()
