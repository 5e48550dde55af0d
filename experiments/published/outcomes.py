"""Average precision and AUC ROC of a run, by arm and bank, and week by week.

python experiments/published/outcomes.py RUN_FOLDER

Figures of all banks are the banks' own, weighted by their fraud. By week only if the run kept its
scores (``evaluation.keep_scores=true``).
"""

import argparse
from pathlib import Path

import pandas as pd
from sklearn.metrics import average_precision_score

WEEK = 7 * 86_400


def by_week(scores: pd.DataFrame) -> pd.Series:
    """Return average precision by week of the world, of all banks."""
    found = {}
    for week, rows in scores.groupby(scores["time"] // WEEK):
        own = [each for _, each in rows.groupby("partner") if each["fraud"].any()]
        frauds = sum(each["fraud"].sum() for each in own)
        found[week] = sum(
            average_precision_score(each["fraud"], each["score"]) * each["fraud"].sum() / frauds
            for each in own
        )
    return pd.Series(found)


def main() -> None:
    """Read a run folder, print its figures."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("run", type=Path, help="folder of a run")
    options = arguments.parse_args()
    outcomes = pd.read_parquet(options.run / "outcomes.parquet")
    wanted = outcomes["metric"].isin(["average_precision", "roc_auc"])
    outcomes = outcomes[wanted & (outcomes["fraud_form"] == "all")]
    table = outcomes.pivot_table(index=["metric", "partner"], columns="arm", values="value")
    print(table.round(3).to_string())
    kept = sorted((options.run / "arms").glob("*/seed-0/scores.parquet"))
    if kept:
        weeks = {path.parents[1].name: by_week(pd.read_parquet(path)) for path in kept}
        print(pd.DataFrame(weeks).round(3).to_string())


if __name__ == "__main__":
    main()
