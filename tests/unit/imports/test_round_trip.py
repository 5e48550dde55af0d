"""A world written in somebody else's names and units comes back as it was."""

import dataclasses
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from proeftuin.imports.importing import import_tables
from proeftuin.settings.paths import conf_dir
from scenarios.registry import Scenario
from synthetic_data.reports import NEVER
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.settings import WorldSettings
from synthetic_data.stored import load_world
from synthetic_data.world import World, generate
from tests.fixtures.partner_files import Habits, little_world, renamed, write_partners

HABITS = st.builds(
    Habits,
    moments=st.sampled_from(["iso", "zoned", "epoch", "epoch_ms", "dutch"]),
    money=st.sampled_from(["EUR", "comma", "cents"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    parquet=st.booleans(),
)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), payments=st.integers(1, 12), habits=HABITS)
def test_any_way_of_writing_gives_the_same_world(seed: int, payments: int, habits: Habits) -> None:
    world = little_world(seed, payments)
    with tempfile.TemporaryDirectory() as place:
        mapping = write_partners(world, Path(place), habits)
        import_tables(mapping, Path(place) / "world")
        again, _ = load_world(Path(place) / "world")
    assert (again.partners, again.days) == (world.partners, world.days)
    before, after = renamed(world), renamed(again)
    for table, rows in before.items():
        pd.testing.assert_frame_equal(after[table], rows, obj=table)


@pytest.fixture(scope="module")
def generated() -> World:
    """A generated world with every sector and form, and enough fraud to be reported."""
    town = yaml.safe_load((conf_dir() / "world" / "town.yaml").read_text("utf-8"))
    town["population"]["persons"] = 1000
    town |= {"days": 35, "market": town["market"] | {"absent": []}}
    forms = {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in (conf_dir() / "form").glob("*.yaml")
    }
    for form in forms.values():
        form["orientation"] |= {"victims_per_1000_year": 100.0, "enrichment": 1.0}
    scenario = {"name": "every_form", "about": "", "forms": forms}
    world, _ = generate(
        TypeAdapter(WorldSettings).validate_json(json.dumps(town)),
        TypeAdapter(Scenario).validate_json(json.dumps(scenario)),
        Seeds(3),
    )
    return world


def test_a_generated_world_survives(generated: World, tmp_path: Path) -> None:
    """Numbers are the same row by row, and every code keeps its one meaning."""
    mapping = write_partners(
        generated, tmp_path, Habits(moments="zoned", money="comma", delimiter=";")
    )
    import_tables(mapping, tmp_path / "world")
    again, _ = load_world(tmp_path / "world")
    assert again.days == generated.days
    assert again.tables.keys() == generated.tables.keys()
    for table, rows in generated.tables.items():
        columns = TABLES[table].columns
        plain = [name for name in columns if columns[name].entity is None]
        plain = [name for name in plain if not columns[name].answer]  # no partner has it to give
        old, new = (
            each[plain].sort_values(plain, ignore_index=True)
            for each in (rows, again.tables[table])
        )
        pd.testing.assert_frame_equal(new, old, obj=table)
        for name in columns:
            if columns[name].entity is not None:
                by = [name] if columns[name].key else [name, *TABLES[table].holders]
                counts = [np.sort(t.groupby(by).size()) for t in (rows, again.tables[table])]
                assert np.array_equal(*counts), f"{table}.{name}"
    # Links between tables: what a payment's account is like, at both ends, in both worlds.
    links = [_linked(world) for world in (generated, again)]
    pd.testing.assert_frame_equal(*links)
    same = ["known_at", "withdrawn_at", "partner", "form", "kind"]
    old, new = (
        world.labels[same].sort_values(same, ignore_index=True) for world in (generated, again)
    )
    pd.testing.assert_frame_equal(new, old)


def _linked(world: World) -> pd.DataFrame:
    """Return payments with the age of both ends and whether the payer has a telephone on record."""
    accounts = world.tables["accounts"].set_index("account")
    payments = world.tables["payments"]
    subscribed = accounts["phone"].isin(world.tables["subscribers"]["phone"])
    linked = pd.DataFrame(
        {
            "time": payments["time"],
            "amount_eur": payments["amount_eur"],
            "payer_age": accounts["age"].reindex(payments["payer"]).to_numpy(),
            "payee_age": accounts["age"].reindex(payments["payee"]).to_numpy(),
            "subscribed": subscribed.reindex(payments["payer"]).to_numpy(),
            "reports": payments["payment"].map(world.labels["value"].value_counts()).fillna(0),
        }
    )
    return linked.sort_values([*linked.columns], ignore_index=True)


def test_outcomes_are_held_against_reports_that_stand(generated: World, tmp_path: Path) -> None:
    mapping = write_partners(generated, tmp_path, Habits())
    import_tables(mapping, tmp_path / "world")
    world, truth = load_world(tmp_path / "world")
    labels = world.labels[world.labels["kind"] == "payment"]
    standing = labels[labels["withdrawn_at"] == NEVER]
    assert len(standing) > 10
    assert set(truth.payments["payment"]) == set(standing["value"])
    assert truth.payments["payment"].is_unique
    told = world.tables["payments"].set_index("payment").loc[truth.payments["payment"]]
    assert np.array_equal(told["payer_bank"], truth.payments["bank"])
    assert np.array_equal(told["amount_eur"], truth.payments["amount_eur"])
    assert set(truth.cases["case"]) == set(truth.events["case"])


def test_one_victim_who_tells_two_parties_is_one_case(tmp_path: Path) -> None:
    world = little_world(seed=1, payments=8)
    bank = world.labels[
        (world.labels["kind"] == "payment") & (world.labels["withdrawn_at"] == NEVER)
    ]
    police = bank.assign(partner="police", case=bank["case"] + 70, known_at=bank["known_at"] + 5)
    both = dataclasses.replace(world, labels=pd.concat([bank, police], ignore_index=True))
    mapping = write_partners(both, tmp_path, Habits())
    import_tables(mapping, tmp_path / "world")
    _, truth = load_world(tmp_path / "world")
    assert len(truth.cases) == len(truth.payments) == len(bank)
