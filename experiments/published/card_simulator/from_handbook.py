"""The handbook's own simulated data, from its daily pickle files to one CSV.

python experiments/published/card_simulator/from_handbook.py FOLDER --to FILE

FOLDER holds the ``*.pkl`` of the handbook's repository ``simulated-data-raw``. A pickle can run any
program, so nothing of pandas is loaded from it here: only numpy arrays are, and all other names are
refused. The columns and their order are those of ``make.py``.
"""

import argparse
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from make import COLUMNS

#: What the files may name: arrays, and pandas classes, which become an empty shell here.
ARRAYS = {"_reconstruct": np.empty(0).__reduce__()[0], "ndarray": np.ndarray, "dtype": np.dtype}
SHELLS = {"DataFrame", "BlockManager", "Index", "Int64Index"}


class _Shell:
    """Keeps what a pandas object was made of."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Arrays(pickle.Unpickler):
    """Reads arrays and shells, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        """The class that a name in the file stands for."""
        if module.split(".")[0] == "numpy" and name in ARRAYS:
            return ARRAYS[name]
        if module.startswith("pandas.core.") and name in SHELLS:
            return _Shell
        if (module, name) == ("pandas.core.indexes.base", "_new_Index"):
            return lambda _, parts: _Shell(parts)
        if (module, name) == ("builtins", "slice"):
            return slice
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of transactions")


def transactions_of_day(path: Path) -> pd.DataFrame:
    """The rows of one daily file, with the columns of ``COLUMNS``."""
    with path.open("rb") as file:
        frame = _Arrays(file).load()
    manager = frame.state["_data"].state[-1]["0.14.1"]
    names = manager["axes"][0].parts[0]["data"]
    columns: dict[str, np.ndarray] = {}
    for block in manager["blocks"]:
        places = block["mgr_locs"]
        columns |= dict(zip(np.asarray(names)[places], block["values"], strict=True))
    return pd.DataFrame({name: pd.Series(columns[name]).infer_objects() for name in COLUMNS})


def main() -> None:
    """Read all days and write them as one CSV."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path, help="with the daily .pkl files")
    arguments.add_argument("--to", type=Path, required=True, help="CSV to write")
    options = arguments.parse_args()
    days = [transactions_of_day(path) for path in sorted(options.folder.glob("*.pkl"))]
    rows = pd.concat(days, ignore_index=True).sort_values("TX_DATETIME", kind="stable")
    rows["TX_AMOUNT"] = rows["TX_AMOUNT"].round(2)
    whole = [name for name in COLUMNS if name not in ("TX_DATETIME", "TX_AMOUNT")]
    rows[whole] = rows[whole].astype(int)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(options.to, index=False)
    print(f"{len(rows):,} transactions, {rows['TX_FRAUD'].sum():,} frauds")


if __name__ == "__main__":
    main()
