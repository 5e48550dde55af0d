"""False alarms by who is hit: payers and payees by age, first payments and later ones.

An alert on a payment holds it for both sides, so an honest payee is harmed as an honest payer is.
"""

import numpy as np
import pandas as pd

from proeftuin.metrics import AGE_EDGES, AGE_GROUPS, ORDERS, PAYEE_GROUPS
from proeftuin.outcomes.journeys import share
from proeftuin.outcomes.marked import Marked
from proeftuin.sectors import DECIDING
from synthetic_data.arrays import Bools, Ints
from synthetic_data.world import World

FIRM = PAYEE_GROUPS.index("firm")


class Payees:
    """Facts about whom payments go to, in one world, whatever the bank.

    Attributes:
        age: by account, age of its holder, below 0 for a firm.
        first: payments that are the first of their payer to their payee.
    """

    def __init__(self, world: World) -> None:
        self.age = world.tables["accounts"].set_index("account")["age"]
        payments = world.tables["payments"].sort_values("time", kind="stable")
        self.first: Ints = payments.drop_duplicates(["payer", "payee"])["payment"].to_numpy()


def false_positives(marked: list[Marked], actions: pd.DataFrame, known: Payees) -> dict[str, float]:
    """Return false-positive rates of honest rows, and each group's rate over that of the rest.

    Args:
        marked: rows of desks.
        actions: of all of them (``decisions.actions.ACTIONS``).
        known: whom payments go to.
    """
    payers = [_of_customers(each, actions) for each in marked]
    paying = [each for each in marked if DECIDING[each.desk.desk.sector].decides_on_payments]
    payees = [_of_payees(each, actions, known) for each in paying]
    orders = [_of_orders(each, actions, known) for each in paying]
    found = predictive_equality(*_joined(payers), AGE_GROUPS, "")
    found |= predictive_equality(*_joined(payees), PAYEE_GROUPS, "_payee")
    acted, order = _joined(orders)
    for index, name in enumerate(ORDERS):
        rate = share((acted & (order == index)).sum(), (order == index).sum())
        found[f"false_positive_rate_order[{name}]"] = rate
    return found


def predictive_equality(
    acted: Bools, group: Ints, names: tuple[str, ...], side: str
) -> dict[str, float]:
    """Return the false-positive rate of every group, and its ratio to the rate of all others.

    Predictive equality (Corbett-Davies et al. 2017, KDD) holds where the ratio is 1.

    Args:
        acted: (rows,) honest rows that were acted on.
        group: (rows,) index of the row's group in ``names``.
        names: names of the groups.
        side: ending of the outcomes' names that says whose groups they are.
    """
    rows = np.bincount(group, minlength=len(names))
    false = np.bincount(group[acted], minlength=len(names))
    found = {}
    for index, name in enumerate(names):
        rate = share(false[index], rows[index])
        rest = share(false.sum() - false[index], rows.sum() - rows[index])
        found[f"false_positive_rate{side}[{name}]"] = rate
        found[f"predictive_equality{side}[{name}]"] = share(rate, rest)
    return found


Groups = tuple[Bools, Ints]  #: of honest rows: whether they were acted on, and their group


def _of_customers(each: Marked, actions: pd.DataFrame) -> Groups:
    rows = each.honest & (each.desk.age >= 0)
    return _acted(each, rows, actions), np.digitize(each.desk.age[rows], AGE_EDGES)


def _of_payees(each: Marked, actions: pd.DataFrame, known: Payees) -> Groups:
    """Return payments to accounts that the country's banks hold, by who is paid."""
    age = known.age.reindex(each.desk.entities["account"]).to_numpy(float)
    rows = each.honest & ~np.isnan(age)
    group = np.digitize(age[rows], AGE_EDGES)
    return _acted(each, rows, actions), np.where(age[rows] < 0, FIRM, group)


def _of_orders(each: Marked, actions: pd.DataFrame, known: Payees) -> Groups:
    later = ~np.isin(each.desk.event[each.honest], known.first)
    return _acted(each, each.honest, actions), later.astype(np.int64)


def _acted(each: Marked, rows: Bools, actions: pd.DataFrame) -> Bools:
    """Return which of some rows of a desk anybody acted on."""
    mine = actions.loc[actions["sector"] == each.desk.desk.sector, "event"]
    acted: Bools = np.isin(each.desk.event[rows], mine.to_numpy(np.int64))
    return acted


def _joined(groups: list[Groups]) -> Groups:
    """Put the rows of several desks together; there may be none."""
    acted = [np.zeros(0, dtype=bool), *(some for some, _ in groups)]
    group = [np.zeros(0, dtype=np.int64), *(some for _, some in groups)]
    return np.concatenate(acted), np.concatenate(group)
