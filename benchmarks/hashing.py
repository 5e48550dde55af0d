"""Time of a brute-force reversal of keyed hashes of telephone and account numbers.

python benchmarks/hashing.py

Every partner that takes part holds the key, so it can hash every number and compare. One core,
Python's hmac. The numbers: 06 and eight digits; ten digits for each bank code.
"""

import argparse

from proeftuin.audit.hashing import hashes_per_second
from proeftuin.instruments.mechanisms import NUMBERS_TO_TRY


def main() -> None:
    """Print the hash rate and the time that all numbers take."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    rate = hashes_per_second(tried=500_000)
    print(f"{rate:,.0f} hashes a second on one core")
    for kind, size in NUMBERS_TO_TRY.items():
        print(f"{kind}: {size:,} tried in {size / rate / 60:,.1f} minutes")


if __name__ == "__main__":
    main()
