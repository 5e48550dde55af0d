"""Realism is measured as meant: known answers on the world made by hand."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest

from proeftuin.inspection.checks import Check, excused, judged
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.realism.difficulty import decay
from proeftuin.inspection.realism.network import network, reporting
from proeftuin.inspection.realism.problems import Problem
from proeftuin.inspection.realism.rates import amounts, change, how_much, rhythm, single_columns
from proeftuin.inspection.realism.stability import stability
from proeftuin.settings.study import Settings
from tests.fixtures.inspected_world import DAYS, FRAUD, ORDINARY, PERSONS, evidence_of, make


def named(checks: list[Check], part: str) -> Check:
    found = [check for check in checks if part in check.name]
    assert len(found) == 1, [check.name for check in checks]
    return found[0]


def test_a_band_includes_its_ends_and_a_missing_number_passes_nothing() -> None:
    assert judged("A1", "", 1.0, 1, 2).passed
    assert judged("A1", "", 2.0, None, 2).passed
    assert not judged("A1", "", 2.1, 1, 2).passed
    assert judged("A1", "", float("nan"), 1, 2).passed is False
    assert judged("A1", "", float("nan"), 1, 2, applies=False).passed is None
    assert judged("A1", "", 9.0, 1, 2, applies=False).passed is None


def test_chance_may_leave_a_band_and_more_than_chance_may_not() -> None:
    outside = judged("A1", "", 2.1, 1, 2)
    assert excused(outside, 0.01).passed is False
    assert excused(outside, 0.1).passed is True
    assert "chance" in excused(outside, 0.1).note
    assert excused(outside, float("nan")).passed is False
    assert excused(judged("A1", "", 1.5, 1, 2), 9.0).note == ""
    assert excused(judged("A1", "", 3.0, 1, 2, applies=False), 9.0).passed is None


def test_rates_are_those_that_were_put_in(clean: Evidence, settings: Settings) -> None:
    checks = how_much(clean, settings)
    share = named(checks, "share of payments").value
    assert share == pytest.approx(FRAUD / (ORDINARY + FRAUD))
    rate = named(checks, "any form").value
    assert rate == pytest.approx(0.5 * FRAUD / PERSONS * 365 / DAYS)
    assert named(checks, "twice").passed is None  # a world shorter than a year


def test_fraud_with_ordinary_amounts_is_not_told_apart(clean: Evidence, settings: Settings) -> None:
    checks = amounts(clean, settings)
    assert named(checks, "AUC of the amount").value < 0.54
    assert named(checks, "share of fraud between").value == pytest.approx(0.9, abs=0.04)
    assert named(checks, "recall of the amount").value == pytest.approx(0.01, abs=0.015)


def test_the_rhythm_is_that_of_the_clock(clean: Evidence, settings: Settings) -> None:
    checks = rhythm(clean, settings)
    assert named(checks, "quietest hour").value == pytest.approx(30, rel=0.35)
    assert named(checks, "burstiness").value == pytest.approx(0, abs=0.15)
    assert all(check.value < 0.01 for check in checks if "mutual" in check.name)


def test_ordinary_life_that_changes_halfway_is_noticed(settings: Settings) -> None:
    def dearer(tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> None:
        late = tables["payments"]["time"] > DAYS * 43_200
        tables["payments"].loc[late, "amount_eur"] *= 100

    checks = change(evidence_of(make(dearer)), settings)
    assert named(checks, "early from late ordinary payments").passed is False


def test_a_column_that_tells_fraud_is_named(settings: Settings) -> None:
    def by_web(tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> None:
        fraud = tables["payments"]["payment"].isin(truth["payments"]["payment"])
        tables["payments"]["app"] = np.where(fraud, 0, tables["payments"]["time"] % 10 > 0)

    (found,) = single_columns(evidence_of(make(by_web)), settings)
    assert found.passed is False
    assert found.note.startswith("app")


def test_mules_that_are_anybody_do_not_stand_out(clean: Evidence, settings: Settings) -> None:
    mules = [check for check in network(clean, settings) if check.id == "G3"]
    assert len(mules) == 3
    assert all(check.passed for check in mules)


def test_who_reported_is_counted_once(clean: Evidence, settings: Settings) -> None:
    checks = reporting(clean, settings)
    assert named(checks, "share of victims who report anywhere").value == pytest.approx(
        0.4, abs=0.06
    )
    assert named(checks, "another form").value == 0


def test_without_other_seeds_stability_is_not_claimed() -> None:
    one = [judged("B1", "size", 2.0, None, None)]
    told = stability([one], [{"bursts": 0.3}])
    assert [check.passed for check in told] == [None, None, None]
    assert all("repetitions=5" in check.note for check in told)


def test_stability_is_the_worst_ratio_and_the_worst_variation() -> None:
    worlds = [
        [
            judged("B1", "size", value, None, None),
            judged("E6", "recall", value / 2, None, None),
            judged("A3", "not measured", np.nan, None, None, applies=False),
            judged("L1", "leak", value**9, None, None),
        ]
        for value in (1.0, 2.0, 3.0, 4.0, 5.0)
    ]
    behaviours = [{"bursts": value, "steady": 0.3, "none": value - 1} for value in (1.0, 2.0, 4.0)]
    told = stability(worlds, behaviours)
    values = [check.value for check in told]
    # standard deviation of 1 to 5 with n - 1: sqrt(2.5); mean 3
    assert values == pytest.approx([4, 1, np.inf, 2.5**0.5 / 3, 2.5**0.5 / 3])
    assert [check.passed for check in told] == [False, True, False, False, False]
    assert "1 of 1 figures vary more than 0.15, 1 more were not measured" in told[3].note
    assert stability(worlds[:4], behaviours)[3].passed is None


def forms(settings: Settings, days: int, **made: tuple[float, float | None]) -> Settings:
    """Return settings with forms that start on a day and drift from a day."""
    chosen = {
        name: SimpleNamespace(
            orientation=settings.scenario.forms["purchase"].orientation,
            preparation=SimpleNamespace(starts_day=starts, ramp_days=5.0),
            reporting=SimpleNamespace(delay_days_p90=60.0),
            SEASON=(1.0,) * 12,
            drift=None if drifts is None else SimpleNamespace(from_day=drifts),
        )
        for name, (starts, drifts) in made.items()
    }
    return cast(
        Settings,
        SimpleNamespace(
            world=SimpleNamespace(**vars(settings.world) | {"days": days}),
            scenario=SimpleNamespace(forms=chosen),
            evaluation=settings.evaluation,
        ),
    )


def test_a_form_that_takes_over_the_losses_has_emerged(settings: Settings) -> None:
    def taken_over(tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> None:
        late = truth["payments"]["time"] > 40 * 86_400
        for name in ("payments", "events"):
            truth[name]["form"] = np.where(late, "new", "purchase")

    evidence = evidence_of(make(taken_over))
    emerging = {"purchase": (0.0, None), "new": (40.0, None)}
    found = named(change(evidence, forms(settings, DAYS, **emerging)), "loss share")
    assert found.passed
    assert found.value == pytest.approx(1)
    never = named(change(evidence, forms(settings, DAYS, purchase=(0.0, None))), "loss share")
    assert never.passed is None
    assert "scenario=emerging" in never.note
    late = {"purchase": (0.0, None), "new": (DAYS - 10.0, None)}
    short = named(change(evidence, forms(settings, DAYS, **late)), "loss share")
    assert short.passed is None
    assert short.note.startswith("needs world.days=")


def test_a_detector_that_no_longer_knows_the_fraud_has_decayed(settings: Settings) -> None:
    start = settings.evaluation.test_day
    day = np.repeat(np.arange(start, start + 90), 20)
    fraud = np.tile(np.arange(20) < 2, 90)
    rng = np.random.default_rng(1)
    score = np.where(fraud & (day < start + 60), 1.0, rng.random(len(day)))
    nothing = np.zeros((0, 1))
    ones = np.ones(len(day))
    problem = Problem(nothing, nothing[:, 0] > 0, nothing, fraud, ones, day, day, day, day)
    drifting = {"purchase": (0.0, start + 40.0)}
    on, off = decay([problem], [score], forms(settings, start + 90, **drifting))
    assert on.value == pytest.approx(-0.88, abs=0.05)
    assert on.passed is False  # worse than the band allows
    assert off.passed is None
    on, off = decay([problem], [score], forms(settings, start + 90, purchase=(0.0, None)))
    assert (on.passed, off.passed) == (None, False)
    assert "scenario=emerging" in on.note
    (early, _) = decay([problem], [score], forms(settings, start + 90, purchase=(0.0, start + 1.0)))
    assert early.passed is None
    assert f"drift.from_day={start + 30} to {start + 60}" in early.note
    (short, _) = decay([problem], [score], forms(settings, start + 60, **drifting))
    assert short.note == f"needs world.days={start + 90} (it is {start + 60})"
