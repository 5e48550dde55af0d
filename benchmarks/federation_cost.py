"""Where a federated round spends its time besides training: figures in README.md.

    python benchmarks/federation_cost.py [PARTNERS ...]

The task of federation.py with 2,000 rows per partner, batches of 256 and 20 rounds. First the time
per message of ordinary Flower apps on the in-process Grid, by part, in microseconds; then the share
of a stacked round in matrix products, and their speed.
"""

import argparse
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import federation_engines as engines
import torch

from proeftuin.federation import grid

ROWS, BATCH, ROUNDS = 2000, 256, 20
SIZE = 1024  #: of the matrices whose product measures the speed of the library


class Clock:
    """Adds up seconds, and floating-point operations of matrix products, by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.operations = 0.0

    def watch(self, owner: Any, name: str) -> None:
        """Time every call of a function from now on."""
        plain: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            result = plain(*given, **named)
            self.seconds[name] += time.perf_counter() - began
            if name in ("bmm", "baddbmm"):
                left, right = given[-2:]
                self.operations += 2.0 * left.numel() * right.shape[-1]
            return result

        setattr(owner, name, timed)


def run(engine: str, partners: int) -> float:
    """Return the wall seconds of one training, excluding the making of its rows."""
    for partner in range(partners):
        engines.rows(partner, ROWS)
    began = time.perf_counter()
    engines.ENGINES[engine](engines.Task(partners, ROWS, BATCH, ROUNDS))
    return time.perf_counter() - began


def main() -> None:
    """Print both for every number of partners."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("partners", nargs="*", type=int, default=[10, 100])
    counts = arguments.parse_args().partners
    logging.getLogger("flwr").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    square = torch.rand(SIZE, SIZE)
    best = min(_seconds(lambda: square @ square) for _ in range(20))
    print(f"one large product: {2e-9 * SIZE**3 / best:.0f} thousand million operations a second")
    clock = Clock()
    for name in ("local_pass", "load", "flat"):
        clock.watch(engines, name)
    clock.watch(grid.InProcessGrid, "send_and_receive")
    clock.watch(grid.ClientApp, "__call__")
    clock.watch(torch, "bmm")
    clock.watch(torch, "baddbmm")
    for partners in counts:
        for engine in ("flower_in_process", "stacked"):
            run(engine, 2)  # imports
        clock.seconds.clear()
        whole = run("flower_in_process", partners)
        spent = clock.seconds
        training = spent["local_pass"] + spent["load"] + spent["flat"]
        parts = {
            "training": training,
            "the app's records": spent["__call__"] - training,
            "Grid": spent["send_and_receive"] - spent["__call__"],
            "strategy": whole - spent["send_and_receive"],
        }
        each = {name: round(1e6 * part / ROUNDS / partners) for name, part in parts.items()}
        print(f"{partners} partners, microseconds a message: {each}")
        clock.seconds.clear()
        clock.operations = 0.0
        whole = run("stacked", partners)
        products = clock.seconds["bmm"] + clock.seconds["baddbmm"]
        print(
            f"{partners} partners stacked: {1000 * whole / ROUNDS:.0f} ms a round, of which "
            f"{1000 * products / ROUNDS:.0f} are matrix products at "
            f"{1e-9 * clock.operations / products:.0f} thousand million operations a second"
        )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
