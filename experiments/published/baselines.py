"""scikit-learn and XGBoost on the rows of a feature table, with the figures of the literature.

python experiments/published/baselines.py TABLE [--models forest xgboost] [--each bank]

TABLE is Parquet or CSV with ``label`` (0 or 1), ``part`` (train, test or empty), ``day``, ``card``
(whose payment it is) and, if wanted, ``id`` and ``bank``; all other columns are features. Models
have the defaults of their libraries, as in the handbook on card fraud, and learn from the rows of
``train`` only. With ``--each bank`` every bank also learns alone.

AUC ROC and average precision are those of scikit-learn. Card precision@k: each test day the k cards
with the highest payment are checked; the share that was indeed defrauded, over days; a card found
is not checked again (Le Borgne et al. 2022, chapter 4, "Precision top-k metrics"). F1 at a budget:
each test day the payments with the highest scores are alerts, as many as the budget; F1 of all
these alerts together. F1 at one half: all payments with a score above 0.5 are alerts.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

#: Columns that say something about a row but are no feature.
ABOUT = ("id", "day", "card", "bank", "label", "part")

#: By seed and number of threads. XGBoost has two lines: as it is today, and with what were its
#: defaults before version 2, when most of the literature was written (every possible split, and a
#: first guess of one half), which differ where fraud is rare.
MODELS: dict[str, Callable[[int, int], Any]] = {
    "logistic": lambda seed, _: LogisticRegression(random_state=seed),
    "tree_2": lambda seed, _: DecisionTreeClassifier(max_depth=2, random_state=seed),
    "tree": lambda seed, _: DecisionTreeClassifier(random_state=seed),
    "forest": lambda seed, jobs: RandomForestClassifier(random_state=seed, n_jobs=jobs),
    "xgboost": lambda seed, jobs: XGBClassifier(random_state=seed, n_jobs=jobs),
    "xgboost_1": lambda seed, jobs: XGBClassifier(
        random_state=seed, n_jobs=jobs, tree_method="exact", base_score=0.5
    ),
}


@dataclass(frozen=True, kw_only=True)
class Checking:
    """What can be checked in a day."""

    cards: int = 100
    payments: int = 100


def scores(
    name: str, train: pd.DataFrame, test: pd.DataFrame, *, seed: int, threads: int
) -> np.ndarray:
    """Probability of fraud of each test row, by a model that learned from the training rows.

    Features are standardised on the training rows.
    """
    features = [column for column in train.columns if column not in ABOUT]
    scaler = StandardScaler().fit(train[features].to_numpy(float))
    model = MODELS[name](seed, threads)
    model.fit(scaler.transform(train[features].to_numpy(float)), train["label"].to_numpy())
    learned: np.ndarray = model.predict_proba(scaler.transform(test[features].to_numpy(float)))
    return learned[:, 1]


def card_precision(test: pd.DataFrame, score: np.ndarray, cards: int) -> float:
    """Mean over test days of the share of checked cards that were defrauded that day."""
    by_card = test[["day", "card", "label"]].assign(score=score)
    by_card = by_card.groupby(["day", "card"], as_index=False).max()
    found: set[Any] = set()
    shares = []
    for _, day in by_card.groupby("day"):
        left = day[~day["card"].isin(found)].sort_values("score", ascending=False, kind="stable")
        checked = left.head(cards)
        hit = checked.loc[checked["label"] == 1, "card"]
        found |= set(hit)
        shares.append(len(hit) / cards)
    return float(np.mean(shares))


def alerts_within(test: pd.DataFrame, score: np.ndarray, payments: int) -> np.ndarray:
    """Whether a payment is among the highest ``payments`` of its day; equal scores in row order."""
    ranked = pd.Series(-score, index=test.index).groupby(test["day"]).rank(method="first")
    return ranked.to_numpy() <= payments


def figures(test: pd.DataFrame, score: np.ndarray, checking: Checking) -> dict[str, float]:
    """The figures of one model on the test rows; nan where only one class is there."""
    label = test["label"].to_numpy()
    both = len(np.unique(label)) == 2
    alerts = alerts_within(test, score, checking.payments)
    return {
        "AUC ROC": float(roc_auc_score(label, score)) if both else np.nan,
        "average precision": float(average_precision_score(label, score)) if both else np.nan,
        f"card precision@{checking.cards}": card_precision(test, score, checking.cards),
        f"F1 at {checking.payments} a day": float(f1_score(label, alerts, zero_division=0)),
        "F1 at one half": float(f1_score(label, score > 0.5, zero_division=0)),
    }


def pooled(
    table: pd.DataFrame, models: Sequence[str], checking: Checking, *, seed: int, threads: int
) -> pd.DataFrame:
    """Figures of models that learn from all rows, one row per model."""
    train, test = table[table["part"] == "train"], table[table["part"] == "test"]
    lines = {}
    for name in models:
        began = time.perf_counter()
        score = scores(name, train, test, seed=seed, threads=threads)
        lines[name] = figures(test, score, checking) | {"seconds": time.perf_counter() - began}
    return pd.DataFrame(lines).T


def each(
    table: pd.DataFrame,
    by: str,
    models: Sequence[str],
    checking: Checking,
    *,
    seed: int,
    threads: int,
) -> pd.DataFrame:
    """Figures per bank on its own test rows, for a model of its own and for the pooled one.

    A bank without test rows of its own is tested on all. The daily budgets are shared out by the
    number of test rows. A bank whose training rows hold only one class has no model of its own.
    """
    train, test = table[table["part"] == "train"], table[table["part"] == "test"]
    lines = {}
    for name in models:
        joint = scores(name, train, test, seed=seed, threads=threads)
        for bank, own in train.groupby(by):
            mine = (test[by] == bank).to_numpy()
            mine = mine if mine.any() else np.ones(len(test), bool)
            theirs, share = test[mine], mine.mean()
            budget = Checking(
                cards=max(1, round(checking.cards * share)),
                payments=max(1, round(checking.payments * share)),
            )
            answers = {"pooled": joint[mine]}
            if own["label"].nunique() == 2:
                answers["own"] = scores(name, own, theirs, seed=seed, threads=threads)
            for learned, score in answers.items():
                found = list(figures(theirs, score, budget).values())
                lines[name, learned, bank] = [len(own), int(theirs["label"].sum()), *found]
    columns = ["training rows", "test frauds", "AUC ROC", "average precision"]
    columns += ["card precision", "F1 at the budget", "F1 at one half"]
    index = pd.MultiIndex.from_tuples(lines, names=["model", "learned", by])
    return pd.DataFrame(list(lines.values()), index=index, columns=columns).sort_index()


def main() -> None:
    """Read the table, learn, print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("table", type=Path)
    arguments.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    arguments.add_argument("--each", metavar="COLUMN", help="each bank alone too, such as: bank")
    arguments.add_argument("--without", nargs="+", default=[], help="features to leave out")
    arguments.add_argument("--cards", type=int, default=100, help="checked a day")
    arguments.add_argument("--payments", type=int, default=100, help="alerts a day")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--threads", type=int, default=1)
    options = arguments.parse_args()
    reader = pd.read_csv if options.table.suffix == ".csv" else pd.read_parquet
    table = reader(options.table).drop(columns=options.without)
    checking = Checking(cards=options.cards, payments=options.payments)
    settings = {"seed": options.seed, "threads": options.threads}
    print(pooled(table, options.models, checking, **settings).round(3).to_string())
    if options.each:
        found = each(table, options.each, options.models, checking, **settings)
        print(found.round(3).to_string())
        print(found.groupby(level=["model", "learned"]).mean().round(3).to_string())


if __name__ == "__main__":
    main()
