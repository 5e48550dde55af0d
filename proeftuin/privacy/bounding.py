"""Holding every person to a number of rows, before anything is computed on them.

Only then does a person's presence move a sum by a known amount. Which of a person's rows stay
depends on that person's rows alone, so that one person more changes nothing of the others.
"""

import numpy as np

from synthetic_data.arrays import Bools, Ints


def bounded(customers: Ints, reported: Bools, most: int, rng: np.random.Generator) -> Ints:
    """Return the rows that stay: all of a person with few, else reported fraud first, then by lot.

    Args:
        customers: (rows,) whose row it is.
        reported: (rows,) whether a report about the row was known.
        most: rows that a person may keep.
        rng: source of the lots.

    Returns:
        Row numbers, increasing.
    """
    order = np.lexsort((rng.random(len(customers)), ~reported, customers))
    sorted_customers = customers[order]
    first = np.searchsorted(sorted_customers, sorted_customers)
    return np.sort(order[np.arange(len(order)) - first < most])
