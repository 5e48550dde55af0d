"""The external referral register: holders of accounts that several victims reported, after proof.

A bank looks up its own customers: those who open an account, or all of them every day.
"""

import numpy as np
import pandas as pd

from proeftuin.features.table import ints
from proeftuin.instruments.evr import ExternalRegister
from proeftuin.sectors import BANK
from proeftuin.sharing.flows import Flow, people
from proeftuin.sharing.matching import Matching
from proeftuin.sharing.protect import CODE_BYTES, as_float
from proeftuin.sharing.query import Answer, Query, no_blocks, nothing
from proeftuin.sharing.reported import blocks_of, heard_by, listings, seen_on
from proeftuin.sharing.sources import Sources
from synthetic_data.clock import DAY

REGISTER = "evr"  #: who keeps the list


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``payee_registered`` for every row, and the accounts that the bank refuses."""
    instrument, table = query.instrument, query.table
    if "account" not in table.entities or not isinstance(instrument, ExternalRegister):
        return nothing(table)
    register = sources.world.tables["accounts"]
    held = register[register["bank"].isin(query.asking)]
    spells = _accounts(_holders(query, sources, instrument), held, instrument)
    codes = np.where(
        np.isin(table.entities["account"], held["account"]), table.entities["account"], -1
    )
    matching = Matching(codes, instrument, query.seeds)
    hits = seen_on(spells, codes, matching, table.time)
    return Answer(
        columns={"payee_registered": as_float(hits)},
        bounds={"payee_registered": (0, 1)},
        hits=hits,
        flows=[
            Flow(
                sender=REGISTER,
                receiver=query.desk.name,
                data="registered_holder",
                form="in_clear",
                about=people(spells["phone"].to_numpy().astype(np.int64)),
                fields=1,
                records=len(spells),
                bytes=len(spells) * CODE_BYTES,
            )
        ],
        blocks=blocks_of(query, "account", spells, matching) if instrument.acts else no_blocks(),
    )


def _holders(query: Query, sources: Sources, instrument: ExternalRegister) -> pd.DataFrame:
    """Return when which holder is listed: ``code`` (of the holder)``, since, until``."""
    register = sources.world.tables["accounts"]
    mentions = sources.mentions("account")
    banks = (*query.providers[BANK], *query.asking)  # its own reports count as well
    mentions = mentions[heard_by(mentions, {BANK: tuple(set(banks))})]
    holder = register.set_index("account")["holder"].reindex(mentions["code"]).fillna(-1)
    of_holder = mentions.assign(code=ints(holder), partner=0)  # all banks together
    of_holder = of_holder[of_holder["code"] >= 0]
    spells = listings(of_holder, instrument, {BANK: (0,)})
    since = spells["since"] + int(instrument.proof_days * DAY)
    return spells.assign(since=since)[since < spells["until"]]


def _accounts(
    holders: pd.DataFrame, held: pd.DataFrame, instrument: ExternalRegister
) -> pd.DataFrame:
    """Return the accounts of listed holders, by when the bank knows: ``code, phone, since, until``.

    Who looks up at the opening alone knows of accounts that were opened while the holder was
    listed.
    """
    theirs = held[held["holder"].isin(holders["code"])]
    both = theirs[["account", "holder", "phone", "opened_day"]].merge(
        holders[["code", "since", "until"]], left_on="holder", right_on="code"
    )
    opened = both["opened_day"] * DAY
    if instrument.looked_up == "at_opening":
        both = both[(opened >= both["since"]) & (opened < both["until"])]
    return both.assign(code=both["account"])[["code", "phone", "since", "until"]]
