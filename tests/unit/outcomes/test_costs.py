"""What went wrong in a federation is counted where it went wrong."""

import pandas as pd

from proeftuin.outcomes.costs import costs_of


def test_incidents_are_counted_per_partner_and_are_zero_where_nothing_happened() -> None:
    incidents = [("bank_a", 1, "no_answer"), ("bank_a", 3, "no_answer")]
    incidents += [("bank_b", 2, "refused_update")]
    outcomes = pd.DataFrame(
        [("all", "all", "national_journeys_stopped", 10.0)],
        columns=["partner", "fraud_form", "metric", "value"],
    )
    costs = costs_of(
        [],
        [],
        ("bank_a", "bank_b", "bank_c"),
        incidents,
        outcomes=outcomes,
        people=1000,
        days=100,
        seconds=1.0,
    ).set_index(["metric", "partner"])["value"]
    assert costs["no_answer"].to_dict() == {"bank_a": 2, "bank_b": 0, "bank_c": 0, "all": 2}
    assert costs["refused_update"].to_dict() == {"bank_a": 0, "bank_b": 1, "bank_c": 0, "all": 1}
