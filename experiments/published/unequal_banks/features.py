"""The sites' files as one table for ``../baselines.py``: their numbers are the features.

python experiments/published/unequal_banks/features.py FOLDER --to features.parquet
python experiments/published/unequal_banks/features.py FOLDER --to FOLDER --as-payments

With ``--as-payments`` it writes a file per site for an import: the site's rows, spread evenly over
two weeks, and the rows kept apart, the same at every site, over the week after. Each row is a
payment from an account of its own to another. Numbers of a collision get their names.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from make import HIGH, LOW

SECONDS_A_DAY = 86_400
START, TRAIN_DAYS, TEST_DAYS = pd.Timestamp("2024-01-01"), 14, 7


def feature_table(folder: Path) -> pd.DataFrame:
    """All rows, with the site as ``bank``; the rows kept apart are the test of every site."""
    parts = []
    for path in [*sorted(folder.glob("site-*.csv")), folder / "valid.csv"]:
        with path.open(encoding="utf-8") as file:
            has_header = "Class" in file.readline()
        rows = pd.read_csv(path, header=0 if has_header else None)
        rows.columns = [str(name) for name in rows.columns]
        label = rows.pop("Class" if has_header else "0")
        day = rows["Time"] // SECONDS_A_DAY if has_header else 0
        part = "test" if path.stem == "valid" else "train"
        parts.append(rows.assign(label=label.astype(int), bank=path.stem, day=day, part=part))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(card=table.index)


def as_payments(table: pd.DataFrame, site: str) -> pd.DataFrame:
    """The rows of one site and those kept apart, as payments in order of time."""
    parts = []
    for name, first, days in ((site, 0, TRAIN_DAYS), ("valid", TRAIN_DAYS, TEST_DAYS)):
        rows = table[table["bank"] == name]
        second = (first + days * (np.arange(len(rows)) + 0.5) / len(rows)) * SECONDS_A_DAY
        rows = rows.assign(moment=START + pd.to_timedelta(second.astype(int), unit="s"))
        number = np.arange(len(rows)).astype(str)
        parts.append(rows.assign(id=[f"{site}-{name}-{each}" for each in number]))
    numbers = {str(place): _name(name) for place, name in enumerate([*LOW, *HIGH], start=1)}
    found = pd.concat(parts, ignore_index=True).rename(columns=numbers)
    if "Amount" not in found:
        found["Amount"] = 1.0
    return found.drop(columns=["bank", "day", "part", "card"])


def _name(number: str) -> str:
    return number.lower().replace(" ", "_").replace("-", "_")


def main() -> None:
    """Read the folder, write the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path, help="with site-1.csv and so on, and valid.csv")
    arguments.add_argument(
        "--to", type=Path, required=True, help="Parquet file to write, or folder"
    )
    arguments.add_argument(
        "--as-payments", action="store_true", help="a file per site, for an import"
    )
    options = arguments.parse_args()
    table = feature_table(options.folder)
    if options.as_payments:
        for site in sorted(set(table["bank"]) - {"valid"}):
            as_payments(table, site).to_parquet(options.to / f"{site}.parquet")
        return
    options.to.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(options.to)
    print(table.groupby(["part", "bank"])["label"].agg(["size", "sum"]))


if __name__ == "__main__":
    main()
