"""The data that the parties of a world hold, prepared once for all queries."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from proeftuin.features.table import FeatureTable
from proeftuin.features.telecom import CallBook
from proeftuin.sharing.mentions import mentions, paid_checkouts, paid_deposits, row_mentions
from synthetic_data.arrays import Ints
from synthetic_data.world import World

Made = TypeVar("Made")


class Sources:
    """A world as the parties hold it; look-ups that instruments share are computed once.

    Args:
        world: the world, payments in order of time.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._made: dict[Hashable, Any] = {}

    @cached_property
    def calls(self) -> CallBook:
        """All call records."""
        return CallBook(self.world.tables["calls"])

    @cached_property
    def incoming_calls(self) -> CallBook:
        """The call records of those who were called."""
        calls = self.world.tables["calls"]
        return CallBook(calls[calls["incoming"] == 1])

    @cached_property
    def phone_of(self) -> pd.Series:
        """Phone number of every account in its bank's books, -1 if none."""
        return self.world.tables["accounts"].set_index("account")["phone"]

    def mentions(self, entity: str) -> pd.DataFrame:
        """Return all reports about entities of a kind (``mentions.MENTION``)."""
        return self.once(("mentions", entity), lambda: mentions(self.world, entity))

    def row_mentions(self, row: str) -> pd.DataFrame:
        """Return all reports about rows of a kind, such as ``payment``."""
        return self.once(("row_mentions", row), lambda: row_mentions(self.world, row))

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return the result of ``make``, which is called once for every key."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    @cached_property
    def payment_behind(self) -> dict[str, pd.DataFrame]:
        """Pairs of a ``payment`` and the row it paid for, by kind of row, as far as both exist."""
        tables, behind = self.world.tables, {}
        if "payments" in tables and "checkouts" in tables:
            behind["checkout"] = paid_checkouts(self.world)
        if "payments" in tables and "transfers" in tables:
            behind["transfer"] = paid_deposits(self.world)
        return behind

    def payer_phones(self, table: FeatureTable) -> Ints:
        """Return the payer's phone in the bank's books, for every row."""
        return self.phones_of(table.entities["payer"])

    def phones_of(self, account: Ints) -> Ints:
        """Return the phones of accounts in the banks' books, -1 where none is known."""
        phone: Ints = self.phone_of.reindex(account, fill_value=-1).to_numpy()
        return phone

    def persons_of(self, account: Ints) -> Ints:
        """Return a number for the person behind each account: the phone, or else the account's own.

        The latter are below 0, so that they clash with no phone.
        """
        phone = self.phones_of(account)
        person: Ints = np.where(phone >= 0, phone, -2 - account)
        return person

    def partners(self, sector: str) -> tuple[str, ...]:
        """Return the partners of a sector by index; none if it takes no part."""
        return tuple(self.world.partners.get(sector, ()))
