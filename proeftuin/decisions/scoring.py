"""Scores and alerts of a desk: what its detector, or a rule, makes of its test rows."""

import numpy as np
from scipy.special import expit

from proeftuin.decisions.actions import ScoredDesk
from proeftuin.decisions.holds import rule_score
from proeftuin.detectors.model import Model
from proeftuin.detectors.probability import platt, prior_corrected
from proeftuin.features.split import to_unit
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.query import ROW, Desk


def score_desk(
    desk: Desk,
    table: FeatureTable,
    model: Model | None,
    information: InformationSets,
    settings: Settings,
    *,
    calibrate: bool,
) -> ScoredDesk:
    """Score a desk's test rows and alert above the threshold its validation days give.

    Without a model the rules of :mod:`proeftuin.decisions.holds` give the score. Every model's
    log-odds are corrected for the rows that training left out, and those of a model that may be
    held against the desk's own reports of the validation days are calibrated on them.
    """
    day, own = table.time / DAY, table.partner == desk.index
    evaluation = settings.evaluation
    valid = own & (day >= evaluation.cutoff_day) & (day < evaluation.test_day)
    test = own & (day >= evaluation.test_day)
    share = settings.intervention.by_sector[desk.sector].alerts_per_1000 / 1000
    if model is None:
        score, known = rule_score(table, test), rule_score(table, valid)
        probability = np.full(len(score), np.nan)
    else:
        score, known = (
            prior_corrected(model.score(to_unit(table, rows)), evaluation.negatives_kept)
            for rows in (test, valid)
        )
        if calibrate:
            line = platt(known, table.labelled(evaluation.test_day * DAY)[valid])
            score, known = line(score), line(known)
        probability = expit(score)
    threshold = np.quantile(known, 1 - share, method="higher") if len(known) else np.inf
    return ScoredDesk(
        desk=desk,
        event=table.event[test],
        time=table.time[test],
        amount_eur=table.amount_eur[test],
        entities={
            ROW: table.event[test],
            **{kind: codes[test] for kind, codes in table.entities.items()},
        },
        age=table.age[test],
        score=score,
        probability=probability,
        alerted=score > threshold,
        customer_ages=information.customer_ages(desk),
    )
