"""Risk propagation: reported accounts pass risk on along the banks' joint payments.

After TNO's secure risk propagation (IACR eprint 2024/065), which computes it under encryption.
Here it is computed in clear, without the rounding of encrypted arithmetic, so the result is an
upper bound of its benefit and of what it discloses: every bank reads the others' scores.
"""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, vstack

from proeftuin.features.table import cents
from proeftuin.instruments.base import Instrument
from proeftuin.sectors import BANK, DECIDING
from proeftuin.sharing.flows import Flow, people
from proeftuin.sharing.matching import Matching
from proeftuin.sharing.protect import CODE_BYTES, answer_form
from proeftuin.sharing.query import Answer, Query, nothing
from proeftuin.sharing.reported import listed, listings
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Floats
from synthetic_data.clock import DAY

ITERATIONS = 2  # [S] as on the data of a large Dutch bank (eprint 2024/065)
PASSED_ON = 0.5  # [A] part of an account's risk that comes from its payers, at every iteration
HIT = 0.05  # [A] risk from which an account counts as near to reported ones
SCALE = 1000  # a thousandth of the risk of a reported account still shows in the column
SCORE_BYTES = 4


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``log_payee_risk`` for every row, from payments and reports until the day before."""
    instrument, table = query.instrument, query.table
    if not DECIDING[table.sector].decides_on_payments:
        return nothing(table)
    account, value = table.entities["account"], np.zeros(len(table.time))
    if others := query.providers[BANK]:
        joint = tuple(sorted({*others, *query.asking}))
        accounts, risk = sources.once(
            ("risk", instrument, joint), lambda: daily_risk(sources, instrument, joint)
        )
        place = accounts.get_indexer(pd.Index(account))
        at_payment = np.asarray(risk[table.time // DAY, np.maximum(place, 0)]).ravel()
        value = np.where(place >= 0, at_payment, 0.0)
    matching = Matching(account, instrument, query.seeds)
    value = np.where(matching.found[matching.entity], value, 0.0)
    value[matching.mistaken[matching.entity]] = 1.0
    return Answer(
        columns={"log_payee_risk": np.log1p(SCALE * value)},
        bounds={"log_payee_risk": (0, 7)},
        hits=value >= HIT,
        flows=_flows(query, sources),
    )


def daily_risk(
    sources: Sources, instrument: Instrument, banks: tuple[int, ...]
) -> tuple["pd.Index[int]", csr_array]:
    """Return the accounts and their risk at the start of every day.

    Args:
        sources: the world.
        instrument: gives the window of payments and the rule by which reports count.
        banks: indices of the banks that compute together.

    Returns:
        Accounts, and (days, accounts) risk between 0 and 1.
    """
    payments = sources.world.tables["payments"]
    known = payments["payer_bank"].isin(banks) | payments["payee_bank"].isin(banks)
    payments = payments[known]
    both = pd.concat([payments["payer"], payments["payee"]])
    code, accounts = pd.factorize(both)
    payer, payee = code[: len(payments)], code[len(payments) :]
    amount, day = cents(payments["amount_eur"]), (payments["time"] // DAY).to_numpy()
    spells = listings(sources.mentions("account"), instrument, {BANK: banks})
    spells = spells[spells["code"].isin(accounts)]
    place = accounts.get_indexer(pd.Index(spells["code"]))
    window, size, days = int(np.ceil(instrument.window_days)), len(accounts), sources.world.days
    edges = np.searchsorted(day, np.arange(days + 1))
    flow, by_day = csr_array((size, size), dtype=np.int64), []

    def paid_on(a_day: int) -> csr_array:
        rows = slice(edges[a_day], edges[a_day + 1])
        return csr_array((amount[rows], (payee[rows], payer[rows])), shape=(size, size))

    for today in range(days):
        reported = np.zeros(size)
        now = np.full(len(spells), today * DAY + 1)
        reported[place[listed(spells, spells["code"].to_numpy(), now)]] = 1.0
        by_day.append(csr_array(propagated(reported, flow)[None, :]))
        flow = flow + paid_on(today)
        if today >= window:
            flow = flow - paid_on(today - window)
            flow.eliminate_zeros()
    return accounts, csr_array(vstack(by_day))


def propagated(risk: Floats, flow: csr_array) -> Floats:
    """Pass risk on from payers to payees, in proportion to what a payee received from each.

    Args:
        risk: (accounts,) initial risk.
        flow: (payees, payers) cents.
    """
    if not risk.any():
        return risk
    received = np.maximum(np.asarray(flow.sum(axis=1)).ravel(), 1)
    for _ in range(ITERATIONS):
        risk = (1 - PASSED_ON) * risk + PASSED_ON * (flow @ risk) / received
    return risk


def _flows(query: Query, sources: Sources) -> list[Flow]:
    """Return the flows of scores: of all customers, daily and per iteration."""
    accounts = sources.world.tables["accounts"]
    flows = []
    for bank in query.providers[BANK]:
        theirs = accounts[accounts["bank"] == bank]
        records = len(theirs) * sources.world.days * ITERATIONS
        flows.append(
            Flow(
                sender=sources.partners(BANK)[bank],
                receiver=query.desk.name,
                data="risk_scores",
                form=answer_form(query.instrument.mechanism),
                about=people(theirs["phone"].to_numpy().astype(np.int64)),
                fields=1,
                records=records,
                bytes=records * (CODE_BYTES + SCORE_BYTES),
            )
        )
    return flows
