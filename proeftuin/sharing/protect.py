"""Privacy mechanisms on answers, counts and lists.

The noise of a simulation comes from named streams, so that a run can be repeated. A release of
real data needs unpredictable noise, as OpenDP draws it.
"""

import numpy as np
from scipy.stats import dlaplace

from proeftuin.instruments.mechanisms import BloomFilter, Mechanism, RandomisedResponse
from synthetic_data.arrays import Bools, Floats, Ints

CODE_BYTES = 24  #: an account number, telephone number or fingerprint in clear
HASH_BYTES = 32  #: HMAC-SHA-256
#: One identifier as an encrypted point of an elliptic curve, as ``openmined_psi`` 2.0.6 sends it.
POINT_BYTES = 35
ANSWER_BYTES = 1
COUNT_BYTES = 4


def flip_probability(epsilon: float) -> float:
    """Probability of a false answer under randomised response (Warner 1965): 1 / (1 + e^ε)."""
    return float(1 / (1 + np.exp(epsilon)))


def randomised(answers: Bools, mechanism: Mechanism, rng: np.random.Generator) -> Bools:
    """Return yes-or-no answers, each flipped with the probability of the mechanism."""
    if not isinstance(mechanism, RandomisedResponse):
        return answers
    return answers ^ (rng.random(len(answers)) < flip_probability(mechanism.epsilon))


def counted(counts: Ints, epsilon: float | None, rng: np.random.Generator) -> Ints:
    """Return counts, at least 0, with discrete Laplace noise of scale 1 / ε (Ghosh et al. 2012).

    Args:
        counts: whole numbers that one person changes by at most 1.
        epsilon: budget of each count; None adds no noise.
        rng: the stream.
    """
    if epsilon is None:
        return counts
    # one number each, so that a later count does not change the noise of an earlier one
    uniform = np.maximum(rng.random(len(counts)), np.finfo(float).tiny)
    noise = dlaplace.ppf(uniform, epsilon).astype(np.int64)
    noisy: Ints = np.maximum(counts + noise, 0)
    return noisy


def bloom_false_positives(mechanism: Mechanism, size: int, rng: np.random.Generator) -> Bools:
    """Mark the identifiers that are not on a list but seem to be (Bloom 1970).

    A filter with fixed hash functions confuses the same ones every time.
    """
    if not isinstance(mechanism, BloomFilter):
        return np.zeros(size, dtype=bool)
    seeming: Bools = rng.random(size) < mechanism.false_positive_rate
    return seeming


def answer_form(mechanism: Mechanism) -> str:
    """Return the key of the report's word for how an answer moves."""
    forms = {
        "keyed_hash": "hashed",
        "randomised_response": "randomised",
        "dp_count": "noisy_count",
    }
    return forms.get(mechanism.name, "in_clear")


def list_form(mechanism: Mechanism) -> str:
    """Return the key of the report's word for how a list of identifiers moves."""
    forms = {"plain": "in_clear", "keyed_hash": "hashed", "set_intersection": "encrypted"}
    return forms.get(mechanism.name, mechanism.name)


def list_bytes(mechanism: Mechanism, listed: int, asked: int) -> int:
    """Return the bytes that it takes to tell a consumer which of its identifiers are on a list.

    Args:
        mechanism: how the list is protected.
        listed: identifiers on the list.
        asked: identifiers of the consumer; only set intersection sends them, there and back.
    """
    if isinstance(mechanism, BloomFilter):
        bits = -listed * np.log(mechanism.false_positive_rate) / np.log(2) ** 2
        return int(np.ceil(bits / 8))
    if mechanism.name == "set_intersection":
        return POINT_BYTES * (listed + 2 * asked)
    return listed * (HASH_BYTES if mechanism.name == "keyed_hash" else CODE_BYTES)


def as_float(marks: Bools) -> Floats:
    """Return booleans as a column of zeros and ones."""
    return marks.astype(np.float64)
