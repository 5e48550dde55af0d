"""What operators' columns add at a bank, by how they cross: figures in README.md.

    python benchmarks/vertical.py                 a world of the default size

Average precision of fraudulent transfers on the test days of ``study=demo``, mean over banks, for
learning alone, with the signals of telecom, with operators' columns as embeddings (``regime=
vertical``) without noise and with more and more of it, and with the same columns told in clear.
"""

import argparse
import dataclasses

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin import telemetry
from proeftuin.compose import settings_for
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.learning import Learned, learn_each
from proeftuin.learning_vertically import learn_vertically
from proeftuin.privacy.accounting import guarantee
from proeftuin.settings import Arm, Settings
from proeftuin.sharing.aligned import COLUMNS, Aligned
from proeftuin.sharing.informed import Informed
from proeftuin.sharing.telling import Desk
from proeftuin.split import split_rows, to_unit
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate

SIGNALS, NOISES = ("silo", "line_busy", "spoofing_alert"), (0.0, 0.5, 1.0, 2.0, 5.0, 20.0)


def main() -> None:
    """Print a line for every way."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repetitions", type=int, default=1)
    arguments.add_argument("overrides", nargs="*", help="such as world=hamlet")
    chosen = arguments.parse_args()
    telemetry.switch_off()
    torch.set_num_threads(1)
    every = {
        name: settings_for(["study=demo", f"regime@arms.silo.regime={name}", *chosen.overrides])
        for name in (*SIGNALS, "vertical")
    }
    settings = every["silo"]
    for repetition in range(chosen.repetitions):
        seeds = Seeds(settings.seed).child("repetition", repetition)
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        informed = Informed(world, seeds)
        transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
        frauds, streams = np.asarray(transfers), seeds.child("arms")
        for name in SIGNALS:
            briefing = informed.brief(every[name].arms["silo"].regime)
            learned = alone(briefing.tables, every[name], streams)
            tell(name, precisions(briefing.tables, learned, settings, frauds))
        arm = every["vertical"].arms["silo"]
        for noise in NOISES:
            noisy = with_noise(arm, noise)
            briefing = informed.brief(noisy.regime)
            learned = {
                desk.name: learn_vertically(
                    briefing.tables[desk], each, noisy, settings, owner=desk.name, seeds=streams
                )
                for desk, each in briefing.aligned.items()
            }
            label = f"vertical, noise {noise:g}{epsilon(learned)}"
            tell(label, precisions(briefing.tables, learned, settings, frauds))
        briefing = informed.brief(arm.regime)
        clear = {
            desk: in_clear(table, briefing.aligned[desk]) for desk, table in briefing.tables.items()
        }
        learned = alone(clear, settings, streams)
        tell("columns in clear", precisions(clear, learned, settings, frauds))


def with_noise(arm: Arm, noise: float) -> Arm:
    """Return the arm with another noise multiplier."""
    if arm.regime.vertical is None:
        raise ValueError("the regime does not learn vertically")
    vertical = dataclasses.replace(arm.regime.vertical, noise_multiplier=noise)
    return dataclasses.replace(arm, regime=dataclasses.replace(arm.regime, vertical=vertical))


def in_clear(table: FeatureTable, aligned: Aligned) -> FeatureTable:
    """Return a table with what operators know of its rows, and whether one does."""
    asked = np.flatnonzero(aligned.phone >= 0)
    values = np.zeros((len(table.time), len(COLUMNS) + 1))
    for describe in aligned.operators.values():
        known, told = describe(aligned.phone[asked], table.time[asked])
        values[asked[known]] = np.column_stack([told[known], np.ones(known.sum())])
    names = (*COLUMNS, "known")
    columns = dict(zip(names, values.T, strict=True))
    return table.with_columns(columns, dict.fromkeys(names, (0.0, 1.0)))


def alone(tables: dict[Desk, FeatureTable], settings: Settings, seeds: Seeds) -> dict[str, Learned]:
    """Let every bank learn from its own table."""
    splits = {
        desk.name: split_rows(table, settings.evaluation, seeds.child("split", desk.name))
        for desk, table in tables.items()
    }
    names = next(iter(tables.values())).names
    return learn_each(splits, names, settings.arms["silo"], settings.federation, seeds=seeds)


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
    """Say the weakest guarantee of all operators, if there is one."""
    ledgers = {ledger.releases: ledger for each in learned.values() for ledger in each.ledgers}
    spent = [guarantee(ledger, 1e-6).epsilon for ledger in ledgers.values()]
    return f" (epsilon {max(spent):.2f})" if spent else ""


def tell(name: str, values: list[float]) -> None:
    """Print the values of banks and their mean."""
    print(f"{name:36}", *(f"{value:7.3f}" for value in (*values, np.mean(values))), flush=True)


if __name__ == "__main__":
    main()
