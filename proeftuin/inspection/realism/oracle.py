"""What a detector knows that sees everything: all partners by true identity, all true labels.

No such detector can exist; it says how much the traces of a world hold at most.
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
    """Return the pooled features of all banks with every other sector's, and columns by sector."""
    world = evidence.world
    banks = world.partners[BANK]
    told = (*banks, *world.partners.get("police", ()))
    table = bank_features(desk_view(world, BANK, tuple(range(len(banks))), told))
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
    """Return the person behind each code, -1 for nobody."""
    person: Ints = evidence.person(entity).reindex(codes).fillna(-1).to_numpy(np.int64)
    return person


def _known_fraud(evidence: Evidence, table: FeatureTable) -> dict[str, Floats]:
    """Count the earlier frauds, all of them known at once, of payee, device and payer."""
    rows = evidence.payments.set_index("payment").loc[table.event]
    fraud = evidence.transfers
    counted: dict[str, Floats] = {}
    for name in ("payer", "payee", "device"):
        past = History(fraud[name].to_numpy(), fraud["time"].to_numpy())
        asked = Lookups(rows[name].to_numpy(), table.time)
        counted[f"frauds_of_{name}"] = past.before(asked).count().astype(np.float64)
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
    """Describe what the payer did at another partner in the day and the week before a payment."""
    rows = evidence.world.tables[name]
    who = _persons(evidence, entity, rows[column].to_numpy())
    kept = np.flatnonzero((who >= 0) & (rows[counterpart].to_numpy() >= 0))
    # in order of person and time, so that every history below is sorted already
    kept = kept[np.lexsort((rows["time"].to_numpy()[kept], who[kept]))]
    who, other = who[kept], rows[counterpart].to_numpy(np.int64)[kept]
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
    told = {
        "rows": np.ones(len(who), dtype=np.int64),
        "new": (when - first < WEEK).astype(np.int64),
        "guilty": guilty,
    }
    columns: dict[str, Floats] = {}
    for what, value in told.items():
        past = History(who, when, value).before(moments)
        for window, label in ((DAY, "1d"), (WEEK, "7d")):
            columns[f"{name}_{what}_{label}"] = past.total(window).astype(np.float64)
    if name == "calls":
        ends = when + rows["duration_s"].to_numpy(np.int64)[kept]
        last = History(who, when).before(moments).last()
        going = (last >= 0) & (ends[last] > time)
        columns["on_the_phone"] = going.astype(np.float64)
        columns["on_the_phone_new"] = (going & (told["new"][last] > 0)).astype(np.float64)
    return columns
