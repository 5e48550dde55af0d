"""What is called a difference, what is called none, and what is left undecided."""

import numpy as np
import pandas as pd
import pytest

from proeftuin.outcomes.comparison import compare, compare_all, within_one_world
from proeftuin.outcomes.intervals import interval

METRIC = "stopped_share"


def outcomes(**arms: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("s", arm, seed, "all", "all", METRIC, value)
            for arm, values in arms.items()
            for seed, value in enumerate(values)
        ],
        columns=["study", "arm", "seed", "partner", "fraud_form", "metric", "value"],
    )


def compared(margin: float = np.nan, **arms: list[float]) -> pd.DataFrame:
    rows = compare(
        outcomes(**arms), baseline="silo", metrics=[METRIC], confidence=0.95,
        margins={METRIC: margin},
    )  # fmt: skip
    return rows.set_index("arm")


BASE = [0.1, 0.5, 0.3, 0.2, 0.4, 0.25]
SMALL = [0.01, 0.03, 0.02, 0.015, 0.025, 0.02]
NOISE = [0.3, -0.2, 0.1, -0.25, 0.2, -0.1]


def plus(added: list[float]) -> list[float]:
    return [base + more for base, more in zip(BASE, added, strict=True)]


def test_a_difference_is_taken_within_each_world_not_between_worlds() -> None:
    """The worlds differ far more than the arms do."""
    row = compared(silo=BASE, better=plus(SMALL)).loc["better"]
    assert row["difference"] == pytest.approx(np.mean(SMALL))
    assert row["verdict"] == "more"
    assert (row["low"], row["high"]) == pytest.approx(interval(np.array(SMALL), 0.95))


def test_noise_is_not_called_a_difference_nor_the_absence_of_one() -> None:
    assert compared(0.05, silo=BASE, noisy=plus(NOISE)).loc["noisy", "verdict"] == "undecided"


def test_too_few_worlds_and_no_effect_are_told_apart() -> None:
    """Both were called "not shown"."""
    nothing = [0.002, -0.001, 0.001, -0.002, 0.001, -0.001]
    rows = compared(0.05, silo=BASE, same=plus(nothing), noisy=plus(NOISE))
    assert rows.loc["same", "verdict"] == "no_relevant_difference"
    assert rows.loc["noisy", "verdict"] == "undecided"
    assert (rows["margin"] == 0.05).all()


def test_an_effect_within_the_margin_is_of_no_relevance_though_it_is_above_zero() -> None:
    row = compared(0.05, silo=BASE, better=plus(SMALL)).loc["better"]
    assert row["low"] > 0
    assert row["high"] < 0.05
    assert row["verdict"] == "no_relevant_difference"


def test_without_a_margin_nothing_is_called_irrelevant() -> None:
    nothing = [0.002, -0.001, 0.001, -0.002, 0.001, -0.001]
    assert compared(silo=BASE, same=plus(nothing)).loc["same", "verdict"] == "undecided"


def test_many_arms_need_stronger_evidence_than_one() -> None:
    barely = [0.02, 0.004, 0.03, 0.006, 0.025, 0.01]
    alone = compared(silo=BASE, better=plus(barely)).loc["better"]
    many = {f"noise_{n}": plus([*np.roll(NOISE, n)]) for n in range(12)}
    crowd = compared(silo=BASE, better=plus(barely), **many).loc["better"]
    assert alone["verdict"] == "more"
    assert crowd["comparisons"] == 13
    assert crowd["low"] < alone["low"]
    assert crowd["verdict"] == "undecided"


def test_two_worlds_or_no_spread_give_no_verdict() -> None:
    assert compared(silo=BASE[:2], better=plus(SMALL)[:2]).loc["better", "verdict"] == "unknown"
    same = compared(silo=BASE, better=[base + 0.1 for base in BASE]).loc["better"]
    assert same["verdict"] == "unknown"


def test_a_world_in_which_a_number_is_not_defined_drops_out_as_a_pair() -> None:
    row = compared(silo=[np.nan, *BASE[1:]], better=plus(SMALL)).loc["better"]
    assert row["worlds"] == len(BASE) - 1
    assert row["difference"] == pytest.approx(np.mean(SMALL[1:]))


def test_a_difference_between_shares_ends_at_one() -> None:
    wild = compared(silo=[0.0, 0.5, 1.0], wild=[1.0, 0.2, 0.3]).loc["wild"]
    assert (wild["low"], wild["high"]) == (-1, 1)


def test_one_family_is_primary_and_the_others_are_marked_as_secondary() -> None:
    table = outcomes(silo=BASE, better=plus(SMALL))
    found = [table, table.assign(partner="bank_a"), table.assign(fraud_form="phishing")]
    found += [table.assign(metric="recall_at_budget")]
    rows = compare_all(
        pd.concat(found), baseline="silo", primary=METRIC, margins={METRIC: 0.01}, confidence=0.95
    )
    assert len(rows) == 4
    (one,) = rows[rows["primary"]].to_dict("records")
    assert (one["partner"], one["fraud_form"], one["metric"]) == ("all", "all", METRIC)


def test_one_stored_world_gets_its_intervals_from_its_cases_and_nothing_else_does() -> None:
    table = pd.concat([outcomes(silo=[0.2], better=[0.3]), outcomes(silo=[0.2], better=[0.3])
                       .assign(partner="bank_a")])  # fmt: skip
    alone = compare_all(
        table, baseline="silo", primary=METRIC, margins={METRIC: 0.01}, confidence=0.95
    )
    assert set(alone["verdict"]) == {"unknown"}
    within = pd.DataFrame({"arm": ["better"], "metric": [METRIC], "low": [0.02], "high": [0.18]})
    rows = within_one_world(alone, within).set_index("partner")
    assert rows.loc["all", ["low", "high", "verdict"]].tolist() == [0.02, 0.18, "more"]
    assert rows.loc["bank_a", "verdict"] == "unknown"


def wrong_verdicts(worlds: int, skewness: float, margin: float, truth: float) -> float:
    """Return how often any of five arms with the same truth gets a verdict that is wrong."""
    rng, studies, arms = np.random.default_rng(7), 1500, 5
    shape = (studies, worlds)
    table = {"silo": np.zeros(shape)}
    for arm in range(arms):  # differences from the baseline, each of unit spread
        scale = skewness / 2
        own = (
            rng.gamma(scale**-2, scale, shape) - 1 / scale if scale else rng.standard_normal(shape)
        )
        table[f"arm_{arm}"] = truth + own
    long = pd.concat(
        pd.DataFrame(values, index=pd.RangeIndex(studies, name="partner"))
        .melt(ignore_index=False, var_name="seed").reset_index().assign(arm=arm)
        for arm, values in table.items()
    ).assign(fraud_form="all", metric="m")  # fmt: skip
    rows = compare(long, baseline="silo", metrics=["m"], confidence=0.95, margins={"m": margin})
    right = {"undecided", "more"} if truth > margin else {"undecided", "no_relevant_difference"}
    wrong = ~rows["verdict"].isin(right)
    return float(wrong.groupby(rows["partner"]).any().mean())


@pytest.mark.parametrize(("worlds", "skewness"), [(6, 0), (12, 0), (12, 2)])
@pytest.mark.parametrize(("margin", "truth"), [(0.5, 0.0), (0.5, 0.51)])
def test_a_study_of_five_arms_errs_in_one_of_twenty_at_most(
    worlds: int, skewness: float, margin: float, truth: float
) -> None:
    assert wrong_verdicts(worlds, skewness, margin, truth) <= 0.05 + 2 * (0.05 * 0.95 / 1500) ** 0.5
