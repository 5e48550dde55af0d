"""Payee inflow: how many customers of other banks paid this account lately, and how many newly.

A bank asks only about a payee that is new to the payer. Every other bank answers two counts.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups, first_of_pair
from proeftuin.features.table import ints
from proeftuin.instruments.base import Instrument
from proeftuin.instruments.mechanisms import Noisy
from proeftuin.sectors import BANK, DECIDING
from proeftuin.sharing.flows import Flow, Noise, noise_of, people
from proeftuin.sharing.matching import Matching, in_order_of_appearance
from proeftuin.sharing.protect import CODE_BYTES, COUNT_BYTES, HASH_BYTES, answer_form, counted
from proeftuin.sharing.query import Answer, Query, nothing
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Ints
from synthetic_data.clock import DAY, HOUR

ANSWERS = 2  #: numbers in one answer, which share its epsilon
_SPAN = 1 << 32


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``log_payers_elsewhere`` and ``new_payers_elsewhere``, their share, for every row."""
    instrument, table = query.instrument, query.table
    if not DECIDING[table.sector].decides_on_payments:
        return nothing(table)
    account = table.entities["account"]
    asked = table.new_payee
    matching = Matching(account, instrument, query.seeds)
    row = np.flatnonzero(asked & matching.found[matching.entity])
    moment = covered_until(table.time[row], instrument)
    payers, new, noise = _answers(query, sources, account[row], moment)
    enough = payers >= instrument.threshold
    every, fresh = np.zeros((2, len(account)))
    every[row], fresh[row] = np.where(enough, payers, 0), np.where(enough, new, 0)
    mistaken = asked & matching.mistaken[matching.entity]
    every[mistaken] = fresh[mistaken] = instrument.threshold
    columns = {
        "log_payers_elsewhere": np.log1p(every),
        "new_payers_elsewhere": fresh / np.maximum(every, 1),
    }
    return Answer(
        columns=columns,
        bounds={"log_payers_elsewhere": (0, 8), "new_payers_elsewhere": (0, 1)},
        hits=every > 0,
        flows=_flows(query, sources, account[asked], account[row], noise),
    )


def covered_until(time: Ints, instrument: Instrument) -> Ints:
    """Return until when an answer covers payments: up to now, this hour or today (seconds)."""
    step = {"real_time": 1, "hourly": HOUR, "daily": DAY}[instrument.latency]
    moment: Ints = time // step * step
    return moment


def distinct_payers(payments: pd.DataFrame, asked: Lookups, window_s: int) -> tuple[Ints, Ints]:
    """Count the payers of each account in the window before each moment: all, and new ones.

    Args:
        payments: ``payer, payee, time``, in order of time.
        asked: accounts and moments.
        window_s: length of the window, in seconds.
    """
    payer, payee, time = (ints(payments[name]) for name in ("payer", "payee", "time"))
    starts, ends = _spells(payer, payee, time, window_s)
    begun = History(payee[starts], time[starts]).before(asked).count()
    ended = History(payee[ends], time[ends] + window_s).before(asked).count()
    fresh = first_of_pair(payer, payee)
    new = History(payee[fresh], time[fresh]).before(asked).count(window_s)
    return begun - ended, new


def counts_with(payments: pd.DataFrame, asked: Lookups, window_s: int) -> tuple[Ints, Ints]:
    """Return payers, possibly repeated, and how many of the queried counts each of them is in.

    Args:
        payments: as of :func:`distinct_payers`.
        asked: accounts and moments, none of them twice.
        window_s: length of the window, in seconds.
    """
    payer, payee, time = (ints(payments[name]) for name in ("payer", "payee", "time"))
    starts, ends = _spells(payer, payee, time, window_s)
    first = np.searchsorted(asked.key, payee[starts] * _SPAN + time[starts], side="right")
    last = np.searchsorted(asked.key, payee[ends] * _SPAN + time[ends] + window_s, side="right")
    return payer[starts], last - first


def _spells(payer: Ints, payee: Ints, time: Ints, window_s: int) -> tuple[Ints, Ints]:
    """Return rows at which a payer starts to count for a payee, and the last rows before it stops.

    A payer counts from a payment until a window without further payments has passed.
    """
    pair = payer * _SPAN + payee
    order = np.argsort(pair, kind="stable")
    apart = np.diff(time[order]) >= window_s
    other = np.diff(pair[order]) != 0
    starts = order[np.concatenate([[True], apart | other])] if len(order) else order
    ends = order[np.concatenate([apart | other, [True]])] if len(order) else order
    return starts, ends


def _answers(
    query: Query, sources: Sources, account: Ints, moment: Ints
) -> tuple[Ints, Ints, dict[int, Noise]]:
    """Add up the answers of the other banks; the same query gets the same noise.

    Returns:
        (queries,) payers and new payers, and the persons that the noise hides, by bank.
    """
    instrument = query.instrument
    question_of, same = in_order_of_appearance(account.astype(np.int64) * _SPAN + moment)
    asked = Lookups(question_of // _SPAN, question_of % _SPAN)
    payments = sources.world.tables["payments"]
    payments = payments[payments["payee"].isin(account)]
    mechanism = instrument.mechanism
    share = mechanism.epsilon / ANSWERS if isinstance(mechanism, Noisy) else None
    total = np.zeros((ANSWERS, len(question_of)), dtype=np.int64)
    noise: dict[int, Noise] = {}
    for bank in query.providers[BANK]:
        own = payments[payments["payer_bank"] == bank]
        window_s = int(instrument.window_days * DAY)
        counts = distinct_payers(own, asked, window_s)
        if share is not None:
            payer, times = counts_with(own, asked, window_s)
            if hidden := noise_of(mechanism, sources.phones_of(payer), times):
                noise[bank] = hidden
        for index, count in enumerate(counts):
            total[index] += counted(count, share, query.seeds.rng("dp_count", bank, index))
    return total[0][same], np.minimum(total[1], total[0])[same], noise


def _flows(
    query: Query, sources: Sources, asked: Ints, found: Ints, noise: dict[int, Noise]
) -> list[Flow]:
    """Return the flows of queries about accounts and of counts of their payers."""
    mechanism, flows = query.instrument.mechanism, []
    hashed = mechanism.name == "keyed_hash"
    for bank in query.providers[BANK]:
        name = sources.partners(BANK)[bank]
        flows += [
            Flow(
                sender=query.desk.name,
                receiver=name,
                data="payers_question",
                form="hashed" if hashed else "in_clear",
                about=people(sources.phones_of(np.unique(asked))),
                fields=1,
                records=len(asked),
                bytes=len(asked) * (HASH_BYTES if hashed else CODE_BYTES),
            ),
            Flow(
                sender=name,
                receiver=query.desk.name,
                data="payers_answer",
                form=answer_form(mechanism),
                about=people(sources.phones_of(np.unique(found))),
                fields=ANSWERS,
                records=len(found),
                bytes=len(found) * ANSWERS * COUNT_BYTES,
                noise=noise.get(bank),
            ),
        ]
    return flows
