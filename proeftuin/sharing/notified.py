"""Fraud notices: reports at other banks about accounts that a bank holds.

The payee's bank alone is told. If it acts, it freezes the account from when a person there has read
the notice until the report is withdrawn.
"""

import numpy as np
import pandas as pd

from proeftuin.instruments.fraud_notice import FraudNotice
from proeftuin.sectors import BANK
from proeftuin.sharing.flows import Flow, people
from proeftuin.sharing.matching import Matching
from proeftuin.sharing.protect import CODE_BYTES, as_float
from proeftuin.sharing.query import Answer, Query, no_blocks, nothing
from proeftuin.sharing.reported import blocks_of, heard_by, listings, seen_on
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY, HOUR

OPENS, CLOSES = 9 * HOUR, 17 * HOUR  #: of a desk with working hours, Monday to Friday
WORKING_DAYS = 5


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``payee_notified`` for every row, and the accounts that the bank freezes."""
    instrument, table = query.instrument, query.table
    if "account" not in table.entities or not isinstance(instrument, FraudNotice):
        return nothing(table)
    register = sources.world.tables["accounts"]
    held = register.loc[register["bank"].isin(query.asking), "account"]
    mentions = sources.mentions("account")
    mentions = mentions[mentions["code"].isin(held) & heard_by(mentions, query.providers)]
    read = read_at(mentions["known_at"].to_numpy(), instrument)
    spells = listings(mentions.assign(known_at=read), instrument, query.providers)
    codes = np.where(np.isin(table.entities["account"], held), table.entities["account"], -1)
    matching = Matching(codes, instrument, query.seeds)
    hits = seen_on(spells, codes, matching, table.time)
    arrived = spells["code"].isin(matching.codes[matching.found])
    return Answer(
        columns={"payee_notified": as_float(hits)},
        bounds={"payee_notified": (0, 1)},
        hits=hits,
        flows=_flows(query, sources, spells[arrived]),
        blocks=blocks_of(query, "account", spells, matching) if instrument.acts else no_blocks(),
    )


def read_at(moment: Ints, instrument: FraudNotice) -> Ints:
    """Return when a person has dealt with notices of these moments (seconds)."""
    wait = int(instrument.delay_hours * HOUR)
    if instrument.desk == "always":
        return moment + wait
    return _opened(worked(moment) + wait)


def worked(moment: Ints) -> Ints:
    """Return how many seconds a desk with working hours has been open until each moment."""
    day, second = np.divmod(moment, DAY)
    week, weekday = np.divmod(day, 7)
    whole = week * WORKING_DAYS + np.minimum(weekday, WORKING_DAYS)
    today = np.where(weekday < WORKING_DAYS, np.clip(second, OPENS, CLOSES) - OPENS, 0)
    seconds: Ints = whole * (CLOSES - OPENS) + today
    return seconds


def _opened(seconds: Ints) -> Ints:
    """Return the first moment at which a desk has been open for so long: the inverse of it."""
    whole, today = np.divmod(seconds, CLOSES - OPENS)
    week, weekday = np.divmod(whole, WORKING_DAYS)
    moment: Ints = (week * 7 + weekday) * DAY + OPENS + today
    return moment


def _flows(query: Query, sources: Sources, spells: pd.DataFrame) -> list[Flow]:
    """Return the flows of notices, from every bank that had a report."""
    by_bank = [(index, spells[spells["partner"] == index]) for index in query.providers[BANK]]
    return [
        Flow(
            sender=sources.partners(BANK)[index],
            receiver=query.desk.name,
            data="fraud_notice",
            form="in_clear",
            about=people(theirs["phone"].to_numpy().astype(np.int64)),
            fields=1,
            records=len(theirs),
            bytes=len(theirs) * CODE_BYTES,
        )
        for index, theirs in by_bank
        if len(theirs)
    ]
