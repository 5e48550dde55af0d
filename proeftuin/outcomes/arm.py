"""Everything that an arm achieved in one world: rows of the outcomes table, and case by case."""

from dataclasses import dataclass

import pandas as pd

from proeftuin.decisions.actions import Decisions, actions_of
from proeftuin.outcomes.detection import detection_of
from proeftuin.outcomes.harm import harm_of
from proeftuin.outcomes.journeys import cases_of, follow, outcomes_of
from proeftuin.outcomes.marked import Marked
from proeftuin.outcomes.reference import Reference
from proeftuin.outcomes.within import expected_by_case


@dataclass(frozen=True, eq=False)
class Judgement:
    """What partners decided under an arm, judged in one world.

    Attributes:
        outcomes: every outcome but costs: ``partner, fraud_form, metric, value``.
        cases: what every case comes to (``outcomes.within.CASES``).
        marked: rows of the test period at every desk.
    """

    outcomes: pd.DataFrame
    cases: pd.DataFrame
    marked: list[Marked]

    def scores(self) -> pd.DataFrame:
        """Return every row of the test period with its score, alert, and whether it is fraud.

        Returns:
            Columns ``partner, event, time, score, probability, alerted, fraud``; fraud is missing
            for rows of criminals that belong to no case.
        """
        return pd.concat([_scores_of(each) for each in self.marked], ignore_index=True)


def _scores_of(each: Marked) -> pd.DataFrame:
    rows = {
        "partner": each.desk.desk.name,
        "event": each.desk.event,
        "time": each.desk.time,
        "score": each.desk.score,
        "probability": each.desk.probability,
        "alerted": each.desk.alerted,
        "fraud": pd.arrays.BooleanArray(each.fraud, ~each.judged),
    }
    return pd.DataFrame(rows)


def arm_outcomes(decisions: Decisions, reference: Reference) -> Judgement:
    """Judge what partners decided in one world under one arm."""
    world, truth = reference.world, reference.truth
    marked = [Marked(each, truth) for each in decisions.scored]
    actions = actions_of(decisions.scored, decisions.blocks, world)
    cases = cases_of(reference)
    followed = follow(cases, actions, decisions.held)
    detection = detection_of(
        marked, truth, interventions=reference.interventions, days=reference.days
    )
    harm = harm_of(marked, decisions, reference=reference, actions=actions, followed=followed)
    outcomes = [detection, outcomes_of(followed, cases, world), harm]
    return Judgement(
        outcomes=pd.concat(outcomes, ignore_index=True),
        cases=expected_by_case(followed, truth.cases),
        marked=marked,
    )
