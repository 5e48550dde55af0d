"""Lists of reported entities: those that at least k reports at one provider name.

An entity is listed from the k-th standing report at one provider, plus the latency of the
instrument, until its retention ends or so many reports are withdrawn that fewer than k stand.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups
from proeftuin.instruments.base import Instrument, Latency
from proeftuin.sharing.flows import Flow, people
from proeftuin.sharing.matching import Matching
from proeftuin.sharing.protect import as_float, list_bytes, list_form
from proeftuin.sharing.query import BLOCKS, Answer, Query, no_blocks, nothing
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Bools, Ints
from synthetic_data.clock import DAY, HOUR

FAR = 2**31 - 1  #: seconds; after every horizon
#: The sector's own word for the entity of an instrument, where it has one.
OWN_WORD = {("seller", "psp"): "merchant"}


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``listed_<instrument>`` for every row, and the blocks of an instrument that acts."""
    instrument, table = query.instrument, query.table
    entity = OWN_WORD.get((instrument.ENTITY, query.desk.sector), instrument.ENTITY)
    if entity not in table.entities:
        return nothing(table)
    spells = listings(sources.mentions(entity), instrument, query.providers)
    codes = table.entities[entity]
    matching = Matching(codes, instrument, query.seeds)
    hits = seen_on(spells, codes, matching, table.time)
    name = f"listed_{instrument.name}"
    return Answer(
        columns={name: as_float(hits)},
        bounds={name: (0, 1)},
        hits=hits,
        flows=_flows(query, sources, entity, spells, matching),
        blocks=blocks_of(query, entity, spells, matching) if instrument.acts else no_blocks(),
    )


def listings(
    mentions: pd.DataFrame, instrument: Instrument, providers: Mapping[str, tuple[int, ...]]
) -> pd.DataFrame:
    """Return the periods in which entities are on the lists of providers.

    Args:
        mentions: reports about entities (``mentions.MENTION``).
        instrument: for threshold, window, retention and latency.
        providers: indices of the partners that take part, by sector.

    Returns:
        A row for every report at which the threshold is reached: ``sector, partner, code, phone,
        since, until``; listed in ``[since, until)``, seconds.
    """
    reports = mentions[heard_by(mentions, providers)].sort_values(
        ["known_at", "case"], kind="stable"
    )
    reports = reports.drop_duplicates(["sector", "partner", "code", "case"]).reset_index(drop=True)
    at_one = ["sector", "partner", "code"]
    pairs = reports.assign(report=reports.index).merge(reports, on=at_one, suffixes=("", "_other"))
    window_s = int(instrument.window_days * DAY)
    known, other = pairs["known_at"], pairs["known_at_other"]
    pairs = pairs[
        (other <= known) & (other > known - window_s) & (pairs["withdrawn_at_other"] > known)
    ]
    pairs = pairs.sort_values(["report", "withdrawn_at_other"], ascending=[True, False])
    # fewer than k reports stand as soon as the one that is withdrawn k-th last is withdrawn
    last = pairs[pairs.groupby("report").cumcount() == instrument.threshold - 1]
    since = reaches_at(last["known_at"].to_numpy(), instrument.latency)
    kept = since + int(instrument.retention_days * DAY)
    lifted = reaches_at(last["withdrawn_at_other"].to_numpy(), instrument.latency)
    spells = last[[*at_one, "phone"]].assign(
        since=since, until=np.minimum(kept, lifted).clip(0, FAR)
    )
    return spells[spells["until"] > spells["since"]].reset_index(drop=True)


def reaches_at(moment: Ints, latency: Latency) -> Ints:
    """Return when a provider's knowledge of a moment reaches consumers (seconds)."""
    step = {"real_time": 1, "hourly": HOUR, "daily": DAY}[latency]
    return moment if step == 1 else (moment // step + 1) * step


def listed(spells: pd.DataFrame, codes: Ints, time: Ints) -> Bools:
    """Mark the rows whose entity was on a list before their moment and still is."""
    asked = Lookups(np.maximum(codes, 0), time)
    code = spells["code"].to_numpy()
    started = History(code, spells["since"].to_numpy()).before(asked).count()
    ended = History(code, spells["until"].to_numpy()).before(asked).count()
    return (started > ended) & (codes >= 0)


def any_listed(spells: pd.DataFrame, time: Ints) -> Bools:
    """Mark the moments at which a list has any entry that could be mistaken for another."""
    started, ended = (
        np.searchsorted(np.sort(spells[end].to_numpy()), time) for end in ("since", "until")
    )
    return started > ended


def seen_on(spells: pd.DataFrame, codes: Ints, matching: Matching, time: Ints) -> Bools:
    """Mark the rows whose entity a consumer finds on a list, or mistakes for one that is on it."""
    found = matching.found[matching.entity] & listed(spells, codes, time)
    if not matching.mistaken.any():
        return found
    mistaken: Bools = matching.mistaken[matching.entity] & any_listed(spells, time)
    return found | mistaken


def heard_by(mentions: pd.DataFrame, providers: Mapping[str, tuple[int, ...]]) -> Bools:
    """Mark the reports that one of the providers received."""
    heard = np.zeros(len(mentions), dtype=bool)
    for sector, indices in providers.items():
        heard |= ((mentions["sector"] == sector) & mentions["partner"].isin(indices)).to_numpy()
    return heard


def blocks_of(query: Query, entity: str, spells: pd.DataFrame, matching: Matching) -> pd.DataFrame:
    """Return the blocks of the consumer: its entities that are listed or seem to be."""
    found = spells[spells["code"].isin(matching.codes[matching.found])]
    mistaken = matching.codes[matching.mistaken]
    seeming = pd.DataFrame({"code": mistaken if len(spells) else mistaken[:0]}).assign(
        since=spells["since"].min(), until=spells["until"].max()
    )
    rows = pd.concat([found[["code", "since", "until"]], seeming], ignore_index=True)
    return rows.assign(
        sector=query.desk.sector,
        partner=query.desk.index,
        entity=entity,
        by=query.instrument.name,
    )[list(BLOCKS)].astype(BLOCKS)


def _flows(
    query: Query, sources: Sources, entity: str, spells: pd.DataFrame, matching: Matching
) -> list[Flow]:
    """Return the flows from every provider, and with set intersection those to it."""
    mechanism, own = query.instrument.mechanism, matching.codes[matching.codes >= 0]
    flows = []
    for sector, indices in query.providers.items():
        for index in indices:
            theirs = spells[(spells["sector"] == sector) & (spells["partner"] == index)]
            named = theirs
            if mechanism.name == "set_intersection":  # only the common entities become known
                named = theirs[theirs["code"].isin(matching.codes[matching.found])]
            phones = named["phone"].to_numpy().astype(np.int64)
            flows.append(
                Flow(
                    sender=sources.partners(sector)[index],
                    receiver=query.desk.name,
                    data=f"listed_{entity}",
                    form=list_form(mechanism),
                    about=people(phones),
                    fields=1,
                    records=len(theirs),
                    bytes=list_bytes(mechanism, len(theirs), len(own)),
                )
            )
    return flows
