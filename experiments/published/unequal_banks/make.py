"""One table over five sites of unequal size, by the method of Flower's and NVFlare's examples.

python experiments/published/unequal_banks/make.py --to FOLDER [--split exponential] [--seed 0]

Both examples (federated XGBoost) keep some rows apart for validation and give site i of M
consecutive rows of the rest: as many as all others, or in proportion to i, i squared or e to the i.
The table is made anew in the format of one that they use: ``higgs`` (Baldi, Sadowski, Whiteson
2014; 28 numbers of a collision, no header) or ``creditcard`` (Dal Pozzolo et al. 2015; 28 principal
components of a card payment). ``--table FILE`` splits the real one instead.
"""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

SIZES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "uniform": np.ones_like,
    "linear": np.asarray,
    "square": np.square,
    "exponential": np.exp,
}
LOW = ["lepton pT", "lepton eta", "lepton phi", "missing energy magnitude", "missing energy phi"]
LOW += [f"jet {n} {what}" for n in range(1, 5) for what in ("pt", "eta", "phi", "b-tag")]
HIGH = ["m_jj", "m_jjj", "m_lv", "m_jlv", "m_bb", "m_wbb", "m_wwbb"]
#: Share of signal; the mass of a boson that decays into two b-quarks, how badly it is measured, as
#: a share, and in how many signals it is seen at all: chosen so that boosted trees reach the
#: published level.
SIGNAL, BOSON, SMEAR, SEEN = 0.53, 125.0, 0.25, 0.82
#: Mean transverse momenta of what is seen of a collision, in order: lepton, missing, four jets.
MEAN_PT = np.array([50.0, 55.0, 100.0, 75.0, 55.0, 45.0])
#: Angles in the file run to this instead of to pi.
PHI = 1.743
#: Share of fraud in the credit card data, its length, and the spread of its first and last
#: component.
FRAUD, SECONDS, SPREADS = 0.00172, 172_792, (1.96, 0.33)


def site_sizes(rows: int, sites: int, split: str) -> list[int]:
    """Rows per site, rounded down; what is left goes to the last one, as in both examples."""
    weights = SIZES[split](np.arange(1.0, sites + 1))
    sizes = (rows * weights / weights.sum()).astype(int)
    sizes[-1] = rows - sizes[:-1].sum()
    return [int(size) for size in sizes]


def make_higgs(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Collisions with and without a boson: label, 21 measured numbers and 7 masses made of them.

    Whatever is seen flies off in a random direction. In a signal the first two jets come from the
    boson, if it is seen: their momenta are scaled to its mass, with an error.
    """
    label = rng.random(rows) < SIGNAL
    pt = MEAN_PT * rng.gamma(3, 1 / 3, (rows, 6))
    pt[:, 2:] = -np.sort(-pt[:, 2:], axis=1)
    eta = rng.normal(0, 1, (rows, 6)).clip(-2.5, 2.5)
    phi = rng.uniform(-np.pi, np.pi, (rows, 6))
    eta[:, 1] = 0
    wanted = BOSON * rng.lognormal(0, SMEAR, rows)
    scale = wanted / np.maximum(_mass(pt, eta, phi, (2, 3)), 1)
    scale = np.where(label & (rng.random(rows) < SEEN), scale.clip(0.2, 5), 1)
    pt[:, 2:4] *= scale[:, None]
    tagged = rng.random((rows, 4)) < np.where([True, True, False, False], 0.6, 0.2)
    tag = tagged * np.array([2.173, 2.215, 2.548, 3.102])
    names = {"m_jj": (4, 5), "m_jjj": (2, 4, 5), "m_lv": (0, 1), "m_jlv": (0, 1, 2)}
    names |= {"m_bb": (2, 3), "m_wbb": (2, 3, 4, 5), "m_wwbb": (0, 1, 2, 3, 4, 5)}
    masses = [_mass(pt, eta, phi, names[name]) for name in HIGH]
    measured = [pt[:, 0], eta[:, 0], phi[:, 0] / np.pi * PHI, pt[:, 1], phi[:, 1] / np.pi * PHI]
    for jet in range(2, 6):
        measured += [pt[:, jet], eta[:, jet], phi[:, jet] / np.pi * PHI, tag[:, jet - 2]]
    table = pd.DataFrame(dict(zip([*LOW, *HIGH], [*measured, *masses], strict=True)))
    positive = [name for name in LOW if name.endswith(("pT", "pt", "magnitude"))] + HIGH
    table[positive] /= table[positive].mean()
    table.insert(0, "label", label.astype(float))
    return table


def _mass(pt: np.ndarray, eta: np.ndarray, phi: np.ndarray, which: tuple[int, ...]) -> np.ndarray:
    """Invariant mass of the massless particles ``which``, per collision."""
    total = np.zeros(len(pt))
    for place, one in enumerate(which):
        for two in which[place + 1 :]:
            apart = np.cosh(eta[:, one] - eta[:, two]) - np.cos(phi[:, one] - phi[:, two])
            total += 2 * pt[:, one] * pt[:, two] * apart
    mass: np.ndarray = np.sqrt(total)
    return mass


def make_creditcard(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Card payments of two days: moment, 28 components, amount and class, in order of time."""
    fraud = rng.random(rows) < FRAUD
    spread = np.geomspace(*SPREADS, 28)
    parts = rng.normal(0, spread, (rows, 28))
    moved = spread * rng.normal(0, 2, 28) * (rng.random(28) < 0.4)
    degree = rng.gamma(2, 0.5, (rows, 1))
    parts += np.where(fraud[:, None], degree * moved + rng.normal(0, spread, (rows, 28)), 0)
    hours = rng.beta(2.5, 1.8, rows) + rng.integers(2, size=rows)
    amount = rng.lognormal(np.where(fraud, 2.5, 3.1), np.where(fraud, 2.0, 1.6))
    table = pd.DataFrame({"Time": np.sort((hours / 2 * SECONDS).astype(int)).astype(float)})
    table[[f"V{n}" for n in range(1, 29)]] = parts
    return table.assign(Amount=amount.round(2), Class=fraud.astype(int).astype(str))


def write(table: pd.DataFrame, path: Path, kind: str) -> None:
    """Write rows as the original file has them, card payments in order of time."""
    if kind == "higgs":
        table.to_csv(path, header=False, index=False, float_format="%.18e")
        return
    lines = table.sort_index().rename(columns={name: f'"{name}"' for name in table})
    lines['"Class"'] = '"' + lines['"Class"'] + '"'
    lines.to_csv(path, index=False, quoting=csv.QUOTE_NONE)


def main() -> None:
    """Make or read the table, split it, write a file per site and one for validation."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--to", type=Path, required=True, help="folder to write to")
    arguments.add_argument("--kind", choices=["higgs", "creditcard"], default="higgs")
    arguments.add_argument("--table", type=Path, help="the real file, instead of one made anew")
    arguments.add_argument("--rows", type=int, default=110_000, help="of all files together")
    arguments.add_argument("--valid", type=int, default=10_000, help="the first rows, kept apart")
    arguments.add_argument("--sites", type=int, default=5)
    arguments.add_argument("--split", choices=SIZES, default="exponential")
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    rng = np.random.default_rng(options.seed)
    if options.table:
        header = None if options.kind == "higgs" else 0
        table = pd.read_csv(options.table, header=header, nrows=options.rows, dtype={"Class": str})
    else:
        makers = {"higgs": make_higgs, "creditcard": make_creditcard}
        table = makers[options.kind](options.rows, rng)
    if options.kind == "creditcard":  # in order of time, where collisions are in random order
        table = table.iloc[rng.permutation(len(table))]
    options.to.mkdir(parents=True, exist_ok=True)
    write(table.iloc[: options.valid], options.to / "valid.csv", options.kind)
    sizes = site_sizes(len(table) - options.valid, options.sites, options.split)
    ends = options.valid + np.cumsum(sizes)
    for number, (size, end) in enumerate(zip(sizes, ends, strict=True), start=1):
        write(table.iloc[end - size : end], options.to / f"site-{number}.csv", options.kind)
    print(f"{options.valid:,} rows for validation; sites {sizes}")


if __name__ == "__main__":
    main()
