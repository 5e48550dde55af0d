"""Realism is measured as meant: known answers on the world made by hand."""

import numpy as np
import pandas as pd
import pytest

from proeftuin.inspection.bands import amounts, change, how_much, rhythm, single_columns
from proeftuin.inspection.checks import Check, judged
from proeftuin.inspection.conduct import network, reporting, stability
from proeftuin.inspection.evidence import Evidence
from proeftuin.settings import Settings
from tests.unit.inspection.by_hand import DAYS, FRAUD, ORDINARY, PERSONS, evidence_of, make


def named(checks: list[Check], part: str) -> Check:
    found = [check for check in checks if part in check.name]
    assert len(found) == 1, [check.name for check in checks]
    return found[0]


def test_a_band_includes_its_ends_and_a_missing_number_passes_nothing() -> None:
    assert judged("A1", "", 1.0, 1, 2).passed
    assert judged("A1", "", 2.0, None, 2).passed
    assert not judged("A1", "", 2.1, 1, 2).passed
    assert judged("A1", "", float("nan"), 1, 2).passed is None
    assert judged("A1", "", 9.0, 1, 2, applies=False).passed is None


def test_rates_are_those_that_were_put_in(clean: Evidence, settings: Settings) -> None:
    checks = how_much(clean, settings)
    share = named(checks, "share of payments").value
    assert share == pytest.approx(FRAUD / (ORDINARY + FRAUD))
    rate = named(checks, "any form").value
    assert rate == pytest.approx(0.5 * FRAUD / PERSONS * 365 / DAYS)
    assert named(checks, "twice").passed is None  # a world shorter than a year


def test_fraud_with_ordinary_amounts_is_not_told_apart(clean: Evidence) -> None:
    checks = amounts(clean)
    assert named(checks, "AUC of the amount").value < 0.54
    assert named(checks, "share of fraud between").value == pytest.approx(0.9, abs=0.04)
    assert named(checks, "recall of the amount").value == pytest.approx(0.01, abs=0.015)


def test_the_rhythm_is_that_of_the_clock(clean: Evidence) -> None:
    checks = rhythm(clean)
    assert named(checks, "quietest hour").value == pytest.approx(30, rel=0.35)
    assert named(checks, "burstiness").value == pytest.approx(0, abs=0.15)
    assert all(check.value < 0.01 for check in checks if "mutual" in check.name)


def test_ordinary_life_that_changes_halfway_is_noticed(settings: Settings) -> None:
    def dearer(tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> None:
        late = tables["payments"]["time"] > DAYS * 43_200
        tables["payments"].loc[late, "amount_eur"] *= 100

    checks = change(evidence_of(make(dearer)), settings)
    assert named(checks, "early from late ordinary payments").passed is False


def test_a_column_that_tells_fraud_is_named() -> None:
    def by_web(tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame]) -> None:
        fraud = tables["payments"]["payment"].isin(truth["payments"]["payment"])
        tables["payments"]["app"] = np.where(fraud, 0, tables["payments"]["time"] % 10 > 0)

    (found,) = single_columns(evidence_of(make(by_web)))
    assert found.passed is False
    assert found.note.startswith("app")


def test_mules_that_are_anybody_do_not_stand_out(clean: Evidence) -> None:
    mules = [check for check in network(clean) if check.id == "G3"]
    assert len(mules) == 3
    assert all(check.passed for check in mules)


def test_who_reported_is_counted_once(clean: Evidence, settings: Settings) -> None:
    checks = reporting(clean, settings)
    assert named(checks, "share of victims who report anywhere").value == pytest.approx(
        0.4, abs=0.06
    )
    assert named(checks, "another form").value == 0


def test_without_other_seeds_stability_is_not_claimed(clean: Evidence, settings: Settings) -> None:
    assert [check.passed for check in stability(clean, [], settings)] == [None, None]
    same = stability(clean, [clean] * 4, settings)
    assert [check.value for check in same] == pytest.approx([1, 0])
