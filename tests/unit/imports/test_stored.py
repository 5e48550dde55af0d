"""A stored world is read back as it was, or refused in one line."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from synthetic_data.reported import as_reported
from synthetic_data.stored import StoredWorldError, load_world, save_world
from synthetic_data.world import FeatureBounds, OwnFeatures
from tests.fixtures.partner_files import little_world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    world = little_world(seed=4, payments=12)
    save_world(world, as_reported(world, world.labels, 6), tmp_path, origin={"from": "a test"})
    return tmp_path


def test_what_is_saved_is_what_is_loaded(folder: Path) -> None:
    world, known = little_world(seed=4, payments=12), load_world(folder)
    again, truth = known
    assert (again.partners, again.days, truth.days) == (world.partners, world.days, world.days)
    assert truth.persons == 6
    for table, rows in world.tables.items():
        pd.testing.assert_frame_equal(again.tables[table], rows)
    pd.testing.assert_frame_equal(again.labels, world.labels)
    expected = as_reported(world, world.labels, 6)
    for name in ("events", "calls", "payments", "cases", "links"):
        pd.testing.assert_frame_equal(getattr(truth, name), getattr(expected, name))


def _cut(path: Path) -> None:
    rows = pd.read_parquet(path)
    rows.iloc[:-1].to_parquet(path, index=False)


def _other_dtype(path: Path) -> None:
    rows = pd.read_parquet(path)
    rows.astype({"time": "float64"}).to_parquet(path, index=False)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _changed(path: Path, column: str, value: object) -> None:
    rows = pd.read_parquet(path)
    rows.loc[0, column] = value
    rows.to_parquet(path, index=False)


def _held_by_nobody(path: Path) -> None:
    _changed(path, "payer_bank", 99)


def _after_the_end(path: Path) -> None:
    _changed(path, "time", 10**12)


def _a_long_text(path: Path) -> None:
    _changed(path, "form", "x" * 10_000)


def _edited(**keys: object) -> Callable[[Path], object]:
    def edit(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | keys))

    return edit


@pytest.mark.parametrize(
    ("file", "damage", "told"),
    [
        ("payments.parquet", Path.unlink, "is missing"),
        ("payments.parquet", _cut, "has 11 rows, world.json says 12"),
        ("payments.parquet", _other_dtype, "column time is double, must be int64"),
        ("truth/cases.parquet", lambda path: path.write_text("x"), "cannot be read as Parquet"),
        ("payments.parquet", lambda path: path.write_bytes(path.read_bytes()[:-9]), "cannot be"),
        ("payments.parquet", _pipe, "a pipe or a device"),
        ("payments.parquet", _held_by_nobody, "payer_bank must be from -1 to 1"),
        ("payments.parquet", _after_the_end, "time must be from 0 to"),
        ("labels.parquet", _a_long_text, "a cell of the column 'form'"),
        (
            "labels.parquet",
            lambda path: pd.read_parquet(path).drop(columns="form").to_parquet(path, index=False),
            "must have partner, case, form",
        ),
        ("world.json", Path.unlink, "no stored world"),
        ("world.json", lambda path: path.write_text("{"), "cannot be read"),
        ("world.json", lambda path: path.write_text('{"days": 3}'), "not of this version"),
        ("world.json", lambda path: path.write_text("[" * 10**5), "cannot be read as JSON"),
        ("world.json", lambda path: path.write_text("3"), "no group of keys"),
        ("world.json", _pipe, "a pipe or a device"),
        ("world.json", _edited(days=-3), "days: "),
        ("world.json", _edited(days="84"), "days: "),
        ("world.json", _edited(partners=["bank_a"]), "partners: "),
        ("world.json", _edited(partners={"bank": [1]}), "partners.bank.0: "),
        ("world.json", _edited(partners={"casino": ["x"]}), "partners.casino"),
        ("world.json", _edited(features={"x": {"low": 0}}), "features.x.high: "),
        ("world.json", _edited(customers={"bank_a": None}), "customers.bank_a: "),
    ],
)
def test_a_damaged_world_is_refused_in_one_line(
    folder: Path, file: str, damage: Callable[[Path], object], told: str
) -> None:
    damage(folder / file)
    with pytest.raises(StoredWorldError) as caught:
        load_world(folder)
    assert told in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_features_that_do_not_cover_every_payment_of_a_bank_are_refused(tmp_path: Path) -> None:
    world = little_world(seed=4, payments=12)
    given = pd.DataFrame({"payment": world.tables["payments"]["payment"], "risk": 0.5})
    features = OwnFeatures({"risk": FeatureBounds(0.0, 1.0, "share")}, given)
    for values in (given, given[1:], given.replace(0.5, float("nan"))):
        own = dataclasses.replace(features, values=values)
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        truth = as_reported(world, world.labels, 6)
        save_world(dataclasses.replace(world, features=own), truth, folder)
        if values is given:
            again = load_world(folder)[0].features
            assert again.measures == features.measures
            pd.testing.assert_frame_equal(again.values, given)
            continue
        with pytest.raises(StoredWorldError, match="does not hold a number for every payment"):
            load_world(folder)


def test_a_stored_world_says_where_it_came_from(folder: Path) -> None:
    about = json.loads((folder / "world.json").read_text())
    assert about["origin"] == {"from": "a test"}
    assert about["rows"]["payments"] == 12
