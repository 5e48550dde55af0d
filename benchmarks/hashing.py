"""How long it takes to undo a keyed hash of a telephone number or an account number by trying all.

python benchmarks/hashing.py

Who holds the key, which is every partner that takes part, can hash every number and compare.
One core, Python's hmac. Numbers there are: 06 and eight digits; ten digits for each bank code.
"""

import argparse

from proeftuin.audit.hashing import hashes_per_second
from proeftuin.instruments.mechanisms import NUMBERS_TO_TRY


def main() -> None:
    """Print the rate and the time that all numbers take."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    rate = hashes_per_second(tried=500_000)
    print(f"{rate:,.0f} hashes a second on one core")
    for kind, size in NUMBERS_TO_TRY.items():
        print(f"{kind}: {size:,} tried in {size / rate / 60:,.1f} minutes")


if __name__ == "__main__":
    main()
