"""What other sectors' columns add at a bank, by the way they are shared: figures in README.md.

    python benchmarks/vertical.py                 a world of the default size

Average precision on fraudulent transfers on the test days of ``study=demo``, mean over banks, for
training alone, with the signals of telecom, with columns of operators and web shops as embeddings
(``regime=vertical``) without noise and with increasing noise, in five exchanges (after every 5
rounds of training), two or one, and with the same columns in clear.
"""

import argparse
import dataclasses
from typing import Any

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin.commandline import environment
from proeftuin.features.split import split_rows, to_unit
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.federation.training import Training
from proeftuin.learning.train import Learned, learn_each
from proeftuin.learning.vertical import learn_vertically
from proeftuin.privacy.accounting import guarantee
from proeftuin.sectors import BANK
from proeftuin.settings.arm import Arm
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.settings.vertical import Holding
from proeftuin.sharing.aligned import Aligned
from proeftuin.sharing.information import ArmInputs, InformationSets
from proeftuin.sharing.query import Desk
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate

SIGNALS = ("silo", "line_busy", "spoofing_alert")
SECTORS: tuple[tuple[Holding, ...], ...] = (("telecom",), ("webshop",), ("telecom", "webshop"))
#: Sectors, noise multiplier, and rounds of training between two exchanges.
CROSSING = (
    *((sectors, 0.0, 5) for sectors in SECTORS),
    *((SECTORS[0], noise, 5) for noise in (0.5, 1.0, 2.0, 5.0, 20.0)),
    (SECTORS[2], 1.0, 5),
    *((SECTORS[0], 1.0, passes) for passes in (13, 25)),
)


def main() -> None:
    """Print a line for every way of sharing."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repetitions", type=int, default=1)
    arguments.add_argument("overrides", nargs="*", help="such as world=hamlet")
    chosen = arguments.parse_args()
    environment.prepare()
    torch.set_num_threads(1)
    every = {
        name: settings_for(
            [
                "study=demo",
                f"regime@arms.silo.regime={name}",
                "world.market.absent=[marketplace,psp,exchange,social,helpdesk]",
                *chosen.overrides,
            ]
        )
        for name in (*SIGNALS, "vertical")
    }
    settings, arm = every["silo"], every["vertical"].arms["silo"]
    for repetition in range(chosen.repetitions):
        seeds = Seeds(settings.seed).child("repetition", repetition)
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        information = InformationSets(world, seeds, settings.evaluation)
        transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
        frauds, streams = np.asarray(transfers), seeds.child("arms")
        for name in SIGNALS:
            tables = at_banks(information.inputs_of(every[name].arms["silo"].regime))
            learned = alone(tables, every[name], streams)
            tell(name, precisions(tables, learned, settings, frauds))
        for sectors, noise, passes in CROSSING:
            one = having(arm, sectors=sectors, noise_multiplier=noise, passes=passes)
            inputs = information.inputs_of(one.regime)
            learned = {
                desk.name: learn_vertically(
                    inputs.tables[desk], each, one, settings, owner=desk.name, seeds=streams
                )
                for desk, each in inputs.aligned.items()
            }
            label = f"{'+'.join(sectors)}, noise {noise:g}, {passes} rounds{epsilon(learned)}"
            tell(label, precisions(at_banks(inputs), learned, settings, frauds))
        for sectors in SECTORS:
            inputs = information.inputs_of(having(arm, sectors=sectors).regime)
            clear = {
                desk: in_clear(table, inputs.aligned[desk])
                for desk, table in at_banks(inputs).items()
            }
            learned = alone(clear, settings, streams)
            tell(f"{'+'.join(sectors)} in clear", precisions(clear, learned, settings, frauds))


def at_banks(inputs: ArmInputs) -> dict[Desk, FeatureTable]:
    """Return the tables of banks."""
    return {desk: table for desk, table in inputs.tables.items() if desk.sector == BANK}


def having(arm: Arm, **vertical: Any) -> Arm:
    """Return the arm with other settings of vertical learning."""
    if arm.regime.vertical is None:
        raise ValueError("the regime does not learn vertically")
    other = dataclasses.replace(arm.regime.vertical, **vertical)
    return dataclasses.replace(arm, regime=dataclasses.replace(arm.regime, vertical=other))


def in_clear(table: FeatureTable, aligned: Aligned) -> FeatureTable:
    """Return a table with other sectors' columns: means per sector, and whether any is known."""
    asked = np.flatnonzero(aligned.phone >= 0)
    totals: dict[str, np.ndarray] = {}
    for holder in aligned.holders.values():
        known, values = holder.describe(aligned.phone[asked], table.time[asked])
        for name, column in zip(("known", *holder.names), (known, *values.T), strict=True):
            total = totals.setdefault(f"{holder.sector}_{name}", np.zeros(len(table.time)))
            total[asked] += column  # 0 where a holder knows nothing
    averages = {
        name: total / np.maximum(totals[f"{name.partition('_')[0]}_known"], 1)
        for name, total in totals.items()
    }
    return table.with_columns(averages, dict.fromkeys(averages, (0.0, 1.0)))


def alone(tables: dict[Desk, FeatureTable], settings: Settings, seeds: Seeds) -> dict[str, Learned]:
    """Train every bank on its own table."""
    splits = {desk.name: split_rows(table, settings.evaluation) for desk, table in tables.items()}
    names = next(iter(tables.values())).names
    return learn_each(Training(splits, names, settings.arms["silo"], settings.federation, seeds))


def precisions(
    tables: dict[Desk, FeatureTable],
    learned: dict[str, Learned],
    settings: Settings,
    frauds: np.ndarray,
) -> list[float]:
    """Return the average precision at every bank."""
    values = []
    for desk, own in tables.items():
        table = learned[desk.name].table or own
        tested = table.time >= settings.evaluation.test_day * DAY
        score = learned[desk.name].model.score(to_unit(table, tested))
        values.append(float(average_precision_score(np.isin(table.event[tested], frauds), score)))
    return values


def epsilon(learned: dict[str, Learned]) -> str:
    """Return the weakest guarantee of all operators as text, or an empty string."""
    ledgers = {ledger.releases: ledger for each in learned.values() for ledger in each.ledgers}
    spent = [guarantee(ledger, 1e-6).epsilon for ledger in ledgers.values()]
    return f" (epsilon {max(spent):.2f})" if spent else ""


def tell(name: str, values: list[float]) -> None:
    """Print the values of banks and their mean."""
    print(f"{name:52}", *(f"{value:7.3f}" for value in (*values, np.mean(values))), flush=True)


if __name__ == "__main__":
    main()
