"""Everything that an arm achieved in one world, as rows of the outcomes table."""

import pandas as pd

from proeftuin.decisions.actions import ScoredDesk, actions_of
from proeftuin.outcomes.detection import Marked, detection_of
from proeftuin.outcomes.harm import harm_of
from proeftuin.outcomes.journeys import cases_of, follow, outcomes_of
from proeftuin.settings.study import Interventions
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World


def measure(
    scored: list[ScoredDesk],
    blocks: pd.DataFrame,
    held: pd.DataFrame,
    world: World,
    truth: Truth,
    *,
    interventions: Interventions,
    test_day: int,
    seeds: Seeds,
) -> pd.DataFrame:
    """Compute every outcome but costs.

    Args:
        scored: the test rows of every desk, with scores and alerts.
        blocks: what partners refuse (``sharing.query.BLOCKS``).
        held: payments that banks hold or refuse by a rule (``decisions.holds.HELD``).
        world: tables and labels of the partners.
        truth: what was fraud.
        interventions: what is done about an alert, and how often it works.
        test_day: first day of the test period, which lasts until the end of the world.
        seeds: streams of the world, the same for all arms.

    Returns:
        Columns ``partner, fraud_form, metric, value``.
    """
    days = world.days - test_day
    marked = [Marked(each, truth) for each in scored]
    actions = actions_of(scored, blocks, world)
    cases = cases_of(world, truth, interventions=interventions, test_day=test_day, seeds=seeds)
    followed = follow(cases, actions, held)
    return pd.concat(
        [
            detection_of(marked, truth, interventions=interventions, days=days),
            outcomes_of(followed, cases, world),
            harm_of(
                marked, actions, blocks, held, followed, world, truth,
                interventions=interventions, test_day=test_day,
            ),
        ],
        ignore_index=True,
    )  # fmt: skip
