"""What operators tell of doubtful numbers, counted by hand."""

import dataclasses

import pytest

from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.query import Desk
from synthetic_data.clock import HOUR
from synthetic_data.seeds import Seeds
from tests.fixtures.counted_world import make_world
from tests.fixtures.instruments import changed, instrument, told

BANK = Desk("bank", 0, "bank_a")


def by_hand() -> InformationSets:
    """A customer whom an unvouched number calls at 10:00, and one who is vouched for at 14:00."""
    calls = [(82, 101, 600, 1, 0), (86, 102, 600, 1, 1), (90, 103, 0, 1, 0), (94, 104, 600, 0, 0)]
    moments = [(81.0, 50), (82.5, 51), (84.0, 51), (86.5, 52), (90.5, 53), (94.5, 54), (130.0, 51)]
    payments = [
        {"time": int(hour * HOUR), "payment": n, "payer": 10, "payee": payee, "payee_bank": 1,
         "amount_eur": 100.0}
        for n, (hour, payee) in enumerate(moments, start=1)
    ]  # fmt: skip
    world = make_world(
        {
            "payments": payments,
            "accounts": [{"account": 10, "age": 40, "phone": 7}],
            "subscribers": [{"phone": 7}],
            "calls": [
                {"time": hour * HOUR, "subscriber": 7, "number": number, "duration_s": seconds,
                 "incoming": incoming, "vouched": vouched}
                for hour, number, seconds, incoming, vouched in calls
            ],
        }
    )  # fmt: skip
    partners = {**world.partners, "telecom": ("operator_1",)}
    return InformationSets(dataclasses.replace(world, partners=partners), Seeds(1))


@pytest.mark.parametrize(
    ("values", "asked", "flagged"),
    [
        ({}, 6, [2, 3]),  # texts and calls made do not count; the last payee is not new any more
        ({"payee_hours": 0.0}, 5, [2]),
        ({"window_days": 1 / 24}, 6, [2]),
        (
            {"sign": "strangers", "threshold": 1},
            6,
            [],
        ),  # nobody called a stranger in the week before
    ],
)
def test_a_bank_hears_of_a_call_for_whose_number_no_network_vouches(
    values: dict, asked: int, flagged: list[int]
) -> None:
    information = by_hand()
    answer = told(information, BANK, changed(instrument("spoofing_alert"), **values))
    assert answer.flows[0].records == asked
    event = information.own(BANK).event
    assert event[answer.hits].tolist() == flagged
