"""False alarms by who is hit: payers and payees by age, first payments and later ones.

An alert on a payment holds it for both sides, so an honest payee is harmed as an honest payer is.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from proeftuin.metrics import AGE_EDGES, AGE_GROUPS, ORDERS, PAYEE_GROUPS
from proeftuin.outcomes.journeys import share
from proeftuin.outcomes.marked import Marked
from proeftuin.sectors import DECIDING
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.schema import BUSINESS
from synthetic_data.world import World

FIRM = PAYEE_GROUPS.index("firm")


def age_group(age: Ints | Floats) -> Ints:
    """Return the index of each age in ``AGE_GROUPS``, -1 if it is below 0 or not a number."""
    return np.where(age >= 0, np.digitize(age, AGE_EDGES), -1)


class Payees:
    """Facts about whom payments go to, in one world, whatever the bank.

    Attributes:
        age: by account, age of its holder, or that it is a firm or of unknown age (``schema``).
        first: payments that are the first of their payer to their payee, as an index.
    """

    def __init__(self, world: World) -> None:
        self.age = world.tables["accounts"].set_index("account")["age"]
        payments = world.tables["payments"].sort_values("time", kind="stable")
        self.first = pd.Index(payments.drop_duplicates(["payer", "payee"])["payment"])


@dataclass(frozen=True, eq=False)
class Burden:
    """The honest rows of one desk, with who is hit by an action on each.

    Attributes:
        acted: (rows,) whether anybody acted on the row.
        payer, payee: (rows,) group of who pays and who is paid, -1 if unknown.
        order: (rows,) index in ``ORDERS``, -1 if it is no payment.
    """

    acted: Bools
    payer: Ints
    payee: Ints
    order: Ints


def burden_of(each: Marked, actions: pd.DataFrame, known: Payees) -> Burden:
    """Return the burden on the honest rows of a desk.

    Args:
        each: its rows.
        actions: of all desks (``decisions.actions.ACTIONS``).
        known: whom payments go to.
    """
    desk, rows = each.desk, each.honest
    event, age = desk.event[rows], desk.age[rows]
    mine = actions.loc[actions["sector"] == desk.desk.sector, "event"]
    acted = pd.Index(mine.unique()).get_indexer(pd.Index(event)) >= 0
    payer = age_group(age)
    nobody = np.full(len(event), -1)
    if not DECIDING[desk.desk.sector].decides_on_payments:
        return Burden(acted, payer, nobody, nobody)
    paid = known.age.reindex(desk.entities["account"][rows]).to_numpy(float)
    payee = np.where(paid == BUSINESS, FIRM, age_group(paid))
    order = (known.first.get_indexer(pd.Index(event)) < 0).astype(np.int64)
    return Burden(acted, payer, payee, order)


def false_positives(burdens: list[Burden]) -> dict[str, float]:
    """Return false-positive rates of honest rows, and each group's rate over that of the rest."""

    def of(side: str) -> tuple[Bools, Ints]:
        group = np.concatenate([np.zeros(0, np.int64), *(getattr(b, side) for b in burdens)])
        acted = np.concatenate([np.zeros(0, dtype=bool), *(b.acted for b in burdens)])
        return acted[group >= 0], group[group >= 0]

    found = predictive_equality(*of("payer"), AGE_GROUPS, "")
    found |= predictive_equality(*of("payee"), PAYEE_GROUPS, "_payee")
    acted, order = of("order")
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
