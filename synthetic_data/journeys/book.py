"""Resources of a form's criminals, kept from month to month, and the accounts they open."""

import numpy as np

from scenarios.base import Event, FraudForm, Phase, Step
from synthetic_data.arrays import Bools, Ints
from synthetic_data.background.actors import partner
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY
from synthetic_data.freezes import Freezes
from synthetic_data.journeys.mules import mules_of
from synthetic_data.journeys.resources import CHAIN, ResourcePool
from synthetic_data.journeys.steps import moments
from synthetic_data.journeys.takeovers import Takeovers
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population
from synthetic_data.settings import WorldSettings

LANES = 2  #: mules in use at the same time: the usual one and a second one
PREPARED_DAYS = (5, 61)  # [A] days from the opening of a web account to its first use
#: Registers of web accounts, with the sector of their partners.
WEB = {
    "customers": "webshop",
    "users": "marketplace",
    "merchants": "psp",
    "advertisers": "social",
}
#: Events that pay a mule, and all events that need a mule's account.
BY_MULE = (Event.PAYMENT, Event.DEPOSIT)
GIVES_ACCOUNT = (*BY_MULE, Event.CONTACT, Event.CHECKOUT)


class Book:
    """Resources of one form.

    The numbers of criminals' resources interleave across the forms, so no two forms share a phone,
    a device or an account: number ``n`` of a form becomes ``n * forms + index of the form``.

    Args:
        form: fraud form.
        world: settings.
        population: its persons and businesses.
        freezes: accounts that banks freeze; those of mules are added.
        forms: names of all forms across which numbers interleave.
    """

    def __init__(
        self,
        form: FraudForm,
        world: WorldSettings,
        population: Population,
        freezes: Freezes,
        forms: tuple[str, ...],
    ) -> None:
        preparation = form.preparation
        self._form, self._world, self.population = form, world, population
        self.freezes = freezes
        self.members = Memberships(world, population)
        self._takeovers = Takeovers(preparation.taken_over_share, world, population, self.members)
        self._slot, self._forms = forms.index(form.name), len(forms)
        self._capacity = max(1, population.persons // self._forms - 1)
        self._mule = ResourcePool(preparation.victims_per_mule)
        self._device = ResourcePool(preparation.victims_per_device)
        self._number = ResourcePool(preparation.contacts_per_number)
        self._web = ResourcePool(preparation.victims_per_web_account)
        #: (mules, LANES, CHAIN) accounts of every mule resource.
        self.chains = np.zeros((0, LANES, CHAIN), dtype=np.int64)
        self._opened = {register: np.zeros(0, dtype=bool) for register in WEB}
        self._offered = np.zeros(0, dtype=bool)  # by web account, whether a case has opened it
        #: (web accounts, CHAIN) accounts that receive the takings of every fake shop, -1 until its
        #: first case.
        self.payouts = np.zeros((0, CHAIN), dtype=np.int64)
        recruits = mules_of(population).recruits.astype(np.int64)
        start = np.zeros(len(recruits), dtype=np.int64)
        self._exchange_customers = self.customer(recruits, start)  # (recruits,)
        self._traders = np.full(population.persons, -1, dtype=np.int32)
        self._trader_count = 0

    def own(self, number: Ints) -> Ints:
        """Return the number across all forms of each resource, given its number in this form."""
        return number * self._forms + self._slot

    def account_at(self, index: Ints, number: Ints) -> Ints:
        """Return customer, user or trader numbers beyond those of the persons.

        A partner has room for as many accounts of criminals as there are persons; a form that opens
        more reuses old numbers.

        Args:
            index: (rows,) partner.
            number: (rows,) number of the account in this form.
        """
        persons = self.population.persons
        return index * 2 * persons + persons + self.own(number % self._capacity)

    def partner_of(self, register: str, web: Ints) -> Ints:
        """Return the partner of each web account: by market share, or that of a taken-over shop."""
        shares = getattr(self._world.market, WEB[register])
        u = self.population.hash.uniform(f"criminal {register}", self.own(web))
        usual = partner(u * sum(shares.values()), shares)
        if register != "merchants":
            return usual
        shop = self.taken_over(register, web)
        return np.where(shop >= 0, self.population.shop_psp[shop], usual)

    def taken_over(self, register: str, web: Ints) -> Ints:
        """Return the person or business each web account belonged to, -1 for a fresh one.

        Args:
            register: key of ``WEB``; criminals advertise in the name of a shop they take over.
            web: (rows,) web accounts.
        """
        number, since = self.own(web), self._web.since[web]
        if register == "users":
            return self._takeovers.user(number, self.partner_of(register, web), since)
        if register == "customers":
            return self._takeovers.customer(number, self.partner_of(register, web), since)
        return self._takeovers.shop(number, since)

    def web_account(self, register: str, web: Ints) -> tuple[Ints, Ints]:
        """Return the partner and the customer or user number of each web account."""
        index, person = self.partner_of(register, web), self.taken_over(register, web)
        hacked = index * 2 * self.population.persons + person
        return index, np.where(person >= 0, hacked, self.account_at(index, web))

    def business(self, web: Ints) -> Ints:
        """Return the merchant and advertiser number of each web account."""
        shop = self.taken_over("merchants", web)
        return np.where(shop >= 0, shop, self.population.businesses + self.own(web))

    def phone(self, number: Ints, second: Bools | bool = False) -> Ints:
        """Return the first or second line of each phone resource as its operator knows it."""
        return self.population.next_phone + self.own(2 * number + second)

    def shown_phone(self, number: Ints, second: Bools) -> Ints:
        """Return the phone number that targets see: the same, or a spoofed one."""
        spoofed = self._takeovers.phone(self.own(2 * number + second))
        return np.where(spoofed >= 0, spoofed, self.phone(number, second))

    def device(self, number: Ints) -> Ints:
        """Return the device of each resource."""
        shared = self._takeovers.device(self.own(number))
        return np.where(shared >= 0, shared, self.population.next_device + self.own(number))

    def wallet(self, mule: Ints) -> Ints:
        """Return the wallet that receives the crypto of each mule."""
        service = self._takeovers.wallet(self.own(mule))
        return np.where(service >= 0, service, self.population.persons + self.own(mule))

    def serve(self, cases: Batch) -> Batch:
        """Return the cases with ``number``, ``device`` and ``web``.

        Numbers wear out by contacts, devices and web accounts by victims. ``with_mules`` assigns
        mules, once it is known which cases pay.
        """
        lineage, time = cases["lineage"], cases["contact_time"]
        start = np.floor(cases["start"]).astype(np.int64) * DAY
        victims = cases["reach"] == Phase.SPENDING
        return cases.plus(
            number=self._number.serve(lineage, time, np.ones(len(cases), dtype=bool)),
            device=self._device.serve(lineage, time, victims),
            web=self._web.serve(lineage, time, victims, start),
        )

    def opens(self, cases: Batch) -> Bools:
        """Return the (cases,) mask of those that are the first of their web account."""
        more = np.zeros(len(self._web.since) - len(self._offered), dtype=bool)
        self._offered = np.concatenate([self._offered, more])
        order = np.argsort(cases["contact_time"], kind="stable")
        web, first = np.unique(cases["web"][order], return_index=True)
        opens = np.zeros(len(cases), dtype=bool)
        opens[order[first[~self._offered[web]]]] = True
        self._offered[web] = True
        return opens

    def with_mules(
        self, cases: Batch, steps: tuple[Step, ...], acts: list[Batch], rng: np.random.Generator
    ) -> Batch:
        """Return the cases with ``mule`` and ``mule_time``, the second of its first use."""
        pays = moments(steps, acts, BY_MULE, len(cases))[1] >= 0
        needed = moments(steps, acts, GIVES_ACCOUNT, len(cases))[0]
        time = np.where(needed < np.iinfo(np.int64).max, needed, cases["contact_time"])
        mule = self._mule.serve(cases["lineage"], time, pays)
        new = self._mule.since[len(self.chains) :]
        chains = self._recruit(new, rng)
        self.chains = np.concatenate([self.chains, chains])
        first, since = chains[:, :, 0].ravel(), np.repeat(new, LANES)
        self.freezes.catch(first, since, self._form.preparation)
        return cases.plus(mule=mule, mule_time=time)

    def _recruit(self, since: Ints, rng: np.random.Generator) -> Ints:
        """Draw the account chains of new mules; the first account may be opened for the purpose."""
        mules, size = mules_of(self.population), LANES * len(since)
        day = np.maximum(np.repeat(since // DAY, LANES), 1)
        chain = [mules.draw(rng, day, self._form.preparation)]
        while len(chain) < CHAIN:
            elsewhere = rng.random(size) < self._form.spending.other_bank_share
            older = self._form.preparation.older_mule_share
            chain.append(mules.next_in_chain(rng, chain[-1], elsewhere, older))
        return np.stack(chain, axis=1).reshape(len(since), LANES, CHAIN)

    def usable(self, account: Ints, time: Ints, *others: Ints) -> Ints:
        """Return mule accounts, replacing those that are frozen; see :meth:`Mules.usable`."""
        frozen = self.freezes.frozen(account, time)
        return mules_of(self.population).usable(account, time, frozen, *others)

    def with_shops(self, cases: Batch) -> None:
        """Assign the takings of every new fake shop to the mule of its first case.

        A shop that is taken over keeps its own account.
        """
        more = np.full((len(self._web.since) - len(self.payouts), CHAIN), -1)
        self.payouts = np.concatenate([self.payouts, more])
        web, first = np.unique(cases["web"], return_index=True)
        new = self.payouts[web, 0] < 0
        chain = self.chains[cases["mule"][first[new]], 0]
        since = np.maximum(self._web.since[web[new]], 0)
        mule = self.usable(chain[:, 0], since)
        shop = self.taken_over("merchants", web[new])
        chain[:, 0] = np.where(shop >= 0, self.population.shop_account(shop), mule)
        self.payouts[web[new]] = chain

    def opening(
        self, register: str, web: Ints, phone: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints]:
        """Return those of the given web accounts that criminals open now, and the day.

        Args:
            register: key of ``WEB``.
            web: (rows,) web accounts in use.
            phone: (rows,) phone number of the case.
            rng: stream of the caller.

        Returns:
            Web accounts, their phones, and the days.
        """
        known = self._opened[register]
        more = np.zeros(len(self._web.since) - len(known), dtype=bool)
        known = self._opened[register] = np.concatenate([known, more])
        each, first = np.unique(web, return_index=True)
        limit = self._capacity if register in ("customers", "users") else len(known)
        new = ~known[each] & (each < limit) & (self.taken_over(register, each) < 0)
        known[each[new]] = True
        day = self._web.since[each[new]] // DAY - rng.integers(*PREPARED_DAYS, int(new.sum()))
        return each[new], phone[first[new]], day

    def in_use(self, web: Ints) -> Ints:
        """Return the second from which each web account is in use."""
        return self._web.since[web]

    def customer(self, person: Ints, time: Ints) -> Bools:
        """Return whether each person has an ordinary account at an exchange at a time (seconds).

        A company, -1, has none.
        """
        opened = self.members.trader_opened(person) <= time // DAY
        return (person >= 0) & self.members.is_trader(person) & opened

    def crypto_mule(self, mule: Ints) -> Ints:
        """Return the account through which each mule's takings go into crypto, -1 for none."""
        u = self.population.hash.uniform("crypto mule", self.own(mule))
        return mules_of(self.population).chosen(u, self._exchange_customers)

    def trader(self, exchange: Ints, person: Ints, time: Ints) -> tuple[Ints, Ints]:
        """Return the trader number of each person at an exchange, and the rows that open one.

        Customers use their own account; the others open one at that time.
        """
        customer = self.customer(person, time)
        rows = np.flatnonzero(~customer & (self._traders[person] < 0))
        rows = rows[np.argsort(time[rows], kind="stable")]
        new = rows[np.unique(person[rows], return_index=True)[1]]
        self._traders[person[new]] = self._trader_count + np.arange(len(new))
        self._trader_count += len(new)
        existing = exchange * 2 * self.population.persons + person
        opened = self.account_at(exchange, self._traders[person].astype(np.int64))
        return np.where(customer, existing, opened), new
