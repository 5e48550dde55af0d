"""Customers whom a desk would look at each day: card precision, as the field calls it.

Every day a desk looks at the customers with the highest scores, as many as its budget allows. A
customer found to be defrauded is not looked at again (Dal Pozzolo et al. 2018, IEEE Trans. Neural
Netw. Learn. Syst. 29:3784; Le Borgne et al. 2022, "Reproducible machine learning for credit card
fraud detection", section 4.3).
"""

import numpy as np

from proeftuin.features.table import DAY
from proeftuin.outcomes.journeys import share
from proeftuin.outcomes.marked import Marked
from synthetic_data.arrays import Bools, Floats, Ints


def customer_precision(desks: list[Marked], alerts_per_1000: float) -> float:
    """Return the share of the customers looked at who are defrauded that day.

    Args:
        desks: the desks, whose customers are added up.
        alerts_per_1000: budget of each; so many customers a day, at least one.
    """
    found = looked = 0
    for each in desks:
        rows, day = each.judged, each.desk.time[each.judged] // DAY
        daily = max(1, round(alerts_per_1000 / 1000 * len(day) / max(len(np.unique(day)), 1)))
        hits, slots = top_customers(
            day, each.desk.customer[rows], each.desk.score[rows], each.fraud[rows], daily
        )
        found, looked = found + hits, looked + slots
    return share(found, looked)


def top_customers(
    day: Ints, customer: Ints, score: Floats, fraud: Bools, daily: int
) -> tuple[int, int]:
    """Look at the customers with the highest score of each day, and count who is defrauded.

    Args:
        day: (rows,) days.
        customer: (rows,) codes.
        score: (rows,) a customer's score is the highest of the day's rows.
        fraud: (rows,) whether the row is fraud.
        daily: customers to look at in a day.

    Returns:
        Defrauded customers, and all customers, that were looked at.
    """
    order = np.lexsort((-score, day))
    day, customer, fraud = day[order], customer[order], fraud[order]
    looked = hits = 0
    known = np.zeros(0, dtype=customer.dtype)
    for number in np.unique(day):
        today = slice(*np.searchsorted(day, [number, number + 1]))
        who, first = np.unique(customer[today], return_index=True)
        some = who[np.argsort(first, kind="stable")]
        some = some[~np.isin(some, known)][:daily]
        defrauded = some[np.isin(some, customer[today][fraud[today]])]
        looked, hits = looked + len(some), hits + len(defrauded)
        known = np.concatenate([known, defrauded])
    return hits, looked
