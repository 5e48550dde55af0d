"""How much noise is left out of paired differences, and by what: figures in README.md.

    python benchmarks/towns.py FOLDER --worlds 40
    python benchmarks/variance.py FOLDER [--draws 20]

A difference is arm minus ``silo`` in one town. Every idea is given by the variance of the mean
difference with it over the variance without it; below 1 it helps. The ratio of expected luck
has its standard error from a bootstrap over towns; those of estimates from six towns have none.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from towns import ARMS, Town, stored

from proeftuin.metrics import ALL
from proeftuin.outcomes.journeys import VALUE, Cases, follow, value_of

BASELINE, *OTHERS = ARMS
RECALL = "recall_at_budget"
FEW = 6  #: worlds of a study such as the demo
RESAMPLES = 2_000


def main() -> None:
    """Print one line per idea, arm and outcome."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--draws", type=int, default=20)
    given = arguments.parse_args()
    measured = [figures(town, given.draws, seed) for seed, town in enumerate(stored(given.folder))]
    part, whole, drawn, recall = (np.stack(each) for each in zip(*measured, strict=True))
    print(f"{len(measured)} towns, {given.draws} draws of luck in each")
    share = part / whole
    gain = share[:, 1:] - share[:, :1]
    of_drawn = drawn[:, :, 1:] - drawn[:, :, :1]
    for place, metric in enumerate(VALUE):
        for index, arm in enumerate(OTHERS):
            one = gain[:, index, place]
            say("expected luck", arm, metric, one, of_drawn[:, :, index, place])
            base = share[:, 0, place]
            summed = part[:, index + 1, place] - part[:, 0, place], whole[:, 0, place]
            tell("ratio of sums", arm, metric, one, lambda rows, each=summed: ratio(each, rows))
            adjust("victims", arm, metric, one, whole[:, 0, 1])
            adjust("baseline level", arm, metric, one, base)
    for index, arm in enumerate(OTHERS):
        one = recall[:, index + 1] - recall[:, 0]
        print(f"no luck in it        {arm:20} {RECALL:22} mean {100 * one.mean():6.2f}")
        adjust("victims", arm, RECALL, one, whole[:, 0, 1])
        adjust("baseline level", arm, RECALL, one, recall[:, 0])


def figures(
    town: Town, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what one town comes to.

    Returns:
        ``part`` and ``whole`` of the shares, (arms, outcomes), expected; shares with drawn luck,
        the same for every arm, (draws, arms, outcomes); recall, (arms,).
    """
    rng = np.random.default_rng(seed)
    rows = town.cases.rows
    person = rows.groupby(["case", "sector"]).ngroup().to_numpy()
    lucky = [
        replace(town.cases, rows=rows.assign(
            success=(rng.random(len(rows))[person] < rows["success"]).astype(float)
        ))
        for _ in range(draws)
    ]  # fmt: skip
    shares = shares_of(town, town.cases)
    losses = town.cases.losses
    whole = np.array([losses["amount_eur"].sum(), losses.groupby("case")["new"].first().sum()])
    drawn = np.stack([shares_of(town, each) for each in lucky])
    recall = np.array([level(town.outcomes[arm], RECALL) for arm in ARMS])
    return shares * whole, np.broadcast_to(whole, shares.shape), drawn, recall


def shares_of(town: Town, cases: Cases) -> np.ndarray:
    """Return the outcomes ``VALUE`` of every arm, (arms, outcomes), with the luck of the cases."""
    found = []
    for arm in ARMS:
        value = value_of(follow(cases, town.actions[arm], town.held[arm]), cases)
        value = value[value["fraud_form"] == ALL].set_index("metric")["value"]
        found.append(value[list(VALUE)].to_numpy(dtype=float))
    return np.array(found)


def level(outcomes: pd.DataFrame, metric: str) -> float:
    """Return an outcome of all partners and forms together."""
    whole = outcomes[(outcomes["partner"] == ALL) & (outcomes["fraud_form"] == ALL)]
    return float(whole.set_index("metric")["value"][metric])


def say(idea: str, arm: str, metric: str, gain: np.ndarray, drawn: np.ndarray) -> None:
    """Compare with drawn luck, (towns, draws): the variance, and whether the mean moves."""

    def both(rows: np.ndarray) -> float:
        return float(gain[rows].var(ddof=1) / drawn[rows].var(axis=0, ddof=1).mean())

    off = (drawn - gain[:, None]).mean(axis=1)
    towns, again = len(gain), np.random.default_rng(1)
    spread = np.std([both(again.integers(0, towns, towns)) for _ in range(500)])
    of_ratio = f"{both(np.arange(towns)):5.2f} ± {spread:4.2f}"
    line(idea, arm, metric, gain, of_ratio, off.mean(), off.std(ddof=1) / towns**0.5)


def ratio(each: tuple[np.ndarray, np.ndarray], rows: np.ndarray) -> float:
    """Return the difference of sums over towns, as a part of the sum."""
    return float(each[0][rows].sum() / each[1][rows].sum())


def tell(
    idea: str, arm: str, metric: str, gain: np.ndarray, estimate: Callable[[np.ndarray], float]
) -> None:
    """Compare an estimate from six towns with their mean, over towns drawn again."""
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(gain), (RESAMPLES, FEW))
    found = np.array([estimate(rows) for rows in picks])
    plain = gain[picks].mean(axis=1)
    everything = np.arange(len(gain))
    jack = [np.delete(everything, town) for town in everything]
    off = np.array([estimate(rows) - gain[rows].mean() for rows in jack])
    error = ((len(off) - 1) * off.var()) ** 0.5
    moved = estimate(everything) - gain.mean()
    of_ratio = f"{found.var() / plain.var():5.2f}       "
    line(idea, arm, metric, gain, of_ratio, moved, error)


def adjust(idea: str, arm: str, metric: str, gain: np.ndarray, known: np.ndarray) -> None:
    """Adjust six towns by regression on a covariate whose mean over all towns is known."""

    def estimate(rows: np.ndarray) -> float:
        x, y = known[rows] - known.mean(), gain[rows]
        spread = ((x - x.mean()) ** 2).sum()
        slope = ((x - x.mean()) * y).sum() / spread if spread else 0.0
        return float(y.mean() - slope * x.mean())

    tell(f"adjusted: {idea}", arm, metric, gain, estimate)


def line(
    idea: str, arm: str, metric: str, gain: np.ndarray, of_ratio: str, moved: float, error: float
) -> None:
    """Print one line: ratio of variances, mean, and by how much the mean moves."""
    print(
        f"{idea:26} {arm:20} {metric:22} ratio {of_ratio}   mean {100 * gain.mean():6.2f} "
        f"moves {100 * moved:6.3f} ± {100 * error:5.3f} points",
        flush=True,
    )


if __name__ == "__main__":
    main()
