"""A sector is data: a tenth one, added as entries alone, is accepted by settings and has desks."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from proeftuin.errors import SettingsError
from proeftuin.features.desks import DESCRIBE
from proeftuin.features.table import FeatureTable, ints, matrix, reports_about
from proeftuin.features.views import DeskView
from proeftuin.sectors import DECIDING, Sector
from proeftuin.settings.compose import settings_for
from proeftuin.settings.schema import all_keys, whole
from proeftuin.sharing.information import InformationSets
from synthetic_data.reported import as_reported
from synthetic_data.schema import SECTORS, TABLES, Column, SectorSchema, TableSchema
from synthetic_data.seeds import Seeds
from synthetic_data.stored import load_world, save_world
from tests.fixtures.partner_files import little_world

ACTS = "+intervention.insurer={action: block, alerts_per_1000: 5.0, success: 0.5, block_after: 1}"
LISTENS = "regime.instruments.police_iban.consumers=[bank,insurer]"
CLAIMS = TableSchema(
    "insurer",
    {
        "time": Column("int64", "s", "seconds since the start of the world"),
        "claim": Column("int64", "code", "reference of the claim", "claim"),
        "insurer": Column("int8", "index", "insurer that holds the row"),
        "holder": Column("int64", "code", "policy holder at this insurer", "holder"),
        "amount_eur": Column("float64", "EUR", "amount"),
    },
    holders=("insurer",),
    event="claim",
)
POLICIES = TableSchema(
    "insurer",
    {
        "holder": Column("int64", "code", "policy holder at this insurer", "holder"),
        "insurer": Column("int8", "index", "insurer that holds the row"),
        "phone": Column("int64", "code", "phone number in the register", "phone", key=True),
    },
    holders=("insurer",),
)


def describe(view: DeskView) -> FeatureTable:
    rows = view.tables["claims"]
    amount = rows["amount_eur"].to_numpy()
    return FeatureTable(
        sector="insurer",
        **matrix({"log_amount": np.log1p(amount)}, {"log_amount": (0, 12)}, len(rows)),
        event=ints(rows["claim"]),
        time=ints(rows["time"]),
        entities={"holder": ints(rows["holder"])},
        amount_eur=amount,
        age=np.full(len(rows), -1),
        partner=ints(rows["insurer"]),
        reports=reports_about(view.labels, "claim", ints(rows["claim"])),
    )


@pytest.fixture
def insurers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Insurers decide on claims, as long as the test lasts."""
    facts = Sector(tables=("claims", "policies"), customer="holder", customer_entity="holder")
    monkeypatch.setitem(SECTORS, "insurer", SectorSchema("claim"))
    monkeypatch.setitem(TABLES, "claims", CLAIMS)
    monkeypatch.setitem(TABLES, "policies", POLICIES)
    monkeypatch.setitem(DECIDING, "insurer", facts)
    monkeypatch.setitem(DESCRIBE, "insurer", describe)
    forget_the_schema()
    yield
    forget_the_schema()


def forget_the_schema() -> None:
    whole.cache_clear()
    all_keys.cache_clear()


def rows_of(table: TableSchema, **columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns).astype({name: c.dtype for name, c in table.columns.items()})


@pytest.fixture
def folder(insurers: None, tmp_path: Path) -> Path:
    """A stored world with two insurers, which have two claims and one."""
    world = little_world(seed=4, payments=12)
    claims = rows_of(
        CLAIMS,
        time=[900, 200, 300],
        claim=[1, 2, 3],
        insurer=[0, 0, 1],
        holder=[7, 8, 9],
        amount_eur=[10.0, 20.0, 30.0],
    )
    policies = rows_of(POLICIES, holder=[7, 8, 9], insurer=[0, 0, 1], phone=[31, 32, 31])
    report = pd.DataFrame(
        {
            "partner": ["insurer_a"],
            "case": [99],
            "form": ["unknown"],
            "kind": ["claim"],
            "value": [2],
            "known_at": [5000],
            "withdrawn_at": [2**62],
        }
    )
    world = dataclasses.replace(
        world,
        partners=world.partners | {"insurer": ("insurer_a", "insurer_b")},
        tables=world.tables | {"claims": claims, "policies": policies},
        labels=pd.concat([world.labels, report], ignore_index=True),
    )
    save_world(world, as_reported(world, world.labels, 6), tmp_path, origin={"files": []})
    return tmp_path


def chosen(folder: Path, *changes: str) -> list[str]:
    return [
        "regime=police_iban",
        "world=stored",
        f"world.folder={folder}",
        "scenario=none",
        "repetitions=1",
        "evaluation.warm_up_days=0",
        "evaluation.train_days=7",
        "evaluation.label_wait_days=0",
        "evaluation.validation_days=1",
        *changes,
    ]


def problems(overrides: list[str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        settings_for(overrides)
    return refused.value.problems


def test_a_tenth_sector_is_accepted_and_has_desks(folder: Path) -> None:
    settings = settings_for(chosen(folder, ACTS, LISTENS))
    assert settings.intervention.by_sector["insurer"].alerts_per_1000 == 5.0
    information = InformationSets(load_world(folder)[0], Seeds(1))
    desks = [desk for desk in information.desks if desk.sector == "insurer"]
    assert [desk.name for desk in desks] == ["insurer_a", "insurer_b"]
    inputs = information.inputs_of(settings.arms["chosen"].regime)
    table = inputs.tables[desks[0]]
    assert table.event.tolist() == [2, 1]  # in order of time
    assert table.customer.tolist() == [8, 7]
    assert table.labelled(5000).tolist() == [True, False]
    assert information.customer_ages(desks[0]).tolist() == []


def test_a_tenth_sector_pools_its_rows(folder: Path) -> None:
    regime = settings_for(chosen(folder, ACTS, "regime=centre")).arms["chosen"].regime
    inputs = InformationSets(load_world(folder)[0], Seeds(1)).inputs_of(regime)
    together = inputs.together["centre_insurer"]
    assert inputs.tables[together[0]].partner.tolist() == [0, 1, 0]
    told = {f.sender: f.about.tolist() for f in inputs.flows if f.data == "insurer_records"}
    assert told == {"insurer_a": [31, 32], "insurer_b": [31]}


def test_a_sector_that_decides_must_act(folder: Path) -> None:
    [told] = problems(chosen(folder, LISTENS))
    assert told.startswith("intervention.insurer: missing; write intervention.insurer=..., which ")


def test_a_world_without_the_sector_refuses_it(insurers: None) -> None:
    alone = LISTENS.replace("bank,", "")
    [told] = problems(["regime=police_iban", ACTS, alone])
    assert told.startswith(
        "regime.instruments.police_iban.consumers=insurer: no such partner in this world; "
    )


def test_a_sector_that_nobody_added_is_refused() -> None:
    told = problems(["regime=police_iban", ACTS, LISTENS])
    assert [line.partition(": ")[0].partition("=")[0] for line in told] == [
        "regime.instruments.police_iban.consumers",
        "intervention.insurer",
    ]
    assert "any of bank, telecom, webshop, " in told[0]
    assert "unknown setting (intervention has name, about, bank, webshop, " in told[1]
