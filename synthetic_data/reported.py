"""The truth of an imported world: the reports that were never withdrawn.

Real data hold no other ground truth. Unreported rows count as honest, so outcomes on such a world
underrate detectors that find unreported fraud; false reports count as fraud.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from scenarios.base import Phase
from synthetic_data.arrays import Ints
from synthetic_data.reports import KIND_ENTITY, NEVER
from synthetic_data.schema import TABLES
from synthetic_data.stored import TRUTH_COLUMNS
from synthetic_data.world import AMOUNT, Truth, World


def as_reported(world: World, reports: pd.DataFrame, persons: int) -> Truth:
    """Return the truth as the reports give it.

    Reports that name the same row belong to one case, whichever partner received them. The reported
    row counts as the loss (``Phase.TRANSFER``); calls and the persons behind codes are unknown.

    Args:
        world: tables with the rows that reports name.
        reports: label events (``schema.LABELS``), also those that arrive after the horizon.
        persons: number of adults behind the data.

    Returns:
        The truth; ``real_weight`` is 1, ``group`` and ``campaign`` are -1.
    """
    standing = reports[reports["withdrawn_at"] == NEVER]
    standing = standing.assign(case=_common_cases(standing))
    events = _events(world, standing)
    payments = _payments(world, events)
    return Truth(
        events=events,
        calls=_shaped("calls", pd.DataFrame(columns=list(TRUTH_COLUMNS["calls"]))),
        payments=payments,
        cases=_cases(world, events, payments),
        links=_shaped("links", pd.DataFrame(columns=list(TRUTH_COLUMNS["links"]))),
        persons=persons,
        days=world.days,
    )


def _common_cases(reports: pd.DataFrame) -> Ints:
    """Return the (reports,) case: cases of several partners merge if they name the same row."""
    if reports.empty:
        return np.zeros(0, dtype=np.int64)
    own = reports.groupby(["partner", "case"], sort=False).ngroup().to_numpy()
    row = reports["kind"].isin(TABLES[table].event for table in TABLES).to_numpy()
    named = reports.groupby(["kind", "value"], sort=False).ngroup().to_numpy() + own.max() + 1
    size = int(named.max()) + 1
    # Only rows unite cases: one payee or caller can belong to many victims.
    pairs = coo_array((np.ones(row.sum()), (own[row], named[row])), shape=(size, size))
    _, component = connected_components(pairs, directed=False)
    return np.asarray(component[own], dtype=np.int64)


def _events(world: World, reports: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that reports name, each once, with the earliest report about it."""
    parts = [pd.DataFrame(columns=list(TRUTH_COLUMNS["events"]))]
    for table, rows in world.tables.items():
        event = TABLES[table].event
        if event is None or event not in KIND_ENTITY:
            continue
        named = reports[reports["kind"] == event].sort_values("known_at", kind="stable")
        named = named.drop_duplicates("value")
        amount = AMOUNT.get(table, "amount_eur")
        found = named.merge(rows[[event, "time", amount]], left_on="value", right_on=event)
        found = found.rename(columns={amount: "amount_eur"}) if amount != "amount_eur" else found
        parts.append(
            found.assign(table=table, event=found["value"], phase=int(Phase.TRANSFER))[
                list(TRUTH_COLUMNS["events"])
            ]
        )
    filled = [part for part in parts if len(part)] or parts[:1]
    events = pd.concat(filled, ignore_index=True).sort_values(["time", "event"], ignore_index=True)
    return _shaped("events", events)


def _payments(world: World, events: pd.DataFrame) -> pd.DataFrame:
    reported = events[events["table"] == "payments"].rename(columns={"event": "payment"})
    banks = (
        world.tables["payments"].set_index("payment")["payer_bank"]
        if "payments" in world.tables
        else pd.Series(dtype="int8")
    )
    return _shaped("payments", reported.assign(bank=banks.reindex(reported["payment"]).to_numpy()))


def _cases(world: World, events: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Return the cases with a reported row; other cases have no known loss."""
    first = events.drop_duplicates("case").set_index("case").sort_index()
    victim = payments.drop_duplicates("case").set_index("case").reindex(first.index)
    age = pd.Series(-1.0, index=first.index)
    if len(payments):
        payer = world.tables["payments"].set_index("payment")["payer"].reindex(victim["payment"])
        ages = world.tables["accounts"].set_index("account")["age"]
        age = pd.Series(ages.reindex(payer).to_numpy(), index=first.index)
    return _shaped(
        "cases",
        first.assign(
            variant="",
            age=age.fillna(-1),
            bank=victim["bank"].fillna(-1),
            group=-1,
            campaign=-1,
            succeeded=True,
            contact_time=first["time"],
            real_weight=1.0,
        ).reset_index(),
    )


def _shaped(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a frame of the truth, with their dtypes."""
    columns = TRUTH_COLUMNS[name]
    return rows[list(columns)].astype(columns).reset_index(drop=True)
