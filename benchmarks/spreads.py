"""What the paired differences of many towns look like: kept for simulation and for power.

    PYTHONPATH=. python benchmarks/towns.py FOLDER world.population.persons=6000
    PYTHONPATH=. python benchmarks/spreads.py FOLDER

Writes the difference from ``silo`` of every arm in every town to
``intervals_tables/differences.csv``, from which ``benchmarks/intervals.py`` draws worlds, and its
standard deviation, beside the number of cases in a town, to ``proeftuin/outcomes/spreads.csv``, by
which ``proeftuin check`` tells what a study can show.
"""

import argparse
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pandas as pd
from towns import stored

from proeftuin.metrics import ALL

OUTCOMES = ("victims_spared_share", "stopped_share", "recall_at_budget")
DIFFERENCES = Path(__file__).parent / "intervals_tables" / "differences.csv"


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    towns = [town.outcomes for town in stored(parser.parse_args().folder)]
    every = pd.concat(
        rows.assign(arm=arm, world=number)
        for number, town in enumerate(towns)
        for arm, rows in town.items()
    )
    every = every[(every["partner"] == ALL) & (every["fraud_form"] == ALL)]
    wide = every.pivot(index=["metric", "arm"], columns="world", values="value")
    cases = float(wide.loc["victims", "silo"].mean())
    gains = [
        (wide.loc[outcome] - wide.loc[outcome, "silo"]).drop("silo").assign(outcome=outcome)
        for outcome in OUTCOMES
    ]
    table = pd.concat(gains).reset_index().melt(["outcome", "arm"], value_name="difference")
    table = table.sort_values(["outcome", "arm", "world"])
    table.to_csv(DIFFERENCES, index=False, float_format="%.5f")
    by_arm = table.groupby(["outcome", "arm"])["difference"]
    spreads = by_arm.agg(worlds="count", spread="std").reset_index()
    spreads = spreads.assign(cases=cases, version=version("proeftuin"), date=date.today())
    place = Path(str(files("proeftuin.outcomes"))) / "spreads.csv"
    spreads.to_csv(place, index=False, float_format="%.5f")
    print(spreads.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
