"""How fast an import reads payments, and in how much memory. Figures in README.md.

    python benchmarks/importing.py 1 5 50

For each size, in millions of payments: five banks, each with its own file of payments in CSV, 25
customers for every thousand payments, a phone number and a device for each, and a report of one
payment in a thousand. The whole command is timed, from its start to the end; its memory is the most
that the process held at once. Every file is written beforehand, and removed afterwards.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import yaml

BANKS = ("a", "b", "c", "d", "e")
PAYMENTS = {"time": "booked", "payment": "id", "payer": "payer", "payee": "payee",
            "amount_eur": "eur", "device": "device"}  # fmt: skip
BLOCK = 1_000_000


def main() -> None:
    """Print seconds, rows a second and memory for every size."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("millions", type=float, nargs="+")
    arguments.add_argument("--folder", type=Path, help="where files are written")
    given = arguments.parse_args()
    print(
        "| payments | CSV, GB | seconds | rows a second | peak memory, GB |\n|---|---|---|---|---|"
    )
    for millions in given.millions:
        with TemporaryDirectory(dir=given.folder) as folder:
            print(_measured(round(millions * 1e6), Path(folder)), flush=True)


def _measured(rows: int, folder: Path) -> str:
    _write(rows, folder)
    size = sum(path.stat().st_size for path in folder.glob("*.csv"))
    command = Path(sys.executable).with_name("proeftuin")
    begun = time.perf_counter()
    child = subprocess.Popen(
        [command, "import", folder / "mapping.yaml", "--to", folder / "world"],
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    if status:
        raise SystemExit(f"the import of {rows:,} payments failed")
    unit = 1024 if sys.platform != "darwin" else 1
    return (
        f"| {rows:,} | {size / 1e9:.2f} | {seconds:.1f} | {rows / seconds:,.0f} | "
        f"{used.ru_maxrss * unit / 2**30:.2f} |"
    )


def _write(rows: int, folder: Path) -> None:
    rng = np.random.default_rng(rows)
    customers = rows // 40
    for place, bank in enumerate(BANKS):
        ids = np.arange(place, customers, len(BANKS))
        table = {
            "iban": _iban(ids),
            "age": pa.array(18 + ids % 70),
            "phone": _numbered("+316", ids),
        }
        csv.write_csv(pa.table(table), folder / f"{bank}_accounts.csv")
        _payments(folder / bank, place, rows // len(BANKS), customers, rng)
    partners = [
        {
            "name": f"bank_{bank}",
            "sector": "bank",
            "tables": {
                "payments": {"file": f"{bank}_payments.csv", "columns": PAYMENTS},
                "accounts": {
                    "file": f"{bank}_accounts.csv",
                    "columns": {"account": "iban", "age": "age", "phone": "phone"},
                },
                "labels": {
                    "file": f"{bank}_labels.csv",
                    "columns": {"event": "id", "known_at": {"delay_days": 3}},
                },
            },
        }
        for bank in BANKS
    ]
    (folder / "mapping.yaml").write_text(yaml.safe_dump({"partners": partners}), "utf-8")


def _payments(path: Path, bank: int, rows: int, customers: int, rng: np.random.Generator) -> None:
    """Write the payments of a bank's customers, block by block, and reports of some."""
    labels = []
    with csv.CSVWriter(f"{path}_payments.csv", _block(bank, 0, 0, customers, rng).schema) as file:
        for first in range(0, rows, BLOCK):
            block = _block(bank, first, min(BLOCK, rows - first), customers, rng)
            file.write_table(block)
            labels.append(block.select(["id"]).take(np.arange(0, len(block), 1000)))
    csv.write_csv(pa.concat_tables(labels), f"{path}_labels.csv")


def _block(bank: int, first: int, rows: int, customers: int, rng: np.random.Generator) -> pa.Table:
    payer = bank + len(BANKS) * rng.integers(0, customers // len(BANKS), rows)
    moment = np.datetime64("2025-01-06T00:00:00") + rng.integers(0, 112 * 86_400, rows)
    return pa.table(
        {
            "booked": pc.strftime(pa.array(moment), "%Y-%m-%dT%H:%M:%S"),
            "id": _numbered(f"{BANKS[bank]}-", first + np.arange(rows)),
            "payer": _iban(payer),
            "payee": _iban(rng.integers(0, customers, rows)),
            "eur": pa.array(rng.integers(1, 500_000, rows) / 100),
            "device": _numbered("phone-", payer),
        }
    )


def _iban(numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(
        _numbered("NL20", numbers % 5 + 11111),
        pc.utf8_lpad(_numbered("", numbers), 10, "0"),
        "BANK",
    )


def _numbered(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


if __name__ == "__main__":
    main()
