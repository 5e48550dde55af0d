"""Privacy mechanisms on answers and lists: declared here, applied in ``sharing``."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.parameters import STRICT

#: Names by what they fit: a yes or no about one moment, a number, a list of identifiers.
FOR_ANSWERS = ("plain", "keyed_hash", "randomised_response")
FOR_COUNTS = ("plain", "keyed_hash", "dp_count")
FOR_LISTS = ("plain", "keyed_hash", "bloom_filter", "set_intersection")
#: Keyed hashes on one core, measured with benchmarks/hashing.py on 24-11-2026.
HASHES_PER_SECOND = 245_000
#: Numbers that there are to try: Dutch mobile numbers, account numbers of one bank.
NUMBERS_TO_TRY = {"phone": 10**8, "account": 10**10}
#: Where what a mechanism gives and costs (in the report's texts) stands, or how it was measured.
SOURCES = {
    "plain": "[D] by definition",
    "keyed_hash": f"[D] measured with benchmarks/hashing.py: {HASHES_PER_SECOND:,} hashes a "
    "second, 24-11-2026",
    "randomised_response": "[S] Warner 1965; the epsilon is exact",
    "dp_count": "[S] Ghosh et al. 2012; agrees with OpenDP 0.16 in the tests",
    "bloom_filter": "[S] Bloom 1970",
    "set_intersection": "[S] Meadows 1986; [D] measured with openmined_psi 2.0.6 by "
    "benchmarks/intersection.py, 24-11-2026",
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Plain:
    """In clear."""

    name: Literal["plain"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KeyedHash:
    """Hashed identifiers; any holder of the key can try out all possible numbers."""

    name: Literal["keyed_hash"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Noisy:
    """Noise that hides each person in an answer or a count.

    Attributes:
        epsilon: privacy loss of one answer or count for one person in it.
    """

    name: str
    epsilon: Annotated[float, Field(gt=0, le=50)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RandomisedResponse(Noisy):
    """A yes or no that is false with probability 1 / (1 + e^epsilon) (Warner 1965)."""

    name: Literal["randomised_response"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DPCount(Noisy):
    """A count with discrete Laplace noise of scale 1 / epsilon (Ghosh et al. 2012)."""

    name: Literal["dp_count"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BloomFilter:
    """A list with false positives (Bloom 1970).

    Attributes:
        false_positive_rate: share of identifiers off the list that seem to be on it.
    """

    name: Literal["bloom_filter"]
    false_positive_rate: Annotated[float, Field(gt=0, le=0.5)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SetIntersection:
    """The asker learns which of its own identifiers are on the list."""

    name: Literal["set_intersection"]


Mechanism = Annotated[
    Plain | KeyedHash | RandomisedResponse | DPCount | BloomFilter | SetIntersection,
    Field(discriminator="name"),
]
