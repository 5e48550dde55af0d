"""The rows that the acts of a month cause: calls, payments, deposits, web events, spending."""

import numpy as np

from scenarios.base import BILL_ROUNDING, Event, Step
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import HOUR
from synthetic_data.journeys.spending import spend
from synthetic_data.journeys.steps import MONEY, moments
from synthetic_data.journeys.traces import Traces
from synthetic_data.journeys.web import WEB_EVENTS, add_web
from synthetic_data.rows import LIMIT_RAISE, SAVINGS_IN, limit_eur

OPENS_SHARE = 0.2  # [A] victims who open an account at an exchange; others pay a mule instead
AFTER_PAYING_S = (30, 600)  # [A] how long a call goes on after the last payment
BEFORE_PAYING = (0.3, 0.95)  # [A] other calls end within this share of the time to first payment
SITTING_S = 2 * HOUR  # [A] nobody stays on the phone for payments later than this after the first
SHORTEST_CALL_S, LONGEST_CALL_S = 5, 6 * HOUR  # [A]
SAVINGS_UNIT_EUR = 50  # [A] savings are moved in multiples of this amount
NEAR = (0.94, 1.0)  # [A] a bill over about the sum that the criminal had in mind, and no more
OTHER_NUMBER_SHARE = 0.5  # [A] second and later calls of a case that come from another number
OTHER_PHONE_SHARE = 0.1  # [A] victims who are called on a housemate's phone
HANGS_UP_S = 5  # between a call and the next one of the same case


def collect(traces: Traces, steps: tuple[Step, ...], acts: list[Batch]) -> None:
    """Add the rows of all acts within the horizon, and the rows that follow from them."""
    inside = [traces.inside(done) for done in acts]
    _calls(traces, steps, acts, inside)
    for step, done in zip(steps, inside, strict=True):
        if not len(done):
            continue
        if step.event in (Event.LIMIT_RAISE, Event.SAVINGS):
            _at_own_bank(traces, step, done)
        elif step.event is Event.PAYMENT:
            _payments(traces, step, done)
        elif step.event is Event.DEPOSIT:
            _deposits(traces, step, done)
        elif step.event in WEB_EVENTS:
            add_web(step, done, traces)
    if traces.receipts:
        spend(traces.form.spending, joined(traces.receipts), traces, traces.rng)


def _calls(traces: Traces, steps: tuple[Step, ...], acts: list[Batch], inside: list[Batch]) -> None:
    """Add the calls and texts that an operator sees; some last until the first sitting is over."""
    size = len(traces.cases)
    first_paid, _ = moments(steps, acts, MONEY, size)
    soon = [done.take(done["time"] - first_paid[done["row"]] <= SITTING_S) for done in acts]
    _, last_paid = moments(steps, soon, MONEY, size)
    parts = []
    for step, done in zip(steps, inside, strict=True):
        if step.event not in (Event.CALL, Event.TEXT):
            continue
        size, row, time = len(done), done["row"], done["time"]
        length = np.zeros(size)
        if step.length is not None:
            z = traces.rng.standard_normal(size)
            length = step.length.median_s * np.exp(step.length.sigma * z)
        if step.event is Event.CALL:
            pays = last_paid[row] > time
            stays = pays & (traces.rng.random(size) < step.covers)
            over = last_paid[row] - time + traces.rng.integers(*AFTER_PAYING_S, size)
            before = (first_paid[row] - time) * traces.rng.uniform(*BEFORE_PAYING, size)
            leaves = pays & ~stays & (first_paid[row] > time)
            length = np.where(stays, np.maximum(length, over), length)
            length = np.where(leaves, np.minimum(length, before), length)
            length = np.clip(length, SHORTEST_CALL_S, LONGEST_CALL_S)
        visible = (1 - step.hidden) * traces.cases["visible_factor"][row]
        parts.append(
            done.plus(
                length=length,
                seen=traces.rng.random(size) < visible,
                spoofed=traces.rng.random(size) < step.spoofed,
                spoken=np.full(size, step.event is Event.CALL),
                phase=np.full(size, int(step.phase)),
            )
        )
    if parts:
        _put_calls(traces, joined(parts))


def _put_calls(traces: Traces, calls: Batch) -> None:
    calls = calls.take(np.lexsort((calls["time"], calls["row"])))
    if not len(calls):
        return
    row, time = calls["row"], calls["time"]
    same = np.concatenate([row[1:] == row[:-1], [False]])
    free = np.where(same, np.roll(time, -1) - time - HANGS_UP_S, LONGEST_CALL_S)
    length = np.maximum(np.minimum(calls["length"], free), 0).astype(np.int32)
    later = np.concatenate([[False], row[1:] == row[:-1]]) & calls["spoken"]
    second = later & (traces.rng.random(len(row)) < OTHER_NUMBER_SHARE)
    other = traces.book.shown_phone(traces.cases["number"][row], second)
    taken = other < traces.population.next_phone  # the number of a business or an outsider
    bank = traces.population.bank_phone[traces.cases["bank"][row]]
    shown = np.where(calls["spoofed"], bank, other)
    calls = calls.plus(length=length, shown=shown, taken=taken).take(calls["seen"])
    own = calls.take(~calls["spoofed"])
    traces.caller[own["row"]] = own["shown"]
    elsewhere = traces.rng.random(len(traces.cases)) < OTHER_PHONE_SHARE
    person = traces.cases["person"]
    called = np.where(elsewhere, traces.population.housemate(person), person)
    for phase in np.unique(calls["phase"]):
        part = calls.take(calls["phase"] == phase)
        traces.put(
            "calls",
            time=part["time"],
            subscriber=called[part["row"]],
            number=part["shown"],
            duration_s=part["length"],
            incoming=np.ones(len(part), dtype=np.int8),
            spoofed=part["spoofed"] | part["taken"],
            case=traces.cases["case"][part["row"]],
            phase=int(phase),
        )


def _at_own_bank(traces: Traces, step: Step, done: Batch) -> None:
    if step.event is Event.SAVINGS:  # rounded as before an ordinary large payment
        kind, amount = SAVINGS_IN, np.ceil(done["amount_eur"] / SAVINGS_UNIT_EUR) * SAVINGS_UNIT_EUR
    else:
        kind, amount = LIMIT_RAISE, limit_eur(done["amount_eur"])
    traces.put(
        "actions",
        time=done["time"],
        account=traces.cases["account"][done["row"]],
        kind=np.full(len(done), kind, dtype=np.int8),
        amount_eur=amount,
        case=traces.cases["case"][done["row"]],
        phase=step.phase,
    )


def _payments(traces: Traces, step: Step, done: Batch) -> None:
    row = done["row"]
    share = traces.form.preparation.second_mule_share
    second: Bools = traces.rng.random(len(done)) < share
    chain = traces.chain(row, second.astype(np.int64))
    done = done.plus(amount_eur=_as_billed(traces, chain[:, 0], done["amount_eur"]))
    traces.put(
        "payments",
        time=done["time"],
        payer=traces.cases["account"][row],
        payee=chain[:, 0],
        amount_eur=done["amount_eur"],
        device=traces.device(step, done),
        case=traces.cases["case"][row],
        phase=step.phase,
    )
    person, mule = traces.cases["person"][row], traces.cases["mule"][row]
    traces.receive(done["time"], chain, done["amount_eur"], person, mule)


def _as_billed(traces: Traces, payee: Ints, amount_eur: Floats) -> Floats:
    """Return amounts that, to a company, are those of a bill: seldom round."""
    rng, size = traces.rng, len(payee)
    billed = (traces.population.owner(payee) < 0) & (rng.random(size) >= BILL_ROUNDING)
    near = np.maximum(np.rint(100 * amount_eur * rng.uniform(*NEAR, size)), 1) / 100
    return np.where(billed, near, amount_eur)


def _deposits(traces: Traces, step: Step, done: Batch) -> None:
    """Add the crypto that victims buy; some without an exchange account pay a mule instead."""
    case, person = done["row"], traces.cases["person"][done["row"]]
    willing = traces.population.hash.uniform("opens", traces.book.own(traces.cases["case"][case]))
    buys = traces.book.members.is_trader(person) | (willing < OPENS_SHARE)
    _payments(traces, step, done.take(~buys))
    done = done.take(buys)
    row = done["row"]
    columns = {name: traces.cases[name][row] for name in ("person", "account", "mule", "case")}
    columns |= {"time": done["time"], "amount_eur": done["amount_eur"]}
    traces.buy_crypto(Batch({**columns, "device": traces.device(step, done)}), step.phase)
