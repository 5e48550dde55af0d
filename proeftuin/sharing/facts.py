"""The facts that a centre of banks pools, by kind, and what it knows with some kinds of them only.

What a bank knows of its own customers and of their payments to one another is the same with and
without a centre (tested), so a kind of facts is a family of columns, the rows to learn from, or the
reports.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from proeftuin.features.bank_accounts import PAYEE
from proeftuin.features.table import FeatureTable, Reports
from proeftuin.features.telecom import BOUNDS as CALLS
from proeftuin.instruments.base import FACT_KINDS, FactKind
from proeftuin.sharing.query import Desk

EVERYTHING = frozenset(FACT_KINDS)


def kinds_of(column: str) -> frozenset[FactKind]:
    """Return the kinds of facts behind a bank's column; of ``rows`` is what no other kind is."""
    if column.endswith(("_reports", "_reported")):
        return frozenset({"lists", "calls"} if column in CALLS else {"lists"})
    if column in CALLS:
        return frozenset({"calls"})
    if column in PAYEE or column == "payee_own_bank":
        return frozenset({"payees"})
    return frozenset({"devices"} if "device" in column or "network" in column else {"rows"})


def with_facts(
    pooled: FeatureTable, own: Mapping[Desk, FeatureTable], kinds: Collection[FactKind]
) -> FeatureTable:
    """Return pooled rows with what a centre knows of some kinds, and else what their bank knows.

    Args:
        pooled: rows of several partners of a sector, as a centre describes them.
        own: the same rows by partner, as each describes its own.
        kinds: kinds of facts that are pooled; columns that no partner has alone are left out
            without theirs.
    """
    first = next(iter(own.values()))
    told = {name for name in pooled.names if kinds_of(name) <= {*kinds}}
    kept = [name for name in pooled.names if name in told or name in first.names]
    places = [pooled.names.index(name) for name in kept]
    values = pooled.values[:, places]
    for column, name in enumerate(kept):
        if name not in told:
            for desk, table in own.items():
                mine = pooled.partner[pooled.places] == desk.index
                values[mine, column] = table.values[:, table.names.index(name)]
    reports = pooled.reports
    if "reports" not in kinds:
        reports = Reports.together(
            [(np.flatnonzero(pooled.partner == d.index), own[d].reports) for d in own]
        )
    return replace(
        pooled, names=tuple(kept), bounds=pooled.bounds[places], values=values, reports=reports
    )
