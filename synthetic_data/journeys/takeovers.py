"""Phone numbers, accounts, shops, devices and wallets that criminals share or take over."""

from collections.abc import Callable

import numpy as np

from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.background.exchange import service_wallet
from synthetic_data.background.shopping import favourite, partner_weights
from synthetic_data.clock import DAY, Chunk
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population
from synthetic_data.settings import WorldSettings

TRIES = 200  # candidates; if none qualifies, the resource is a fresh one after all
#: Share of criminals' devices that a household also uses: their computer at home, an infected one
#: of strangers, or one whose fingerprint was stolen. [A]
LIVED_WITH_SHARE = 0.9
SERVICE_WALLET_SHARE = 0.9  # [A] mules whose crypto goes to a service that many people use


class Takeovers:
    """Decides which resources are taken over, and from whom: hashed from their numbers.

    Args:
        share: share of resources that are taken over.
        world: settings.
        population: its persons and businesses.
        members: customer accounts of the persons.
    """

    def __init__(
        self, share: float, world: WorldSettings, population: Population, members: Memberships
    ) -> None:
        self._share, self._population, self._members = share, population, members
        self._partner_shops = len(world.market.webshop)
        again = partner_weights(world, members, Chunk(0, 0, world.days * DAY))
        elsewhere = 1 - sum(world.market.webshop.values())
        self._shop_weights = again / (again.sum() + elsewhere)

    def phone(self, number: Ints) -> Ints:
        """Return spoofed numbers of businesses and outsiders, -1 for the criminals' own number.

        A spoofed number never belongs to a subscriber, who would get a record of a call they never
        made.

        Args:
            number: (rows,) resources, numbered across all forms.
        """
        population, banks = self._population, len(self._population.bank_phone)
        size = population.next_phone - population.first_business_phone - banks

        def pick(u: Floats) -> Ints:
            phone: Ints = population.first_business_phone + (u * size).astype(np.int64)
            return np.where(phone >= population.bank_phone[0], phone + banks, phone)

        return self._first_open("phone", number, pick, lambda phone, row: phone >= 0)

    def device(self, number: Ints) -> Ints:
        """Return household computers that criminals also use, -1 for a device of their own."""
        hashed, population = self._population.hash, self._population
        home = hashed.uniform("criminal computer", number) * population.households
        lived_with = hashed.uniform("lived with", number) < LIVED_WITH_SHARE
        return np.where(lived_with, 2 * population.persons + home.astype(np.int64), -1)

    def wallet(self, number: Ints) -> Ints:
        """Return wallets of services, -1 for a wallet that nobody else uses."""
        hashed = self._population.hash
        service = service_wallet(hashed.uniform("service", number), self._population.persons)
        return np.where(
            hashed.uniform("through a service", number) < SERVICE_WALLET_SHARE, service, -1
        )

    def user(self, number: Ints, place: Ints, since: Ints) -> Ints:
        """Return frequent sellers whose account at a marketplace is hacked, -1 for a fresh one.

        Args:
            number: (rows,) resources, numbered across all forms.
            place: (rows,) marketplaces.
            since: (rows,) second of first use.
        """
        sellers = self._population.sellers
        return self._first_open(
            "user",
            number,
            lambda u: sellers[(u * len(sellers)).astype(np.int64)],
            lambda person, row: self._members.user_opened(place[row], person) <= since[row] // DAY,
        )

    def customer(self, number: Ints, shop: Ints, since: Ints) -> Ints:
        """Return regular customers of a partner shop whose account is hacked, -1 for a fresh one.

        Persons are drawn in proportion to their online shopping: an unused account is hacked less
        often. Arguments as in :meth:`user`.
        """
        population = self._population

        def shops_here(person: Ints, row: Ints) -> Bools:
            opened = self._members.customer_opened(shop[row], person) <= since[row]
            usual: Bools = favourite(population, self._shop_weights, person) == shop[row]
            return opened & usual

        return self._first_open(
            "customer",
            number,
            population.shopping.at,
            shops_here,
        )

    def shop(self, number: Ints, since: Ints) -> Ints:
        """Return online shops that criminals take over, of the less popular half [A]; -1 for none.

        Args:
            number: (rows,) resources, numbered across all forms.
            since: (rows,) second of first use.
        """
        population, first = self._population, self._population.first_business_account
        others = population.shops - self._partner_shops

        def is_open(shop: Ints, row: Ints) -> Bools:
            opened = population.account_opened[first + shop] <= since[row] // DAY
            return opened & (population.shop_psp[shop] >= 0)

        return self._first_open(
            "shop",
            number,
            lambda u: self._partner_shops + ((1 + u) / 2 * others).astype(np.int64),
            is_open,
        )

    def _first_open(
        self,
        kind: str,
        number: Ints,
        pick: Callable[[Floats], Ints],
        is_open: Callable[[Ints, Ints], Bools],
    ) -> Ints:
        hashed = self._population.hash
        wanted = hashed.uniform(f"taken over {kind}", number) < self._share
        found, row = np.full(len(number), -1), np.flatnonzero(wanted)
        for attempt in range(TRIES):
            if not len(row):
                break
            candidate = pick(hashed.uniform(f"taken over {kind} {attempt}", number[row]))
            will_do = is_open(candidate, row)
            found[row[will_do]] = candidate[will_do]
            row = row[~will_do]
        return found
