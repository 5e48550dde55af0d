"""Matching of a consumer's entities at a provider: some are missed, some are mistaken."""

from typing import Any

import pandas as pd
from numpy.typing import NDArray

from proeftuin.instruments.base import Instrument
from proeftuin.sharing.protect import bloom_false_positives
from synthetic_data.arrays import Bools, Ints
from synthetic_data.seeds import Seeds


class Matching:
    """Which entities of a consumer are found, drawn once for each, so that errors persist.

    Draws follow the order of first appearance, so that neither later rows nor renamed codes change
    which entities are found. Every consumer has errors of its own.

    Args:
        codes: (rows,) codes of the entities in the consumer's rows; below 0 where there is none.
        instrument: for its rates and its mechanism.
        seeds: streams of this instrument and consumer.

    Attributes:
        codes: (entities,) unique codes.
        entity: (rows,) index of each row's entity.
        found: (entities,) whether the provider finds it.
        mistaken: (entities,) whether it is taken for one on the provider's list, because registers
            or a Bloom filter confuse them.
    """

    def __init__(self, codes: Ints, instrument: Instrument, seeds: Seeds) -> None:
        self.codes, self.entity = in_order_of_appearance(codes)
        size, exists = len(self.codes), self.codes >= 0
        self.found: Bools = exists & (seeds.rng("match").random(size) < instrument.match_rate)
        mistaken = seeds.rng("mistaken").random(size) < instrument.false_match_rate
        seeming = bloom_false_positives(instrument.mechanism, size, seeds.rng("bloom_filter"))
        self.mistaken: Bools = exists & (mistaken | seeming)


def in_order_of_appearance(codes: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return unique codes and each row's index among them, numbered by first appearance."""
    place, unique = pd.factorize(codes)
    return unique, place
