"""Kill commands a hundred times at random moments and count what goes wrong.

    PYTHONPATH=. python benchmarks/kills.py [TIMES [SEED]]

Half an hour; `make long` does ten of such kills. Leave the source alone meanwhile, for a run's
folder is named after it.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fixtures.kills import COMMANDS, kill


def main() -> int:
    """Print a line per kill and a table of them; return how many went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("times", nargs="?", type=int, default=100)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    times, seed = vars(parser.parse_args()).values()
    tries, killed, failed = Counter[str](), Counter[str](), Counter[str]()
    with TemporaryDirectory() as folder:
        for each in kill(times, Path(folder), seed):
            tries[each.command] += 1
            killed[each.command] += each.killed
            failed[each.command] += bool(each.wrong)
            outcome = "; ".join(each.wrong[:5]) or "same to the bit"
            print(f"# {each.command}, killed {each.moment}: {outcome}", flush=True)
    print("| command | kills | of them while it ran | failures |\n|---|---|---|---|")
    for name in COMMANDS:
        print(f"| {name} | {tries[name]} | {killed[name]} | {failed[name]} |")
    return failed.total()


if __name__ == "__main__":
    sys.exit(main() > 0)
