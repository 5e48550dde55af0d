"""Detection outcomes: scores and alerts of a desk against the truth, in every arm alike."""

import numpy as np
import pandas as pd

from proeftuin.metrics import AGE_GROUPS, ALL
from proeftuin.outcomes.alerting import alerting_of
from proeftuin.outcomes.customers import customer_precision
from proeftuin.outcomes.equality import age_group
from proeftuin.outcomes.journeys import share
from proeftuin.outcomes.marked import RANKING, Marked, forms_of
from proeftuin.sectors import BANK
from proeftuin.settings.study import Interventions
from synthetic_data.world import Truth

MONTH_DAYS = 30
TENTHS = 10


def detection_of(
    marked: list[Marked], truth: Truth, *, interventions: Interventions, days: int
) -> pd.DataFrame:
    """Compute every detection outcome, per desk and for all banks together.

    Returns:
        Columns ``partner, fraud_form, metric, value``. For all banks together, average precision
        and recall at 1 % false positives are the banks' own figures weighted by their fraud
        payments (scores of different models do not compare); everything else is computed over all
        rows. Payments, orders and contacts are not added up: desks of other sectors stand alone.
    """
    banks = [each for each in marked if each.desk.desk.sector == BANK]
    rows = []
    for name, some in [*((each.desk.desk.name, [each]) for each in marked), (ALL, banks)]:
        if not some:
            continue
        budget = interventions.by_sector[some[0].desk.desk.sector].alerts_per_1000
        found = _ranking(some) | _at_budget(some, budget) | _false_alarms(some, days)
        found |= alerting_of(some, budget, days=days, persons=truth.persons)
        found |= _probabilities(some)
        found["customer_precision"] = customer_precision(some, budget)
        rows += [(name, ALL, metric, value) for metric, value in found.items()]
        rows += [
            (name, str(form), "recall_at_budget", value)
            for form, value in _recall_by_form(some, truth).items()
        ]
    return pd.DataFrame(rows, columns=["partner", "fraud_form", "metric", "value"])


def _ranking(desks: list[Marked]) -> dict[str, float]:
    """Return the desks' own figures, weighted by how much fraud they have."""
    own = [(each.ranking, each.fraud.sum()) for each in desks if each.ranking is not None]
    if not own:
        return dict.fromkeys(RANKING, np.nan)
    figures = np.average([found for found, _ in own], axis=0, weights=[frauds for _, frauds in own])
    return dict(zip(RANKING, figures.tolist(), strict=True))


def _probabilities(desks: list[Marked]) -> dict[str, float]:
    """Return how well chances of fraud hold, over rows that are fraud or honest.

    Desks that rank by rules give no chances, and are left out.

    The calibration error is over tenths of the rows from the least to the most likely (equal-mass
    bins, for nearly all chances are small), each weighted by its rows.
    """
    probability = np.concatenate([each.desk.probability[each.judged] for each in desks])
    fraud = np.concatenate([each.fraud[each.judged] for each in desks]).astype(float)
    given = ~np.isnan(probability)
    probability, fraud = probability[given], fraud[given]
    order = np.argsort(probability, kind="stable")
    gaps = [
        abs((probability[tenth] - fraud[tenth]).sum()) for tenth in np.array_split(order, TENTHS)
    ]
    return {
        "brier_score": share(np.square(probability - fraud).sum(), len(probability)),
        "expected_calibration_error": share(sum(gaps), len(probability)),
        "expected_to_observed": share(probability.sum(), fraud.sum()),
    }


def _at_budget(desks: list[Marked], alerts_per_1000: float) -> dict[str, float]:
    alerted = np.concatenate([each.desk.alerted for each in desks])
    fraud = np.concatenate([each.fraud for each in desks])
    honest = np.concatenate([each.honest for each in desks])
    weight = np.concatenate([each.weight for each in desks])
    hits, false_alarms = int((alerted & fraud).sum()), int((alerted & honest).sum())
    real_hits = float(weight[alerted].sum())
    group = age_group(np.concatenate([each.desk.age for each in desks]))
    by_age = {
        f"recall_at_budget[{name}]": share((alerted & fraud & (group == index)).sum(),
                                           (fraud & (group == index)).sum())
        for index, name in enumerate(AGE_GROUPS)
    }  # fmt: skip
    return {
        "recall_at_budget": share(hits, fraud.sum()),
        **by_age,
        "recall_ceiling": float(
            np.minimum(1, share(alerts_per_1000 / 1000 * len(fraud), fraud.sum()))
        ),
        "precision": share(hits, hits + false_alarms),
        "f1_at_budget": share(2 * hits, hits + false_alarms + fraud.sum()),
        "precision_real": share(real_hits, real_hits + false_alarms),
        "alerts_per_1000": 1000 * share(alerted.sum(), len(alerted)),
    }


def _recall_by_form(desks: list[Marked], truth: Truth) -> dict[str, float]:
    alerted = np.concatenate([each.desk.alerted for each in desks])
    form = np.concatenate([each.form for each in desks])
    return {
        name: share((alerted & (form == index)).sum(), (form == index).sum())
        for index, name in enumerate(forms_of(truth))
    }


def _false_alarms(desks: list[Marked], days: int) -> dict[str, float]:
    """Return false alarms per 10,000 customers a month, for all and by age group."""
    false_alarm = np.concatenate([each.desk.alerted & each.honest for each in desks])
    age = np.concatenate([each.desk.age for each in desks])
    customers = np.concatenate([each.desk.customer_ages for each in desks])
    scale = 10_000 * MONTH_DAYS / days
    harm = {"false_alarms_per_10k": scale * share(false_alarm.sum(), len(customers))}
    alarm_group = age_group(age[false_alarm])
    customer_group = age_group(customers)
    for index, group in enumerate(AGE_GROUPS):
        alarms, people = (alarm_group == index).sum(), (customer_group == index).sum()
        harm[f"false_alarms_per_10k[{group}]"] = scale * share(alarms, people)
    return harm
