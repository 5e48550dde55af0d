"""Features of AMLworld's payments, without and with the graph of payments before them.

python experiments/published/money_laundering/features.py HI-Small_Trans.csv --to features.parquet

The basic features are those of the published models (Altman et al. 2023, section 4): moment,
amount, currency and format. The graph features stand in for IBM's Graph Feature Preprocessor, which
is proprietary: for payer and payee, what went in and out in the day and the four days before,
counted, summed and with how many new counterparties. With ``--private`` every bank counts only the
payments that it sees itself, as in the paper's "private graph". Split by time, 60-20-20, of which
the middle is not used, or by ``--days``: the last of training, the first that is tested. With
``--all-rows`` it writes the file itself, with a reference and one name for each column, for an
import.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

WINDOW_MINUTES = {"1d": 1_440, "4d": 5_760}
TRAIN, TEST_FROM = 0.6, 0.8


def as_written(path: Path) -> pd.DataFrame:
    """AMLworld's transactions; the second column called ``Account`` becomes ``Account.1``."""
    return pd.read_csv(path, dtype={"From Bank": str, "To Bank": str})


def coded(raw: pd.DataFrame) -> pd.DataFrame:
    """The transactions in order of time, accounts and banks as codes."""
    moment = pd.to_datetime(raw["Timestamp"], format="%Y/%m/%d %H:%M")
    payer, payee = raw["From Bank"] + raw["Account"], raw["To Bank"] + raw["Account.1"]
    codes, _ = pd.factorize(pd.concat([payer, payee]))
    rows = pd.DataFrame(
        {
            "minute": (moment - moment.min().normalize()).dt.total_seconds() // 60,
            "payer": codes[: len(raw)],
            "payee": codes[len(raw) :],
            "bank": raw["From Bank"],
            "to_bank": raw["To Bank"],
            "amount": raw["Amount Paid"],
            "currency": pd.factorize(raw["Payment Currency"], sort=True)[0],
            "format": pd.factorize(raw["Payment Format"], sort=True)[0],
            "label": raw["Is Laundering"],
        }
    )
    return rows.sort_values("minute", kind="stable", ignore_index=True)


def graph_features(rows: pd.DataFrame) -> pd.DataFrame:
    """Numbers, sums and new counterparties of both accounts, before each payment."""
    minute = rows["minute"].to_numpy(np.int64)
    stride = int(minute.max()) + 2 * max(WINDOW_MINUTES.values())
    new = (~rows.duplicated(["payer", "payee"])).to_numpy(float)
    worth = {"count": np.ones(len(rows)), "sum": rows["amount"].to_numpy(), "new": new}
    found = {}
    for way, owner in (("out", "payer"), ("in", "payee")):
        key = rows[owner].to_numpy() * stride + minute
        order = np.argsort(key, kind="stable")
        sums = {name: np.concatenate([[0], value[order].cumsum()]) for name, value in worth.items()}
        for whose in ("payer", "payee"):
            now = rows[whose].to_numpy() * stride + minute
            until = np.searchsorted(key[order], now, side="left")
            for label, minutes in WINDOW_MINUTES.items():
                since = np.searchsorted(key[order], now - minutes, side="left")
                for name, total in sums.items():
                    found[f"{whose}_{way}_{name}_{label}"] = total[until] - total[since]
    return pd.DataFrame(found, index=rows.index)


def part_of(rows: pd.DataFrame, days: tuple[int, int] | None) -> np.ndarray:
    """Train, test or nothing: by the last day of training and the first of testing, or 60-20-20."""
    if days is None:
        place = (np.arange(len(rows)) + 0.5) / len(rows)
        train, test = place < TRAIN, place >= TEST_FROM
    else:
        day = rows["minute"] // 1_440
        train, test = day <= days[0], day >= days[1]
    return np.select([train, test], ["train", "test"], "")


def feature_table(
    rows: pd.DataFrame, days: tuple[int, int] | None = None, *, graph: bool, private: bool
) -> pd.DataFrame:
    """The table that ``../baselines.py`` reads, one row per payment."""
    table = rows[["bank", "label", "amount", "currency", "format", "minute"]].assign(
        day=rows["minute"] // 1_440,
        card=rows["payer"],
        part=part_of(rows, days),
    )
    if graph and private:
        seen = [
            (rows["bank"] == bank) | (rows["to_bank"] == bank) for bank in rows["bank"].unique()
        ]
        mine = [graph_features(rows[s]) for s in seen]
        banks = rows["bank"].unique()
        parts = [m[rows.loc[m.index, "bank"] == bank] for m, bank in zip(mine, banks, strict=True)]
        table = table.join(pd.concat(parts))
    elif graph:
        table = table.join(graph_features(rows))
    return table[table["part"] != ""].reset_index(drop=True)


def main() -> None:
    """Read transactions, write the feature table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument(
        "transactions", type=Path, help="HI-Small_Trans.csv or another of its kind"
    )
    arguments.add_argument("--to", type=Path, required=True, help="Parquet file to write")
    arguments.add_argument("--basic", action="store_true", help="without graph features")
    arguments.add_argument("--private", action="store_true", help="each bank its own graph")
    arguments.add_argument("--days", type=int, nargs=2, metavar="DAY", help="such as: 13 21")
    arguments.add_argument("--all-rows", action="store_true", help="the file itself, for an import")
    options = arguments.parse_args()
    raw = as_written(options.transactions)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    if options.all_rows:
        raw.assign(id=raw.index).to_parquet(options.to)
        return
    days = tuple(options.days) if options.days else None
    table = feature_table(coded(raw), days, graph=not options.basic, private=options.private)
    table.to_parquet(options.to)
    print(table.groupby("part")["label"].agg(["size", "sum"]).rename(columns={"sum": "laundering"}))


if __name__ == "__main__":
    main()
