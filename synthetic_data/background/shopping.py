"""Ordinary online shopping: orders at partner shops, checkouts, the payments behind them, payouts.

Up to three sectors record one purchase, with the same amount: the shop has the order, its payment
provider the checkout, the bank the payment. With payment afterwards they are weeks apart.
"""

import numpy as np

from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.background.actors import (
    bernoulli,
    established,
    paying_account,
    sittings,
    zipf,
    zipf_share,
)
from synthetic_data.batch import Batch, joined
from synthetic_data.clock import DAY, HOUR, MINUTE, MONTH_DAYS, SHOPPING, Chunk
from synthetic_data.memberships import Memberships
from synthetic_data.population import Population
from synthetic_data.rows import neat
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

HABIT_SHARE, FAVOURITES = 0.6, 6  # [A] purchases at a person's favourite shops, and their number
MEDIAN_EUR = 50.0  # [D] mean EUR 87 per iDEAL payment (tweakers 192722), with the spreads below
PRICE_SIGMA, AMOUNT_SIGMA = 0.5, 0.9  # [A] between shops, within a shop
TAIL_SHARE, TAIL = 0.01, 1.6  # [A] purchases with a Pareto multiple of the usual amount
NEAT_SHARE = 0.1  # [A]
CHECKOUT_S = (20, 2 * MINUTE)  # [A] seconds between order and payment
DAILY_SHARE = 0.5  # [A] shops that are paid out every day; the others every week


class ShopPurchases:
    """Purchases at online shops.

    Args:
        world: settings.
        population: its persons and businesses.
        seeds: subtree of the world.
    """

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None:
        self._world, self._population = world, population
        self._seeds = seeds.child("shopping")
        self._members = Memberships(world, population)
        rng = self._seeds.rng("shops")
        first, shops = population.first_business_account, population.shops
        self._price = np.exp(PRICE_SIGMA * rng.standard_normal(shops)).astype(np.float32)
        self._period = np.where(rng.random(shops) < DAILY_SHARE, DAY, 7 * DAY)
        morning = rng.integers(6 * HOUR, 10 * HOUR, shops)  # [A]
        self._payout = rng.integers(0, 7, shops) * DAY % self._period + morning
        self._opened = population.account_opened[first : first + shops]
        self._instead = established(self._opened)
        self._share = np.array(list(world.market.webshop.values()))
        elsewhere = zipf_share(shops - len(self._share)) * (1 - self._share.sum())
        self._popularity = np.concatenate([self._share, elsewhere])
        # scale prices so that the mean over all purchases is the sourced one
        mean = self._popularity @ self._price
        self._price *= np.float32(np.exp(PRICE_SIGMA**2 / 2) / mean)
        psp_share = self._popularity[population.shop_psp >= 0].sum()
        rows = 1 + psp_share + self._share.sum()
        self.per_day = float(population.persons * world.shopping.per_person_day * rows)

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the orders, checkouts and payments of the purchases made in a chunk."""
        person, shop, time = self._purchases(chunk)
        rng = self._seeds.rng("accounts", chunk.index)
        account = paying_account(rng, self._population, person, time)
        able = np.flatnonzero(account >= 0)
        person, shop, time, account = person[able], shop[able], time[able], account[able]

        rng, size = self._seeds.rng("orders", chunk.index), len(person)
        ordered = shop < len(self._share)
        later = ordered & bernoulli(rng, size, self._world.shopping.pay_later_share)
        shared = bernoulli(rng, size, self._world.population.shared_computer_share)
        paid = self._paid(time, ordered, later, chunk)
        psp = self._population.shop_psp[shop].astype(np.int64)
        purchases = Batch(
            {
                "time": paid,
                "account": account,
                "amount_eur": self._amounts(shop, chunk),
                "device": self._population.own_device(person, paid, shared),
                "psp": psp,
                "merchant": shop,
            }
        )
        orders = np.flatnonzero(ordered)
        return {
            "orders": self._orders(
                purchases.take(orders),
                person[orders],
                time[orders],
                later[orders],
                shared[orders],
                chunk,
            ),
            "checkouts": purchases.take(np.flatnonzero(psp >= 0)),
            "payments": joined([self._payments(purchases), self._payouts(chunk)]),
        }

    def _purchases(self, chunk: Chunk) -> tuple[Ints, Ints, Ints]:
        """Return person, shop and time of purchases, those with a fresh account last.

        A visitor without an account cannot buy again at a partner shop, so more visits are drawn
        than purchases are made.
        """
        rng, world = self._seeds.rng("purchases", chunk.index), self._world
        days = SHOPPING.intensity(chunk, world.first_month).sum()
        each = self._population.persons * world.shopping.per_person_day * days
        again = partner_weights(world, self._members, chunk)
        weight = again.sum() + 1 - self._share.sum()
        share = world.shopping.sitting_share
        size = int(rng.poisson(each * weight * (1 - share)))
        person = self._population.shopping.draw(rng, size)
        time = SHOPPING.draw(rng, chunk, world.first_month, size)
        person, time = sittings(rng, person, time, share)
        shop = self._shops(rng, person, again / weight)
        closed = self._opened[shop] > time // DAY
        shop = np.where(closed, self._instead[shop], shop)

        partner = np.flatnonzero(shop < len(self._share))
        known = self._members.customer_opened(shop[partner], person[partner]) <= time[partner]
        allowed = np.ones(len(person), dtype=bool)
        allowed[partner[~known]] = False
        kept = np.flatnonzero(allowed)
        opening = [self._members.customers_opening(i, chunk) for i in range(len(self._share))]
        return (
            np.concatenate([person[kept], *(persons for persons, _ in opening)]),
            np.concatenate(
                [shop[kept], *(np.full(len(new), i) for i, (new, _) in enumerate(opening))]
            ),
            np.concatenate([time[kept], *(moments for _, moments in opening)]),
        )

    def _shops(self, rng: np.random.Generator, person: Ints, partners: Floats) -> Ints:
        """Draw shops: one of the person's fixed favourites, or any shop by popularity."""
        draw = rng.random(len(person))
        slot = ((draw / HABIT_SHARE) ** 2 * FAVOURITES).astype(np.int64)
        favourite = self._population.hash.uniform("favourite", person * FAVOURITES + slot)
        u = np.where(draw < HABIT_SHARE, favourite, (draw - HABIT_SHARE) / (1 - HABIT_SHARE))
        shop = np.searchsorted(np.cumsum(partners), u, side="right")
        # the lower digits of the same number choose among the other shops: over the years a
        # favourite may become or cease to be a partner, but it is always the same other shop
        elsewhere = np.flatnonzero(shop == len(partners))
        others = self._population.shops - len(partners)
        shop[elsewhere] += zipf(u[elsewhere] * 4096 % 1, others)
        return shop

    def _paid(self, time: Ints, ordered: Bools, later: Bools, chunk: Chunk) -> Ints:
        """Return the time of each payment: at once, soon after an order, or days later."""
        rng = self._seeds.rng("paying", chunk.index)
        paid = time + np.where(ordered, rng.integers(*CHECKOUT_S, len(time)), 0)
        rows = np.flatnonzero(later)
        wait = rng.exponential(self._world.shopping.pay_later_days, len(rows))
        day = time[rows] // DAY + np.maximum(np.rint(wait), 1)
        paid[rows] = SHOPPING.time_of_day(rng, day)
        return paid

    def _amounts(self, shop: Ints, chunk: Chunk) -> Floats:
        rng = self._seeds.rng("amounts", chunk.index)
        noise = rng.standard_normal(len(shop), dtype=np.float32)
        amount = self._price[shop] * np.exp(np.float32(AMOUNT_SIGMA) * noise)
        tail = np.flatnonzero(bernoulli(rng, len(shop), TAIL_SHARE))
        amount[tail] *= 1 + rng.pareto(TAIL, len(tail))
        return neat(rng, np.maximum(MEDIAN_EUR * amount, 1.0), NEAT_SHARE)

    def _orders(
        self,
        purchases: Batch,
        person: Ints,
        time: Ints,
        later: Bools,
        shared: Bools,
        chunk: Chunk,
    ) -> Batch:
        rng, population = self._seeds.rng("delivery", chunk.index), self._population
        settings, size = self._world.shopping, len(person)
        home = population.household[person].astype(np.int64)
        point = population.households + home * population.parcel_points // population.households
        pick_up = bernoulli(rng, size, settings.pick_up_share)
        elsewhere = bernoulli(rng, size, settings.other_address_share)
        other = rng.integers(0, population.households, size)
        return Batch(
            {
                "time": time,
                "shop": purchases["merchant"],
                "customer": purchases["merchant"] * 2 * population.persons + person,
                "amount_eur": purchases["amount_eur"],
                "pay_later": later.astype(np.int8),
                "device": population.own_device(person, time, shared),
                "address": np.where(pick_up, point, np.where(elsewhere, other, home)),
                "pick_up": pick_up.astype(np.int8),
            }
        )

    def _payments(self, purchases: Batch) -> Batch:
        population, psp = self._population, purchases["psp"]
        own = population.shop_account(purchases["merchant"])
        firm = population.first_business_account + purchases["merchant"]
        own = np.where(own == purchases["account"], firm, own)  # nobody pays themselves
        return Batch(
            {
                "time": purchases["time"],
                "payer": purchases["account"],
                "payee": np.where(psp >= 0, population.psp_account[psp], own),
                "amount_eur": purchases["amount_eur"],
                "device": purchases["device"],
            }
        )

    def _payouts(self, chunk: Chunk) -> Batch:
        """Return daily or weekly payouts of providers to their shops.

        The takings of a period are not summed but drawn from the shop's popularity: a Poisson
        number of purchases of about the shop's mean amount.
        """
        rng, population = self._seeds.rng("payouts", chunk.index), self._population
        period = self._period
        first = self._payout - (self._payout - chunk.start) // period * period
        times = np.where(population.shop_psp >= 0, -((first - chunk.stop) // period), 0)
        times = np.maximum(times, 0)
        shop = np.repeat(np.arange(population.shops), times)
        before = np.repeat(np.cumsum(times) - times, times)
        time = first[shop] + (np.arange(len(shop)) - before) * period[shop]

        month = (self._world.first_month - 1 + time // DAY // MONTH_DAYS) % 12
        season = np.array(SHOPPING.season)[month] / np.mean(SHOPPING.season)
        days = period[shop] // DAY * season
        each = population.persons * self._world.shopping.per_person_day * days
        purchases = rng.poisson(each * self._popularity[shop])
        rows = np.flatnonzero((purchases > 0) & (self._opened[shop] <= time // DAY))
        shop, time, purchases = shop[rows], time[rows], purchases[rows]
        spread = AMOUNT_SIGMA / np.sqrt(purchases)
        mean = MEDIAN_EUR * np.exp(AMOUNT_SIGMA**2 / 2) * self._price[shop] * purchases
        takings = mean * np.exp(spread * rng.standard_normal(len(rows)) - spread**2 / 2)
        psp = population.psp_account[population.shop_psp[shop]]
        return Batch(
            {
                "time": time,
                "payer": psp,
                "payee": population.shop_account(shop),
                "amount_eur": neat(rng, takings, 0.0),
                "device": population.office_device(psp),
            }
        )


def partner_weights(world: WorldSettings, members: Memberships, chunk: Chunk) -> Floats:
    """Return the (partners,) visits to each partner shop, relative to all purchases made.

    A visitor without an account cannot buy again, so there must be more visits than purchases.
    """
    share = np.array(list(world.market.webshop.values()))
    fresh = members.opening_rate / max(world.shopping.per_person_day, 1e-12)
    again: Floats = np.maximum(share - fresh, 0) / members.customers_share(chunk)
    return again


def favourite(population: Population, weights: Floats, person: Ints) -> Ints:
    """Return the shop where each person buys most; ``len(weights)`` if it is no partner.

    Args:
        population: its persons and businesses.
        weights: (partners,) from :func:`partner_weights`.
        person: (rows,) persons.
    """
    u = population.hash.uniform("favourite", person * FAVOURITES)
    return np.searchsorted(np.cumsum(weights), u, side="right")
