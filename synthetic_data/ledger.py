"""The one code path that writes rows: ordinary life and journeys both hand over *intents*.

Whatever makes a row look like a row (rounding, device, channel, identifiers) is drawn here, for
everybody in the same way, so that no trace of who asked for it is left behind.
"""

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import pandas as pd

from synthetic_data.population import DAY, Floats, Ints, Population
from synthetic_data.seeds import Seeds

NOT_FRAUD = -1
OWN_DEVICE = -1
LIMIT_RAISE, SAVINGS_IN = 0, 1


@dataclass(frozen=True)
class PaymentIntents:
    """Payments somebody means to make; all arrays of one length.

    Attributes:
        time: seconds since the start of the world.
        payer, payee: accounts.
        amount_eur: amount before anybody rounds it.
        rounding: probability that the amount is rounded to a neat sum.
        device: a foreign device, or ``OWN_DEVICE``.
        case: fraud case, or ``NOT_FRAUD``.
        phase: phase of the journey, 0 outside a journey.
    """

    time: Ints
    payer: Ints
    payee: Ints
    amount_eur: Floats
    rounding: Floats
    device: Ints
    case: Ints
    phase: Ints


@dataclass(frozen=True)
class CallIntents:
    """Calls that are tried; a subscriber who is already talking cannot take a second one.

    Attributes:
        time: start in seconds.
        subscriber: person whose operator sees the call.
        number: the other number, as displayed.
        duration_s: length in seconds.
        incoming: whether the subscriber was called.
        case: fraud case or attempt, or ``NOT_FRAUD``.
    """

    time: Ints
    subscriber: Ints
    number: Ints
    duration_s: Ints
    incoming: Ints
    case: Ints


@dataclass(frozen=True)
class ActionIntents:
    """What customers do at their bank besides paying: raising a limit, moving savings."""

    time: Ints
    account: Ints
    kind: Ints


Intents = TypeVar("Intents", PaymentIntents, CallIntents, ActionIntents)


def joined(*parts: Intents) -> Intents:
    """Concatenate intents of one kind."""
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(parts[0])
    }
    return type(parts[0])(**columns)


def write_payments(
    intents: PaymentIntents, population: Population, days: int, seeds: Seeds
) -> pd.DataFrame:
    """Turn intents into ledger rows in order of time.

    A payment outside the horizon, or to or from an account not yet open, does not happen. No two
    payments share both second and amount, so that their order needs no identifier.
    """
    rng = seeds.rng("ledger", "payments")
    size = len(intents.time)
    amount = _rounded(rng, intents.amount_eur, intents.rounding)
    on_app = rng.random(size) < 0.7
    owner = population.account_owner[intents.payer]
    person = np.maximum(owner, 0)
    renewed = intents.time >= population.renewal_day[person] * DAY
    which = np.where(on_app, np.where(renewed, 2, 0), 1)
    device = np.where(
        intents.device == OWN_DEVICE, population.devices[person, which], intents.device
    )
    rows = pd.DataFrame(
        {
            "time": intents.time,
            "payer": intents.payer,
            "payee": intents.payee,
            "amount_eur": amount,
            "app": (on_app & (intents.device == OWN_DEVICE)).astype(np.int8),
            "device": device,
            "case": intents.case,
            "phase": intents.phase,
        }
    )
    opened = population.account_opened
    earliest = np.maximum(0, DAY * np.maximum(opened[intents.payer], opened[intents.payee]))
    rows = rows[(intents.time >= earliest) & (intents.time < days * DAY)]
    return _one_at_a_time(rows)


def _one_at_a_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort by time and amount; move a payment that equals another in both by a second."""
    while True:
        rows = rows.sort_values(["time", "amount_eur"], ignore_index=True)
        same = rows.duplicated(["time", "amount_eur"]).to_numpy()
        if not same.any():
            return rows
        rows["time"] += same.astype(np.int64)


def write_calls(intents: CallIntents, days: int) -> pd.DataFrame:
    """Turn intents into call records by subscriber and start; busy subscribers take no call."""
    inside = np.flatnonzero((intents.time >= 0) & (intents.time < days * DAY))
    start = intents.subscriber[inside].astype(np.int64) * (4 * days * DAY) + intents.time[inside]
    order = np.argsort(start)
    start, inside = start[order], inside[order]
    busy_until = np.maximum.accumulate(start + intents.duration_s[inside])
    free = np.ones(len(inside), dtype=bool)
    free[1:] = start[1:] >= busy_until[:-1]
    taken = inside[free]
    del start, order, busy_until, inside
    columns = {f.name: getattr(intents, f.name)[taken].astype(np.int32) for f in fields(intents)}
    return pd.DataFrame(columns)  # 4 bytes each: call records are the largest table by far


def _rounded(rng: np.random.Generator, amount: Floats, probability: Floats) -> Floats:
    step = np.select([amount < 20, amount < 200, amount < 2000], [1.0, 5.0, 50.0], 100.0)
    neat = rng.random(len(amount)) < probability
    return np.where(neat, np.maximum(step, np.round(amount / step) * step), np.round(amount, 2))
