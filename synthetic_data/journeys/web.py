"""The rows of criminals at web shops, marketplaces, payment providers and social platforms."""

import numpy as np

from scenarios.base import Event, Phase, Step
from synthetic_data.arrays import Ints
from synthetic_data.background.actors import by_day, paying_account
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, HOUR
from synthetic_data.journeys.crowd import BETWEEN
from synthetic_data.journeys.traces import Traces

WEB_EVENTS = (Event.ADVERT, Event.LISTING, Event.CONTACT, Event.ORDER, Event.CHECKOUT)
PICK_UP_SHARE = 0.25  # [A] criminal orders delivered at a parcel point; the others at an address
ADDRESSES = 3  # [A] addresses per group
ACCOUNT_HERE_SHARE = 0.75  # [A] sellers who give their account number on the marketplace itself
HONEST_SHARE = 0.3  # [A] orders that a fake shop delivers, per victim of its first campaign
HONEST_DAYS = 3  # [A] days from first use within which those orders fall
PAYOUT_DAYS = (1, 7)  # [A] providers pay out daily or weekly
PAYOUT_HOURS = (6, 10)  # [A] in the morning, as to other shops


def add_web(step: Step, done: Batch, traces: Traces) -> None:
    """Add the rows of one step at an online partner."""
    if step.event is Event.ADVERT:
        _clicks(step, done, traces)
    elif step.event is Event.LISTING:
        _listings(done, traces)
    elif step.event is Event.CONTACT:
        _contacts(step, done, traces)
    elif step.event is Event.ORDER:
        _orders(step, done, traces)
    elif step.event is Event.CHECKOUT:
        _checkouts(step, done, traces)


def _clicks(step: Step, done: Batch, traces: Traces) -> None:
    row, population = done["row"], traces.population
    web = traces.cases["web"][row]
    platform = traces.book.partner_of("advertisers", web)
    traces.put(
        "clicks",
        time=done["time"],
        platform=platform,
        member=platform * 2 * population.persons + traces.cases["person"][row],
        advertiser=traces.book.business(web),
        case=traces.cases["case"][row],
        phase=step.phase,
    )
    new, _, day = traces.book.opening("advertisers", web, row, traces.rng)
    traces.open(
        "advertisers",
        advertiser=traces.book.business(new),
        platform=traces.book.partner_of("advertisers", new),
        opened_day=day,
    )


def _seller(row: Ints, traces: Traces) -> tuple[Ints, Ints]:
    """Return marketplace and user number of fake sellers; register the accounts they open."""
    book, web = traces.book, traces.cases["web"][row]
    new, phone, day = book.opening("users", web, traces.criminal_phone(row), traces.rng)
    place, user = book.web_account("users", new)
    traces.open("users", user=user, place=place, phone=phone, opened_day=day)
    return book.web_account("users", web)


def _listings(done: Batch, traces: Traces) -> None:
    place, seller = _seller(done["row"], traces)
    traces.put(
        "listings",
        time=done["time"],
        place=place,
        seller=seller,
        price_eur=done["amount_eur"],
        device=traces.criminal_device(done["row"]),
        case=np.full(len(done), -1),
        phase=Phase.PREPARATION,
    )


def _contacts(step: Step, done: Batch, traces: Traces) -> None:
    """Add answers to an offer; targets without an account at the marketplace leave no row."""
    person = traces.cases["person"][done["row"]]
    place = traces.book.partner_of("users", traces.cases["web"][done["row"]])
    user = traces.book.members.user_opened(place, person) <= done["time"] // DAY
    hacked = traces.book.taken_over("users", traces.cases["web"][done["row"]])
    done = done.take(user & (hacked != person))  # nobody answers their own offer
    row = done["row"]
    place, seller = _seller(row, traces)
    agrees = traces.cases["reach"][row] == Phase.SPENDING
    here = agrees & (traces.rng.random(len(row)) < ACCOUNT_HERE_SHARE)
    traces.put(
        "contacts",
        time=done["time"],
        place=place,
        seller=seller,
        buyer=place * 2 * traces.population.persons + traces.cases["person"][row],
        account=np.where(here, traces.chain(row, 0)[:, 0], -1),
        case=traces.cases["case"][row],
        phase=step.phase,
    )


def _orders(step: Step, done: Batch, traces: Traces) -> None:
    row, population, book = done["row"], traces.population, traces.book
    web, size = traces.cases["web"][row], len(done)
    shop, customer = book.web_account("customers", web)
    address = _address(traces.cases["group"][row], web, traces)
    share = address / population.households
    point = population.households + (share * population.parcel_points).astype(np.int64)
    pick_up = traces.rng.random(size) < PICK_UP_SHARE
    traces.put(
        "orders",
        time=done["time"],
        shop=shop,
        customer=customer,
        amount_eur=done["amount_eur"],
        pay_later=np.ones(size, dtype=np.int8),
        device=traces.criminal_device(row),
        address=np.where(pick_up, point, address),
        pick_up=pick_up.astype(np.int8),
        case=traces.cases["case"][row],
        phase=step.phase,
    )
    new, phone, day = book.opening("customers", web, traces.criminal_phone(row), traces.rng)
    group = traces.cases["group"][row[np.unique(web, return_index=True)[1]]]
    group = group[np.isin(np.unique(web), new)]
    shop, customer = book.web_account("customers", new)
    traces.open(
        "customers",
        customer=customer,
        shop=shop,
        phone=phone,
        address=_address(group, new, traces),
        opened_day=day,
    )


def _address(group: Ints, web: Ints, traces: Traces) -> Ints:
    """Return the address of each customer account: one of the few of its group."""
    which = traces.book.own(group * ADDRESSES + web % ADDRESSES)
    u = traces.population.hash.uniform("criminal address", which)
    return (u * traces.population.households).astype(np.int64)


def _checkouts(step: Step, done: Batch, traces: Traces) -> None:
    """Add purchases at fake shops, a few of them delivered, and the payouts to mules."""
    row, book, cases = done["row"], traces.book, traces.cases
    web = cases["web"][row]
    new, _, day = book.opening("merchants", web, row, traces.rng)
    traces.open(
        "merchants",
        merchant=book.business(new),
        psp=book.partner_of("merchants", new),
        payout_account=book.payouts[new, 0],
        opened_day=day,
    )
    bought = Batch(
        {
            "time": done["time"],
            "web": web,
            "account": cases["account"][row],
            "amount_eur": done["amount_eur"],
            "device": traces.device(step, done),
            "case": cases["case"][row],
            "mule": cases["mule"][row],
            "start": np.floor(cases["start"][row]).astype(np.int64) * DAY,
        }
    )
    _pay_shop(bought, step.phase, traces)
    delivered = _honest(bought.take(np.isin(web, new)), traces)
    _pay_shop(delivered, Phase.PREPARATION, traces)
    takings = {name: np.concatenate([bought[name], delivered[name]]) for name in bought.columns}
    _pay_out(Batch(takings), traces)


def _pay_shop(bought: Batch, phase: int, traces: Traces) -> None:
    """Add checkouts and the payments behind them, at the same second as at any other shop."""
    web = bought["web"]
    psp = traces.book.partner_of("merchants", web)
    traces.put(
        "checkouts",
        time=bought["time"],
        psp=psp,
        merchant=traces.book.business(web),
        account=bought["account"],
        amount_eur=bought["amount_eur"],
        device=bought["device"],
        case=bought["case"],
        phase=phase,
    )
    traces.put(
        "payments",
        time=bought["time"],
        payer=bought["account"],
        payee=traces.population.psp_account[psp],
        amount_eur=bought["amount_eur"],
        device=bought["device"],
        case=bought["case"],
        phase=phase,
    )


def _honest(bought: Batch, traces: Traces) -> Batch:
    """Return purchases that a new fake shop delivers, soon after its first use."""
    rng, like = traces.rng, bought.take(traces.rng.random(len(bought)) < HONEST_SHARE)
    size = len(like)
    # a shop of an earlier month may sell its first goods in this one
    since = np.maximum(np.maximum(traces.book.in_use(like["web"]), like["start"]), 0)
    time = by_day(since + (rng.random(size) * HONEST_DAYS * DAY).astype(np.int64))
    nobody = np.full(size, -1)
    person = traces.crowd.targets(rng, np.full(size, BETWEEN), nobody, buying=True)
    account = paying_account(rng, traces.population, person, time)
    honest = like.plus(
        time=time,
        account=account,
        device=traces.own_device(person, time),
        case=np.full(size, -1),
    )
    return honest.take((account >= 0) & (time < traces.end))


def _pay_out(takings: Batch, traces: Traces) -> None:
    """Add the payouts of the provider: the takings of a day or of a week, in the morning.

    Payouts to a shop that was taken over stay on its account; mules move on those of the others.
    """
    if not len(takings):
        return
    population, rng, book = traces.population, traces.rng, traces.book
    u = population.hash.uniform("payout rhythm", book.own(takings["web"]))
    days = np.where(u < 0.5, *PAYOUT_DAYS)
    phase = (u * 1e6).astype(np.int64) % days
    period = (takings["time"] // DAY + phase) // days
    order = np.lexsort((period, takings["web"]))
    web, period = takings["web"][order], period[order]
    first = np.concatenate([[True], (web[1:] != web[:-1]) | (period[1:] != period[:-1])])
    start = np.flatnonzero(first)
    amount = np.rint(np.add.reduceat(takings["amount_eur"][order], start) * 100) / 100
    web, period, mule = web[start], period[start], takings["mule"][order][start]
    days, phase = days[order][start], phase[order][start]
    hour = rng.integers(PAYOUT_HOURS[0] * HOUR, PAYOUT_HOURS[1] * HOUR, len(web))
    time = ((period + 1) * days - phase) * DAY + hour
    payer = population.psp_account[book.partner_of("merchants", web)]
    traces.put(
        "payments",
        time=time,
        payer=payer,
        payee=book.payouts[web, 0],
        amount_eur=amount,
        device=population.office_device(book.partner_of("merchants", web)),
        case=np.full(len(web), -1),
        phase=Phase.SPENDING,
    )
    paid = np.flatnonzero((time < traces.end) & (book.taken_over("merchants", web) < 0))
    traces.receive(
        time[paid], book.payouts[web[paid]], amount[paid], np.full(len(paid), -1), mule[paid]
    )
