"""Facts that meet in fraud alone must be found; facts that meet in honest life must not."""

import numpy as np
import pytest

from proeftuin.inspection.realism.conjunctions import MOST_FOUND, odds_ratio, purest
from synthetic_data.arrays import Bools

ROWS, FRAUD = 100_000, 200
NAMES = ("called", "new payee", "young payee", "large")


def _facts(together: int) -> tuple[dict[str, Bools], Bools]:
    """Facts that are independent at honest people, but for some who have all of them.

    Args:
        together: honest rows in which all facts meet.
    """
    rng = np.random.default_rng(3)
    fraud = np.arange(ROWS) < FRAUD
    facts = {name: rng.random(ROWS) < np.where(fraud, 0.8, 0.03) for name in NAMES}
    for fact in facts.values():
        fact[FRAUD : FRAUD + together] = True
    return facts, fraud


@pytest.mark.parametrize("count", [2, 3])
def test_look_alikes_that_never_meet_leave_a_rule_that_no_bank_has(count: int) -> None:
    facts, fraud = _facts(together=0)
    found = purest("", facts, fraud, ~fraud, count)
    assert found.value > MOST_FOUND
    assert found.passed is False


@pytest.mark.parametrize("count", [2, 3])
def test_look_alikes_that_meet_leave_none(count: int) -> None:
    facts, fraud = _facts(together=300)
    assert purest("", facts, fraud, ~fraud, count).passed is True


def test_an_odds_ratio_is_one_for_independent_facts_and_above_for_others() -> None:
    facts, fraud = _facts(together=0)
    apart = [facts[name][~fraud] for name in NAMES[:2]]
    assert odds_ratio(*apart) == pytest.approx(1, abs=0.1)
    facts, fraud = _facts(together=300)
    assert odds_ratio(*(facts[name][~fraud] for name in NAMES[:2])) > 2
    nothing = np.zeros(10, dtype=bool)
    assert np.isfinite(odds_ratio(nothing, nothing))
