"""People are counted once in every table; what went wrong is counted where it went wrong."""

import numpy as np
import pandas as pd

from proeftuin.outcomes.costs import costs_of, mean_flows
from proeftuin.sharing.flows import Flow

OUTCOMES = pd.DataFrame(
    [("all", "all", "journeys_stopped_real", 10.0)],
    columns=["partner", "fraud_form", "metric", "value"],
)


def flow(sender: str, form: str, phones: range) -> Flow:
    return Flow(
        sender=sender, receiver="bank_b", data="x", form=form, about=np.array(phones), fields=1,
        records=1, bytes=1,
    )  # fmt: skip


def test_people_are_counted_once_over_all_flows_and_never_above_the_population() -> None:
    """Old and wrong numbers would make more people than there are, in one table or another."""
    flows = [
        flow("bank_a", "in_clear", range(60)),
        flow("bank_c", "in_clear", range(40, 80)),
        flow("bank_a", "randomised", range(130)),
    ]
    costs = costs_of(
        flows,
        [],
        ("bank_a", "bank_c"),
        [],
        outcomes=OUTCOMES,
        people=100,
        days=9,
        tested=3,
        seconds=1.0,
    ).set_index(["metric", "partner"])["value"]
    assert costs["persons_disclosed"].to_dict() == {"bank_a": 100, "bank_c": 40, "all": 100}
    assert costs["persons_named"].to_dict() == {"bank_a": 60, "bank_c": 40, "all": 80}
    # ten cases are stopped in three days of nine, so thirty in all
    assert costs["persons_disclosed_per_fraud"].to_dict() == {"all": 100 / 30}
    told = [{"arm": "x", "seed": seed, **each.to_dict()} for seed in (0, 1) for each in flows]
    mean = mean_flows(told, worlds=2, days=9, people=100)
    assert [each["persons"] for each in mean] == [60, 40, 100]


def test_incidents_are_counted_per_partner_and_are_zero_where_nothing_happened() -> None:
    incidents = [("bank_a", 1, "no_answer"), ("bank_a", 3, "no_answer")]
    incidents += [("bank_b", 2, "refused_update")]
    costs = costs_of(
        [],
        [],
        ("bank_a", "bank_b", "bank_c"),
        incidents,
        outcomes=OUTCOMES,
        people=1000,
        days=100,
        tested=25,
        seconds=1.0,
    ).set_index(["metric", "partner"])["value"]
    assert costs["no_answer"].to_dict() == {"bank_a": 2, "bank_b": 0, "bank_c": 0, "all": 2}
    assert costs["refused_update"].to_dict() == {"bank_a": 0, "bank_b": 1, "bank_c": 0, "all": 1}
