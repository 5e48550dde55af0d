"""What is called a difference, and what is not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from proeftuin.outcomes import comparison
from proeftuin.outcomes.comparison import compare

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


def compared(confidence: float = 0.95, **arms: list[float]) -> pd.DataFrame:
    rows = compare(outcomes(**arms), baseline="silo", metrics=[METRIC], confidence=confidence)
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
    assert row["p"] == pytest.approx(stats.ttest_rel(plus(SMALL), BASE).pvalue)


def test_the_interval_is_scipys_bca_bootstrap_of_the_differences() -> None:
    row = compared(silo=BASE, better=plus(SMALL)).loc["better"]
    low, high = row["low"], row["high"]
    other = stats.bootstrap((np.array(SMALL),), np.mean, rng=np.random.default_rng(5))
    assert (low, high) == pytest.approx(tuple(other.confidence_interval), abs=0.001)


def test_noise_is_not_called_a_difference_and_more_worlds_are_counted() -> None:
    row = compared(silo=BASE, noisy=plus(NOISE)).loc["noisy"]
    assert row["verdict"] == "not_shown"
    effect = np.mean(NOISE) / np.std(NOISE, ddof=1)
    by_statsmodels = TTestPower().solve_power(effect, alpha=0.05, power=0.8)
    assert np.isnan(row["worlds_needed"]) or row["worlds_needed"] >= by_statsmodels - 1


def test_worlds_needed_agree_with_statsmodels() -> None:
    added = [0.1, -0.02, 0.08, -0.05, 0.09, -0.01]
    row = compared(silo=BASE, noisy=plus(added)).loc["noisy"]
    effect = np.mean(added) / np.std(added, ddof=1)
    needed = TTestPower().solve_power(effect, alpha=0.05, power=0.8)
    assert row["worlds_needed"] == np.ceil(needed)


def test_many_arms_need_stronger_evidence_than_one() -> None:
    barely = [0.02, 0.004, 0.03, 0.002, 0.025, 0.008]
    alone = compared(silo=BASE, better=plus(barely)).loc["better"]
    many = {f"noise_{n}": plus([*np.roll(NOISE, n)]) for n in range(12)}
    crowd = compared(silo=BASE, better=plus(barely), **many).loc["better"]
    assert alone["verdict"] == "more"
    assert crowd["p"] == alone["p"]
    assert crowd["p_holm"] > alone["p_holm"]
    assert crowd["verdict"] == "not_shown"


def test_two_worlds_or_no_spread_give_no_verdict() -> None:
    assert compared(silo=BASE[:2], better=plus(SMALL)[:2]).loc["better", "verdict"] == "unknown"
    same = compared(silo=BASE, better=[base + 0.1 for base in BASE]).loc["better"]
    assert same["verdict"] == "unknown"


def test_a_world_in_which_a_number_is_not_defined_drops_out_as_a_pair() -> None:
    row = compared(silo=[np.nan, *BASE[1:]], better=plus(SMALL)).loc["better"]
    assert row["worlds"] == len(BASE) - 1
    assert row["difference"] == pytest.approx(np.mean(SMALL[1:]))


def test_the_correction_for_several_arms_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "partner": np.repeat(["a", "b", "c"], 6),
            "fraud_form": "x",
            "metric": "m",
            "p": rng.uniform(0, 0.3, 18),
        }
    )
    table.loc[[2, 12, 13, 14, 15, 16, 17], "p"] = np.nan
    table = table.sample(frac=1, random_state=0).reset_index(drop=True)
    corrected = comparison._holm(table)
    for _, cell in table.dropna().groupby("partner"):
        expected = multipletests(cell["p"], method="holm")[1]
        np.testing.assert_allclose(corrected[cell.index], expected)
    assert corrected[table["p"].isna()].isna().all()
