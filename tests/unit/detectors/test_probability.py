"""Chances are of a report: rows left out of training do not change them, nor the alerts."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expit, logit

from proeftuin.decisions.scoring import score_desk
from proeftuin.detectors.model import GradientModel, NoModel
from proeftuin.detectors.probability import prior_corrected
from proeftuin.detectors.scaling import public_moments
from proeftuin.features.split import to_unit
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from synthetic_data.clock import DAY
from synthetic_data.seeds import Seeds


def test_rows_left_out_of_training_do_not_make_fraud_likelier() -> None:
    """Of one group of rows a fifth is fraud; training sees a tenth of the others."""
    fraud, others, kept = 200, 800, 0.1
    seen = logit(fraud / (fraud + others * kept))
    assert expit(prior_corrected(np.array([seen]), kept))[0] == pytest.approx(0.2)


def test_a_desk_scores_its_test_rows_by_its_model(
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
    scored = score_desk(desk, table, model, information, settings)
    tested = to_unit(table, table.time >= settings.evaluation.test_day * DAY)
    plain = model.score(tested) + np.log(settings.evaluation.negatives_kept)
    np.testing.assert_allclose(scored.probability, expit(plain), rtol=1e-5)
    assert scored.alerted.any()


def test_a_desk_without_a_model_ranks_by_the_rules(
    settings: Settings, information: InformationSets
) -> None:
    desk = information.desks[0]
    table = information.own(desk)
    none, ruled = (
        score_desk(desk, table, model, information, settings)
        for model in (NoModel(table.names, "no report"), None)
    )
    np.testing.assert_array_equal(none.alerted, ruled.alerted)
    assert none.alerted.any()
    assert np.isnan(none.probability).all()
    assert none.score[none.alerted].mean() > none.score.mean()
