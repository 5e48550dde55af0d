"""Payee facts: age of an account, kind of its holder and number of its payers, from its own bank.

Asked at payments to a payee whom the payer first paid a short while ago, or the largest of these.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from proeftuin.features.asof import Lookups
from proeftuin.features.table import FeatureTable
from proeftuin.instruments.mechanisms import RandomisedResponse
from proeftuin.instruments.payee_facts import PayeeFacts
from proeftuin.sectors import BANK, DECIDING
from proeftuin.sharing.flows import Flow, noise_of, people
from proeftuin.sharing.matching import Matching, in_order_of_appearance
from proeftuin.sharing.payers_elsewhere import counts_with, distinct_payers
from proeftuin.sharing.protect import ANSWER_BYTES, CODE_BYTES, HASH_BYTES, answer_form, as_float
from proeftuin.sharing.query import Answer, Query, nothing
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import DAY, HOUR
from synthetic_data.schema import BUSINESS

#: Lower ends of the bands of every fact but the first, and what an exact number is divided by.
BANDS = {"account_age": (30, 90, 365, 1825), "holder": (1,), "payers": (1, 3, 10, 30)}
LARGEST = {"account_age": 9.0, "payers": 8.0}  # of logarithms
MONTH_DAYS = 28  #: of payments that say which are the largest


def answer(query: Query, sources: Sources) -> Answer:
    """Return ``facts_<fact>``, each from 0 to 1, and ``facts_answered``, for every row."""
    instrument, table = query.instrument, query.table
    if not DECIDING[table.sector].decides_on_payments or not isinstance(instrument, PayeeFacts):
        return nothing(table)
    account = table.entities["account"]
    register = sources.world.tables["accounts"].set_index("account").reindex(account)
    bank = register["bank"].fillna(-1).to_numpy()
    asked = _asked(table, instrument) & np.isin(bank, (*query.providers[BANK], *query.asking))
    matching = Matching(account, instrument, query.seeds)
    answered = asked & (matching.found | matching.mistaken)[matching.entity]
    row = np.flatnonzero(answered)
    known = _numbers(instrument, register.iloc[row], account[row], table.time[row], sources)
    columns = {f"facts_{fact}": np.zeros(len(account)) for fact in instrument.facts}
    question = account[row].astype(np.int64) * (1 << 32) + table.time[row] // DAY
    first, same = in_order_of_appearance(question)
    _, place = np.unique(same, return_index=True)
    drawn = Lookups(first >> 32, table.time[row][place])
    for fact, numbers in known.items():
        columns[f"facts_{fact}"][row] = _told(fact, numbers, instrument, query, (first, same))
    return Answer(
        columns=columns | {"facts_answered": as_float(answered)},
        bounds=dict.fromkeys((*columns, "facts_answered"), (0, 1)),
        hits=answered,
        flows=_flows(query, instrument, sources, bank, (asked, answered), drawn),
    )


def _asked(table: FeatureTable, instrument: PayeeFacts) -> Bools:
    """Return at which rows the bank asks, (rows,)."""
    recent: Bools = table.new_payee | (table.pair_age_s < instrument.payee_hours * HOUR)
    if instrument.asked == "always":
        return recent
    day, amount = table.time // DAY, table.amount_eur
    doubts = np.zeros(len(day), dtype=bool)
    for today in np.unique(day[recent]):
        before = recent & (day < today) & (day >= today - MONTH_DAYS)
        rows = recent & (day == today)
        least = np.quantile(amount[before], 1 - instrument.doubt_share) if before.any() else 0.0
        doubts |= rows & (amount >= least)
    return doubts


def _numbers(
    instrument: PayeeFacts, holder: pd.DataFrame, account: Ints, time: Ints, sources: Sources
) -> dict[str, Floats]:
    """Return the facts about some payees at some moments as numbers: days, 0 or 1, and people."""
    found: dict[str, Floats] = {}
    for fact in instrument.facts:
        if fact == "account_age":
            found[fact] = np.maximum(time / DAY - holder["opened_day"].to_numpy(), 0)
        elif fact == "holder":
            found[fact] = as_float(holder["age"].to_numpy() == BUSINESS)
        else:
            payments = sources.world.tables["payments"]
            payments = payments[payments["payee"].isin(account)]
            window_s = int(instrument.window_days * DAY)
            every, _ = distinct_payers(payments, Lookups(account, time), window_s)
            found[fact] = every.astype(np.float64)
    return found


def _told(
    fact: str,
    numbers: Floats,
    instrument: PayeeFacts,
    query: Query,
    question: tuple[Ints, Ints],
) -> Floats:
    """Return what a bank says of a fact, from 0 to 1; the same on a day, so noise stays."""
    if instrument.says == "exact":
        return numbers if fact == "holder" else np.minimum(np.log1p(numbers) / LARGEST[fact], 1)
    ends = BANDS[fact]
    band: Ints = np.searchsorted(ends, numbers, side="right").astype(np.int64)
    if isinstance(instrument.mechanism, RandomisedResponse):
        _, same = question
        _, place = np.unique(same, return_index=True)
        share = instrument.mechanism.epsilon / len(instrument.facts)
        rng = query.seeds.rng("facts", fact)
        band = one_of_a_few(band[place], len(ends) + 1, share, rng)[same]
    return band / len(ends)


def one_of_a_few(band: Ints, bands: int, epsilon: float, rng: np.random.Generator) -> Ints:
    """Return each band, or with probability (k - 1) / (e^epsilon + k - 1) one of the others.

    Randomised response over k answers (Kairouz et al. 2016, arXiv 1602.07387).
    """
    draws = rng.random((len(band), 2))  # of each answer its own, so later ones change no earlier
    other = (band + 1 + (draws[:, 1] * (bands - 1)).astype(np.int64)) % bands
    false = draws[:, 0] < (bands - 1) / (np.exp(epsilon) + bands - 1)
    told: Ints = np.where(false, other, band)
    return told


def _flows(
    query: Query,
    instrument: PayeeFacts,
    sources: Sources,
    bank: Floats,
    rows: tuple[Bools, Bools],
    drawn: Lookups,
) -> list[Flow]:
    """Return the flows of account numbers to the payees' banks, and of their answers.

    The noise of an answer hides the holder, and everybody who is counted in it.
    """
    (asked, answered), table, flows = rows, query.table, []
    hashed = instrument.mechanism.name == "keyed_hash"
    account, facts = table.entities["account"], len(instrument.facts)
    hidden = _hidden(instrument, sources, drawn)
    for provider in query.providers[BANK]:
        put = asked & (bank == provider)
        told = answered & (bank == provider)
        name = sources.partners(BANK)[provider]
        flows += [
            Flow(
                sender=query.desk.name,
                receiver=name,
                data="payee_facts_question",
                form="hashed" if hashed else "in_clear",
                about=people(sources.phones_of(np.unique(account[put]))),
                fields=1,
                records=int(put.sum()),
                bytes=int(put.sum()) * (HASH_BYTES if hashed else CODE_BYTES),
            ),
            Flow(
                sender=name,
                receiver=query.desk.name,
                data="payee_facts_answer",
                form=answer_form(instrument.mechanism),
                about=people(sources.phones_of(np.unique(account[told]))),
                fields=facts,
                records=int(told.sum()),
                bytes=int(told.sum()) * facts * ANSWER_BYTES,
                noise=noise_of(instrument.mechanism, *hidden(provider)),
            ),
        ]
    return flows


def _hidden(
    instrument: PayeeFacts, sources: Sources, drawn: Lookups
) -> Callable[[int], tuple[Ints, Ints]]:
    """Return, by bank that answers, the phones of those whom its noise hides, and how often.

    Args:
        instrument: says whether payers are counted.
        sources: the world as the parties hold it.
        drawn: accounts and moments of the answers that noise is drawn for.
    """
    accounts, payments = sources.world.tables["accounts"], sources.world.tables["payments"]
    account = drawn.key >> 32
    window_s = int(instrument.window_days * DAY)

    def of_bank(bank: int) -> tuple[Ints, Ints]:
        held = np.isin(account, accounts.loc[accounts["bank"] == bank, "account"])
        persons, times = account[held], np.ones(int(held.sum()), dtype=np.int64)
        if "payers" in instrument.facts:
            asked = Lookups(account[held], drawn.time[held])
            paid = payments[payments["payee"].isin(persons)]
            payer, often = counts_with(paid, asked, window_s)
            persons, times = np.concatenate([persons, payer]), np.concatenate([times, often])
        return sources.phones_of(persons), times

    return of_bank
