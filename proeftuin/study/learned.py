"""What every partner's detector learned from: rows, known reports and rounds."""

import pandas as pd

from proeftuin.detectors.model import NoModel
from proeftuin.features.split import chosen_rows
from proeftuin.features.table import DAY
from proeftuin.learning.train import Learned
from proeftuin.metrics import ALL
from proeftuin.sectors import BANK
from proeftuin.settings.study import Evaluation
from proeftuin.sharing.information import ArmInputs


def learned_from(
    learned: dict[str, Learned], inputs: ArmInputs, evaluation: Evaluation
) -> pd.DataFrame:
    """Count the rows of each partner that trained a detector, and what was known about them.

    Args:
        learned: results by owner of a model.
        inputs: what partners had in front of them.
        evaluation: gives the days.

    Returns:
        Columns ``partner, fraud_form, metric, value``; for all, the banks together. A partner that
        has no model has learned from nothing.
    """
    rows = []
    for desk, who in inputs.learners.items():
        result = learned.get(who)
        if result is None or isinstance(result.model_of(desk.name), NoModel):
            continue
        table = inputs.tables[desk]
        chosen = chosen_rows(table, evaluation)
        own = chosen & (table.partner == desk.index)
        known = own & table.labelled(evaluation.test_day * DAY)
        late = known & (table.time >= evaluation.cutoff_day * DAY)
        found = {
            "rows_learned": float(own.sum()),
            "reports_learned": float(known.sum()),
            "reports_validated": float(late.sum()),
            "rounds_learned": float(result.rounds),
        }
        rows += [(desk, metric, value) for metric, value in found.items()]
    each = pd.DataFrame(
        [(desk.name, desk.sector, metric, value) for desk, metric, value in rows],
        columns=["partner", "sector", "metric", "value"],
    )
    banks = each[each["sector"] == BANK].groupby("metric")["value"]
    every = banks.sum().where(banks.sum().index != "rounds_learned", banks.max())
    together = every.reset_index().assign(partner=ALL)
    counts = pd.concat([each.drop(columns="sector"), together], ignore_index=True)
    return counts.assign(fraud_form=ALL)
