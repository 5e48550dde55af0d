"""Phone numbers, web accounts and shops that were somebody else's before criminals used them."""

from collections.abc import Callable

import numpy as np

from synthetic_data.batch import Bools, Floats, Ints
from synthetic_data.clock import DAY
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population
from synthetic_data.settings import WorldSettings

TRIES = 8  # [A] candidates; if none is open yet, the resource is a fresh one after all


class Takeovers:
    """Which resources are taken over, and whose they were: hashed from their numbers.

    Args:
        share: of resources that are taken over.
        world: settings.
        population: who lives there.
        members: who has an account where.
    """

    def __init__(
        self, share: float, world: WorldSettings, population: Population, members: Memberships
    ) -> None:
        self._share, self._population, self._members = share, population, members
        self._partner_shops = len(world.market.webshop)

    def phone(self, number: Ints) -> Ints:
        """Return spoofed phones of businesses and people elsewhere, -1 for a phone of their own.

        Never a customer of an operator here: that would leave a record of a call they never made.

        Args:
            number: (rows,) resources, numbered over all forms.
        """
        population, banks = self._population, len(self._population.bank_phone)
        size = population.next_phone - population.first_business_phone - banks

        def pick(u: Floats) -> Ints:
            phone: Ints = population.first_business_phone + (u * size).astype(np.int64)
            return np.where(phone >= population.bank_phone[0], phone + banks, phone)

        return self._first_open("phone", number, pick, lambda phone: phone >= 0)

    def user(self, number: Ints, place: Ints, since: Ints) -> Ints:
        """Return frequent sellers whose account at a marketplace is hacked, -1 for a fresh one.

        Args:
            number: (rows,) resources, numbered over all forms.
            place: (rows,) marketplaces.
            since: (rows,) second of first use.
        """
        sellers = self._population.sellers
        return self._first_open(
            "user",
            number,
            lambda u: sellers[(u * len(sellers)).astype(np.int64)],
            lambda person: self._members.user_opened(place, person) <= since // DAY,
        )

    def customer(self, number: Ints, shop: Ints, since: Ints) -> Ints:
        """Return persons whose account at a partner shop is hacked; arguments as of `user`."""
        persons = self._population.persons
        return self._first_open(
            "customer",
            number,
            lambda u: (u * persons).astype(np.int64),
            lambda person: self._members.customer_opened(shop, person) <= since,
        )

    def shop(self, number: Ints, since: Ints) -> Ints:
        """Return online shops that criminals take over: among the less popular half [A].

        Args:
            number: (rows,) resources, numbered over all forms.
            since: (rows,) second of first use.
        """
        population, first = self._population, self._population.first_business_account
        others = population.shops - self._partner_shops

        def is_open(shop: Ints) -> Bools:
            opened = population.account_opened[first + shop] <= since // DAY
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
        is_open: Callable[[Ints], Bools],
    ) -> Ints:
        hashed = self._population.hash
        wanted = hashed.uniform(f"taken over {kind}", number) < self._share
        found = np.full(len(number), -1)
        for attempt in range(TRIES):
            candidate = pick(hashed.uniform(f"taken over {kind} {attempt}", number))
            found = np.where(wanted & (found < 0) & is_open(candidate), candidate, found)
        return found
