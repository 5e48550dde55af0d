"""Rows of a bank that parties of other sectors can describe, linked by phone number.

As with a look-up (:mod:`operators`), a bank only asks about payments to a payee that is new to the
payer. Operators describe the moment of such a payment by their own call records alone, web shops by
their own orders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from proeftuin.features import shopper, telecom
from proeftuin.features.asof import Lookups
from proeftuin.features.table import Bounds, FeatureTable
from proeftuin.features.views import desk_view, telecom_view
from proeftuin.settings.vertical import Holding, Vertical
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.matching import in_order_of_appearance
from proeftuin.sharing.protect import CODE_BYTES
from proeftuin.sharing.sources import Sources
from synthetic_data.arrays import Bools, Floats, Ints, Matrix
from synthetic_data.partners import PartnerKey
from synthetic_data.seeds import Seeds

UNKNOWN_DAYS = 90  # an operator computes the same "unknown number" as the line-busy signal
QUESTION_BYTES = CODE_BYTES + 8  #: a number and a moment
NUMBER_BYTES = 4
Describe = Callable[[Ints, Ints], tuple[Bools, Matrix]]
"""From phones and seconds, (asked,) each, to which phones are known, (asked,), and what is known of
the moment, (asked, columns), 0 to 1 between public bounds; 0 where nothing is."""


@dataclass(frozen=True)
class Columns:
    """The columns that one party holds about persons.

    Attributes:
        sector: the party's.
        names: names of the columns.
        describe: returns their values.
    """

    sector: Holding
    names: tuple[str, ...]
    describe: Describe


@dataclass(frozen=True)
class Aligned:
    """The queries of a bank to parties of other sectors, and the parties that answer.

    Attributes:
        phone: (rows,) the phone number in the query, -1 where there is none.
        holders: the columns of each party, by its name.
    """

    phone: Ints
    holders: dict[str, Columns]

    def flows(
        self,
        bank: str,
        sector: Holding,
        asked: Ints,
        known: Ints,
        embedded: int,
        gradients: int,
        vertical: Vertical,
    ) -> list[Flow]:
        """Return the flows to and from a sector: queries, embeddings, and their gradients.

        Every query goes to all parties of the sector, because only they know their customers.
        The noise on gradients bounds nothing: the bank's model learns from labels without noise.

        Args:
            bank: whose rows.
            sector: whose columns.
            asked: rows in the queries.
            known: those of them that a party of the sector knew.
            embedded: number of embeddings that crossed.
            gradients: number of gradients that crossed.
            vertical: the settings.
        """
        noisy = vertical.noise_multiplier > 0
        form = "noisy_numbers" if noisy else "in_clear"
        unbounded = "noisy_without_bound" if noisy else "in_clear"
        width, size = vertical.width, vertical.width * NUMBER_BYTES
        to, back = (bank, sector), (sector, bank)
        payers, found = np.unique(self.phone[asked]), np.unique(self.phone[known])
        count = len(asked) * sum(each.sector == sector for each in self.holders.values())
        return [
            Flow(*to, "alignment_question", "in_clear", payers, 2, count, count * QUESTION_BYTES),
            Flow(*back, "embeddings", form, found, width, embedded, embedded * size),
            Flow(*to, "gradients", unbounded, found, width, gradients, gradients * size),
        ]


def align(
    sources: Sources,
    table: FeatureTable,
    vertical: Vertical,
    chosen: frozenset[PartnerKey],
    seeds: Seeds,
) -> Aligned:
    """Align the rows of a bank with the parties that take part and hold columns.

    Args:
        sources: the world as the parties hold it.
        table: the bank's rows.
        vertical: for the rates of errors.
        chosen: the partners that take part.
        seeds: streams of this bank.
    """
    phone = linked(sources.payer_phones(table), table.customer, vertical, seeds)
    phone = np.where(table.new_payee, phone, -1)
    holders = {
        name: sources.once(("columns", name), partial(HELD_BY[sector], sources, index, name))
        for sector in vertical.sectors
        for index, name in enumerate(sources.partners(sector))
        if PartnerKey(sector, name) in chosen
    }
    return Aligned(phone, holders)


def linked(phone: Ints, payer: Ints, vertical: Vertical, seeds: Seeds) -> Ints:
    """Return the phone under which each row's payer is looked up; -1 where the look-up fails.

    Drawn once per payer, in order of first appearance, so that an error persists and renaming codes
    changes nothing. A mistaken payer is looked up as another payer.

    Args:
        phone: (rows,) the payer's phone in the bank's books.
        payer: (rows,) codes of payers.
        vertical: for the rates of errors.
        seeds: the streams.
    """
    unique, entity = in_order_of_appearance(payer)
    size = len(unique)
    of_payer = np.full(size, -1, dtype=np.int64)
    of_payer[entity] = phone
    found = seeds.rng("match").random(size) < vertical.match_rate
    mistaken = seeds.rng("mistaken").random(size) < vertical.false_match_rate
    other = of_payer[seeds.rng("mistaken_for").integers(0, max(1, size), size)]
    taken: Ints = np.where(found, np.where(mistaken, other, of_payer), -1)[entity]
    return taken


def _calls(sources: Sources, index: int, name: str) -> Columns:
    """Return the columns of one operator, from the calls of its subscribers and its own reports."""
    view = telecom_view(sources.world, (index,))
    calls = view.calls[view.calls["operator"] == index]
    labels = sources.world.labels[sources.world.labels["partner"] == name]
    book, subscribers = telecom.CallBook(calls), view.phones.to_numpy()

    def known(phone: Ints, time: Ints) -> Bools:
        return np.isin(phone, subscribers)

    def facts(phone: Ints, time: Ints) -> dict[str, Floats]:
        return telecom.call_features(book, labels, phone, time, UNKNOWN_DAYS)

    return _columns("telecom", telecom.BOUNDS, known, facts)


def _orders(sources: Sources, index: int, name: str) -> Columns:
    """Return the columns of one web shop, from the orders of its customers and its own reports."""
    view = desk_view(sources.world, "webshop", (index,), (name,))

    def known(phone: Ints, time: Ints) -> Bools:
        return shopper.accounts_of(view, Lookups(phone, time)) > 0

    return _columns("webshop", shopper.BOUNDS, known, partial(shopper.shopper_features, view))


#: Returns the columns of a party by sector, given the world, its index in the sector and its name.
HELD_BY: dict[Holding, Callable[[Sources, int, str], Columns]] = {
    "telecom": _calls,
    "webshop": _orders,
}


def _columns(
    sector: Holding,
    bounds: Bounds,
    known_at: Callable[[Ints, Ints], Bools],
    facts: Callable[[Ints, Ints], dict[str, Floats]],
) -> Columns:
    """Return columns scaled to [0, 1] by their public bounds."""
    low, high = np.array(list(bounds.values())).T

    def describe(phone: Ints, time: Ints) -> tuple[Bools, Matrix]:
        known = known_at(phone, time)
        values = np.zeros((len(phone), len(bounds)), dtype=np.float32)
        if known.any():
            columns = facts(phone[known], time[known])
            stacked = np.column_stack([columns[name] for name in bounds])
            values[known] = (np.clip(stacked, low, high) - low) / (high - low)
        return known, values

    return Columns(sector, tuple(bounds), describe)
