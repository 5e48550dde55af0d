"""Does enrichment only make successful cases more frequent? Figures in README.md.

    python benchmarks/enrichment.py [KEY=VALUE ...] [--persons 100000]

Worlds of bank-helpdesk fraud at 1, 10 and 92 times the real rate. Everything but the victims should
be the same in all of them, within chance.
"""

import argparse

import pandas as pd

from proeftuin.settings.compose import settings_for
from synthetic_data.seeds import Seeds
from synthetic_data.simulation import Simulation
from synthetic_data.world import generate

FACTORS = (1, 10, 92)
FORM = "bank_helpdesk"


def main() -> None:
    """Print a column per enrichment and a line per figure."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("settings", nargs="*", help="such as world.days=60, before any option")
    arguments.add_argument("--persons", type=int, default=100_000)
    given = arguments.parse_args()
    found = {}
    for factor in FACTORS:
        found[f"{factor} times"] = figures_of(
            [
                "study=demo",
                f"world.population.persons={given.persons}",
                f"scenario.forms.{FORM}.orientation.enrichment={factor}",
                *given.settings,
            ]
        )
    print(pd.DataFrame(found).round(4).to_string())


def figures_of(overrides: list[str]) -> dict[str, float]:
    """Return what should and should not grow with the enrichment, in one world."""
    settings = settings_for(overrides)
    seeds = Seeds(settings.seed).child("world")
    world, truth = generate(settings.world, settings.scenario, seeds)
    simulation = Simulation(settings.world, settings.scenario, seeds)
    banks = simulation.writer.codes["phone"](simulation.population.bank_phone)
    cases = truth.cases
    victims = cases.loc[cases["succeeded"], "case"]
    calls = world.tables["calls"]
    shown = int((calls["number"].isin(banks) & (calls["duration_s"] > 0)).sum())
    criminal = truth.calls[truth.calls["number"].isin(banks)]
    failed = int((~criminal["case"].isin(victims)).sum())
    success = len(criminal) - failed
    paid = truth.payments[truth.payments["case"].isin(victims)]
    payer = world.tables["payments"].set_index("payment")["payer"].loc[paid["payment"]]
    hits = paid["case"].groupby(payer.to_numpy()).nunique()
    labels = world.labels[world.labels["partner"].isin(world.partners["bank"])]
    true = labels["case"].isin(cases["case"])
    reported = labels.loc[true, "case"].nunique()
    return {
        "victims per 1,000 adults": 1000 * len(victims) / truth.persons,
        "failed contacts per 1,000 adults": 1000 * (len(cases) - len(victims)) / truth.persons,
        "criminals' share of other calls under a bank's number": failed / (shown - success),
        "share of victims hit twice": float((hits > 1).mean()),
        "false reports per true one": labels.loc[~true, "case"].nunique() / reported,
        "payments named per reported case": (true & (labels["kind"] == "payment")).sum() / reported,
    }


if __name__ == "__main__":
    main()
