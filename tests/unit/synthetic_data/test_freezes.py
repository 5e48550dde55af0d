"""Accounts that banks freeze: what is refused, of whom, and what becomes of the money."""

from dataclasses import replace

import numpy as np
import pytest

from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings
from proeftuin.settings.worlds import generated
from scenarios.base import Phase
from synthetic_data.clock import DAY
from synthetic_data.freezes import FREEZE, RELEASE, RELEASED_SHARE
from synthetic_data.reports import PAYMENT
from synthetic_data.rows import ACCOUNTS
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate
from tests.fixtures.frozen import frozen, spells


@pytest.fixture(scope="module")
def settings() -> Settings:
    return settings_for(
        [
            "scenario=bank_helpdesk",
            "world=hamlet",
            "world.market.absent=[]",
            "world.population.persons=8000",
            "scenario.forms.bank_helpdesk.transfer.spread_share=0.5",
        ]
    )


@pytest.fixture(scope="module")
def town(settings: Settings) -> tuple[World, Truth]:
    return generate(settings.world, settings.scenario, Seeds(4).child("world"))


def test_a_frozen_account_pays_and_receives_nothing(town: tuple[World, Truth]) -> None:
    world, _ = town
    assert len(spells(world)) > 40
    for table in ACCOUNTS:
        rows = world.tables[table]
        if table == "actions":
            rows = rows[rows["kind"] < FREEZE]
        assert not frozen(world, table, rows).any()


def test_money_that_reaches_no_mule_is_neither_lost_nor_reported(
    town: tuple[World, Truth], settings: Settings
) -> None:
    world, truth = town
    lost = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "case"]
    assert set(truth.cases.loc[truth.cases["succeeded"], "case"]) == set(lost)
    labels = world.labels[world.labels["case"].isin(truth.cases["case"])]
    assert set(labels["case"]) <= set(lost)
    named = labels.loc[labels["kind"] == PAYMENT, "value"]
    assert named.isin(world.tables["payments"]["payment"]).all()
    # without freezes more is lost: some payments were refused
    free = settings.scenario.forms["bank_helpdesk"]
    preparation = replace(free.preparation, frozen_mule_share=0.0)
    scenario = replace(
        settings.scenario, forms={"bank_helpdesk": replace(free, preparation=preparation)}
    )
    _, before = generate(settings.world, scenario, Seeds(4).child("world"))
    assert len(lost) < (before.payments["phase"] == Phase.TRANSFER).sum()


def test_banks_freeze_mules_and_some_honest_holders(
    town: tuple[World, Truth], settings: Settings
) -> None:
    world, truth = town
    figures = generated(settings.world)
    preparation = settings.scenario.forms["bank_helpdesk"].preparation
    paid = world.tables["payments"].merge(
        truth.payments[truth.payments["phase"] == Phase.TRANSFER][["payment"]]
    )
    first = paid.groupby("payee")["time"].min()
    first = first[first < (figures.days - 40) * DAY]
    private = world.tables["accounts"].set_index("account")["age"].reindex(first.index) >= 0
    known = spells(world).reindex(first[private].index)
    # mules that stand in for a frozen one are not looked for
    share = known["since"].notna().mean()
    assert 0.4 * preparation.frozen_mule_share < share < 1.05 * preparation.frozen_mule_share
    days = ((known["since"] - first[private]) / DAY).dropna()
    assert preparation.frozen_days_median / 2 < days.median() < 2 * preparation.frozen_days_median
    assert (known["until"].dropna() < figures.days * DAY).mean() < 3 * RELEASED_SHARE


def test_honest_freezes_are_as_rare_and_as_short_as_configured() -> None:
    """Without fraud there are no others."""
    settings = settings_for(
        [
            "scenario=none",
            "world=hamlet",
            "world.freezing.honest_per_1000_year=50",
            "world.market.absent=[webshop,marketplace,psp,exchange,social,helpdesk]",
        ]
    )
    world, _ = generate(settings.world, settings.scenario, Seeds(4).child("world"))
    figures, actions = generated(settings.world), world.tables["actions"]
    accounts = len(world.tables["accounts"])
    expected = accounts * 50 / 1000 * figures.days / 365
    made = (actions["kind"] == FREEZE).sum()
    assert made == pytest.approx(expected, abs=5 * np.sqrt(expected))
    ended = spells(world)
    days = (ended["until"] - ended["since"])[ended["since"] < (figures.days - 60) * DAY] / DAY
    assert days.median() == pytest.approx(figures.freezing.days_median, rel=0.4)
    assert (actions["kind"] == RELEASE).sum() > 0.7 * made


def test_a_world_without_freezes_has_none(settings: Settings) -> None:
    form = settings.scenario.forms["bank_helpdesk"]
    none = replace(form.preparation, frozen_mule_share=0.0)
    scenario = replace(settings.scenario, forms={form.name: replace(form, preparation=none)})
    figures = generated(settings.world)
    figures = replace(figures, freezing=replace(figures.freezing, honest_per_1000_year=0.0))
    world, _ = generate(figures, scenario, Seeds(4).child("world"))
    assert (world.tables["actions"]["kind"] < FREEZE).all()
