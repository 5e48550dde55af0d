"""The handbook's features of card payments, and its split into training and test days.

python experiments/published/card_simulator/features.py transactions.csv --to features.parquet
python experiments/published/card_simulator/features.py transactions.csv --to all.parquet --all-rows

Le Borgne et al. 2022, chapter 3, sections "Baseline feature transformation" and "Baseline fraud
detection system". The table that this writes is what ``../baselines.py`` reads: an id, ``day``,
``card``, ``label``, ``part`` (train, test or empty) and the 15 features by the handbook's names.
With ``--all-rows`` it writes the file itself with the features beside its columns, for an import.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

DAY = 86_400
WINDOW_DAYS = (1, 7, 30)
#: Days until a fraud on a terminal, or of a card, is known.
DELAY_DAYS = 7
#: The chapter says "between 0pm and 6am", its code counts the whole hour from six too; as the code.
LAST_HOUR_OF_NIGHT = 6


class _Windows:
    """Counts and sums over the earlier rows of the same owner, by binary search.

    A window of w ends at a moment t and holds what happened in (t - w, t]; rows with equal moments
    count in their order. The arrays are in the order of owner and moment.
    """

    def __init__(self, owner: np.ndarray, second: np.ndarray) -> None:
        self.order = np.lexsort((second, owner))
        self._stride = int(second.max()) + 100 * DAY
        self._key = owner[self.order].astype(np.int64) * self._stride + second[self.order]

    def first_after(self, days_ago: int) -> np.ndarray:
        """Per row, the place of its owner's first row of the last ``days_ago`` days."""
        first: np.ndarray = np.searchsorted(self._key, self._key - days_ago * DAY, side="right")
        return first

    def in_rows(self, values: np.ndarray) -> np.ndarray:
        """Values in the order of owner and moment, back in the order of the rows."""
        back = np.empty_like(values)
        back[self.order] = values
        return back


def spending(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Number and mean amount of the customer's payments, this one included."""
    windows = _Windows(rows["CUSTOMER_ID"].to_numpy(), rows["TX_TIME_SECONDS"].to_numpy())
    total = np.concatenate([[0.0], rows["TX_AMOUNT"].to_numpy()[windows.order].cumsum()])
    here = np.arange(1, len(rows) + 1)
    found = {}
    for days in WINDOW_DAYS:
        first = windows.first_after(days)
        count = (here - first).astype(float)
        mean = (total[here] - total[first]) / count
        found[f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW"] = windows.in_rows(count)
        found[f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW"] = windows.in_rows(mean)
    return found


def terminal_risk(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Number of payments at the terminal and the share that was fraud, as known a week later."""
    windows = _Windows(rows["TERMINAL_ID"].to_numpy(), rows["TX_TIME_SECONDS"].to_numpy())
    frauds = np.concatenate([[0], rows["TX_FRAUD"].to_numpy()[windows.order].cumsum()])
    known = windows.first_after(DELAY_DAYS)
    found = {}
    for days in WINDOW_DAYS:
        first = windows.first_after(DELAY_DAYS + days)
        count = (known - first).astype(float)
        share = (frauds[known] - frauds[first]) / np.maximum(count, 1)
        found[f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW"] = windows.in_rows(count)
        found[f"TERMINAL_ID_RISK_{days}DAY_WINDOW"] = windows.in_rows(share)
    return found


def parts(rows: pd.DataFrame, first_day: int, *, all_cards: bool = False) -> pd.Series:
    """Train, test or nothing: a week, a week of waiting, a week.

    Unless all cards are wanted, those that are known on a test day to have been defrauded since
    ``first_day`` are not tested; a fraud is known when more than a week lies in between.
    """
    days, delay = 7, DELAY_DAYS
    day, card = rows["TX_TIME_DAYS"], rows["CUSTOMER_ID"]
    first_test = first_day + days + delay
    stolen = rows[(rows["TX_FRAUD"] == 1) & (day >= first_day)]
    first_fraud = card.map(stolen.groupby("CUSTOMER_ID")["TX_TIME_DAYS"].min())
    train = (day >= first_day) & (day < first_day + days)
    test = (day >= first_test) & (day < first_test + days)
    test &= all_cards | ~(first_fraud < day - delay)
    return pd.Series(np.select([train, test], ["train", "test"], ""), index=rows.index)


def with_features(rows: pd.DataFrame) -> pd.DataFrame:
    """All transactions with all features; the amount, which is one too, is there already."""
    moment = pd.to_datetime(rows["TX_DATETIME"])
    return rows.assign(
        TX_DURING_WEEKEND=(moment.dt.day_of_week >= 5).astype(int),
        TX_DURING_NIGHT=(moment.dt.hour <= LAST_HOUR_OF_NIGHT).astype(int),
        **spending(rows),
        **terminal_risk(rows),
    )


def feature_table(rows: pd.DataFrame, first_day: int, *, all_cards: bool = False) -> pd.DataFrame:
    """All features of all payments that belong to a part.

    Args:
        rows: transactions, with the columns of ``make.py``
        first_day: of training, counted from the first day of the data
        all_cards: whether cards that are known to be defrauded are tested as well
    """
    names = {"TRANSACTION_ID": "id", "TX_TIME_DAYS": "day", "CUSTOMER_ID": "card",
             "TX_FRAUD": "label"}  # fmt: skip
    no_features = ["TX_DATETIME", "TERMINAL_ID", "TX_TIME_SECONDS", "TX_FRAUD_SCENARIO"]
    table = with_features(rows).rename(columns=names).drop(columns=no_features)
    table = table.assign(part=parts(rows, first_day, all_cards=all_cards))
    return table[table["part"] != ""].reset_index(drop=True)


def main() -> None:
    """Read transactions, write the feature table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("transactions", type=Path)
    arguments.add_argument("--to", type=Path, required=True, help="Parquet file to write")
    arguments.add_argument("--train-from", default="2018-07-25", help="first day of training")
    arguments.add_argument("--all-rows", action="store_true", help="keep the file's rows and names")
    arguments.add_argument("--all-cards", action="store_true", help="test known ones as well")
    options = arguments.parse_args()
    rows = pd.read_csv(options.transactions)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    if options.all_rows:
        with_features(rows).to_parquet(options.to)
        return
    start = pd.Timestamp(rows["TX_DATETIME"].iloc[0]).normalize()
    start -= pd.Timedelta(days=int(rows["TX_TIME_DAYS"].iloc[0]))
    first_day = (pd.Timestamp(options.train_from) - start).days
    table = feature_table(rows, first_day, all_cards=options.all_cards)
    table.to_parquet(options.to)
    print(table.groupby("part")["label"].agg(["size", "sum"]).rename(columns={"sum": "frauds"}))


if __name__ == "__main__":
    main()
