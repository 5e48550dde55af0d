"""How often intervals hold and verdicts err: by this simulation the product's interval was chosen.

    PYTHONPATH=. python benchmarks/intervals.py [--studies 20000]

Draws paired differences of 3 to 50 worlds from distributions of known mean and skewness, and from
the stored differences of runs (``intervals_tables/differences.csv``); tells for every method how
often its 95 % interval holds the mean, how wide it is beside Student's, how often a study of five
arms errs in any verdict, and how often an effect of two standard deviations is called.
"""

import argparse
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from proeftuin.outcomes.intervals import interval
from synthetic_data.arrays import Floats, Ints

WORLDS = (3, 4, 5, 6, 8, 12, 20, 50)
CONFIDENCE, ARMS, ALIKE = 0.95, 5, 0.5  #: arms of a study, correlation of their differences
KEPT = Path(__file__).parent / "intervals_tables"
STORED = KEPT / "differences.csv"  #: paired differences of runs, by benchmarks/spreads.py
RESAMPLES = 999
Method = Callable[[Floats, float], tuple[Floats, Floats]]


class Shape(NamedTuple):
    """A distribution of unit spread and mean 0, by its quantile function."""

    name: str
    quantile: Callable[[Floats], Floats]


def shapes() -> Iterator[Shape]:
    """Yield the distributions, in ascending order of skewness."""
    yield Shape("normal", stats.norm.ppf)
    for skewness in (1, 2, 3, 6):
        a = (2 / skewness) ** 2
        yield Shape(f"gamma {skewness}", lambda u, a=a: (stats.gamma.ppf(u, a) - a) / a**0.5)
        w = brentq(lambda w, s=skewness: (w + 2) * (w - 1) ** 0.5 - s, 1 + 1e-9, 50)
        s = np.log(w) ** 0.5
        yield Shape(
            f"lognormal {skewness}",
            lambda u, s=s, w=w: (np.exp(s * stats.norm.ppf(u)) - w**0.5) / ((w - 1) * w) ** 0.5,
        )


def draws(shape: Shape, studies: int, worlds: int, arms: int) -> Floats:
    """Return (studies, arms, worlds) differences from a common baseline, so that arms are alike."""
    rng = np.random.default_rng(11)
    own = rng.standard_normal((studies, arms, worlds))
    common = rng.standard_normal((studies, 1, worlds))
    return shape.quantile(stats.norm.cdf(ALIKE**0.5 * common + (1 - ALIKE) ** 0.5 * own))


def student(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Student's t interval."""
    error = stats.sem(values, axis=-1)
    half = stats.t.ppf(0.5 + confidence / 2, values.shape[-1] - 1) * error
    return values.mean(axis=-1) - half, values.mean(axis=-1) + half


def hall(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The interval after Hall's cubic transformation of the studentised mean (1992)."""
    n, spread = values.shape[-1], values.std(axis=-1, ddof=1)
    skewness = stats.skew(values, axis=-1, bias=False)
    skewness = np.where(np.abs(skewness) < 1e-6, 1e-6, skewness)
    quantile = stats.t.ppf(0.5 + confidence / 2, n - 1)

    def back(end: float) -> Floats:
        moved = end / n**0.5 - skewness / (6 * n)
        return 3 / skewness * (np.cbrt(1 + skewness * moved) - 1)

    mean = values.mean(axis=-1)
    return mean - spread * back(quantile), mean - spread * back(-quantile)


def _resampled(values: Floats) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield parts of the studies with the means and errors of their resamples."""
    n = values.shape[-1]
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    for start in range(0, len(values), 2000):
        part = values[start : start + 2000]
        off = part - part.mean(axis=-1, keepdims=True)
        means = off @ weights.T / n
        square = np.maximum(off**2 @ weights.T / n - means**2, 0)
        yield slice(start, start + len(part)), means, np.sqrt(square / (n - 1))


def percentile(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The percentile bootstrap."""
    ends = np.empty((2, len(values)))
    for part, means, _ in _resampled(values):
        tails = [0.5 - confidence / 2, 0.5 + confidence / 2]
        ends[:, part] = values[part].mean(axis=-1) + np.quantile(means, tails, axis=1)
    return ends[0], ends[1]


def bca(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The bias-corrected and accelerated bootstrap (Efron 1987)."""
    ends = np.empty((2, len(values)))
    for part, means, _ in _resampled(values):
        own = values[part]
        off = own - own.mean(axis=-1, keepdims=True)
        accelerated = (off**3).sum(axis=-1) / (6 * (off**2).sum(axis=-1) ** 1.5)
        bias = stats.norm.ppf(np.clip((means < 0).mean(axis=1), 1 / RESAMPLES, 1 - 1 / RESAMPLES))
        ordered = np.sort(means, axis=1)
        for side, tail in enumerate((0.5 - confidence / 2, 0.5 + confidence / 2)):
            z = bias + stats.norm.ppf(tail)
            level = stats.norm.cdf(bias + z / (1 - accelerated * z))
            place = np.clip((level * RESAMPLES).astype(int), 0, RESAMPLES - 1)
            ends[side, part] = own.mean(axis=-1) + ordered[np.arange(len(own)), place]
    return ends[0], ends[1]


def studentised(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The studentised bootstrap; a resample without spread counts as beyond every bound."""
    ends = np.empty((2, len(values)))
    for part, means, errors in _resampled(values):
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(errors > 1e-9, means / errors, np.sign(means) * np.inf)
        tails = [0.5 - confidence / 2, 0.5 + confidence / 2]
        low, high = np.quantile(np.where(np.isnan(t), 0, t), tails, axis=1, method="inverted_cdf")
        own = values[part]
        error = stats.sem(own, axis=-1)
        ends[:, part] = own.mean(axis=-1) - high * error, own.mean(axis=-1) - low * error
    return ends[0], ends[1]


def product(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """The interval that proeftuin gives."""
    return interval(values, confidence)


METHODS: dict[str, Method] = {
    "percentile bootstrap": percentile,
    "BCa bootstrap": bca,
    "Student's t": student,
    "Hall's transformation": hall,
    "studentised bootstrap": studentised,
    "proeftuin": product,
}


def holds(method: Method, values: Floats, truth: float = 0.0) -> float:
    """Return the share of the studies whose 95 % interval holds the truth."""
    low, high = method(values, CONFIDENCE)
    return float(((low <= truth) & (truth <= high)).mean())


def coverage(studies: int) -> pd.DataFrame:
    """Return coverage by method, number of worlds and distribution, and the relative width."""
    rows = []
    for worlds in WORLDS:
        samples = {shape.name: draws(shape, studies, worlds, 1)[:, 0] for shape in shapes()}
        own = student(samples["normal"], CONFIDENCE)
        usual = np.median(own[1] - own[0])
        for name, method in METHODS.items():
            low, high = method(samples["normal"], CONFIDENCE)
            row = {"method": name, "worlds": worlds, "width": np.median(high - low) / usual}
            rows.append(row | {shape: holds(method, each) for shape, each in samples.items()})
    return pd.DataFrame(rows)


def errors(studies: int) -> pd.DataFrame:
    """Return how often any of five verdicts errs, where all truths lie on one edge of the family.

    The truth is 0 and the margin nothing (a wrong more or less), or the truth lies at the margin
    (a wrong "no relevant difference"): either way a verdict errs only if an interval misses.
    """
    level = 1 - (1 - CONFIDENCE) / ARMS
    rows = []
    for worlds in WORLDS:
        row: dict[str, float | str] = {"worlds": worlds}
        for shape in shapes():
            values = draws(shape, studies, worlds, ARMS).reshape(-1, worlds)
            low, high = interval(values, level)
            missed = ((low > 0) | (high < 0)).reshape(studies, ARMS)
            row[shape.name] = float(missed.any(axis=1).mean())
        normal = draws(next(shapes()), studies, worlds, 1)[:, 0]
        row["two standard deviations called"] = float((interval(normal + 2, level)[0] > 0).mean())
        rows.append(row)
    return pd.DataFrame(rows)


def stored(studies: int) -> pd.DataFrame:
    """Return coverage over worlds drawn from the differences that runs stored."""
    table = pd.read_csv(STORED)
    rng, rows = np.random.default_rng(13), []
    for key, one in table.groupby(["outcome", "arm"], sort=False):
        values = one["difference"].to_numpy()
        place: Ints = rng.integers(len(values), size=(studies, max(WORLDS)))
        row = dict(zip(("outcome", "arm"), key, strict=True)) | {"skewness": stats.skew(values)}
        rows.append(
            row | {str(n): holds(product, values[place[:, :n]], values.mean()) for n in WORLDS[3:6]}
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Print the tables and keep them, each with the number of studies, version and date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--studies", type=int, default=20_000)
    studies = parser.parse_args().studies
    error = 100 * (0.95 * 0.05 / studies) ** 0.5
    print(f"{studies:,} studies a cell; their own standard error, at 95 %, is {error:.2f} points")
    for name, table in (("coverage", coverage), ("errors", errors), ("stored", stored)):
        found = table(studies)
        print(f"\n{name}\n{found.round(3).to_string(index=False)}", flush=True)
        kept = found.assign(studies=studies, version=version("proeftuin"), date=date.today())
        kept.to_csv(KEPT / f"{name}.csv", index=False, float_format="%.4f")


if __name__ == "__main__":
    main()
