"""How an answer or a list is protected on its way: declared here, carried out in ``sharing``."""

from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.figures import STRICT

#: Names by what they fit: a yes or no about one moment, a number, a list of identifiers.
FOR_ANSWERS = ("plain", "keyed_hash", "randomised_response")
FOR_COUNTS = ("plain", "keyed_hash", "dp_count")
FOR_LISTS = ("plain", "keyed_hash", "bloom_filter", "set_intersection")
#: Keyed hashes on one core, measured with benchmarks/hashing.py on 24-11-2026.
HASHES_PER_SECOND = 245_000
#: Numbers that there are to try: Dutch mobile numbers, account numbers of one bank.
NUMBERS_TO_TRY = {"phone": 10**8, "account": 10**10}


@plain_dataclass(frozen=True, kw_only=True)
class Protection:
    """What a mechanism gives and costs, for the report.

    Attributes:
        gives: what somebody who sees the message still cannot tell.
        costs: what is lost for it: answers that are wrong, bytes, seconds.
        hides_who: whether the receiver learns nothing about who is not its own customer.
        wrong_answers: whether some answers are false.
        source: where that stands, or how it was measured.
    """

    gives: str
    costs: str
    hides_who: bool
    wrong_answers: bool
    source: str


#: By name of the mechanism.
PROTECTION: dict[str, Protection] = {
    "plain": Protection(
        gives="nothing: the receiver reads everything",
        costs="nothing",
        hides_who=False,
        wrong_answers=False,
        source="[D] by definition",
    ),
    "keyed_hash": Protection(
        gives="protection from outsiders without the key only; every partner has the key and can "
        "try out all numbers: all Dutch mobile numbers in 7 minutes, all account numbers of one "
        "bank in half a day, on one core. Hashing is not anonymity",
        costs="32 bytes an identifier",
        hides_who=False,
        wrong_answers=False,
        source=f"[D] measured with benchmarks/hashing.py: {HASHES_PER_SECOND:,} hashes a second, "
        "24-11-2026",
    ),
    "randomised_response": Protection(
        gives="each answer may be false with probability 1 / (1 + e^epsilon), so no single answer "
        "gives anybody away; answers about one person add up",
        costs="false answers, in both directions",
        hides_who=False,
        wrong_answers=True,
        source="[S] Warner 1965; the epsilon is exact",
    ),
    "dp_count": Protection(
        gives="whether one person is among those counted stays hidden up to epsilon, for each "
        "count; counts of one person on several days add up",
        costs="noise of standard deviation about 1.4 / epsilon",
        hides_who=False,
        wrong_answers=True,
        source="[S] Ghosh et al. 2012; agrees with OpenDP 0.16 in the tests",
    ),
    "bloom_filter": Protection(
        gives="the list cannot be read off, but anybody can ask it about every number there is",
        costs="innocents who seem to be on the list, at the rate that is set; 9.6 bits an "
        "identifier at 1 %",
        hides_who=False,
        wrong_answers=True,
        source="[S] Bloom 1970",
    ),
    "set_intersection": Protection(
        gives="the asker learns which of its own customers are on the list and nothing about "
        "others; the provider learns only how many were asked about. It does not stop an asker "
        "that asks about everybody",
        costs="70 bytes and about half a millisecond for each identifier asked about, 35 bytes and "
        "a quarter of a millisecond for each one listed",
        hides_who=True,
        wrong_answers=False,
        source="[S] Meadows 1986; [D] measured with openmined_psi 2.0.6 by "
        "benchmarks/intersection.py, 24-11-2026",
    ),
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Plain:
    """In clear."""

    name: Literal["plain"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KeyedHash:
    """Hashed identifiers; whoever has the key can try out every number there is."""

    name: Literal["keyed_hash"]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Noisy:
    """Noise that hides each person who is in an answer or a count.

    Attributes:
        epsilon: differential privacy of one answer or of one count towards one person in it.
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
    """A list on which others seem to be (Bloom 1970).

    Attributes:
        false_positive_rate: share of those not on the list who seem to be.
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
