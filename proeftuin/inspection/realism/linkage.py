"""The spread of a case's rows over partners, and how well registers link persons (F)."""

import math

import numpy as np
import pandas as pd

from proeftuin.inspection.checks import Check, judged
from proeftuin.inspection.evidence import Evidence
from synthetic_data.schema import TABLES


def spread(evidence: Evidence) -> list[Check]:
    """F2: how many partners hold a row of a case; F3: how well registers link persons."""
    parts = []
    for table, events in evidence.truth.events[evidence.truth.events["case"] >= 0].groupby("table"):
        schema = TABLES[str(table)]
        if table not in evidence.world.tables or schema.event is None:
            continue
        rows = evidence.world.tables[str(table)].set_index(schema.event)
        for holder in schema.holders:
            index = rows[holder].reindex(events["event"]).to_numpy()
            parts.append(pd.DataFrame({"case": events["case"].to_numpy(), "partner": index}).assign(
                sector=schema.sector))  # fmt: skip
    calls = evidence.truth.calls
    if len(calls) and "calls" in evidence.world.tables:
        parts.append(pd.DataFrame({"case": calls["case"], "partner": 0, "sector": "telecom"}))
    known = pd.concat(parts, ignore_index=True).dropna().drop_duplicates()
    seen = known.groupby("case").size().reindex(evidence.victims["case"]).fillna(0)
    name = "share of cases with a trace at {} partners or more"
    return [
        judged("F2", name.format(2), (seen >= 2).mean(), 0.60, 0.95, "not a target", applies=False),
        judged("F2", name.format(3), (seen >= 3).mean(), 0.25, 0.65, "not a target", applies=False),
        *_linkage(evidence),
    ]


def _linkage(evidence: Evidence) -> list[Check]:
    """F3: the phone number in the banks' registers as a key to the person."""
    accounts = evidence.world.tables["accounts"]
    accounts = accounts[accounts["age"] >= 0]
    owner = evidence.person("account").reindex(accounts["account"]).to_numpy()
    named = evidence.person("phone").reindex(accounts["phone"]).to_numpy()
    found = ~np.isnan(named.astype(np.float64))
    precision = float((owner[found] == named[found]).mean()) if found.any() else math.nan
    recall = float((owner == named).mean()) if len(owner) else math.nan
    banks = accounts.assign(person=owner).groupby("bank")["person"].apply(set).tolist()
    overlap = [
        len(left & right) / len(left)
        for index, left in enumerate(banks)
        for right in banks[index + 1 :]
        if left
    ]
    name = "phone number in the banks' registers as a key to the person: {}"
    note = "not a target"
    return [
        judged("F3", name.format("precision"), precision, 0.97, None, note, applies=False),
        judged("F3", name.format("recall"), recall, 0.75, 0.97, note, applies=False),
        judged("F3", "share of a bank's customers that another bank has too (mean)",
               float(np.mean(overlap)) if overlap else math.nan, 0.1, 0.6, note, applies=False),
    ]  # fmt: skip
