"""Speed and memory of making worlds: ratios in one run, figures in README.md.

    python benchmarks/generator.py peers             against a plain loop and Faker (needs faker)
    python benchmarks/generator.py size              about 1, 5 and 50 million rows
    python benchmarks/generator.py horizon           one town for 16 to 128 weeks
    python benchmarks/generator.py country           parts of the Netherlands for a quarter
    python benchmarks/generator.py profile           where the time of one world goes

Every measurement runs in its own process on one core and counts CPU time, since other work may
share the machine. Peak memory is that of the whole process.
"""

import argparse
import csv
import json
import multiprocessing
import os
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COLUMNS = ("time", "payment", "payer", "payee", "payer_bank", "payee_bank", "amount_eur", "device")


def ours(folder: Path, overrides: list[str]) -> int:
    """Make a world, from population to Parquet; return its number of rows, each counted once."""
    from proeftuin.settings.compose import settings_for
    from synthetic_data.seeds import Seeds
    from synthetic_data.storing import write_world

    settings = settings_for(["study=one_arm", "scenario=mix", *overrides])
    return write_world(settings.world, settings.scenario, Seeds(1), folder).rows


def plain_loop(folder: Path, rows: int) -> int:
    """Write payments one at a time, with the columns of a world and nothing else of it."""
    rng = random.Random(1)
    with (folder / "payments.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            amount = round(rng.lognormvariate(3.5, 1.1), 2)
            payer, payee = rng.randrange(25_000), rng.randrange(25_000)
            second = rng.randrange(112 * 86_400)
            device = rng.randrange(50_000)
            writer.writerow((second, number, payer, payee, payer % 5, payee % 5, amount, device))
    return rows


def with_faker(folder: Path, rows: int) -> int:
    """Write payments as generators built on Faker do: one provider call per field."""
    from faker import Faker

    Faker.seed(1)
    fake = Faker("nl_NL")
    with (folder / "payments.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for _ in range(rows):
            writer.writerow(
                (
                    fake.date_time_this_year().isoformat(),
                    fake.uuid4(),
                    fake.iban(),
                    fake.iban(),
                    fake.random_int(0, 4),
                    fake.random_int(0, 4),
                    fake.pyfloat(min_value=0.01, max_value=5000, right_digits=2),
                    fake.ipv4(),
                )
            )
    return rows


def measured(name: str, make: Callable[..., int], argument: object) -> dict[str, float | str]:
    """Run one generator in a fresh process; return rows, CPU seconds, wall seconds, memory."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measure, (name, make, argument))


def _measure(name: str, make: Callable[..., int], argument: object) -> dict[str, float | str]:
    os.environ["OMP_NUM_THREADS"] = "1"
    import pyarrow

    pyarrow.set_cpu_count(1)
    folder = Path(tempfile.mkdtemp())
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        rows = make(folder, argument)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    finally:
        shutil.rmtree(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "name": name,
        "rows": rows,
        "cpu_s": round(cpu, 2),
        "wall_s": round(wall, 2),
        "rows_per_cpu_s": round(rows / cpu),
        "rows_per_s": round(rows / wall),
        "peak_gb": round(peak, 2),
        "disk_gb": round(size / 1e9, 2),
    }


def town(persons: int, days: int = 112) -> list[str]:
    """Return overrides for a town of a given size."""
    return [f"world.population.persons={persons}", f"world.days={days}"]


def country(share: float) -> list[str]:
    """Return overrides for a part of the Netherlands."""
    return ["world=netherlands", f"world.population.persons={round(15_300_000 * share)}"]


def profile() -> None:
    """Print where the time of one world goes, by function."""
    import cProfile
    import pstats

    with tempfile.TemporaryDirectory() as folder:
        profiler = cProfile.Profile()
        profiler.runcall(ours, Path(folder), town(60_000))
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    """Run the chosen measurements and print one line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["peers", "size", "horizon", "country", "profile"])
    what = parser.parse_args().what
    if what == "profile":
        profile()
        return
    runs: dict[str, list[tuple[str, Callable[..., int], object]]] = {
        "peers": [
            ("proeftuin", ours, town(25_000)),
            ("plain loop", plain_loop, 500_000),
            ("Faker", with_faker, 20_000),
        ],
        "size": [(f"{n:,} adults", ours, town(n)) for n in (3_000, 15_000, 150_000)],
        "horizon": [(f"{d} days", ours, town(25_000, d)) for d in (112, 224, 448, 896)],
        "country": [(f"{s:.1%}", ours, country(s)) for s in (0.025, 0.05, 0.1)],
    }
    results = []
    for run in runs[what]:
        results.append(measured(*run))
        print(json.dumps(results[-1]), flush=True)
    if what == "peers":
        for other in results[1:]:
            ratio = float(results[0]["rows_per_cpu_s"]) / float(other["rows_per_cpu_s"])
            print(
                f"proeftuin makes {ratio:.1f} times as many rows per CPU second as {other['name']}"
            )


if __name__ == "__main__":
    main()
