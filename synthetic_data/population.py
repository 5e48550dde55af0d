"""Persons and what they own: accounts, phones, devices, a household; and businesses.

Every entity is a number; the settings fix the ranges of numbers, so no later event (fraud included)
changes them. The codes that partners see are made from these numbers at the very end
(``codes.py``). Static facts of a pair, such as the day on which a person opened an account at a
shop, are hashed from the numbers and not stored.
"""

from dataclasses import dataclass

import numpy as np

from synthetic_data.activity import Activity
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.clock import DAY
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

#: Adults by age group: (youngest, oldest, share). [A] rounded from the Dutch age pyramid.
AGE_GROUPS = ((18, 34, 0.27), (35, 54, 0.31), (55, 69, 0.24), (70, 92, 0.18))
NEVER_DAY = 30_000  #: a day after every horizon
ONLINE_SHARE = 0.25  # [A] share of businesses that sell online
OUTSIDE_NUMBERS_PER_PERSON = 0.5  # [A] numbers of people and organisations without an account here
SHOPPING_SIGMA = 1.0  # [A] spread of online shopping over persons
#: Share of the less popular half of shops whose owner is paid on a private account. [A]
PRIVATE_SHOPS_SHARE = 0.6
PERSONS_PER_PARCEL_POINT = 4_000  # [A] some 4,000 points for 15 million adults
COMMON_FINGERPRINTS = 200  # [A] configurations that many devices share
PAGES = 200  #: contacts in each person's book; the last pages are rarely used
#: Share of second accounts in everyday use, and of payments made from these and from others. [A]
EVERYDAY_SHARE, EVERYDAY_USE, RARE_USE = 0.28, 0.25, 0.02


class Hash:
    """Static random facts: hashed from a number, so always the same, and never stored."""

    def __init__(self, seeds: Seeds) -> None:
        self._seeds = seeds
        self._keys: dict[str, tuple[np.uint64, np.uint64]] = {}

    def uniform(self, fact: str, number: Ints) -> Floats:
        """Return a (rows,) uniform number in [0, 1) per entity number (splitmix64 finaliser)."""
        if fact not in self._keys:
            key = self._seeds.rng("hash", fact).integers(0, 2**64, 2, dtype=np.uint64)
            self._keys[fact] = (key[0], key[1] | np.uint64(1))
        add, odd = self._keys[fact]
        x = number.astype(np.uint64) * odd + add
        x ^= x >> np.uint64(30)
        x *= np.uint64(0xBF58476D1CE4E5B9)
        x ^= x >> np.uint64(27)
        x *= np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
        return (x >> np.uint64(11)).astype(np.float64) * 2.0**-53


@dataclass(frozen=True, eq=False)
class Population:
    """Static facts about P persons, the businesses and the households of a world.

    Numbers: *accounts* are ``[0, P)`` main accounts in person order, ``[P, 2P)`` second accounts,
    then the businesses', then one collecting account of every psp and exchange; *phones* are
    ``[0, P)`` first numbers, ``[P, 2P)`` numbers after a change, then businesses, bank service
    numbers, outside numbers; *devices* are ``[0, P)`` phones, ``[P, 2P)`` phones after renewal,
    then household computers; *addresses* are households, then parcel points. Criminals' own phones
    and devices are numbered from ``next_phone`` and ``next_device``. *Merchants* are businesses;
    the first ``shops`` of them sell online, led by the partner webshops.

    Attributes:
        persons, businesses, shops, households: number of each.
        age: (P,) years.
        household: (P,) household; housemates have neighbouring numbers.
        operator: (P,) telecom operator.
        bank: (P,) main bank.
        account_bank: (accounts,) bank of every account; -1 if the second one does not exist.
        account_opened: (accounts,) day of opening, negative before the world starts.
        device_renewal, number_renewal: (P,) day of the change, ``NEVER_DAY`` if none.
        friend_offset: (PAGES,) see :meth:`friend`.
        shop_psp: (shops,) psp of every online shop, -1 for none.
        shopping: activity of the persons in online shopping.
        sellers: persons who often sell second-hand, the busiest first.
        psp_account, exchange_account: collecting account of every psp and exchange.
        bank_phone: service number of every bank.
        first_outside_phone, next_phone, next_device, parcel_points: see above.
        common_fingerprint_share: see :meth:`fingerprint`.
        hash: static random facts.
    """

    persons: int
    businesses: int
    shops: int
    households: int
    age: Ints
    household: Ints
    operator: Ints
    bank: Ints
    account_bank: Ints
    account_opened: Ints
    device_renewal: Ints
    number_renewal: Ints
    friend_offset: Ints
    shop_psp: Ints
    shopping: Activity
    sellers: Ints
    psp_account: Ints
    exchange_account: Ints
    bank_phone: Ints
    first_outside_phone: int
    next_phone: int
    next_device: int
    parcel_points: int
    common_fingerprint_share: float
    hash: Hash

    @property
    def first_business_account(self) -> int:
        """Account of business 0; businesses follow in order."""
        return 2 * self.persons

    @property
    def first_business_phone(self) -> int:
        """Phone of business 0; businesses follow in order."""
        return 2 * self.persons

    @property
    def first_collecting_account(self) -> int:
        """First account of a payment provider or exchange; those follow in order."""
        return self.first_business_account + self.businesses

    def owner(self, account: Ints) -> Ints:
        """Return the person who owns each account, -1 for a business."""
        person = np.where(account < self.persons, account, account - self.persons)
        return np.where(account < 2 * self.persons, person, -1)

    def shop_account(self, shop: Ints) -> Ints:
        """Return the account on which each online shop is paid: the business's or the owner's."""
        hashed = self.hash
        owner = (hashed.uniform("shop owner", shop) * self.persons).astype(np.int64)
        private = hashed.uniform("paid privately", shop) < PRIVATE_SHOPS_SHARE
        private &= (2 * shop >= self.shops) & (self.account_opened[owner] < 0)
        return np.where(private, owner, self.first_business_account + shop)

    def has_second(self, person: Ints) -> Bools:
        """Return whether each person has a second account, which is ``P + person``."""
        return self.account_bank[self.persons + person] >= 0

    def second_serves(self, person: Ints) -> Bools:
        """Return whether each person's second account, if any, is in everyday use."""
        return self.hash.uniform("second serves", person) < EVERYDAY_SHARE

    def second_use(self, person: Ints) -> Floats:
        """Return the share of payments that each person makes from a second account, if any."""
        return np.where(self.second_serves(person), EVERYDAY_USE, RARE_USE)

    def friend(self, person: Ints, page: Ints) -> Ints:
        """Return the contact on a page of each person's book.

        Contacts are mutual, except that a person who would be their own contact has the next person
        instead.
        """
        other = (self.friend_offset[page] - person) % self.persons
        return np.where(other == person, (person + 1) % self.persons, other)

    def housemate(self, person: Ints) -> Ints:
        """Return a housemate of each person, or the person, if they live alone."""
        after, before = np.minimum(person + 1, self.persons - 1), np.maximum(person - 1, 0)
        home = self.household[person]
        mate = np.where(self.household[after] == home, after, before)
        return np.where(self.household[mate] == home, mate, person)

    def phone(self, person: Ints, time: Ints) -> Ints:
        """Return each person's phone number at a time (seconds)."""
        changed = time >= self.number_renewal[person].astype(np.int64) * DAY
        return np.where(changed, person + self.persons, person)

    def own_device(self, person: Ints, time: Ints, shared: Bools) -> Ints:
        """Return the device a person uses: the phone at that time, or the household's computer.

        Args:
            person: (rows,) persons.
            time: (rows,) seconds.
            shared: (rows,) whether the computer is used.
        """
        renewed = time >= self.device_renewal[person].astype(np.int64) * DAY
        phone = np.where(renewed, person + self.persons, person)
        return np.where(shared, 2 * self.persons + self.household[person], phone)

    def office_device(self, business: Ints) -> Ints:
        """Return the computer from which each business pays: that of some household."""
        computer = self.hash.uniform("office", business) * self.households
        return 2 * self.persons + computer.astype(np.int64)

    def fingerprint(self, device: Ints) -> Ints:
        """Return the fingerprint of each device: its own number, or a common configuration's.

        Common configurations take the numbers from ``next_device`` on, criminals' own devices
        those after them.
        """
        share = self.common_fingerprint_share
        own = np.where(device < self.next_device, device, device + COMMON_FINGERPRINTS)
        if share == 0:
            return own
        u = self.hash.uniform("fingerprint", device)
        which = (u / share * COMMON_FINGERPRINTS).astype(np.int64)
        return np.where(u < share, self.next_device + which, own)


def populate(world: WorldSettings, seeds: Seeds) -> Population:
    """Draw the population of a world."""
    settings, market, persons = world.population, world.market, world.population.persons
    years = world.days / 365
    rng = seeds.rng("persons")
    household, first = _households(rng, persons, settings.single_household_share)
    age = _ages(rng, household, first)
    operator = _draw(rng, market.telecom, persons)

    rng = seeds.rng("accounts")
    businesses = max(50, int(persons / settings.persons_per_business))
    main = _draw(rng, market.bank, persons)
    second = _other_bank(rng, market.bank, main)
    second[rng.random(persons) >= settings.second_bank_share] = -1
    collecting = len(market.psp) + len(market.exchange)
    account_bank = np.concatenate(
        [main, second, _draw(rng, market.bank, businesses), _draw(rng, market.bank, collecting)]
    )
    shops = max(len(market.webshop) + 10, int(businesses * ONLINE_SHARE))
    opened = _opening_days(rng, world, businesses=businesses, collecting=collecting, shops=shops)
    shop_psp = _shop_psps(rng, world, shops)

    rng = seeds.rng("belongings")
    bank_phone = 2 * persons + businesses + np.arange(len(market.bank))
    first_outside = 2 * persons + businesses + len(market.bank)
    first_collecting = 2 * persons + businesses
    return Population(
        persons=persons,
        businesses=businesses,
        shops=shops,
        households=int(household[-1]) + 1,
        age=age,
        household=household,
        operator=operator,
        bank=main,
        account_bank=account_bank,
        account_opened=opened,
        device_renewal=_renewal(rng, persons, settings.device_renewal_share * years, world.days),
        number_renewal=_renewal(rng, persons, settings.number_renewal_share * years, world.days),
        friend_offset=rng.integers(0, persons, PAGES),
        shop_psp=shop_psp,
        shopping=Activity(seeds.rng("shopping"), persons, SHOPPING_SIGMA),
        sellers=rng.choice(persons, max(1, int(persons * settings.sellers_share)), replace=False),
        psp_account=first_collecting + np.arange(len(market.psp)),
        exchange_account=first_collecting + len(market.psp) + np.arange(len(market.exchange)),
        bank_phone=bank_phone,
        first_outside_phone=first_outside,
        next_phone=first_outside + int(persons * OUTSIDE_NUMBERS_PER_PERSON),
        next_device=2 * persons + int(household[-1]) + 1,
        parcel_points=max(3, persons // PERSONS_PER_PARCEL_POINT),
        common_fingerprint_share=world.linkage.common_fingerprint_share,
        hash=Hash(seeds),
    )


def _households(rng: np.random.Generator, persons: int, single_share: float) -> tuple[Ints, Ints]:
    """Group persons into households of one or two; return household and whether first in it."""
    pair_share = (1 - single_share) / (1 + single_share)  # of the households
    first = np.ones(persons, dtype=bool)
    sizes = 1 + (rng.random(persons, dtype=np.float32) < pair_share)
    starts = np.cumsum(sizes)
    seconds = starts[sizes == 2] - 1
    first[seconds[seconds < persons]] = False
    return np.cumsum(first, dtype=np.int32) - np.int32(1), first


def _ages(rng: np.random.Generator, household: Ints, first: Ints) -> Ints:
    """Draw ages from the age pyramid; housemates differ by a few years."""
    low, high, share = (np.array(column) for column in zip(*AGE_GROUPS, strict=True))
    group = _draw(rng, dict(enumerate(share)), len(household))
    age: Ints = (low[group] + rng.random(len(group)) * (high + 1 - low)[group]).astype(np.int16)
    second = np.flatnonzero(~first)
    near = age[second - 1] + np.rint(rng.normal(0, 3, len(second))).astype(np.int16)
    age[second] = np.clip(near, AGE_GROUPS[0][0], AGE_GROUPS[-1][1])
    return age


def _other_bank(rng: np.random.Generator, shares: dict[str, float], main: Ints) -> Ints:
    """Draw a bank other than the main one, by market share; -1 if there is none."""
    share = np.array(list(shares.values()))
    below = np.cumsum(share) - share
    point = rng.random(len(main)) * (1 - share[main])
    point += np.where(point >= below[main], share[main], 0)
    other = np.searchsorted(np.cumsum(share), point, side="right")
    return np.where(len(share) > 1, np.minimum(other, len(share) - 1), -1).astype(np.int8)


def _opening_days(
    rng: np.random.Generator, world: WorldSettings, *, businesses: int, collecting: int, shops: int
) -> Ints:
    """Draw the day on which each account is opened: in the ten years before the world, or in it.

    Args:
        rng: stream of the accounts.
        world: settings, of which the shares of fresh accounts and shops.
        businesses: number of business accounts, numbered after two for each person.
        collecting: number of accounts of payment providers and exchanges, numbered after those.
        shops: number of online shops, the first of the businesses.
    """
    persons, partners = world.population.persons, len(world.market.webshop)
    first_shop, first_collecting = 2 * persons, 2 * persons + businesses
    opened = -rng.integers(1, 3650, first_collecting + collecting, dtype=np.int32)
    fresh_share = world.population.fresh_account_share * (world.days / 365)
    fresh = rng.random(len(opened), dtype=np.float32) < fresh_share
    fresh[first_collecting:] = False
    opened[fresh] = rng.integers(0, world.days, int(fresh.sum()), dtype=np.int32)
    young = rng.random(shops) < world.shopping.fresh_shop_share
    young[:partners] = False
    opened[first_shop : first_shop + shops][young] = rng.integers(
        -365, world.days, int(young.sum()), dtype=np.int32
    )
    # partners are established, and so is the largest other shop, which replaces shops not open yet
    opened[first_shop : first_shop + partners + 1] = -3650
    return opened


def _shop_psps(rng: np.random.Generator, world: WorldSettings, shops: int) -> Ints:
    """Draw the payment provider of each online shop, -1 if it has none; partners all have one."""
    partners, psps = len(world.market.webshop), world.market.psp
    psp = _draw(rng, psps, shops)
    psp[rng.random(shops) >= world.shopping.psp_share] = -1
    psp[:partners] = np.arange(partners) % len(psps)
    return psp


def _renewal(rng: np.random.Generator, persons: int, share: float, days: int) -> Ints:
    day = rng.integers(0, days, persons, dtype=np.int16)
    return np.where(rng.random(persons, dtype=np.float32) < share, day, np.int16(NEVER_DAY))


def _draw(rng: np.random.Generator, shares: dict[str, float] | dict[int, float], size: int) -> Ints:
    edges = np.cumsum(list(shares.values()))
    drawn: Ints = np.searchsorted(
        edges / edges[-1], rng.random(size, dtype=np.float32), side="right"
    ).astype(np.int8)
    return np.minimum(drawn, np.int8(len(edges) - 1))
