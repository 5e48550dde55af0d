"""Ordinary calls and texts: contacts, businesses and strangers, and sometimes one's own bank."""

import math

import numpy as np

from synthetic_data.activity import Activity
from synthetic_data.arrays import Floats, Ints
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import CALLS, HOUR, Chunk
from synthetic_data.population import PAGES, Population
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

ACTIVITY_SIGMA = 0.6  # [A] spread of calling over persons
LENGTH_SIGMA = 1.2  # [A] log-normal spread of call lengths
LONG_MINUTES, LONG_SIGMA = 22.0, 0.5  # [A] long calls with a helpdesk, a doctor, an installer
TEXT_SENDERS = 200  # [A] businesses that send nearly all texts: banks, shops, carriers


class Telephony:
    """Calls and texts, as each subscriber's operator sees them."""

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None:
        self._world, self._population, self._seeds = world, population, seeds.child("telephony")
        rng = self._seeds.rng("activity")
        self._activity = Activity(rng, population.persons, ACTIVITY_SIGMA)
        strangers = population.next_phone - population.first_business_phone
        self._strangers = np.cumsum(1 / np.arange(1, strangers + 1) ** 0.8)
        self._strangers /= self._strangers[-1]
        step = int(self._seeds.rng("strangers").integers(1, strangers))
        while math.gcd(step, strangers) != 1:
            step += 1
        self._step = step
        calls = world.calls
        rate = calls.per_person_day + calls.texts_per_person_day + calls.bank_per_person_year / 365
        self.per_day = population.persons * rate

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the calls and texts of a chunk of time."""
        calls = self._world.calls
        # a call between two contacts gives both of them a record
        contact = calls.per_person_day * (1 - calls.business_share) / 2
        stranger = calls.per_person_day * calls.business_share
        parts = [
            self._with_contacts(chunk, contact),
            self._with_strangers(chunk, stranger),
            self._with_bank(chunk, calls.bank_per_person_year / 365),
            self._texts(chunk, calls.texts_per_person_day),
        ]
        return {"calls": joined(parts)}

    def _occasions(
        self, rng: np.random.Generator, chunk: Chunk, per_person_day: float
    ) -> tuple[Ints, Ints]:
        days = CALLS.intensity(chunk, self._world.first_month).sum()
        size = int(rng.poisson(self._population.persons * per_person_day * days))
        person = self._activity.draw(rng, size)
        return person, CALLS.draw(rng, chunk, self._world.first_month, size)

    def _with_contacts(self, chunk: Chunk, rate: float) -> Batch:
        rng = self._seeds.rng("contacts", chunk.index)
        person, time = self._occasions(rng, chunk, rate)
        page = np.minimum(rng.exponential(2.5, len(person)).astype(np.int64), PAGES - 1)
        other = self._population.friend(person, page)
        number = self._population.phone(other, time)
        return _calls(person, time, number, self._lengths(rng, len(person)), rng)

    def _with_strangers(self, chunk: Chunk, rate: float) -> Batch:
        rng = self._seeds.rng("strangers", chunk.index)
        person, time = self._occasions(rng, chunk, rate)
        rank = np.searchsorted(self._strangers, rng.random(len(person)))
        number = self._population.first_business_phone + rank * self._step % len(self._strangers)
        length = self._lengths(rng, len(person))
        long = np.flatnonzero(rng.random(len(person)) < self._world.calls.long_stranger_share)
        length[long] = 60 * rng.lognormal(math.log(LONG_MINUTES), LONG_SIGMA, len(long))
        return _calls(person, time, number, length, rng)

    def _with_bank(self, chunk: Chunk, rate: float) -> Batch:
        rng = self._seeds.rng("bank", chunk.index)
        person, time = self._occasions(rng, chunk, rate)
        number = self._population.bank_phone[self._population.bank[person]]
        return _calls(person, time, number, self._lengths(rng, len(person)), rng)

    def _texts(self, chunk: Chunk, rate: float) -> Batch:
        rng = self._seeds.rng("texts", chunk.index)
        person, time = self._occasions(rng, chunk, rate)
        sender = np.floor(rng.random(len(person)) ** 2 * TEXT_SENDERS).astype(np.int64)
        number = self._population.first_business_phone + sender % self._population.businesses
        texts = _calls(person, time, number, np.zeros(len(person)), rng)
        return texts.plus(incoming=np.ones(len(person), dtype=np.int8))

    def _lengths(self, rng: np.random.Generator, size: int) -> Floats:
        median_s = self._world.calls.minutes_mean * 60 / math.exp(LENGTH_SIGMA**2 / 2)
        noise = rng.standard_normal(size, dtype=np.float32)
        length: Floats = np.clip(median_s * np.exp(LENGTH_SIGMA * noise), 2, 3 * HOUR)
        return length


def _calls(
    person: Ints, time: Ints, number: Ints, length: Floats, rng: np.random.Generator
) -> Batch:
    return Batch(
        {
            "time": time,
            "subscriber": person,
            "number": number.astype(np.int64),
            "duration_s": length.astype(np.int32),
            "incoming": rng.integers(0, 2, len(person), dtype=np.int8),
        }
    )
