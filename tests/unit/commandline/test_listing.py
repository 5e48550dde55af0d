"""The table that ends a run promises no more than its worlds give."""

import pandas as pd
import pytest

from proeftuin.commandline.listing import results
from proeftuin.outcomes.comparison import compare_all
from proeftuin.outcomes.value import summarise
from proeftuin.settings.compose import settings_for


@pytest.mark.parametrize("worlds", [1, 2, 3])
def test_intervals_are_said_to_hold_together_only_where_there_are_any(worlds: int) -> None:
    settings = settings_for([f"repetitions={worlds}"])
    gains = {"silo": (0.1, 0.2, 0.3), "chosen": (0.2, 0.4, 0.7), "centre": (0.7, 0.6, 0.8)}
    rows = [
        ("one_arm", arm, seed, "all", "bank_helpdesk", "victims_spared_share", value)
        for arm, values in gains.items()
        for seed, value in enumerate(values[:worlds])
    ]
    columns = ["study", "arm", "seed", "partner", "fraud_form", "metric", "value"]
    outcomes = pd.DataFrame(rows, columns=columns)
    compared = compare_all(
        outcomes,
        baseline="silo",
        primary="victims_spared_share",
        margins={"victims_spared_share": 0.05},
        confidence=0.95,
    )
    summary = summarise(outcomes, baseline="silo", ceiling="centre", confidence=0.95)
    told = results(summary, compared, settings)
    assert ("hold for all arms together" in told) == (worlds == 3)
    assert ("no intervals and no verdicts" in told) == (worlds < 3)
