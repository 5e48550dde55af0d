"""A caller who withholds the number is in a call like any other, and is nobody."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from proeftuin.features.telecom import NO_CALL, CallBook, call_features
from proeftuin.sharing.recent_call import flagged_calls
from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY, HOUR, MINUTE
from tests.fixtures.one_bank import Bank, payments

HEADER = "t,s,n,d,i"
#: On Monday; half an hour each.
CALLS = [
    "2025-03-03T09:00:00,+31612345678,,1800,1",
    "2025-03-03T11:00:00,+31612345678,,1800,1",
    "2025-03-03T13:00:00,+31205550100,anonymous,1800,1",
    "2025-03-03T15:00:00,+31205550100,+31880001111,1800,1",
    "2025-03-03T17:00:00,+31205550100,+31880001111,1800,1",
]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    bank = Bank(tmp_path)
    bank.pay(*payments())
    bank.write("a.csv", "account,age,phone\nNL20AAAA01,41,+31612345678\nNL20AAAA02,74,\n")
    columns = {"time": "t", "subscriber": "s", "number": "n", "duration_s": "d", "incoming": "i"}
    calls = {"file": "c.csv", "columns": columns, "na_values": ["anonymous"]}
    bank.others = [{"name": "operator_1", "sector": "telecom", "tables": {"calls": calls}}]
    bank.write("c.csv", "\n".join([HEADER, *CALLS, ""]))
    return bank


def calls_of(bank: Bank) -> tuple[pd.DataFrame, pd.DataFrame]:
    world, _ = bank.world()
    return world.tables["calls"], world.tables["accounts"]


def at(*moments: int) -> Ints:
    return np.array(moments, dtype=np.int64)


def test_withheld_numbers_are_counted_as_cells_without_a_value(bank: Bank) -> None:
    summary = bank.summary()
    [cells] = [each for each in summary.cells if (each.table, each.column) == ("calls", "number")]
    assert (cells.empty, cells.by_word) == (3 / 5, 1 / 5)
    [used] = [each for each in summary.used if (each.table, each.column) == ("calls", "number")]
    assert (used.rows, used.share, used.users) == (2, 1.0, 1)  # of the rows that have a number


def test_the_line_is_busy_while_a_withheld_caller_is_on_it(bank: Bank) -> None:
    calls, accounts = calls_of(bank)
    phone = np.repeat(accounts["phone"].max(), 3)
    moment = at(9 * HOUR + 5 * MINUTE, 10 * HOUR, 11 * HOUR + 29 * MINUTE)
    found = CallBook(calls).in_progress(phone, moment) != NO_CALL
    assert found.tolist() == [True, False, True]


def test_every_withheld_call_is_of_a_number_that_never_called_before(bank: Bank) -> None:
    calls, _ = calls_of(bank)
    book = CallBook(calls)
    unknown = book.is_unknown(np.argsort(book.start), 365)
    assert unknown.tolist() == [True, True, True, True, False]


def test_withheld_calls_do_not_link_to_each_other_or_to_an_account_without_a_phone(
    bank: Bank,
) -> None:
    calls, accounts = calls_of(bank)
    numbers = calls.sort_values("time")["number"]
    assert numbers[:3].nunique() == 3
    assert numbers.min() >= 0
    assert sorted(accounts["phone"] >= 0) == [False, True]
    assert not numbers.isin(accounts["phone"]).any()
    assert not numbers[:3].isin([*calls["subscriber"], *numbers[3:]]).any()
    asked = accounts.sort_values("phone")["phone"].to_numpy(np.int64)
    labels = pd.DataFrame({"kind": [], "value": at(), "case": at(), "known_at": at(),
                           "withdrawn_at": at()})  # fmt: skip
    told = call_features(
        CallBook(calls), labels, asked, np.full(2, 11 * HOUR + MINUTE), unknown_days=30
    )
    assert told["in_call"].tolist() == [0.0, 1.0]
    assert told["log_caller_new_callees_7d"].tolist() == [0.0, 0.0]
    assert told["log_caller_age_days"].tolist() == [0.0, 0.0]


def test_withheld_calls_are_no_caller_of_many_strangers(bank: Bank) -> None:
    rows = [f"2025-03-03T09:{n:02}:00,+3161000{n:04},,60,1" for n in range(40)]
    bank.write("c.csv", "\n".join([HEADER, *rows, ""]))
    calls, _ = calls_of(bank)
    assert flagged_calls(calls, threshold=1).empty


def test_the_order_of_rows_with_withheld_numbers_does_not_matter(bank: Bank) -> None:
    bank.more["salt"] = "the same in both"
    first, _ = calls_of(bank)
    (bank.place / "world").rename(bank.place / "before")
    bank.write("c.csv", "\n".join([HEADER, *reversed(CALLS), ""]))
    again, _ = calls_of(bank)
    pd.testing.assert_frame_equal(again, first)


def test_whoever_calls_withheld_has_a_number_at_the_operator(bank: Bank) -> None:
    bank.write("c.csv", f"{HEADER}\n2025-03-03T09:00:00,,+31880001111,60,1\n")
    assert bank.refused() == [
        "c.csv, row 2, column 's': is empty, but subscriber is required; fill it in"
    ]


def test_an_operator_may_know_no_other_number_at_all(bank: Bank) -> None:
    del bank.others[0]["tables"]["calls"]["columns"]["number"]
    calls, _ = calls_of(bank)
    assert calls["number"].nunique() == 5
    assert calls["time"].max() < DAY
