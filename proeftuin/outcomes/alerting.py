"""Alerts as a desk's work: how many a day, at real rates too, and what other budgets would find.

A world holds more fraud than life, by a known factor for every form, and as many honest rows. So at
the real rate a desk has the same false alarms and fewer hits: each counts its weight. What a budget
finds in a world, it finds in life at fewer alerts a day; the curve over budgets shows both.
"""

import numpy as np

from proeftuin.metrics import BUDGETS
from proeftuin.outcomes.journeys import nation_over, share
from proeftuin.outcomes.marked import Marked
from synthetic_data.arrays import Bools

ROUNDS = 4  #: of looking for the budget that is spent at the real rate


def alerting_of(
    desks: list[Marked], alerts_per_1000: float, *, days: int, persons: int
) -> dict[str, float]:
    """Return what desks of one sector do with their budget, and would do with others.

    Args:
        desks: the desks, whose rows are added up.
        alerts_per_1000: budget of each.
        days: length of the test period.
        persons: adults in the world, 0 if nobody said whom the rows stand for.
    """
    budget = alerts_per_1000 / 1000
    alerted = [each.desk.alerted for each in desks]
    real = [each.desk.stream.alerts(real_budget(each, budget)) for each in desks]
    found = {
        "alerts_per_day": _count(alerted) / days,
        "alerts_per_day_real": _real_alerts(desks, alerted) / days,
        "national_alerts_per_day": _real_alerts(desks, alerted) / days * nation_over(persons),
        "recall_in_hindsight": _recall(desks, [in_hindsight(each) for each in desks]),
        "recall_at_real_budget": _recall(desks, real),
    }
    for times in BUDGETS:
        at = [each.desk.stream.alerts(budget * times) for each in desks]
        found[f"curve_recall[{times:g}]"] = _recall(desks, at)
        found[f"curve_alerts_per_day_real[{times:g}]"] = _real_alerts(desks, at) / days
    return found


def real_budget(desk: Marked, budget: float) -> float:
    """Return the alerts per row of the world that are the budget at the real rate.

    At the real rate nearly every alert is a false one, so a desk gets further down its rows: by as
    many as hits are fewer. At a factor of 1 it is the budget itself.
    """
    rows = len(desk.fraud)
    spent = budget * rows
    for _ in range(ROUNDS):
        alerted = desk.desk.stream.alerts(spent / rows) if rows else desk.fraud
        spent = budget * rows + float((alerted * (1 - desk.real_weight)).sum())
    return spent / rows if rows else budget


def in_hindsight(desk: Marked) -> Bools:
    """Return the highest scores of the whole period, as many as were alerted: no desk can know."""
    order = np.argsort(-desk.desk.score, kind="stable")
    top = np.zeros(len(order), dtype=bool)
    top[order[: int(desk.desk.alerted.sum())]] = True
    return top


def _real_alerts(desks: list[Marked], alerted: list[Bools]) -> float:
    """Return how many alerts it would be at the real rate."""
    return float(
        sum((each.real_weight * some).sum() for each, some in zip(desks, alerted, strict=True))
    )


def _recall(desks: list[Marked], alerted: list[Bools]) -> float:
    hits = sum(int((each.fraud & some).sum()) for each, some in zip(desks, alerted, strict=True))
    return share(hits, sum(int(each.fraud.sum()) for each in desks))


def _count(alerted: list[Bools]) -> int:
    return sum(int(some.sum()) for some in alerted)
