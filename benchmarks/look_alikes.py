"""What does each look-alike do to a bank alone and to the centre? Figures in README.md.

    PYTHONPATH=. python benchmarks/look_alikes.py [KEY=VALUE ...] [--worlds 3]

Worlds of ``study=demo`` without any of the look-alikes below, then with each of them alone, at its
default, and with all of them. Average precision of the default detector under ``silo`` and
``centre``, mean over banks by their fraud and over worlds.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from joblib import Parallel, delayed

from proeftuin.commandline import environment
from proeftuin.metrics import ALL
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.information import InformationSets
from proeftuin.study.arm import run_arm
from synthetic_data.seeds import Seeds
from synthetic_data.world import generate

ARMS, METRIC = ("silo", "centre"), "average_precision"
FORM = "scenario.forms.bank_helpdesk"
#: Settings that switch a look-alike off, by what it is; its default switches it on.
OFF: dict[str, tuple[str, ...]] = {
    "a child helps a parent": ("world.episodes.helper",),
    "a young seller is called": ("world.episodes.young_seller",),
    "a bank really calls": ("world.episodes.bank_call",),
    "a house is bought": ("world.episodes.house",),
    "a crowd pays a student": ("world.episodes.crowd",),
    "equal sums": ("world.episodes.equal_sums",),
    "calls of hours": ("world.episodes.long_call",),
    "a relative's new account": ("world.episodes.new_account",),
    "a first order with a helpdesk": ("world.episodes.helpdesk_order",),
    "the payee has just called": ("world.payments.large_called_share",),
    "older mules": (f"{FORM}.preparation.older_mule_share",),
    "companies as mules": (f"{FORM}.preparation.business_mule_share",),
    "apps and second calls": (
        f"{FORM}.contact.moves_to_app_share",
        f"{FORM}.contact.second_call_share",
    ),
    "payments hours apart": (f"{FORM}.transfer.spread_share",),
    "frozen accounts": (
        "world.freezing.honest_per_1000_year",
        f"{FORM}.preparation.frozen_mule_share",
    ),
}
NONE, EVERY = "none of them", "all of them"


def main() -> None:
    """Print a line per look-alike."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("settings", nargs="*", help="such as world.days=84, before any option")
    arguments.add_argument("--worlds", type=int, default=3)
    given = arguments.parse_args()
    environment.prepare()
    tasks = [(name, world) for name in (NONE, *OFF, EVERY) for world in range(given.worlds)]
    found = Parallel(n_jobs=2)(
        delayed(precision_in)(name, [*given.settings, *off(name)], world) for name, world in tasks
    )
    rows = pd.DataFrame(found)
    table = rows.groupby("with", sort=False)[list(ARMS)].mean()
    table = table.join((table - table.loc[NONE]).add_suffix(", change"))
    print(table.round(3).to_string())


def off(name: str) -> list[str]:
    """Return the settings of a world with one look-alike, or with none or all of them."""
    return [f"{key}=0" for other, keys in OFF.items() if name not in (other, EVERY) for key in keys]


def precision_in(name: str, overrides: list[str], number: int) -> Mapping[str, object]:
    """Return the average precision of both arms in one world."""
    environment.prepare()
    torch.set_num_threads(1)
    settings = settings_for(["study=demo", *overrides])
    seeds = Seeds(settings.seed).child("repetition", number)
    world, truth = generate(settings.world, settings.scenario, seeds.child("world"))
    information = InformationSets(world, seeds, settings.evaluation)
    found: dict[str, object] = {"with": name, "world": number}
    for arm in ARMS:
        with tempfile.TemporaryDirectory() as scratch:
            rows = run_arm(
                settings.arms[arm], settings, information, truth, seeds.child("arms"), Path(scratch)
            ).outcomes
        every = (rows["partner"] == ALL) & (rows["fraud_form"] == ALL) & (rows["metric"] == METRIC)
        found[arm] = float(rows.loc[every, "value"].iloc[0])
    return found


if __name__ == "__main__":
    main()
