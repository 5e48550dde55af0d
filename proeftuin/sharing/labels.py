"""Shared labels: reports at other partners about a partner's rows and entities.

They join the partner's own reports. More of its rows carry a label, and a payee, shop or customer
that was only reported elsewhere is known here too.
"""

import numpy as np
import pandas as pd

from proeftuin.features.table import FeatureTable, Reports
from proeftuin.sectors import DECIDING
from proeftuin.sharing.flows import Flow, people
from proeftuin.sharing.matching import Matching
from proeftuin.sharing.protect import as_float, list_bytes, list_form
from proeftuin.sharing.query import Answer, Query
from proeftuin.sharing.reported import (
    heard_by,
    listings,
    reaches_at,
    seen_on,
)
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Ints
from synthetic_data.reports import NEVER

#: Entities that a report names directly.
NAMED = ("account", "customer", "merchant", "seller")


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``<entity>_reported_elsewhere`` for every row, and the reports about rows."""
    table, instrument = query.table, query.instrument
    columns, flows = {}, []
    hits = np.zeros(len(table.time), dtype=bool)
    for entity in NAMED:
        if entity not in table.entities:
            continue
        spells = listings(sources.mentions(entity), instrument, query.providers)
        codes = table.entities[entity]
        matching = Matching(codes, instrument, query.seeds.child(entity))
        marked = seen_on(spells, codes, matching, table.time)
        columns[f"{entity}_reported_elsewhere"] = as_float(marked)
        hits |= marked
        flows += _flows(query, sources, spells, f"listed_{entity}", matching.codes)
    rows = sources.row_mentions(DECIDING[table.sector].row)
    rows = rows[heard_by(rows, query.providers)]
    reports, rows = _about(table, rows, query)
    flows += _flows(query, sources, rows, "shared_reports", table.event)
    return Answer(
        columns=columns,
        bounds=dict.fromkeys(columns, (0, 1)),
        hits=hits,
        flows=flows,
        reports=reports,
    )


def _about(table: FeatureTable, rows: pd.DataFrame, query: Query) -> tuple[Reports, pd.DataFrame]:
    """Return the reports about rows of the table, with the delay of the instrument."""
    instrument = query.instrument
    row = pd.Index(table.event).get_indexer(pd.Index(rows["code"]))
    code = np.where(row >= 0, rows["code"], -1)
    matching = Matching(code, instrument, query.seeds.child("row"))
    found = matching.found[matching.entity]
    rows, row = rows[found], row[found]
    withdrawn = rows["withdrawn_at"].to_numpy()
    withdrawn_known_at = reaches_at(np.where(withdrawn < NEVER, withdrawn, 0), instrument.latency)
    return Reports(
        row=row,
        known_at=reaches_at(rows["known_at"].to_numpy(), instrument.latency),
        withdrawn_at=np.where(withdrawn < NEVER, withdrawn_known_at, NEVER),
    ), rows


def _flows(
    query: Query, sources: Sources, reports: pd.DataFrame, data: str, own: Ints
) -> list[Flow]:
    """Return the flows from every provider."""
    mechanism = query.instrument.mechanism
    flows = []
    for sector, indices in query.providers.items():
        for index in indices:
            rows = reports[(reports["sector"] == sector) & (reports["partner"] == index)]
            if rows.empty:
                continue
            phones = rows["phone"].to_numpy().astype(np.int64)
            flows.append(
                Flow(
                    sender=sources.partners(sector)[index],
                    receiver=query.desk.name,
                    data=data,
                    form=list_form(mechanism),
                    about=people(phones),
                    fields=1,
                    records=len(rows),
                    bytes=list_bytes(mechanism, len(rows), len(own)),
                )
            )
    return flows
