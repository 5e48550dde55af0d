"""Brute-force reversal of keyed hashes of telephone and account numbers.

Every partner that takes part holds the key, so it can hash every number and compare.
"""

import hmac
import time

from proeftuin.audit.finding import EVERYBODY, Finding
from proeftuin.instruments.mechanisms import NUMBERS_TO_TRY

HASHES = "try_all_numbers"
TRIED = 200_000
HOUR_S = 3_600


def hashed(number: int, key: bytes) -> bytes:
    """Return the HMAC-SHA-256 of a number, written in ten digits."""
    return hmac.digest(key, b"%010d" % number, "sha256")


def hashes_per_second(tried: int = TRIED, times: int = 3) -> float:
    """Measure the numbers hashed per second on one core of this machine; the best run counts."""
    key = bytes(32)
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        for number in range(tried):
            hashed(number, key)
        seconds.append(time.perf_counter() - started)
    return tried / min(seconds)


def attack_hashes() -> list[Finding]:
    """Return the hours that one core of this machine takes to try all numbers of a kind."""
    rate = hashes_per_second()
    return [
        Finding(
            arm=EVERYBODY,
            attack=HASHES,
            position="partner",
            of=kind,
            partner=EVERYBODY,
            measure="hours_for_all",
            value=numbers / rate / HOUR_S,
        )
        for kind, numbers in NUMBERS_TO_TRY.items()
    ]
