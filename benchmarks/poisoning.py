"""Whether robust strategies help when one of five banks poisons the joint model.

Usage: python benchmarks/poisoning.py [worlds]

Average precision on the joint validation rows of the four honest banks, mean over worlds. The
largest bank attacks, the worst case for an average weighted by rows. Every arm uses the best round
on validation, as in a study. Worlds with fewer than five reported frauds in those rows are skipped.
"""

import argparse
import dataclasses

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from proeftuin.commandline import environment

environment.prepare()

from proeftuin.features.split import rehearsal_rows  # noqa: E402
from proeftuin.federation.training import Training  # noqa: E402
from proeftuin.learning.train import learn_jointly  # noqa: E402
from proeftuin.settings.compose import settings_for  # noqa: E402
from proeftuin.settings.federation import Attack, Federation, LabelFlip, ScaledUpdate  # noqa: E402
from proeftuin.settings.study import Settings  # noqa: E402
from proeftuin.sharing.information import InformationSets  # noqa: E402
from proeftuin.study.worlds import first_world  # noqa: E402

STRATEGIES = ("fedavg", "fedmedian", "fedtrimmedavg", "krum", "multikrum")
SOMEBODY = ("bank_a",)  #: in every world the largest bank takes its place
ATTACKS: dict[str, Attack | None] = {
    "none": None,
    "label_flip": LabelFlip(kind="label_flip", partners=SOMEBODY),
    "scaled_update, strength -5": ScaledUpdate(
        kind="scaled_update", partners=SOMEBODY, strength=-5.0
    ),
    "scaled_update, strength 20": ScaledUpdate(
        kind="scaled_update", partners=SOMEBODY, strength=20.0
    ),
}
LEAST_FRAUDS = 5
WORLD = (
    "regime=federated",
    "regime.coalition=[bank_a,bank_b,bank_c,bank_d,bank_e]",
    "world=hamlet",
    "scenario.forms.bank_helpdesk.orientation.enrichment=230.0",
)


def main() -> None:
    """Print one row per attack and one column per strategy."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("worlds", nargs="?", type=int, default=4)
    worlds = arguments.parse_args().worlds
    torch.set_num_threads(1)
    settings = {name: settings_for([*WORLD, f"federation={name}"]) for name in STRATEGIES}
    found: dict[tuple[str, str], list[float]] = {}
    seed = 0
    while len(found.get(("none", "fedavg"), [])) < worlds:
        seed += 1
        numbered = {name: dataclasses.replace(each, seed=seed) for name, each in settings.items()}
        for (attack, strategy), precision in _world(numbered).items():
            found.setdefault((attack, strategy), []).append(precision)
    print(f"{worlds} of {seed} worlds\n")
    print("| attack by the largest bank |", " | ".join(STRATEGIES), "|")
    print("|---" * (len(STRATEGIES) + 1) + "|")
    for attack in ATTACKS:
        cells = [f"{np.mean(found[attack, name]):.3f}" for name in STRATEGIES]
        print(f"| {attack} |", " | ".join(cells), "|")


def _world(settings: dict[str, Settings]) -> dict[tuple[str, str], float]:
    some = settings["fedavg"]
    arm = next(each for each in some.arms.values() if each.regime.learning == "federated")
    world, seeds = first_world(some)
    inputs = InformationSets(world, seeds, some.evaluation).inputs_of(arm.regime)
    group, own = next(iter(inputs.together)), seeds.child("arms")
    tables = {desk.name: inputs.tables[desk] for desk in inputs.together[group]}
    splits = {name: rehearsal_rows(table, some.evaluation) for name, table in tables.items()}
    names = next(iter(tables.values())).names
    training = Training(splits, names, arm, some.federation, own)
    largest = max(splits, key=lambda name: len(splits[name].train_y))
    honest = [split for name, split in splits.items() if name != largest]
    rows = np.concatenate([split.valid_x for split in honest])
    labels = np.concatenate([split.valid_y for split in honest])
    result: dict[tuple[str, str], float] = {}
    if labels.sum() < LEAST_FRAUDS:
        return result
    for attack, planned in ATTACKS.items():
        for name, each in settings.items():
            how = _attacked(each.federation, planned, largest)
            model = learn_jointly(dataclasses.replace(training, federation=how)).model
            result[attack, name] = float(average_precision_score(labels, model.score(rows)))
    return result


def _attacked(how: Federation, attack: Attack | None, attacker: str) -> Federation:
    if attack is None:
        return how
    return dataclasses.replace(how, attack=dataclasses.replace(attack, partners=(attacker,)))


if __name__ == "__main__":
    main()
