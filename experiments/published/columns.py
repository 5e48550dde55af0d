"""What the detectors of a study learn from, as a table for ``baselines.py``: same rows and columns.

python experiments/published/columns.py --arm centre --to FILE study=one_arm world=stored ...

The settings are those of ``proeftuin run``. The rows are those that the arm learns from (``train``)
and is tested on (``test``), with the columns that each bank has, or that a centre has; ``label`` is
what was reported when the test days began (train), or the truth (test).
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from proeftuin.features.split import chosen_rows
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.sectors import BANK, DECIDING
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Evaluation
from proeftuin.sharing.information import InformationSets
from proeftuin.study.worlds import seeds_of, world_of
from synthetic_data.world import Truth


def as_frame(
    table: FeatureTable, truth: Truth, evaluation: Evaluation, banks: list[str]
) -> pd.DataFrame:
    """Return the rows of both parts of one bank, or of a centre."""
    rows = truth.events[truth.events["table"] == DECIDING[BANK].rows]
    fraud = np.isin(table.event, rows.loc[rows["case"] >= 0, "event"])
    test = table.time >= evaluation.test_day * DAY
    train = chosen_rows(table, evaluation)
    used = train | test
    label = np.where(test, fraud, table.labelled(evaluation.test_day * DAY))
    frame = pd.DataFrame(table.values_of(used), columns=list(table.names))
    return frame.assign(
        id=table.event[used],
        day=table.time[used] // DAY,
        card=table.entities["payer"][used],
        bank=np.array(banks)[table.partner[used]],
        label=label[used].astype(int),
        part=np.where(test[used], "test", "train"),
    )


def main() -> None:
    """Compute the columns of an arm, write them."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--arm", required=True, help="of the study, such as silo or centre")
    arguments.add_argument("--to", type=Path, required=True, help="Parquet file to write")
    options, overrides = arguments.parse_known_args()
    settings = settings_for(overrides)
    seeds = seeds_of(settings, 0)
    world, truth = world_of(settings, seeds.child("world"))
    information = InformationSets(world, seeds, settings.evaluation)
    inputs = information.inputs_of(settings.arms[options.arm].regime)
    tables = {desk: table for desk, table in inputs.tables.items() if desk.sector == BANK}
    banks = [desk.name for desk in sorted(tables, key=lambda desk: desk.index)]
    own = {id(table): table for table in tables.values()}
    parts = [as_frame(table, truth, settings.evaluation, banks) for table in own.values()]
    table = pd.concat(parts, ignore_index=True)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(options.to)
    print(table.groupby("part")["label"].agg(["size", "sum"]).rename(columns={"sum": "frauds"}))


if __name__ == "__main__":
    main()
