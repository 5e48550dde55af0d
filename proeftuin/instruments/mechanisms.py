"""How an answer or a list is protected on its way: declared here, carried out in ``sharing``."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.figures import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Plain:
    """In clear."""

    name: Literal["plain"] = "plain"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KeyedHash:
    """Identifiers as keyed hashes: whoever has the key can try out every number there is."""

    name: Literal["keyed_hash"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RandomisedResponse:
    """A yes or no that is false with probability 1 / (1 + e^epsilon) (Warner 1965).

    Attributes:
        epsilon: local differential privacy of one answer.
    """

    name: Literal["randomised_response"]
    epsilon: Annotated[float, Field(gt=0, le=50)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DpCount:
    """A count with discrete Laplace noise of scale 1 / epsilon (Ghosh et al. 2012).

    Attributes:
        epsilon: differential privacy of one count towards one person in it.
    """

    name: Literal["dp_count"]
    epsilon: Annotated[float, Field(gt=0, le=50)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BloomFilter:
    """A list as a Bloom filter (Bloom 1970): somebody who is not on it may seem to be.

    Attributes:
        false_positive_rate: share of those not on the list who seem to be.
    """

    name: Literal["bloom_filter"]
    false_positive_rate: Annotated[float, Field(gt=0, le=0.5)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SetIntersection:
    """Private set intersection: the asker learns which of its own identifiers are on the list."""

    name: Literal["set_intersection"]


Mechanism = Annotated[
    Plain | KeyedHash | RandomisedResponse | DpCount | BloomFilter | SetIntersection,
    Field(discriminator="name"),
]
#: Names by what they fit: a yes or no about one moment, a number, a list of identifiers.
FOR_ANSWERS = ("plain", "keyed_hash", "randomised_response")
FOR_COUNTS = ("plain", "keyed_hash", "dp_count")
FOR_LISTS = ("plain", "keyed_hash", "bloom_filter", "set_intersection")
