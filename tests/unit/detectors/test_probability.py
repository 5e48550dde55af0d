"""Probabilities hold, and making them so changes nobody's alerts."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from proeftuin.decisions.scoring import score_desk
from proeftuin.detectors.model import GradientModel
from proeftuin.detectors.probability import Platt, platt, prior_corrected
from proeftuin.detectors.scaling import public_moments
from proeftuin.features.split import to_unit
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from synthetic_data.clock import DAY
from synthetic_data.seeds import Seeds


def drawn(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True log-odds of rows, and whether they are fraud."""
    rng = Seeds(seed).rng("rows")
    log_odds = rng.normal(-4, 2, count)
    return log_odds, rng.random(count) < expit(log_odds)


def test_rows_left_out_of_training_do_not_make_fraud_likelier() -> None:
    """Of one group of rows a fifth is fraud; training sees a tenth of the others."""
    fraud, others, kept = 200, 800, 0.1
    seen = logit(fraud / (fraud + others * kept))
    assert expit(prior_corrected(np.array([seen]), kept))[0] == pytest.approx(0.2)


@pytest.mark.parametrize(("slope", "shift"), [(0.5, 1.0), (2.0, -0.5), (1.0, 0.0)])
def test_a_model_that_is_too_sure_or_not_sure_enough_is_put_right(
    slope: float, shift: float
) -> None:
    true, fraud = drawn(40_000, 1)
    line = platt((true - shift) / slope, fraud)
    assert line.slope == pytest.approx(slope, rel=0.05)
    assert line.shift == pytest.approx(shift, abs=0.15)


def test_a_few_reports_change_little() -> None:
    """A bank may have one report in its validation days, or none."""
    log_odds, _ = drawn(500, 2)
    none = np.zeros(500, dtype=bool)
    line = platt(log_odds - 4, none)
    assert abs(line.slope - 1) < 0.2
    assert abs(line.shift) < 0.5
    assert platt(np.zeros(0), np.zeros(0, dtype=bool)) == Platt(1.0, 0.0)


def test_alerts_are_the_same_whether_a_desk_may_look_at_its_reports_or_not(
    settings: Settings, information: InformationSets
) -> None:
    desk = information.desks[0]
    table = information.own(desk)
    model = GradientModel(
        names=table.names,
        detector=dataclasses.replace(settings.arms["silo"].detector, hidden=()),
        weights=Seeds(3).rng("weights").normal(0, 1, len(table.names) + 1).astype(np.float32),
        moments=public_moments(len(table.names)),
    )
    calibrated, private = (
        score_desk(desk, table, model, information, settings, calibrate=may)
        for may in (True, False)
    )
    np.testing.assert_array_equal(calibrated.alerted, private.alerted)
    assert calibrated.alerted.any()
    tested = to_unit(table, table.time >= settings.evaluation.test_day * DAY)
    plain = model.score(tested) + np.log(settings.evaluation.negatives_kept)
    np.testing.assert_allclose(private.probability, expit(plain))
    assert not np.allclose(calibrated.probability, private.probability)


@given(st.integers(0, 1000), st.floats(-3, 3), st.floats(0.05, 20))
def test_the_order_of_rows_stays_the_same_even_if_reports_are_the_wrong_way_round(
    seed: int, shift: float, scale: float
) -> None:
    log_odds, fraud = drawn(200, seed)
    score = (shift + scale * log_odds).astype(np.float32).astype(np.float64)
    for reported in (fraud, ~fraud):
        moved = platt(score, reported)(score)
        np.testing.assert_array_equal(
            np.unique(moved, return_inverse=True)[1], np.unique(score, return_inverse=True)[1]
        )
