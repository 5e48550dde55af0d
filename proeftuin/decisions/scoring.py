"""Scores and alerts of a desk: what its detector, or a rule, makes of its test rows."""

import numpy as np
from scipy.special import expit

from proeftuin.decisions.actions import ScoredDesk
from proeftuin.decisions.budget import Stream
from proeftuin.decisions.holds import rule_score
from proeftuin.detectors.model import Model, NoModel
from proeftuin.detectors.probability import prior_corrected
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
) -> ScoredDesk:
    """Score a desk's rows and alert on those of the test days that its budget allows.

    A model's log-odds are corrected for the rows that training left out. A desk that has no model
    ranks by the rules of :mod:`proeftuin.decisions.holds`.
    """
    evaluation, end = settings.evaluation, information.world.days * DAY
    rows = (table.partner == desk.index) & (table.time >= evaluation.scored_day * DAY)
    if model is None or isinstance(model, NoModel):
        score, probability = rule_score(table, rows), np.full(int(rows.sum()), np.nan)
    else:
        score = prior_corrected(model.score(to_unit(table, rows)), evaluation.negatives_kept)
        probability = expit(score)
    start = evaluation.test_day * DAY
    stream = Stream.of(score, table.time[rows], start, end)
    test, late = rows & (table.time >= start), table.time[rows] >= start
    share = settings.intervention.by_sector[desk.sector].alerts_per_1000 / 1000
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
        score=score[late],
        probability=probability[late],
        alerted=stream.alerts(share),
        customer_ages=information.customer_ages(desk),
        stream=stream,
    )
