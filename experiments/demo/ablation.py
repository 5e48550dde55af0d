"""Why is the centre so far ahead? Give one pooled model its information piece by piece.

Prints the average precision of each step in the first two worlds of the demo. Only here, outside
the product, the truth is read next to the features.
"""

import dataclasses

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin import telemetry
from proeftuin.compose import settings_for
from proeftuin.features.bank import DAY
from proeftuin.features.telecom import BOUNDS as CALL_COLUMNS
from proeftuin.learning import learn_each
from proeftuin.sharing.informed import Informed
from proeftuin.split import split_rows, to_unit
from scenarios.base import Phase
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate

STEPS = {
    "rows and reports of banks and police": [],
    "+ in a call with an unknown number": ["in_unknown_call"],
    "+ length so far and direction": ["in_call", "log_call_minutes", "call_incoming"],
    "+ what the caller did elsewhere": [name for name in CALL_COLUMNS if "caller" in name],
    "everything": list(CALL_COLUMNS),
}


def main() -> None:
    """Print one line per step."""
    telemetry.switch_off()
    torch.set_num_threads(1)
    settings = settings_for(["study=demo"])
    precision: dict[str, list[float]] = {step: [] for step in STEPS}
    for repetition in range(2):
        seeds = Seeds(settings.seed).child("repetition", repetition)
        world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
        informed = Informed(world, seeds)
        everyone = frozenset(name for names in world.partners.values() for name in names)
        banks = tuple(desk for desk in informed.desks if desk.sector == "bank")
        table = informed.pooled(banks, everyone)
        transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
        tested = table.time >= settings.evaluation.test_day * DAY
        known = [name for name in table.names if name not in CALL_COLUMNS]
        for step, added in STEPS.items():
            known += [name for name in added if name not in known]
            columns = [table.names.index(name) for name in known]
            part = dataclasses.replace(
                table,
                names=tuple(known),
                bounds=table.bounds[columns],
                values=np.ascontiguousarray(table.values[:, columns]),
            )
            split = split_rows(part, settings.evaluation, seeds.child("arms", "split", "centre"))
            learned = learn_each(
                {"centre": split},
                part.names,
                settings.arms["centre"],
                settings.federation,
                seeds=seeds.child("arms"),
            )
            score = learned["centre"].model.score(to_unit(part, tested))
            fraud = np.isin(table.event[tested], transfers)
            precision[step].append(float(average_precision_score(fraud, score)))
    for step, values in precision.items():
        print(f"{step:40}", *(f"{value:.2f}" for value in values))


if __name__ == "__main__":
    main()
