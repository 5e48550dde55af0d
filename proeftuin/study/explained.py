"""The value of every choice of kinds of facts that a centre could pool, in one world.

Each is an arm of its own, trained anew: with no kind it is the arm of today's practice, and with
all of them the centre, to the last bit.
"""

import pandas as pd

from proeftuin.instruments.base import FACT_KINDS
from proeftuin.metrics import ALL
from proeftuin.outcomes.contribution import TOGETHER
from proeftuin.outcomes.journeys import VALUE
from proeftuin.settings.study import Contribution, Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study.arm import run_arm
from proeftuin.study.coalitions import COLUMNS, subsets
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth

#: Outcomes that are told: what victims keep, and how well the models rank.
TOLD = (*VALUE, "recall_at_budget", "average_precision")


def values_of_facts(
    contribution: Contribution,
    settings: Settings,
    information: InformationSets,
    truth: Truth,
    seeds: Seeds,
) -> pd.DataFrame:
    """Return the value of every coalition of kinds of facts (columns of ``coalitions.COLUMNS``)."""
    arm, found = settings.arms[contribution.arm], []
    operators = information.sources.partners("telecom")
    players = tuple(kind for kind in FACT_KINDS if kind != "calls" or operators)
    for coalition in subsets(players):
        kinds = [kind for kind in FACT_KINDS if kind in coalition]
        result = run_arm(arm, settings, information, truth, seeds, pooling=kinds)
        rows, flows = result.outcomes, result.releases.flows
        told = {(flow.data, flow.fields) for flow in flows if not flow.today}
        rows = rows[(rows["partner"] == ALL) & rows["metric"].isin(TOLD)]
        name, fields = TOGETHER.join(sorted(kinds)), sum(count for _, count in told)
        found.append(rows.assign(coalition=name, fields=fields))
    every = pd.concat(found, ignore_index=True)
    return every.assign(arm=contribution.arm, players=contribution.players)[list(COLUMNS)]
