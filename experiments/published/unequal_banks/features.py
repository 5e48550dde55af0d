"""The sites' files as one table for ``../baselines.py``: their numbers are the features.

python experiments/published/unequal_banks/features.py FOLDER --to features.parquet
"""

import argparse
from pathlib import Path

import pandas as pd

SECONDS_A_DAY = 86_400


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


def main() -> None:
    """Read the folder, write the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path, help="with site-1.csv and so on, and valid.csv")
    arguments.add_argument("--to", type=Path, required=True, help="Parquet file to write")
    options = arguments.parse_args()
    table = feature_table(options.folder)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(options.to)
    print(table.groupby(["part", "bank"])["label"].agg(["size", "sum"]))


if __name__ == "__main__":
    main()
