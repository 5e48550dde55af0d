"""Do intervals from the campaigns of one world hold the truth? Figures in README.md.

    python benchmarks/towns.py FOLDER --worlds 60
    python benchmarks/within.py FOLDER

Every town has its own people, frauds and training. In each, arm minus ``silo`` gets an interval
from that town alone; the truth is the mean difference over the other towns. So what is covered must
hold for the luck of cases *and* of training, while the interval knows the first only. Beside it
the units that would be wrong or coarser: single cases, and criminal groups.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from towns import ARMS, Town, stored

from proeftuin.outcomes.journeys import follow
from proeftuin.outcomes.within import (
    FOR_TRAINING,
    SHARES,
    differences_within,
    expected_by_case,
    pseudo_values,
    summed,
    units_of,
)

BASELINE = ARMS[0]
CONFIDENCE = 0.95


def main() -> None:
    """Print coverage, width and spread by unit, arm and outcome."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    folder = arguments.parse_args().folder
    found = pd.concat(
        [measured(town).assign(town=number) for number, town in enumerate(stored(folder))]
    )
    print(f"{found['town'].nunique()} towns, {found['victims'].mean():.0f} victims in each")
    for (unit, metric, arm), rows in found.groupby(["unit", "metric", "arm"], sort=False):
        gain = rows["difference"].to_numpy()
        size = len(gain)
        others = (gain.sum() - gain) / (size - 1)
        covered = [
            np.mean(np.abs(others - gain) <= factor * np.abs(end - gain))
            for factor in (1.0, FOR_TRAINING)
            for end in [np.where(others < gain, rows["low"], rows["high"])]
        ]
        error = np.sqrt(np.maximum(np.multiply(covered, np.subtract(1, covered)), 0.05**2) / size)
        print(
            f"{unit:9} {metric:22} {arm:20} units {rows['units'].mean():5.1f}  covered "
            f"{100 * covered[0]:5.1f} ± {100 * error[0]:3.1f} %, widened {100 * covered[1]:5.1f} ± "
            f"{100 * error[1]:3.1f} %  mean {100 * gain.mean():6.2f}  spread "
            f"over towns {100 * gain.std(ddof=1):5.2f}, as estimated within one "
            f"{100 * np.sqrt((rows['error'] ** 2).mean()):5.2f}  half width "
            f"{50 * (rows['high'] - rows['low']).median():5.2f}"
        )


def measured(town: Town) -> pd.DataFrame:
    """Return the differences of one town, with intervals by unit."""
    truth = town.truth
    units = {
        "campaign": truth,
        "group": truth.assign(campaign=truth["group"]),
        "case": truth.assign(campaign=-1),
    }
    followed = {arm: follow(town.cases, town.actions[arm], town.held[arm]) for arm in ARMS}
    found = []
    for unit, known in units.items():
        cases = {arm: expected_by_case(each, known) for arm, each in followed.items()}
        table = differences_within(cases, baseline=BASELINE, confidence=CONFIDENCE)
        errors = [
            error_of(cases[arm], cases[BASELINE], metric)
            for arm, metric in zip(table["arm"], table["metric"], strict=True)
        ]
        victims = cases[BASELINE]["victim"].sum()
        found.append(table.assign(unit=unit, error=errors, victims=victims))
    return pd.concat(found)


def error_of(mine: pd.DataFrame, base: pd.DataFrame, metric: str) -> float:
    """Return the jackknife's standard error of a difference within one world."""
    part, whole = SHARES[metric]
    unit = units_of(base)
    values = pseudo_values(summed(mine[part] - base[part], unit), summed(base[whole], unit))
    return float(values.std(ddof=1) / np.sqrt(len(values)))


if __name__ == "__main__":
    main()
