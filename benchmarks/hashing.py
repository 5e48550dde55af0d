"""How long it takes to undo a keyed hash of a telephone number or an account number by trying all.

python benchmarks/hashing.py

Who holds the key, which is every partner that takes part, can hash every number and compare.
One core, Python's hashlib.
"""

import hmac
import time

KEY = b"0123456789abcdef0123456789abcdef"
TRIED = 500_000
#: Numbers there are: 06 and eight digits; ten digits for each bank code, check digits follow.
SPACES = {"Dutch mobile numbers": 10**8, "Dutch account numbers of one bank": 10**10}


def hashes_per_second() -> float:
    """Measure HMAC-SHA-256 of numbers of ten digits, one after the other."""
    started = time.perf_counter()
    for number in range(TRIED):
        hmac.digest(KEY, b"%010d" % number, "sha256")
    return TRIED / (time.perf_counter() - started)


def main() -> None:
    """Print the rate and the time that all numbers take."""
    rate = max(hashes_per_second() for _ in range(3))
    print(f"{rate:,.0f} hashes a second on one core")
    for name, size in SPACES.items():
        print(f"{name}: {size:,} tried in {size / rate / 60:,.1f} minutes")


if __name__ == "__main__":
    main()
