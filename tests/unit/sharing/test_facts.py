"""A centre of some kinds of facts: without any it is today's practice, with all the centre."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from proeftuin.features.table import DAY, FeatureTable
from proeftuin.instruments.base import FACT_KINDS, FactKind
from proeftuin.settings.arm import Regime
from proeftuin.settings.study import Settings
from proeftuin.sharing.facts import EVERYTHING, kinds_of, with_facts
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.query import Desk
from synthetic_data.seeds import Seeds
from synthetic_data.world import World


@pytest.fixture(scope="module")
def banks(information: InformationSets) -> tuple[Desk, ...]:
    return tuple(desk for desk in information.desks if desk.sector == "bank")


@pytest.fixture(scope="module")
def pooled(information: InformationSets, banks: tuple[Desk, ...]) -> FeatureTable:
    return information.pooled(banks, information.world.coalition("all"))


@pytest.fixture(scope="module")
def own(information: InformationSets, banks: tuple[Desk, ...]) -> dict[Desk, FeatureTable]:
    return {desk: information.own(desk) for desk in banks}


@pytest.fixture
def centre(settings: Settings) -> Regime:
    return settings.arms["centre"].regime


def same(one: FeatureTable, other: FeatureTable) -> bool:
    reports = [
        {*zip(table.reports.row, table.reports.known_at, table.reports.withdrawn_at, strict=True)}
        for table in (one, other)
    ]
    return (
        one.names == other.names
        and np.array_equal(one.bounds, other.bounds)
        and np.array_equal(one.values, other.values)
        and np.array_equal(one.event, other.event)
        and reports[0] == reports[1]
    )


def test_what_a_bank_knows_of_its_own_payers_does_not_change_in_a_centre(
    pooled: FeatureTable, own: dict[Desk, FeatureTable]
) -> None:
    kept = [name for name in pooled.names if kinds_of(name) == {"rows"}]
    assert "log_payer_balance" in kept
    assert "log_pair_28d" in kept
    for desk, table in own.items():
        mine = pooled.take(pooled.partner == desk.index)
        for name in kept:
            np.testing.assert_array_equal(mine.column(name), table.column(name), err_msg=name)


def test_every_column_that_a_centre_describes_otherwise_is_of_a_kind_of_facts(
    pooled: FeatureTable, own: dict[Desk, FeatureTable]
) -> None:
    changed = dict.fromkeys(FACT_KINDS, 0)
    for desk, table in own.items():
        mine = pooled.take(pooled.partner == desk.index)
        for name in pooled.names:
            if name not in table.names or (mine.column(name) != table.column(name)).any():
                for kind in kinds_of(name):
                    changed[kind] += 1
    assert changed["rows"] == changed["reports"] == 0
    assert all(changed[kind] for kind in ("calls", "payees", "lists", "devices"))


@pytest.mark.parametrize("kind", FACT_KINDS)
def test_one_kind_of_facts_changes_its_own_columns_and_no_other(
    kind: FactKind, pooled: FeatureTable, own: dict[Desk, FeatureTable]
) -> None:
    table = with_facts(pooled, own, {kind})
    desk, alone = next(iter(own.items()))
    mine, whole = (each.take(each.partner == desk.index) for each in (table, pooled))
    for name in table.names:
        told = whole if kinds_of(name) == {kind} else alone
        np.testing.assert_array_equal(mine.column(name), told.column(name), err_msg=name)
    reports = whole if kind == "reports" else alone
    assert {*mine.reports.row} == {*reports.reports.row}
    assert ("in_call" in table.names) == (kind == "calls")


def test_with_every_kind_the_table_is_the_centres(
    pooled: FeatureTable, own: dict[Desk, FeatureTable]
) -> None:
    assert same(with_facts(pooled, own, EVERYTHING), pooled)


def test_a_centre_that_pools_nothing_leaves_todays_practice(
    information: InformationSets, settings: Settings, centre: Regime
) -> None:
    nothing = information.inputs_of(centre, ())
    today = information.inputs_of(settings.arms["today"].regime)
    assert nothing.together == today.together == {}
    assert nothing.tables.keys() == today.tables.keys()
    assert all(same(nothing.tables[desk], today.tables[desk]) for desk in today.tables)
    assert not [flow for flow in nothing.flows if not flow.today]
    assert nothing.blocks.equals(today.blocks)


def test_todays_practice_says_and_refuses_the_same_whatever_is_pooled(
    information: InformationSets, centre: Regime, banks: tuple[Desk, ...]
) -> None:
    """A centre once asked for all banks at once, so that rows brought along what lists tell."""
    nothing, rows = (information.inputs_of(centre, kinds) for kinds in ((), {"rows"}))
    own = {*information.own(banks[0]).names}
    today = [name for name in nothing.tables[banks[0]].names if name not in own]
    assert len(today) >= 4
    for desk in banks:
        pooled = rows.tables[desk]
        mine = pooled.take(pooled.partner == desk.index)
        for name in today:
            alone = nothing.tables[desk].column(name)
            np.testing.assert_array_equal(mine.column(name), alone, err_msg=name)
    order = list(rows.blocks.columns)
    one, other = (each.blocks.sort_values(order, ignore_index=True) for each in (nothing, rows))
    assert one.equals(other)


def test_a_report_reaches_the_tables_of_every_choice_of_kinds(
    world: World, seeds: Seeds, settings: Settings, banks: tuple[Desk, ...]
) -> None:
    """A deposit that was reported as a transfer only was in use at the centre, not at its bank."""
    information = InformationSets(world, seeds, settings.evaluation)
    pooled = information.pooled(banks, world.coalition("all"))
    behind = information.sources.payment_behind["transfer"]
    sampled = information.own(banks[0])
    assert sampled.described is not None
    idle = sampled.event[~sampled.described & (sampled.time > 20 * DAY) & (sampled.time < 60 * DAY)]
    some = behind[behind["payment"].isin(idle)].iloc[0]
    report = world.labels.iloc[[0]].assign(
        kind="transfer", value=int(some["transfer"]), partner=world.partners["exchange"][0]
    )
    told = replace(world, labels=pd.concat([world.labels, report], ignore_index=True))
    again = InformationSets(told, seeds, settings.evaluation)
    table = again.pooled(banks, told.coalition("all"))
    assert table.described is not None
    assert pooled.described is not None
    assert table.described.sum() == pooled.described.sum() + 1
    with_facts(table, {desk: again.own(desk) for desk in banks}, ())


def test_partners_learn_together_only_if_rows_are_pooled(
    information: InformationSets, centre: Regime, banks: tuple[Desk, ...]
) -> None:
    alone = information.inputs_of(centre, EVERYTHING - {"rows"})
    assert alone.together == {}
    assert all((alone.tables[desk].partner == desk.index).all() for desk in banks)
    together = information.inputs_of(centre, {"rows"})
    assert together.together["centre_bank"] == banks
    assert together.learners[banks[0]] == "centre_bank"


def test_what_no_kind_needs_does_not_cross_and_no_instrument_of_another_kind_is_asked(
    information: InformationSets, centre: Regime
) -> None:
    def sent(*kinds: FactKind) -> set[str]:
        flows = information.inputs_of(centre, kinds).flows
        return {flow.data for flow in flows if not flow.today}

    assert sent("calls") > {"call_records", "bank_records"}
    assert sent("reports") == {"reports"}
    assert "bank_records" in sent("payees") & sent("rows") & sent("devices")
    names = {name: each.TELLS for name, each in centre.instruments.items()}
    assert names == {"suspicious_devices": ("lists",), "risk_propagation": ("lists",)}

    def columns(regime: Regime, *kinds: FactKind) -> set[str]:
        return {*next(iter(information.inputs_of(regime, kinds).tables.values())).names}

    plain = replace(centre, instruments={})
    assert columns(centre, "lists") - columns(plain, "lists") == {
        "listed_suspicious_devices",
        "log_payee_risk",
    }
    assert columns(centre, "devices") == columns(plain, "devices")
