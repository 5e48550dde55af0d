import numpy as np
import pytest

from proeftuin.privacy.accounting import pld_epsilon, segments
from proeftuin.privacy.ledger import GaussianRelease, Ledger, SampledGaussianRelease
from proeftuin.privacy.people import loss_of_people, people_of, spread

UPDATES = SampledGaussianRelease("model updates", 2.0, 0.05, 100)
LEDGERS = [
    Ledger(bank, "record", 1000, (GaussianRelease("scaling statistics", 20.0), UPDATES))
    for bank in ("bank_a", "bank_b")
]


def test_people_are_counted_by_their_rows_at_every_partner() -> None:
    found = people_of({"bank_a": np.array([7, 7, 9]), "bank_b": np.array([7, -3])})
    assert found.partners == ("bank_a", "bank_b")
    assert dict(found.profiles) == {(0, 1): 1, (1, 0): 1, (2, 1): 1}


def test_nobody_loses_less_than_the_exact_accountant_says() -> None:
    one = people_of({"bank_a": np.array([1]), "bank_b": np.array([2])})
    loss = loss_of_people(one, LEDGERS, 1e-6)
    assert loss is not None
    exact = pld_epsilon(segments(LEDGERS[:1]), 1e-6)
    assert exact <= loss.maximum <= 1.2 * exact
    both = loss_of_people(people_of({"bank_a": np.array([1]), "bank_b": np.array([1])}),
                          LEDGERS, 1e-6)  # fmt: skip
    assert both is not None
    together = pld_epsilon(segments(LEDGERS), 1e-6)
    assert together <= both.maximum <= 1.2 * together


def test_more_rows_cost_more_up_to_where_all_are_in_every_sample() -> None:
    losses = []
    for rows in (1, 3, 40):
        own = people_of({"bank_a": np.ones(rows, dtype=np.int64)})
        found = loss_of_people(own, LEDGERS, 1e-6)
        assert found is not None
        losses.append(found.maximum)
    assert losses == sorted(losses)
    assert len(set(losses)) == 3


def test_who_has_no_ledger_gets_no_number() -> None:
    assert loss_of_people(people_of({"bank_z": np.array([1])}), LEDGERS, 1e-6) is None
    assert loss_of_people(people_of({}), LEDGERS, 1e-6) is None


def test_a_spread_is_over_people_and_not_over_values() -> None:
    found = spread(np.array([1.0, 5.0, 100.0]), np.array([980, 19, 1]))
    assert (found.p99, found.maximum, found.persons) == (5.0, 100.0, 1000)
    assert found.average == pytest.approx((980 + 95 + 100) / 1000)
