"""One partner's own tables are enough to make its rows to learn from."""

from pathlib import Path

import numpy as np
import yaml

from proeftuin.features.split import Split, split_rows
from proeftuin.imports.importing import import_tables
from proeftuin.settings.compose import settings_for
from proeftuin.sharing.information import InformationSets
from synthetic_data.seeds import Seeds
from synthetic_data.stored import load_world
from synthetic_data.world import generate
from tests.fixtures.partner_files import Habits, write_partners

TYPED = [
    "study=demo", "world=hamlet", "world.population.persons=1000",
    "scenario.forms.bank_helpdesk.orientation.enrichment=300.0",
]  # fmt: skip
BANK = "bank_b"


def test_a_bank_learns_from_the_same_rows_whether_others_bring_theirs_or_not(
    tmp_path: Path,
) -> None:
    """To the bit: so a deployment can prepare each party's rows where they are."""
    settings = settings_for(TYPED)
    world, _ = generate(settings.world, settings.scenario, Seeds(3))
    mapping = write_partners(world, tmp_path / "files", Habits(parquet=True))
    content = yaml.safe_load(mapping.read_text()) | {"salt": "the same in both"}
    mapping.write_text(yaml.safe_dump(content))
    [bank] = [each for each in content["partners"] if each["name"] == BANK]
    alone = mapping.with_name("alone.yaml")
    alone.write_text(yaml.safe_dump(content | {"partners": [bank]}))

    def rows(file: Path) -> Split:
        import_tables(file, tmp_path / file.stem)
        known, _ = load_world(tmp_path / file.stem)
        information = InformationSets(known, Seeds(1), settings.evaluation)
        [desk] = [desk for desk in information.desks if desk.name == BANK]
        return split_rows(information.own(desk), settings.evaluation)

    many, one = rows(mapping), rows(alone)
    assert many.train_y.sum() > 0
    for name in ("train_x", "train_y"):
        np.testing.assert_array_equal(getattr(many, name), getattr(one, name))
