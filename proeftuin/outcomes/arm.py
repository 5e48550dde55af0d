"""Everything that an arm achieved in one world, as rows of the outcomes table."""

import pandas as pd

from proeftuin.decisions.actions import Decisions, actions_of
from proeftuin.outcomes.detection import Marked, detection_of
from proeftuin.outcomes.harm import harm_of
from proeftuin.outcomes.journeys import cases_of, follow, outcomes_of
from proeftuin.outcomes.reference import Reference


def arm_outcomes(decisions: Decisions, reference: Reference) -> pd.DataFrame:
    """Compute every outcome but costs.

    Returns:
        Columns ``partner, fraud_form, metric, value``.
    """
    world, truth = reference.world, reference.truth
    marked = [Marked(each, truth) for each in decisions.scored]
    actions = actions_of(decisions.scored, decisions.blocks, world)
    cases = cases_of(reference)
    followed = follow(cases, actions, decisions.held)
    detection = detection_of(
        marked, truth, interventions=reference.interventions, days=reference.days
    )
    harm = harm_of(marked, decisions, reference=reference, actions=actions, followed=followed)
    return pd.concat([detection, outcomes_of(followed, cases, world), harm], ignore_index=True)
