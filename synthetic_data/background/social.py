"""Ordinary clicks on adverts at social platforms."""

import numpy as np

from synthetic_data.activity import Activity
from synthetic_data.background.actors import LEISURE, established, partner, zipf
from synthetic_data.batch import Batch
from synthetic_data.clock import DAY, Chunk
from synthetic_data.population import Population
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings

ACTIVITY_SIGMA = 1.2  # [A] spread of clicking over persons


class AdvertClicks:
    """Clicks on adverts; none if the platforms take no part, since no other sector sees them.

    Args:
        world: settings.
        population: its persons and businesses.
        seeds: subtree of the world.
    """

    def __init__(self, world: WorldSettings, population: Population, seeds: Seeds) -> None:
        self._world, self._population, self._seeds = world, population, seeds.child("social")
        self.per_day = 0.0
        if "social" in world.market.absent:
            return
        self.per_day = population.persons * world.social.clicks_per_person_day
        self._activity = Activity(self._seeds.rng("activity"), population.persons, ACTIVITY_SIGMA)
        first = population.first_business_account
        self._opened = population.account_opened[first : first + population.businesses]
        self._instead = established(self._opened)

    def happen(self, chunk: Chunk) -> dict[str, Batch]:
        """Return the clicks of a chunk of time."""
        if self.per_day == 0:
            return {}
        rng, persons = self._seeds.rng("clicks", chunk.index), self._population.persons
        days = LEISURE.intensity(chunk, self._world.first_month).sum()
        size = int(rng.poisson(self.per_day * days))
        person = self._activity.draw(rng, size)
        time = LEISURE.draw(rng, chunk, self._world.first_month, size)
        platform = partner(rng.random(size), self._world.market.social)
        business = zipf(rng.random(size), self._population.businesses)
        closed = self._opened[business] > time // DAY
        clicks = Batch(
            {
                "time": time,
                "platform": platform,
                "member": platform * 2 * persons + person,
                "advertiser": np.where(closed, self._instead[business], business),
            }
        )
        return {"clicks": clicks}
