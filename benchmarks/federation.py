"""How fast a federation trains, beside other engines on the same task, in one run.

    python benchmarks/federation.py [--task PARTNERS ROWS BATCH ROUNDS] [--repeats N]
        [--peer ray=/envs/ray/bin/python] [--peer blazefl=...] [--peer pfl=...]

Engines take turns, so that other work on the machine slows all alike; the run with the least CPU
time of every engine counts. The cost of a round excludes the fixed cost: a run of one round is
subtracted. Peers are no dependency of proeftuin: each has its own environment with PyTorch and
``flwr[simulation]``, ``blazefl`` (2.0.3; later ones need Python 3.14) or ``pfl[pytorch]``.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import psutil

ENGINES = Path(__file__).with_name("federation_engines.py")
OURS = ("plain", "flower_in_process", "sequential", "stacked")
PEERS = {"ray": "flower_ray", "blazefl": "blazefl", "pfl": "pfl"}


def run(python: str, engine: str, task: list[int]) -> dict[str, float]:
    """Run one engine once; CPU seconds include every process it started."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ENGINES.parents[1])}
    command = [python, str(ENGINES), engine, *map(str, task)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        spent: dict[psutil.Process, float] = {}
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            for child in watched.children(recursive=True):
                spent.setdefault(child, 0.0)
            for child in spent:
                if child.is_running():
                    try:
                        spent[child] = sum(child.cpu_times()[:2])
                    except psutil.Error:
                        continue  # the process has just ended: its last reading counts
            time.sleep(0.2)
        output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    result: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    result["cpu"] += sum(spent.values())
    return result


def main() -> None:
    """Run all engines and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", nargs=4, type=int, default=[10, 2000, 256, 20])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    options = parser.parse_args()
    pythons = dict.fromkeys(OURS, sys.executable)
    for peer in options.peer:
        name, _, python = peer.partition("=")
        pythons[PEERS[name]] = python
    partners, rows, batch, rounds = options.task
    long: dict[str, dict[str, float]] = {}
    short: dict[str, dict[str, float]] = {}
    for _ in range(options.repeats):
        for engine, python in pythons.items():
            for least, length in ((short, 1), (long, rounds)):
                result = run(python, engine, [partners, rows, batch, length])
                least[engine] = min(result, least.get(engine, result), key=lambda each: each["cpu"])
    print(f"{partners} partners x {rows} rows, batches of {batch}, {rounds} rounds")
    print(
        f"{cpu_name()}, {os.cpu_count()} cores, {datetime.date.today()}, {options.repeats} repeats"
    )
    print("| engine | CPU s | x plain | wall s | CPU ms per round | x plain | GB | test loss |")
    print("|---|---|---|---|---|---|---|---|")
    each = {
        engine: 1000 * (long[engine]["cpu"] - short[engine]["cpu"]) / (rounds - 1)
        for engine in pythons
    }
    for engine in pythons:
        whole = long[engine]
        print(
            f"| {engine} | {whole['cpu']:.1f} | {whole['cpu'] / long['plain']['cpu']:.2f} "
            f"| {whole['wall']:.1f} | {each[engine]:.0f} | {each[engine] / each['plain']:.2f} "
            f"| {whole['memory_gb']:.2f} | {whole['loss']:.6f} |"
        )


def cpu_name() -> str:
    """Return the model name of the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    main()
