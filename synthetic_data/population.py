"""Persons and what they own: accounts at banks, a phone at an operator, devices; and businesses."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

DAY = 86_400
#: Adults by age group: (youngest, oldest, share). [A] rounded from the Dutch age pyramid.
AGE_GROUPS = ((18, 34, 0.27), (35, 54, 0.31), (55, 69, 0.24), (70, 92, 0.18))
PERSONS_PER_BUSINESS = 20  # [A]
OUTSIDE_NUMBERS_PER_PERSON = 0.5  # [A]
DEVICE_RENEWAL_SHARE = 0.1  # [A] per world
SHARED_COMPUTER_SHARE = 0.4  # [A] persons who share a computer with one housemate

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """Static facts about everyone; entities are row numbers until the world hides them.

    Attributes:
        age: (persons,) years.
        operator: (persons,) index of the telecom operator.
        account_owner: (accounts,) person or ``-1`` for a business; the first ``persons`` accounts
            are the main accounts in person order.
        account_bank: (accounts,) index of the bank.
        account_opened: (accounts,) day of opening, negative before the world starts.
        second_account: (persons,) account at a second bank or ``-1``.
        business_account: (businesses,) account of each business.
        phones: number of person phones; person p has phone p.
        business_phone: (businesses,) phone of each business.
        bank_phone: (banks,) service number of each bank.
        outside_phones: numbers of strangers and organisations without an account here.
        next_phone, next_device: first unused numbers, for criminals to take.
        devices: (persons, 3) app device, computer, and the app device after renewal.
        renewal_day: (persons,) day the app device is replaced; beyond the horizon if never.
    """

    age: Ints
    operator: Ints
    account_owner: Ints
    account_bank: Ints
    account_opened: Ints
    second_account: Ints
    business_account: Ints
    business_phone: Ints
    bank_phone: Ints
    outside_phones: Ints
    next_phone: int
    next_device: int
    devices: Ints
    renewal_day: Ints

    @property
    def persons(self) -> int:
        """Number of persons; also the number of person phones."""
        return len(self.age)


def populate(world: WorldSettings, seeds: Seeds) -> Population:
    """Draw the population of a world."""
    settings, persons = world.population, world.population.persons
    rng = seeds.rng("persons")
    low, high, share = (np.array(column) for column in zip(*AGE_GROUPS, strict=True))
    group = rng.choice(len(AGE_GROUPS), persons, p=share)
    age = rng.integers(low[group], high[group] + 1)
    operator = _draw(rng, settings.operator_shares, persons)

    rng = seeds.rng("accounts")
    businesses = max(50, persons // PERSONS_PER_BUSINESS)
    main_bank = _draw(rng, settings.bank_shares, persons)
    other_bank = _draw(rng, settings.bank_shares, persons)
    has_second = (rng.random(persons) < settings.second_bank_share) & (other_bank != main_bank)
    owner_second = np.flatnonzero(has_second)
    second_account = np.full(persons, -1)
    second_account[owner_second] = persons + np.arange(len(owner_second))
    owner = np.concatenate([np.arange(persons), owner_second, np.full(businesses, -1)])
    bank = np.concatenate(
        [main_bank, other_bank[owner_second], _draw(rng, settings.bank_shares, businesses)]
    )
    opened = -rng.integers(30, 3650, len(owner))
    fresh = rng.random(len(owner)) < settings.fresh_account_share
    opened[fresh] = rng.integers(0, world.days, fresh.sum())

    rng = seeds.rng("devices")
    renewed = rng.random(persons) < DEVICE_RENEWAL_SHARE
    devices = np.arange(3 * persons).reshape(persons, 3)
    housemates = rng.permutation(persons)[: int(persons * SHARED_COMPUTER_SHARE) // 2 * 2]
    devices[housemates[::2], 1] = devices[housemates[1::2], 1]
    first_business_phone = persons
    first_bank_phone = first_business_phone + businesses
    first_outside = first_bank_phone + len(settings.bank_shares)
    outside = first_outside + np.arange(int(persons * OUTSIDE_NUMBERS_PER_PERSON))
    return Population(
        age=age,
        operator=operator,
        account_owner=owner,
        account_bank=bank,
        account_opened=opened,
        second_account=second_account,
        business_account=np.arange(len(owner) - businesses, len(owner)),
        business_phone=first_business_phone + np.arange(businesses),
        bank_phone=first_bank_phone + np.arange(len(settings.bank_shares)),
        outside_phones=outside,
        next_phone=int(outside[-1]) + 1,
        next_device=3 * persons,
        devices=devices,
        renewal_day=np.where(renewed, rng.integers(0, world.days, persons), 10 * world.days),
    )


def _draw(rng: np.random.Generator, shares: dict[str, float], size: int) -> Ints:
    weights = np.array(list(shares.values()))
    return rng.choice(len(weights), size, p=weights / weights.sum())
