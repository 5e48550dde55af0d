import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.features.asof import Lookups
from proeftuin.sharing.payers_elsewhere import counts_with, distinct_payers

WINDOW_S = 50
ROWS = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 200))
QUESTIONS = st.sets(st.tuples(st.integers(1, 3), st.integers(0, 300)), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=30), QUESTIONS)
def test_whoever_is_in_a_count_is_charged_for_it_and_nobody_else_is(
    paid: list[tuple[int, int, int]], questions: set[tuple[int, int]]
) -> None:
    payments = pd.DataFrame(paid, columns=["payer", "payee", "time"]).sort_values("time")
    account, moment = np.array(sorted(questions)).T
    payer, times = counts_with(payments, Lookups(account, moment), WINDOW_S)
    charged = dict.fromkeys(payments["payer"], 0)
    for who, often in zip(payer.tolist(), times.tolist(), strict=True):
        charged[who] += often
    expected = dict.fromkeys(payments["payer"], 0)
    for payee, now in questions:
        rows = payments[payments["payee"] == payee]
        for who in set(rows.loc[(rows["time"] < now) & (rows["time"] >= now - WINDOW_S), "payer"]):
            expected[who] += 1
    assert charged == expected
    counted, _ = distinct_payers(payments, Lookups(account, moment), WINDOW_S)
    assert counted.sum() == sum(expected.values())
