"""Measured cost of private set intersection: seconds and bytes per identifier.

pip install openmined-psi==2.0.6      # in its own environment: it needs another protobuf
python benchmarks/intersection.py

Elliptic-curve Diffie-Hellman (Meadows 1986) by OpenMined, with the list in raw form, which has no
false positives. The consumer learns which of its identifiers are on the list, the provider only
how many identifiers the consumer has.
"""

import argparse
import time

FALSE_POSITIVE_RATE = 1e-9  # not used by the raw form


def main() -> None:
    """Print the cost of queries by number of identifiers asked and listed."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    import private_set_intersection.python as psi  # type: ignore[import-not-found]

    for asked, listed in ((1_000, 1_000), (10_000, 1_000), (10_000, 10_000)):
        server, client = psi.server.CreateWithNewKey(True), psi.client.CreateWithNewKey(True)
        own = [f"number {each}" for each in range(asked)]
        on_list = [f"number {2 * each}" for each in range(listed)]
        started = time.perf_counter()
        setup = server.CreateSetupMessage(
            FALSE_POSITIVE_RATE, asked, on_list, psi.DataStructure.RAW
        )
        request = client.CreateRequest(own)
        response = server.ProcessRequest(request)
        found = client.GetIntersection(setup, response)
        seconds = time.perf_counter() - started
        size = sum(len(each.SerializeToString()) for each in (setup, request, response))
        cost = f"{seconds:.1f} s, {size:,} bytes"
        print(f"{asked:,} asked, {listed:,} listed: {len(found):,} found, {cost}")


if __name__ == "__main__":
    main()
