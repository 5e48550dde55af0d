"""Ordinary second-hand trade: offers, answers to them, deals, and the transfers that pay for some.

Everything follows from an offer: it gets answers in the days after, one of them may become a deal,
and the buyer may transfer the price before delivery. Other deals are paid at the door, unrecorded.
"""

import math

import numpy as np

from synthetic_data.activity import Activity
from synthetic_data.arrays import Ints
from synthetic_data.background.actors import (
    LEISURE,
    bernoulli,
    by_day,
    partner,
    paying_account,
    zipf,
)
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, HOUR, MINUTE, Chunk
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population
from synthetic_data.rows import neat
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

DEAL_SHARE = 0.7  # [A] offers that end in a deal
SELLERS_SHARE, SELLERS_POWER = 0.6, 0.7  # [A] offers by frequent sellers, and their Zipf exponent
ACTIVITY_SIGMA = 1.0  # [A] spread of buying over persons
MEDIAN_EUR, PRICE_SIGMA, NEAT_SHARE = 35.0, 1.2, 0.75  # [A] asking prices
LOWEST_BID = 0.75  # [A] share of the asking price that is paid at least
ANSWER_S, ANSWER_SIGMA = 1.0 * DAY, 1.2  # [A] median time until an answer
PAY_S, PAY_SIGMA = 2.0 * HOUR, 1.5  # [A] median time from answer to transfer
KNOWN_NUMBER_SHARE = 0.8  # [A] calls with the seller's own number rather than an unknown one


class MarketplaceTrade:
    """Offers and deals between private persons.

    Args:
        world: settings.
        population: its persons and businesses.
        seeds: subtree of the world.
    """

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None:
        self._world, self._population = world, population
        self._seeds = seeds.child("marketplace")
        self._members = Memberships(world, population)
        self._activity = Activity(self._seeds.rng("activity"), population.persons, ACTIVITY_SIGMA)
        settings = world.marketplace
        self._offers_day = population.persons * settings.deals_per_person_day / DEAL_SHARE
        paid = settings.transfer_share * (1 + settings.call_share)
        each = 1 + DEAL_SHARE * (settings.contacts_per_deal + paid)
        self.per_day = float(self._offers_day * each)

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the offers placed in a chunk, with the rows that follow until weeks later."""
        listings, seller = self._listings(chunk)
        contacts, buyer, offer, agreed = self._contacts(chunk, listings, seller)
        deals = contacts.take(agreed).plus(
            price_eur=listings["price_eur"][offer[agreed]],
            seller=seller[offer[agreed]],
            buyer=buyer[agreed],
        )
        payments, deals = self._payments(chunk, deals)
        return {
            "listings": listings,
            "contacts": contacts,
            "payments": payments,
            "calls": self._calls(chunk, payments, deals),
        }

    def _user(self, place: Ints, person: Ints) -> Ints:
        return place * 2 * self._population.persons + person

    def _listings(self, chunk: Chunk) -> tuple[Batch, Ints]:
        """Return the offers of persons with an account, and the seller of each."""
        rng, population = self._seeds.rng("listings", chunk.index), self._population
        days = LEISURE.intensity(chunk, self._world.first_month).sum()
        size = int(rng.poisson(self._offers_day * days))
        frequent = zipf(rng.random(size), len(population.sellers), SELLERS_POWER)
        seller = np.where(
            bernoulli(rng, size, SELLERS_SHARE),
            population.sellers[frequent],
            rng.integers(0, population.persons, size),
        )
        seller.sort()  # look-ups by person then walk through memory in order
        place = partner(rng.random(size), self._world.market.marketplace)
        time = LEISURE.draw(rng, chunk, self._world.first_month, size)
        kept = np.flatnonzero(self._members.user_opened(place, seller) <= time // DAY)
        seller, place, time = seller[kept], place[kept], time[kept]
        price = MEDIAN_EUR * np.exp(PRICE_SIGMA * rng.standard_normal(len(kept)))
        shared = bernoulli(rng, len(kept), self._world.population.shared_computer_share)
        listings = Batch(
            {
                "time": time,
                "place": place,
                "seller": self._user(place, seller),
                "price_eur": neat(rng, np.maximum(price, 1.0), NEAT_SHARE),
                "device": population.own_device(seller, time, shared),
            }
        )
        return listings, seller

    def _contacts(
        self, chunk: Chunk, listings: Batch, seller: Ints
    ) -> tuple[Batch, Ints, Ints, Ints]:
        """Return the answers, the buyer and offer of each, and those that agree on a transfer.

        The answers that become a deal come first.
        """
        rng, settings = self._seeds.rng("contacts", chunk.index), self._world.marketplace
        deal = np.flatnonzero(bernoulli(rng, len(listings), DEAL_SHARE))
        others = rng.poisson(DEAL_SHARE * (settings.contacts_per_deal - 1), len(listings))
        offer = np.concatenate([deal, np.repeat(np.arange(len(listings)), others)])
        buyer = rng.permutation(self._activity.draw(rng, len(offer)))
        wait = ANSWER_S * np.exp(ANSWER_SIGMA * rng.standard_normal(len(offer), dtype=np.float32))
        later = np.clip(wait, MINUTE, 30 * DAY).astype(np.int64)
        time, place = by_day(listings["time"][offer] + later), listings["place"][offer]
        transfer = np.zeros(len(offer), dtype=bool)
        transfer[: len(deal)] = bernoulli(rng, len(deal), settings.transfer_share)
        opened = self._population.account_opened[seller[offer[: len(deal)]]]
        transfer[: len(deal)] &= opened <= time[: len(deal)] // DAY

        able = self._members.user_opened(place, buyer) <= time // DAY
        kept = np.flatnonzero(able & (buyer != seller[offer]))
        offer, buyer, time, place = offer[kept], buyer[kept], time[kept], place[kept]
        contacts = Batch(
            {
                "time": time,
                "place": place,
                "seller": listings["seller"][offer],
                "buyer": self._user(place, buyer),
                "account": np.where(transfer[kept], seller[offer], -1),
            }
        )
        return contacts, buyer, offer, np.flatnonzero(transfer[kept])

    def _payments(self, chunk: Chunk, deals: Batch) -> tuple[Batch, Batch]:
        """Return the transfers from buyer to seller, and the deals they pay for."""
        rng, population = self._seeds.rng("payments", chunk.index), self._population
        payer = paying_account(rng, population, deals["buyer"], deals["time"])
        able = np.flatnonzero(payer >= 0)
        payer, deals = payer[able], deals.take(able)
        size = len(deals)
        wait = rng.lognormal(math.log(PAY_S), PAY_SIGMA, size)
        later = np.clip(wait, 3 * MINUTE, 2 * DAY).astype(np.int64)
        time = by_day(deals["time"] + later)
        shared = bernoulli(rng, size, self._world.population.shared_computer_share)
        bid = deals["price_eur"] * (LOWEST_BID + (1 - LOWEST_BID) * rng.random(size))
        at_price = bernoulli(rng, size, 0.5)
        payments = Batch(
            {
                "time": time,
                "payer": payer,
                "payee": deals["seller"],
                "amount_eur": np.where(at_price, deals["price_eur"], neat(rng, bid, NEAT_SHARE)),
                "device": population.own_device(deals["buyer"], time, shared),
            }
        )
        return payments, deals

    def _calls(self, chunk: Chunk, payments: Batch, deals: Batch) -> Batch:
        """Return the calls during which a buyer pays: look-alikes of a fraudulent call."""
        rng, population = self._seeds.rng("calls", chunk.index), self._population
        row = np.flatnonzero(bernoulli(rng, len(payments), self._world.marketplace.call_share))
        size, deals = len(row), deals.take(row)
        paid = payments["time"][row]
        before = np.clip(rng.lognormal(math.log(300), 0.9, size), 10, 2 * HOUR).astype(np.int64)
        before = np.minimum(before, paid - deals["time"])
        after = np.clip(rng.lognormal(math.log(180), 0.9, size), 5, HOUR).astype(np.int64)
        outside = rng.integers(population.first_outside_phone, population.next_phone, size)
        known = bernoulli(rng, size, KNOWN_NUMBER_SHARE)
        return Batch(
            {
                "time": paid - before,
                "subscriber": deals["buyer"],
                "number": np.where(known, population.phone(deals["seller"], paid), outside),
                "duration_s": (before + after).astype(np.int32),
                "incoming": bernoulli(rng, size, 0.5).astype(np.int8),
            }
        )
