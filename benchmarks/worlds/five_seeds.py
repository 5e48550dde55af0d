"""Inspects five worlds of the same settings and tables every check over them.

    python benchmarks/worlds/five_seeds.py [settings] > benchmarks/worlds/five_seeds.md

About five minutes on two cores. The coefficient of variation is band I2's: at most 0.15.
"""

import sys

import pandas as pd
from joblib import Parallel, delayed

from proeftuin.compose import settings_for
from proeftuin.inspection.sheet import Datasheet, band, figure_text, inspect_settings, verdict
from proeftuin.settings import Settings

SEEDS = 5


def inspected(settings: Settings, repetition: int) -> pd.DataFrame:
    """Return the checks of one world."""
    sheet: Datasheet = inspect_settings(settings, repetition)
    return pd.DataFrame(
        {
            "order": range(len(sheet.checks)),
            "id": [check.id for check in sheet.checks],
            "name": [check.name for check in sheet.checks],
            "band": [band(check) for check in sheet.checks],
            "value": [check.value for check in sheet.checks],
            "verdict": [verdict(check) for check in sheet.checks],
        }
    )


def main() -> None:
    """Print a table in Markdown."""
    settings = settings_for(["study=one_arm", "scenario=mix", *sys.argv[1:]])
    rows = pd.concat(
        Parallel(n_jobs=2)(delayed(inspected)(settings, seed) for seed in range(SEEDS))
    )
    by_check = rows.groupby(["id", "name"], sort=False)
    table = by_check.agg(order=("order", "min"), band=("band", "first"), value=("value", "mean"))
    table["deviation"] = by_check["value"].std()
    for word in ("pass", "FAIL", "n/a"):
        table[word] = by_check["verdict"].agg(lambda verdicts, word=word: (verdicts == word).sum())
    print("| check | what | band | mean | variation | pass | fail | n/a |")
    print("|---|---|---|---|---|---|---|---|")
    for (check, name), row in table.sort_values("order").iterrows():
        variation = row["deviation"] / abs(row["value"]) if row["value"] else float("nan")
        print(
            f"| {check} | {name} | {row['band']} | {figure_text(row['value'])} | "
            f"{figure_text(variation)} | {row['pass']} | {row['FAIL']} | {row['n/a']} |"
        )


if __name__ == "__main__":
    main()
