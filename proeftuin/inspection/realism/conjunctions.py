"""Conjunctions: whether telling facts meet in fraud alone (K).

One fact seldom tells fraud; if honest people never have two or three of them together, the product
of the facts does, and a rule of three conditions looks like a detector that nobody has.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from proeftuin.features.asof import History, Lookups, first_of_pair
from proeftuin.features.table import ints
from proeftuin.inspection.checks import Check, judged, skipped
from proeftuin.inspection.evidence import Evidence
from proeftuin.inspection.expected import few, victims
from proeftuin.settings.study import Settings
from synthetic_data.arrays import Bools, Ints
from synthetic_data.clock import DAY, HOUR
from synthetic_data.rows import LIMIT_RAISE, SAVINGS_IN

#: Bounds of the facts: round figures of an analyst, none of them the generator's.
YOUNG, OLD, NEW_ACCOUNT_DAYS, LARGE_EUR = 30, 70, 90, 500.0
#: A rule that an analyst writes down in a day finds no more than this share of the fraud within one
#: alert per 1,000 payments; if it did, banks would have it. [A]
MOST_FOUND, ALERTS = 0.30, 0.001
#: Odds ratio of two facts among honest payments, where honest life brings them together. [A]
LEAST_ODDS = 1.5
TOGETHER = (
    ("in a call", "new payee"),
    ("in a call", "young payee"),
    ("in a call", "new account of the payee"),
    ("new payee", "savings moved"),
    ("new payee", "limit raised"),
    ("called in the last hour", "new payee"),
)
SERVICES = 10  #: numbers that call the most people: those of banks among them
MANY = 3  #: first payments by others that a payee received within a day


def conjunctions(evidence: Evidence, settings: Settings) -> list[Check]:
    """Return K1 and K2, over the payments of private persons, once there is some history."""
    names = (
        "fraud found by two facts within 1 alert per 1,000",
        "fraud found by three facts within 1 alert per 1,000",
    )
    why = few("victims", victims(settings))
    rows = _private(evidence)
    late = ints(rows["time"]) >= settings.evaluation.warm_up_days * DAY
    facts = {name: fact[late] for name, fact in _facts(evidence, rows)}
    rows = rows[late]
    fraud = rows["transfer"].to_numpy()
    honest = ~rows["fraud"].to_numpy()
    checks = [
        skipped("K1", name, why, None, MOST_FOUND)
        if why
        else purest(name, facts, fraud, honest, count)
        for count, name in enumerate(names, start=2)
    ]
    return [*checks, *_dependence(facts, honest)]


def _private(evidence: Evidence) -> pd.DataFrame:
    """Return the payments by private persons, mules that move money on aside, with the person."""
    rows = evidence.payments
    person = evidence.person("account").reindex(rows["payer"]).fillna(-1).to_numpy(np.int64)
    own = (person >= 0) & ~(rows["fraud"] & ~rows["transfer"]).to_numpy()
    return rows.assign(person=person, first=_first_paid(rows))[own]


def _first_paid(rows: pd.DataFrame) -> Bools:
    return first_of_pair(ints(rows["payer"]), ints(rows["payee"]))


def _facts(evidence: Evidence, rows: pd.DataFrame) -> Iterator[tuple[str, Bools]]:
    """Yield the facts that the partners of this world can show, by name: (rows,) each."""
    tables, time = evidence.world.tables, ints(rows["time"])
    accounts = tables["accounts"].set_index("account")
    age = rows["payee"].map(accounts["age"]).to_numpy()
    opened = rows["payee"].map(accounts["opened_day"]).to_numpy()
    yield "new payee", rows["first"].to_numpy()
    yield "young payee", (age >= 0) & (age < YOUNG)
    yield "new account of the payee", time / DAY - opened < NEW_ACCOUNT_DAYS
    yield "large amount", rows["amount_eur"].to_numpy() >= LARGE_EUR
    yield "old payer", rows["payer"].map(accounts["age"]).to_numpy() >= OLD
    yield "new device", first_of_pair(ints(rows["payer"]), ints(rows["device"]))
    payers, payees = Lookups(ints(rows["payer"]), time), Lookups(ints(rows["payee"]), time)
    first = rows["first"].to_numpy()
    new = History(ints(rows["payee"])[first], time[first]).before(payees)
    yield "payee with new payers today", new.count(DAY) >= MANY
    fresh = History(ints(rows["payer"])[first], time[first]).before(payers)
    yield "second new payee within the hour", first & (fresh.count(HOUR) > 0)
    for kind, name in ((LIMIT_RAISE, "limit raised"), (SAVINGS_IN, "savings moved")):
        done = tables["actions"][tables["actions"]["kind"] == kind]
        past = History(ints(done["account"]), ints(done["time"])).before(payers)
        yield name, past.count(DAY) > 0
    if "calls" in tables:
        yield from _in_calls(evidence, rows["person"].to_numpy(), time)


def _in_calls(evidence: Evidence, person: Ints, time: Ints) -> Iterator[tuple[str, Bools]]:
    calls = evidence.world.tables["calls"]
    calls = calls[calls["duration_s"] > 0]
    who = evidence.person("phone").reindex(calls["subscriber"]).fillna(-1).to_numpy(np.int64)
    own = who >= 0
    calls, who = calls[own].reset_index(drop=True), who[own]
    start, incoming = ints(calls["time"]), calls["incoming"].to_numpy() == 1
    asked = Lookups(person, time)
    end = start + ints(calls["duration_s"])
    last = History(who, start).before(asked).last()
    yield "in a call", (last >= 0) & (end[last] > time)
    strange = first_of_pair(who, ints(calls["number"]))
    for which, name in (
        (incoming, "called in the last hour"),
        (incoming & strange, "called by a number that never called before"),
        (incoming & _busiest(calls), "called by a service number"),
    ):
        called = History(who[which], start[which]).before(asked)
        yield name, called.count(HOUR) > 0


def _busiest(calls: pd.DataFrame) -> Bools:
    """Return the calls with one of the few numbers that very many people are called by."""
    people = calls.groupby("number")["subscriber"].nunique()
    return calls["number"].isin(people.nlargest(SERVICES).index).to_numpy()


def purest(name: str, facts: dict[str, Bools], fraud: Bools, honest: Bools, count: int) -> Check:
    """Return the most fraud that a rule of some facts finds within the alerts of an analyst.

    The note says how much more often than by chance its alerts are right.
    """
    best, where = 0.0, "none stays within it"
    for chosen in combinations(facts, count):
        rule = np.logical_and.reduce([facts[each] for each in chosen])
        if (rule & honest).mean() <= ALERTS:
            found = float((rule & fraud).sum() / max(fraud.sum(), 1))
            if found > best:
                best, where = found, " and ".join(chosen)
                lift = found / max(float((rule & (honest | fraud)).mean()), 1 / len(rule))
                where += f": {lift:,.0f} times chance"
    return judged("K1", name, best, None, MOST_FOUND, where)


def _dependence(facts: dict[str, Bools], honest: Bools) -> Iterator[Check]:
    """Yield the odds ratios of pairs of facts among honest payments."""
    for one, other in TOGETHER:
        name = f"odds ratio among honest payments: {one}, {other}"
        if one not in facts:
            yield skipped("K2", name, "telecom takes no part", LEAST_ODDS)
            continue
        yield judged("K2", name, odds_ratio(facts[one][honest], facts[other][honest]), LEAST_ODDS,
                     None)  # fmt: skip


def odds_ratio(one: Bools, other: Bools) -> float:
    """Return the odds of a fact where the other holds, over the odds where it does not.

    Half a row is added to each of the four counts (Haldane-Anscombe), so that none is 0.
    """
    both, neither = (one & other).sum() + 0.5, (~one & ~other).sum() + 0.5
    return float(both * neither / (((one & ~other).sum() + 0.5) * ((~one & other).sum() + 0.5)))
