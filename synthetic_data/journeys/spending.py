"""How the money leaves the mules: on to other accounts, out in cash, or into crypto."""

import math

import numpy as np

from scenarios.base import Phase
from scenarios.phases import Spending
from synthetic_data.arrays import Floats, Ints
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, HOUR, MINUTE, PAYMENTS
from synthetic_data.journeys.resources import CHAIN
from synthetic_data.journeys.steps import later
from synthetic_data.journeys.traces import Traces
from synthetic_data.rows import CASH_OUT, neat

HOURS_SIGMA = 1.0  # [A] spread of the time until money is moved on
LARGEST_CUT = 0.1  # [A] maximum share that a mule keeps
SPLIT_SHARE = 0.3  # [A] receipts moved on in two parts
NEAT_SHARE = 0.7  # [A] moved on in a round amount, as between ordinary private accounts
CRYPTO_MULE_SHARE = 0.9  # [A] chains into crypto that end with a customer of an exchange
WITHDRAWAL_EUR, MOST_WITHDRAWALS = 500, 5  # [A] in cash: typical, most a day
UNEVEN = (0.2, 1.8)  # [A] range of the relative sizes of one day's withdrawals
DAYLIGHT = (7 * HOUR, 21 * HOUR)  # [A] of cash withdrawals; later ones move to the next day
NOBODY = -1


def spend(settings: Spending, receipts: Batch, traces: Traces, rng: np.random.Generator) -> None:
    """Add the payments, withdrawals and crypto purchases that follow a mule's receipts.

    Args:
        settings: parameters of the form.
        receipts: ``time``, ``chain`` (rows, CHAIN) accounts with the receiving one first,
            ``amount_eur``, the paying ``person`` (-1 for a company) and ``mule``, the number of the
            resource.
        traces: collects the rows.
        rng: stream of the caller.
    """
    money = receipts.take(rng.random(len(receipts)) < settings.moved_share)
    accounts = 1 + rng.binomial(CHAIN - 1, (settings.hops_mean - 1) / (CHAIN - 1), len(money))
    part = rng.uniform(0.3, 0.7, len(money))
    parts = np.where(rng.random(len(money)) < SPLIT_SHARE, 2, 1)
    row = np.repeat(np.arange(len(money)), parts)
    second = np.concatenate([[False], row[1:] == row[:-1]])[: len(row)]
    share = np.where(parts[row] == 1, 1.0, np.where(second, 1 - part[row], part[row]))
    amount = np.floor(money["amount_eur"][row] * share * 100) / 100
    money = money.take(row).plus(amount_eur=amount, holder=money["chain"][row, 0])
    accounts = accounts[row]
    for level in range(1, CHAIN):
        going = np.flatnonzero(accounts > level)
        onward = money.take(going)
        moved = _hop(settings, onward, onward["chain"][:, level], traces, rng)
        money = _replaced(money, going, moved)
    fate = rng.random(len(money))
    in_cash = fate < settings.cash_share
    in_crypto = ~in_cash & (fate < settings.cash_share + settings.crypto_share)
    _cash(settings, money.take(in_cash), traces, rng)
    _crypto(settings, money.take(in_crypto), traces, rng)


def _replaced(money: Batch, rows: Ints, moved: Batch) -> Batch:
    columns = {name: column.copy() for name, column in money.columns.items()}
    for name in ("time", "amount_eur", "holder"):
        columns[name][rows] = moved[name]
    return Batch(columns)


def _moved_on(settings: Spending, money: Batch, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Return the time and the amount that is moved on, never more than was received."""
    size = len(money)
    wait = HOUR * rng.lognormal(math.log(settings.hours_median), HOURS_SIGMA, size)
    kept = money["amount_eur"] * (1 - rng.uniform(0, LARGEST_CUT, size))
    cents = np.maximum(np.floor(kept * 100), 1) / 100
    whole = neat(rng, cents, NEAT_SHARE)
    time = later(money["time"], wait)
    # an account that moves the same amount on twice a day sends the exact amount the second time
    sums = np.stack([money["holder"], time // DAY, np.rint(whole * 100).astype(np.int64)])
    again = np.ones(size, dtype=bool)
    again[np.unique(sums, axis=1, return_index=True)[1]] = False
    return time, np.where(again | (whole > money["amount_eur"]), cents, whole)


def _hop(
    settings: Spending, money: Batch, to: Ints, traces: Traces, rng: np.random.Generator
) -> Batch:
    time, amount = _moved_on(settings, money, rng)
    payer = money["holder"]
    owner = traces.population.owner(payer)
    payee = traces.book.usable(to, time, owner, money["person"])
    traces.put(
        "payments",
        time=time,
        payer=payer,
        payee=payee,
        amount_eur=amount,
        device=traces.holder_device(payer, time),
        case=np.full(len(money), NOBODY),
        phase=Phase.SPENDING,
    )
    refused = traces.book.freezes.frozen(payer, time)  # then the money stays
    return money.plus(time=time, amount_eur=amount, holder=np.where(refused, payer, payee))


def _cash(settings: Spending, money: Batch, traces: Traces, rng: np.random.Generator) -> None:
    """Add the withdrawals of a day's receipts: several unequal multiples of EUR 10 in a row."""
    time, amount = _moved_on(settings, money, rng)
    open_at, closed_at = DAYLIGHT
    late = (time % DAY < open_at) | (time % DAY >= closed_at)
    day = time // DAY + (time % DAY >= closed_at)
    time = np.where(late, PAYMENTS.time_of_day(rng, day), time)
    time = np.maximum(time, money["time"])
    visit = np.stack([money["holder"], time // DAY])
    (holder, _), visit_of = np.unique(visit, axis=1, return_inverse=True)
    size = len(holder)
    amount = np.minimum(np.bincount(visit_of, amount, size), MOST_WITHDRAWALS * WITHDRAWAL_EUR)
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, visit_of, time)
    times = np.where(amount < 10, 0, np.ceil(amount / WITHDRAWAL_EUR)).astype(np.int64)
    row, start = np.repeat(np.arange(size), times), np.cumsum(times) - times
    nth = np.arange(len(row)) - start[row]
    # the parts of a visit come from disjoint ranges, so that no two are the same
    rank = np.lexsort((rng.random(len(row)), row)) - start[row]
    part = UNEVEN[0] + (UNEVEN[1] - UNEVEN[0]) * (rank + rng.random(len(row))) / times[row]
    each = np.floor(amount[row] * part / np.bincount(row, part, size)[row] / 10) * 10
    traces.put(
        "actions",
        time=last[row] + nth * rng.integers(MINUTE, 4 * MINUTE, size)[row],
        account=holder[row],
        kind=np.full(len(row), CASH_OUT, dtype=np.int8),
        amount_eur=each,
        case=np.full(len(row), NOBODY),
        phase=Phase.SPENDING,
    )


def _crypto(settings: Spending, money: Batch, traces: Traces, rng: np.random.Generator) -> None:
    """Add crypto purchases, mostly through the account of an existing exchange customer."""
    known = traces.book.customer(traces.population.owner(money["holder"]), money["time"])
    trader = traces.book.crypto_mule(money["mule"])
    company = traces.population.owner(money["holder"]) < 0
    through = company | (rng.random(len(money)) < CRYPTO_MULE_SHARE)
    going = np.flatnonzero(~known & (trader >= 0) & through)
    moved = _hop(settings, money.take(going), trader[going], traces, rng)
    money = _replaced(money, going, moved)
    money = money.take(traces.population.owner(money["holder"]) >= 0)  # a company opens no account
    time, amount = _moved_on(settings, money, rng)
    owner = traces.population.owner(money["holder"])
    traces.buy_crypto(
        Batch(
            {
                "time": time,
                "person": owner,
                "account": money["holder"],
                "amount_eur": amount,
                "device": traces.own_device(owner, time),
                "mule": money["mule"],
                "case": np.full(len(money), NOBODY),
            }
        ),
        Phase.SPENDING,
    )
