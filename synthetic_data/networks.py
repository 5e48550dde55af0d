"""The internet address of every online event, as the partner sees it.

A household shares its connection at home, whose address changes now and then; a mobile operator
routes many customers through one address; colleagues share the address of their work; a VPN shows
the address of a rented server. Criminals use the same addresses as other people. Nothing is
stored: an address is a function of device and time.
"""

import numpy as np

from synthetic_data.arrays import Floats, Ints
from synthetic_data.clock import DAY, HOUR
from synthetic_data.population import Population
from synthetic_data.settings import WorldSettings

STAY = 6 * HOUR  #: period during which a device keeps the same kind of address
MOBILE_SHARE, WORK_SHARE = 0.35, 0.1  # [A] share of phones' events on a mobile network, at work
SERVER_USERS, SERVER_SHARE = 0.06, 0.7  # [A] share of devices with a VPN, and of events through it
CRIMINAL_SERVER, CRIMINAL_MOBILE = 0.4, 0.35  # [A] shares of criminals' devices; others: a home
PERSONS_PER_MOBILE, PERSONS_PER_WORK, PERSONS_PER_SERVER = 1_000, 40, 500  # [A] per address
PERIODS = 2**13  #: more periods of length ``STAY`` than fit in the longest world


class Networks:
    """Internet addresses, numbered: homes by renewal, then mobile, work and rented servers.

    Args:
        world: settings.
        population: its persons and businesses.
    """

    def __init__(self, world: WorldSettings, population: Population) -> None:
        self._population = population
        self._renewals = world.population.network_renewals_year / (365 * DAY)
        times = int(self._renewals * world.days * DAY) + 2
        share = np.array(list(world.market.telecom.values()))
        persons = population.persons
        addresses = np.rint(share * persons / PERSONS_PER_MOBILE)
        self._mobiles = np.maximum(addresses, 1).astype(np.int64)
        edges = population.households * times + np.cumsum(self._mobiles)
        self._first_mobile = edges - self._mobiles
        self._works = max(5, persons // PERSONS_PER_WORK)
        self._first_work = int(edges[-1])
        self._servers = max(5, persons // PERSONS_PER_SERVER)
        self._first_server = self._first_work + self._works
        device = np.arange(population.next_device)
        server_user = population.hash.uniform("server user", device) < SERVER_USERS
        self._server_share = np.where(server_user, SERVER_SHARE, 0).astype(np.float32)
        home = np.arange(population.households)
        self._phase = population.hash.uniform("network renewal", home).astype(np.float32)

    def of(self, device: Ints, time: Ints) -> Ints:
        """Return the (rows,) address of each event.

        Args:
            device: (rows,) device numbers, not fingerprints.
            time: (rows,) seconds.
        """
        brought = np.flatnonzero(device >= self._population.next_device)
        if not len(brought):
            return self._own(device, time)
        network = self._own(np.minimum(device, self._population.next_device - 1), time)
        network[brought] = self._criminal(device[brought], time[brought])
        return network

    def _own(self, device: Ints, time: Ints) -> Ints:
        """Return the addresses of persons' own phones and of household computers."""
        population, persons = self._population, self._population.persons
        phone = device < 2 * persons
        person = np.where(phone, device - persons * (device >= persons), 0)
        network = self._home(
            np.where(phone, population.household[person], device - 2 * persons), time
        )
        u = population.hash.uniform("network", device * PERIODS + time // STAY)
        server = self._server_share[device]
        rows = np.flatnonzero(u < server)
        network[rows] = self._server(u[rows] / server[rows])
        u = (u - server) / (1 - server)
        rows = np.flatnonzero(phone & (u >= 0) & (u < MOBILE_SHARE))
        network[rows] = self._mobile(population.operator[person[rows]], u[rows] / MOBILE_SHARE)
        rows = np.flatnonzero(phone & (u >= MOBILE_SHARE) & (u < MOBILE_SHARE + WORK_SHARE))
        place = population.hash.uniform("work network", person[rows])
        network[rows] = self._first_work + (place * self._works).astype(np.int64)
        return network

    def _criminal(self, device: Ints, time: Ints) -> Ints:
        """Return the addresses of criminals' own devices; a device has one kind of address."""
        population = self._population
        kind = population.hash.uniform("criminal network", device)
        place = population.hash.uniform("criminal place", device)
        u = population.hash.uniform("network", device * PERIODS + time // STAY)
        operator = (place * len(self._mobiles)).astype(np.int64)
        return np.select(
            [kind < CRIMINAL_SERVER, kind < CRIMINAL_SERVER + CRIMINAL_MOBILE],
            [self._server(place), self._mobile(operator, u)],
            self._home((place * population.households).astype(np.int64), time),
        )

    def _home(self, household: Ints, time: Ints) -> Ints:
        renewed = (time * self._renewals + self._phase[household]).astype(np.int64)
        return household + self._population.households * renewed

    def _mobile(self, operator: Ints, u: Floats) -> Ints:
        which = (u * self._mobiles[operator]).astype(np.int64)
        return self._first_mobile[operator] + which

    def _server(self, u: Floats) -> Ints:
        return self._first_server + (u * self._servers).astype(np.int64)
