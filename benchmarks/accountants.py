"""Epsilon of the same mechanisms by three accountants: PLD, PRV and Rényi DP.

Run from the checkout: ``python benchmarks/accountants.py``. Prints the table of docs/privacy.md.
PRV is an estimate with a grid error of up to 0.01; PLD and Rényi are upper bounds. Then the seconds
of PLD for a person of two records, with dp-accounting's own search for losses and with ours.
"""

import argparse
import time

from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent
from dp_accounting.dp_event import MixtureOfGaussiansDpEvent
from dp_accounting.pld import PLDAccountant
from dp_accounting.pld.privacy_loss_mechanism import MixtureGaussianPrivacyLoss
from dp_accounting.rdp import RdpAccountant
from scipy.stats import binom

from proeftuin.privacy.accounting import pld_epsilon
from proeftuin.privacy.domain import GRID
from proeftuin.privacy.dp_accounting_internals import ITS_OWN_SEARCH
from proeftuin.privacy.prv import prv_epsilon

#: Noise multiplier, sampling rate, steps, delta.
SETTINGS = (
    (0.8, 0.02, 2_000, 1e-6),
    (1.0, 0.01, 1_000, 1e-5),
    (1.0, 0.001, 10_000, 1e-6),
    (1.805, 0.0256, 781, 1e-6),
    (2.0, 0.05, 150, 1e-6),
    (4.0, 0.05, 2_000, 1e-6),
    (20.0, 1.0, 100, 1e-6),
    (100.0, 0.02, 10_000, 1e-6),
)
MOST_DIFFERENCE = 0.02


def main() -> None:
    """Print a row per setting and the largest differences."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    print("| noise | rate | steps | delta | PLD | PRV | PRV - PLD | Rényi bound | above PLD |")
    print("|---|---|---|---|---|---|---|---|---|")
    differences = []
    for noise, rate, steps, delta in SETTINGS:
        mechanisms = ((noise, rate, 1, steps),)
        pld, prv = pld_epsilon(mechanisms, delta), prv_epsilon(mechanisms, delta, 0.01)
        renyi = _renyi(noise, rate, steps, delta)
        differences.append(abs(prv - pld))
        print(
            f"| {noise:g} | {rate:g} | {steps:,} | {delta:g} | {pld:.4f} | {prv:.4f} | "
            f"{prv - pld:+.4f} | {renyi:.4f} | {renyi / pld - 1:+.0%} |"
        )
    verdict = "within" if max(differences) <= MOST_DIFFERENCE else "BEYOND"
    print(f"\nlargest difference {max(differences):.4f}, {verdict} {MOST_DIFFERENCE:g}\n")
    _of_a_person()


def _of_a_person() -> None:
    noise, rate, steps = 0.97, 0.02, 50
    started = time.process_time()
    ours = pld_epsilon(((noise, rate, 2, steps),), 1e-6)
    middle = time.process_time()
    MixtureGaussianPrivacyLoss._inverse_privacy_losses_with_range = ITS_OWN_SEARCH
    accountant = PLDAccountant(value_discretization_interval=GRID)
    chances = binom.pmf(range(3), 2, rate)
    accountant.compose(MixtureOfGaussiansDpEvent(noise, [0, 1, 2], chances), steps)
    theirs = accountant.get_epsilon(1e-6)
    seconds = middle - started, time.process_time() - middle
    print(
        f"a person of two records: its own search {seconds[1]:.2f} s, ours {seconds[0]:.2f} s "
        f"({seconds[1] / seconds[0]:.0f} times); epsilon {theirs!r} and {ours!r}"
    )


def _renyi(noise: float, rate: float, steps: int, delta: float) -> float:
    accountant = RdpAccountant()
    accountant.compose(PoissonSampledDpEvent(rate, GaussianDpEvent(noise)), steps)
    return float(accountant.get_epsilon(delta))


if __name__ == "__main__":
    main()
