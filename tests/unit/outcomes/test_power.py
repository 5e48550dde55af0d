"""What a study is told that it can show is what it does show."""

import numpy as np
import pytest
from scipy import stats

from proeftuin.outcomes.intervals import difference_interval
from proeftuin.outcomes.power import POWER, showable, smallest_effect


@pytest.mark.parametrize(("worlds", "arms"), [(6, 1), (6, 5), (12, 5)])
def test_the_smallest_effect_is_shown_as_often_as_promised(worlds: int, arms: int) -> None:
    effect = smallest_effect(worlds, arms, 0.95)
    worlds_seen = np.random.default_rng(4).standard_normal((20_000, worlds)) + effect
    low, _ = difference_interval(worlds_seen, 0.95, comparisons=arms)
    assert (low > 0).mean() == pytest.approx(POWER, abs=0.01)


def test_no_method_that_holds_could_show_much_less() -> None:
    """Student's test of one comparison, whose power is known, is the bound."""
    critical = stats.t(5).ppf(0.975)
    effects = np.linspace(0.5, 3, 500)
    power = 1 - stats.nct(5, effects * 6**0.5).cdf(critical)
    students = effects[np.argmax(power >= POWER)]
    assert students <= smallest_effect(6, 1, 0.95) <= 1.3 * students


def test_larger_worlds_and_more_of_them_show_less() -> None:
    terms = {"outcome": "victims_spared_share", "comparisons": 5, "confidence": 0.95}
    small, large, more = (
        showable(cases=cases, worlds=worlds, **terms)
        for cases, worlds in ((50, 6), (200, 6), (50, 20))
    )
    assert small is not None
    assert large is not None
    assert more is not None
    assert large.middle == pytest.approx(small.middle / 2)
    assert more.middle < small.middle
    assert small.least < small.middle < small.most


def test_an_outcome_without_a_stored_spread_has_no_answer() -> None:
    assert showable("seconds", cases=50, worlds=6, comparisons=1, confidence=0.95) is None
