"""Card precision, counted by hand."""

import numpy as np

from proeftuin.outcomes.customers import top_customers

DAY = np.array([0, 0, 0, 0, 1, 1, 1])
CUSTOMER = np.array([7, 8, 7, 9, 7, 8, 9])
SCORE = np.array([0.1, 0.8, 0.9, 0.2, 0.99, 0.3, 0.4])
FRAUD = np.array([False, False, True, False, True, False, True])


def test_a_customer_found_one_day_takes_no_place_the_next() -> None:
    """Day 0: customers 7 and 8, of whom 7 is defrauded. Day 1, without 7: 9, who is, and 8."""
    assert top_customers(DAY, CUSTOMER, SCORE, FRAUD, 2) == (2, 4)
    assert top_customers(DAY, CUSTOMER, SCORE, FRAUD, 1) == (2, 2)


def test_a_customer_not_defrauded_that_day_is_a_miss_whatever_happens_later() -> None:
    """The highest score of day 0 belongs to an honest row of customer 8, defrauded on day 1."""
    score = np.array([0.1, 0.95, 0.9, 0.2, 0.1, 0.3, 0.2])
    fraud = np.array([False, False, False, False, False, True, False])
    assert top_customers(DAY, CUSTOMER, score, fraud, 1) == (1, 2)


def test_days_with_fewer_customers_than_the_budget_count_those_there_are() -> None:
    assert top_customers(DAY, CUSTOMER, SCORE, FRAUD, 100) == (2, 5)
