import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proeftuin.outcomes.comparison import compare
from proeftuin.outcomes.intervals import interval, ratio_interval
from proeftuin.outcomes.value import summarise


def table(values: dict[str, list[float]], metric: str = "stopped_share") -> pd.DataFrame:
    """One outcome row per arm and seed; all else the same."""
    return pd.DataFrame(
        [
            ("s", arm, seed, "all", "all", metric, value)
            for arm, row in values.items()
            for seed, value in enumerate(row)
        ],
        columns=["study", "arm", "seed", "partner", "fraud_form", "metric", "value"],
    )


def summary(values: dict[str, list[float]], confidence: float = 0.95) -> pd.DataFrame:
    rows = summarise(table(values), baseline="silo", ceiling="centre", confidence=confidence)
    return rows.set_index("arm")


SILO, FED, CENTRE = [0.20, 0.25, 0.22, 0.31], [0.24, 0.33, 0.25, 0.36], [0.30, 0.41, 0.33, 0.40]
ARMS = {"silo": SILO, "federated": FED, "centre": CENTRE}
seed_rows = st.lists(st.floats(-10, 10, width=32), min_size=4, max_size=4)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_levels_and_retained_value_have_the_one_interval(confidence: float) -> None:
    row = summary(ARMS, confidence).loc["federated"]
    assert (row["low"], row["high"]) == pytest.approx(interval(np.array(FED), confidence))
    assert row["uplift"] == pytest.approx(np.mean(FED) - np.mean(SILO))
    assert (row["seeds"], row["pairs"]) == (4, 4)
    part, whole = np.subtract(FED, SILO), np.subtract(CENTRE, SILO)
    assert row["retained"] == pytest.approx(part.mean() / whole.mean())
    low, high = ratio_interval(part[None], whole[None], confidence)
    assert (row["retained_low"], row["retained_high"]) == (low[0], high[0])


def test_retained_value_covers_the_true_ratio_as_often_as_it_says() -> None:
    rng, trials, seeds, true_ratio = np.random.default_rng(1), 4000, 6, 0.6
    shared = rng.normal(size=(trials, seeds))
    silo = rng.normal(size=(trials, seeds))
    arms = {
        "silo": silo,
        "federated": silo + 0.6 + 0.1 * (0.7 * shared + rng.normal(size=(trials, seeds))),
        "centre": silo + 1.0 + 0.1 * (0.7 * shared + rng.normal(size=(trials, seeds))),
    }
    frames = [
        pd.DataFrame(values, index=pd.RangeIndex(trials, name="partner"))
        .melt(ignore_index=False, var_name="seed")
        .reset_index()
        .assign(arm=arm, fraud_form="all", metric="m")
        for arm, values in arms.items()
    ]
    rows = summarise(pd.concat(frames), baseline="silo", ceiling="centre", confidence=0.9)
    rows = rows[rows["arm"] == "federated"]
    assert rows["retained"].notna().all()
    covered = (rows["retained_low"] <= true_ratio) & (true_ratio <= rows["retained_high"])
    assert 0.9 - 0.015 <= covered.mean() <= 0.95  # three standard errors; skewness widens it


def test_retained_is_not_determined_when_the_ceilings_own_uplift_covers_zero() -> None:
    rows = summary({**ARMS, "centre": [0.30, 0.15, 0.33, 0.25]})
    low, high = interval(np.subtract([0.30, 0.15, 0.33, 0.25], SILO), 0.95)
    assert low < 0 < high
    assert rows.filter(like="retained").isna().all(axis=None)


def test_one_seed_gives_means_without_intervals() -> None:
    row = summary({arm: values[:1] for arm, values in ARMS.items()}).loc["federated"]
    assert row["mean"] == FED[0]
    assert row["uplift"] == pytest.approx(FED[0] - SILO[0])
    assert row[["low", "high", "retained"]].isna().all()


def test_missing_values_drop_the_pair_and_are_counted() -> None:
    row = summary({**ARMS, "silo": [np.nan, *SILO[1:]]}).loc["federated"]
    assert (row["seeds"], row["pairs"]) == (4, 3)
    assert row["uplift"] == pytest.approx(np.mean(np.subtract(FED[1:], SILO[1:])))


@pytest.mark.parametrize(("worlds", "any_interval"), [(1, False), (2, False), (3, True)])
def test_too_few_worlds_give_no_interval_of_a_level_or_a_difference(
    worlds: int, any_interval: bool
) -> None:
    """The terminal gave one from two worlds where the report said that there is none."""
    arms = {arm: values[:worlds] for arm, values in ARMS.items()}
    rows = summarise(table(arms), baseline="silo", ceiling="centre", confidence=0.95)
    ends = rows.loc[rows["arm"] == "federated", ["low", "high"]]
    assert ends.notna().to_numpy().all() == any_interval
    assert ends.notna().to_numpy().any() == any_interval
    compared = compare(table(arms), baseline="silo", metrics=["stopped_share"], confidence=0.95)
    assert compared["low"].notna().all() == any_interval


def test_a_metric_the_baseline_lacks_has_a_mean_but_no_uplift() -> None:
    outcomes = pd.concat([table(ARMS), table({"federated": [8.0] * 3}, metric="epsilon")])
    rows = summarise(outcomes, baseline="silo", ceiling="centre", confidence=0.95)
    row = rows[rows["metric"] == "epsilon"].iloc[0]
    assert (row["mean"], row["low"], row["high"], row["pairs"]) == (8, 8, 8, 0)
    assert np.isnan(row["uplift"])


@settings(max_examples=20, deadline=None)
@given(seed_rows, seed_rows, seed_rows, seed_rows)
def test_a_constant_per_seed_leaves_uplift_unchanged(
    silo: list[float], arm: list[float], centre: list[float], shift: list[float]
) -> None:
    plain = {"silo": silo, "arm": arm, "centre": centre}
    moved = {name: list(np.add(values, shift)) for name, values in plain.items()}
    np.testing.assert_allclose(summary(moved)["uplift"], summary(plain)["uplift"], atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed_rows, seed_rows)
def test_the_baseline_gains_nothing_and_the_ceiling_keeps_everything(
    silo: list[float], centre: list[float]
) -> None:
    rows = summary({"silo": silo, "copy": silo, "centre": centre, "top": centre})
    assert (rows.loc[["silo", "copy"], "uplift"] == 0).all()
    if not np.isnan(rows.loc["centre", "retained"]):
        kept = rows.filter(like="retained")
        np.testing.assert_allclose(kept.loc[["centre", "top"]], 1, rtol=1e-4)
        np.testing.assert_allclose(kept.loc[["silo", "copy"]], 0, atol=1e-6)


@pytest.mark.parametrize("role", ["baseline", "ceiling"])
def test_an_unknown_arm_is_named_with_the_known_ones(role: str) -> None:
    arms = {"baseline": "silo", "ceiling": "centre", role: "center"}
    with pytest.raises(ValueError, match=f"{role}=center.*silo, federated, centre"):
        summarise(table(ARMS), **arms, confidence=0.95)


def test_a_number_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="duplicate"):
        summarise(
            pd.concat([table(ARMS), table(ARMS)]), baseline="silo", ceiling="centre", confidence=0.9
        )
