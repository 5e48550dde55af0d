"""How much fraud could a partner find by itself? Figures in README.md.

    python benchmarks/baseline.py [KEY=VALUE ...] [--worlds 12] [--first 0] [--csv FILE]

The detector of a study, as it learns there, beside boosted trees on the same columns and on
everything that can be counted from a partner's own tables (``inspection/realism/own_columns.py``).
All learn from the same rows and reports: those known when the test days begin; the truth is for
scoring only. Average precision, and recall within the alert budget in hindsight, on the test days,
per sector: the mean over partners by their fraud, with an interval over worlds, and what each set
of columns adds to the study's detector.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import average_precision_score

from proeftuin.commandline import environment
from proeftuin.features.split import chosen_rows, to_unit
from proeftuin.features.table import DAY
from proeftuin.features.views import desk_view
from proeftuin.inspection.realism.own_columns import OwnColumns, answered
from proeftuin.learning.train import learn_each
from proeftuin.outcomes.intervals import interval
from proeftuin.sectors import DECIDING
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.query import Desk
from proeftuin.study.arm import training_of
from synthetic_data.arrays import Bools, Floats, Matrix
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, generate

#: Of the trees: small ones and small steps, as suits some hundred frauds. Chosen on two worlds of
#: another seed than those of the table.
TREES = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 2,
    "min_child_weight": 2.0,
    "eta": 0.05,
    "subsample": 0.8,
    "colsample_bytree": 0.3,
    "reg_lambda": 5.0,
    "nthread": 1,
}
ROUNDS, MODELS = 400, 3  # trees of a model, and models whose log-odds are averaged
SILO, STUDY = "as in a study", "trees on its columns"
OWN, ANSWERED = "trees on own tables", "trees on own tables and name match"


def main() -> None:
    """Print a line per sector and set of columns."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("settings", nargs="*", help="such as scenario=mix, before any option")
    arguments.add_argument("--worlds", type=int, default=12)
    arguments.add_argument("--first", type=int, default=0, help="number of the first world")
    arguments.add_argument("--csv", type=Path, help="also write every figure to this file")
    given = arguments.parse_args()
    environment.prepare()
    settings = settings_for(["study=demo", *given.settings])
    found = []
    for number in range(given.first, given.first + given.worlds):
        world = figures_of(settings, Seeds(settings.seed).child("repetition", number))
        found.append(world.assign(world=number))
        print(world.to_string(index=False), flush=True)
        if given.csv is not None:
            pd.concat(found).to_csv(given.csv, index=False, float_format="%.6f")
    print(summary(pd.concat(found)).to_string(index=False))
    print(added(pd.concat(found)).to_string(index=False))


def figures_of(settings: Settings, seeds: Seeds) -> pd.DataFrame:
    """Return the figures of every partner of one world.

    Returns:
        Columns ``sector, partner, columns, count, frauds, average_precision, recall``.
    """
    world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
    information = InformationSets(world, seeds, settings.evaluation)
    rows = [
        {"sector": desk.sector, "partner": desk.name, **found}
        for desk in information.desks
        for found in _at_desk(information, desk, truth, settings, seeds)
    ]
    return pd.DataFrame(rows)


def _at_desk(
    information: InformationSets, desk: Desk, truth: Truth, settings: Settings, seeds: Seeds
) -> list[dict[str, object]]:
    table, evaluation = information.own(desk), settings.evaluation
    arm, streams = settings.arms[settings.study.baseline], seeds.child("arms")
    train = chosen_rows(table, evaluation)
    events = truth.events[truth.events["table"] == DECIDING[desk.sector].rows]
    fraud = np.isin(table.event, events.loc[events["case"] >= 0, "event"])
    spending = np.isin(table.event, events["event"]) & ~fraud
    test = (table.time >= evaluation.test_day * DAY) & ~spending
    known = table.labelled(evaluation.test_day * DAY)
    if not known[train].any() or not fraud[test].any():
        return []
    view = desk_view(information.world, desk.sector, (desk.index,), (desk.name,))
    used = train | test
    _, own = OwnColumns(view, desk.sector, table.event[used]).matrix()
    answers = answered(information.world, desk.sector, table.event[used])
    sets = {STUDY: table.values_of(used), OWN: np.hstack([table.values_of(used), own])}
    if answers.shape[1]:
        sets[ANSWERED] = np.hstack([sets[OWN], answers])
    alone = learn_each(training_of({desk.name: table}, arm, settings, streams))[desk.name]
    scores = {SILO: alone.model.score(to_unit(table, test))}
    scores |= {
        name: _scored(values[train[used]], known[train], values[test[used]])
        for name, values in sets.items()
    }
    budget = settings.intervention.by_sector[desk.sector].alerts_per_1000 / 1000
    found: list[dict[str, object]] = []
    for name, score in scores.items():
        found.append(
            {
                "columns": name,
                "count": sets.get(name, sets[STUDY]).shape[1],
                "frauds": int(fraud[test].sum()),
                "average_precision": float(average_precision_score(fraud[test], score)),
                "recall": _recall(fraud[test], score, budget),
            }
        )
    return found


def _scored(train: Matrix, known: Bools, test: Matrix) -> Floats:
    rows, asked = xgboost.QuantileDMatrix(train, label=known), xgboost.DMatrix(test)
    scores = [
        xgboost.train(TREES | {"seed": seed}, rows, ROUNDS).predict(asked, output_margin=True)
        for seed in range(MODELS)
    ]
    mean: Floats = np.mean(scores, axis=0, dtype=np.float64)
    return mean


def _recall(fraud: Bools, score: Floats, budget: float) -> float:
    """Return the share of the fraud among the highest scores that the budget allows."""
    alerts = round(budget * len(score))
    return float(fraud[np.argsort(-score, kind="stable")[:alerts]].sum() / fraud.sum())


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over partners, weighted by their fraud, and its interval over worlds."""
    lines = []
    for (sector, columns), rows in found.groupby(["sector", "columns"]):
        line: dict[str, object] = {
            "sector": sector,
            "columns": columns,
            "count": rows["count"].max(),
        }
        for metric in ("average_precision", "recall"):
            values = [
                float(np.average(world[metric], weights=world["frauds"]))
                for _, world in rows.groupby("world")
            ]
            low, high = interval(np.array(values), 0.95)
            line[metric] = f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}]"
        lines.append(line)
    return pd.DataFrame(lines)


def added(found: pd.DataFrame) -> pd.DataFrame:
    """Return the average precision that each adds to the study's detector, over worlds."""
    lines = []
    for sector, rows in found.groupby("sector"):
        by_world = {
            columns: np.array(
                [
                    np.average(world["average_precision"], weights=world["frauds"])
                    for _, world in each.groupby("world")
                ]
            )
            for columns, each in rows.groupby("columns")
        }
        for columns, values in by_world.items():
            gain = values - by_world[SILO]
            low, high = interval(gain, 0.95) if gain.any() else (0.0, 0.0)
            lines.append(
                {
                    "sector": sector,
                    "columns": columns,
                    "added": f"{gain.mean():+.3f} [{low:+.3f}, {high:+.3f}]",
                }
            )
    return pd.DataFrame(lines)


if __name__ == "__main__":
    main()
