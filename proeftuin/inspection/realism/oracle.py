"""Features of the oracle, which sees all partners by true identity, and all true labels.

No such detector can exist; it is an upper bound on what the rows of a world reveal.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups
from proeftuin.features.bank import bank_features
from proeftuin.features.table import FeatureTable
from proeftuin.features.views import desk_view
from proeftuin.inspection.evidence import Evidence
from proeftuin.sectors import BANK
from synthetic_data.arrays import Floats, Ints
from synthetic_data.clock import DAY

WEEK = 7 * DAY
#: Table of another sector: (column of the person, what kind of code, column of the counterpart).
TRACES = {
    "calls": ("subscriber", "phone", "number"),
    "checkouts": ("account", "account", "merchant"),
    "contacts": ("buyer", "user", "seller"),
    "transfers": ("trader", "trader", "wallet"),
    "clicks": ("member", "member", "advertiser"),
}
SAME_MOMENT_S = 60  #: a checkout or call record may be written just after the payment


def oracle_features(evidence: Evidence) -> tuple[FeatureTable, dict[str, list[str]]]:
    """Return the features of all banks and every other sector, and the columns by sector."""
    world = evidence.world
    banks = world.partners[BANK]
    receivers = (*banks, *world.partners.get("police", ()))
    table = bank_features(desk_view(world, BANK, tuple(range(len(banks))), receivers))
    columns = _known_fraud(evidence, table)
    sectors = {BANK: [*table.names, *columns]}
    person = _persons(evidence, "account", table.entities["payer"])
    for name, trace in TRACES.items():
        if name in world.tables:
            found = _traces(evidence, name, *trace, person, table.time)
            sectors[name] = list(found)
            columns |= found
    return table.with_columns(columns, dict.fromkeys(columns, (0.0, 20.0))), sectors


def _persons(evidence: Evidence, entity: str, codes: Ints) -> Ints:
    """Return the (rows,) person behind each code, -1 for none."""
    person: Ints = evidence.person(entity).reindex(codes).fillna(-1).to_numpy(np.int64)
    return person


def _known_fraud(evidence: Evidence, table: FeatureTable) -> dict[str, Floats]:
    """Count the earlier frauds of payer, payee and device, as if each was known at once."""
    rows = evidence.payments.set_index("payment").loc[table.event]
    fraud = evidence.transfers
    counted: dict[str, Floats] = {}
    for name in ("payer", "payee", "device"):
        past = History(fraud[name].to_numpy(), fraud["time"].to_numpy())
        lookups = Lookups(rows[name].to_numpy(), table.time)
        counted[f"frauds_of_{name}"] = past.before(lookups).count().astype(np.float64)
    return counted


def _traces(
    evidence: Evidence,
    name: str,
    column: str,
    entity: str,
    counterpart: str,
    person: Ints,
    time: Ints,
) -> dict[str, Floats]:
    """Return features of the payer's rows in another table, the day and the week before paying."""
    rows = evidence.world.tables[name]
    actor = _persons(evidence, entity, rows[column].to_numpy())
    kept = np.flatnonzero((actor >= 0) & (rows[counterpart].to_numpy() >= 0))
    # in order of person and time, so that every history below is sorted already
    kept = kept[np.lexsort((rows["time"].to_numpy()[kept], actor[kept]))]
    actor, other = actor[kept], rows[counterpart].to_numpy(np.int64)[kept]
    when, fraud = rows["time"].to_numpy(np.int64)[kept], evidence.fraud(name)[kept]
    understood = np.zeros(len(rows), dtype=np.int64)
    understood[evidence.fraud(name)] = evidence.understood_at(name)
    moment = understood[kept]
    guilty = np.zeros(len(kept), dtype=np.int64)
    suspect = np.flatnonzero(pd.Index(other).isin(np.unique(other[fraud])))
    earlier = History(other[fraud], moment[fraud]).before(Lookups(other[suspect], when[suspect]))
    guilty[suspect] = earlier.count() > 0
    first = pd.Series(when).groupby(other).transform("min").to_numpy()
    moments = Lookups(np.maximum(person, 0), time + SAME_MOMENT_S)
    values = {
        "rows": np.ones(len(actor), dtype=np.int64),
        "new": (when - first < WEEK).astype(np.int64),
        "guilty": guilty,
    }
    columns: dict[str, Floats] = {}
    for what, value in values.items():
        past = History(actor, when, value).before(moments)
        for window, label in ((DAY, "1d"), (WEEK, "7d")):
            columns[f"{name}_{what}_{label}"] = past.total(window).astype(np.float64)
    if name == "calls":
        ends = when + rows["duration_s"].to_numpy(np.int64)[kept]
        last = History(actor, when).before(moments).last()
        going = (last >= 0) & (ends[last] > time)
        columns["on_the_phone"] = going.astype(np.float64)
        columns["on_the_phone_new"] = (going & (values["new"][last] > 0)).astype(np.float64)
    return columns
