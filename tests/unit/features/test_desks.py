"""What holds for the features of banks holds for those of every sector with rows of its own."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from proeftuin.features import exchange, marketplace, psp, webshop
from proeftuin.features.desks import DESCRIBE
from proeftuin.features.marketplace import BEFORE_REPORT
from proeftuin.features.table import Bounds, FeatureTable
from proeftuin.features.views import desk_view
from proeftuin.sectors import BANK, DECIDING
from proeftuin.sharing.information import InformationSets
from proeftuin.sharing.pooling import linked_labels
from proeftuin.sharing.sources import Sources
from synthetic_data.clock import DAY
from synthetic_data.codes import Codes
from synthetic_data.reports import KIND_ENTITY, PAYEE, PAYMENT
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.world import World

BOUNDS: dict[str, Bounds] = {
    "webshop": webshop.BOUNDS,
    "psp": psp.BOUNDS,
    "marketplace": marketplace.BOUNDS,
    "exchange": exchange.BOUNDS,
}
SECTORS = tuple(BOUNDS)
#: What reports name in each sector; the world of these tests has hardly any of them.
NAMED = {
    "webshop": ("order", "customer"),
    "psp": ("checkout", "merchant"),
    "marketplace": ("seller",),
    "exchange": ("transfer",),
}


@pytest.fixture(scope="module")
def reported(world: World) -> World:
    """The world in order of time, with many reports at every partner, some of them withdrawn."""
    tables = InformationSets(world, Seeds(1)).world.tables
    rng, parts = np.random.default_rng(5), []
    for sector, kinds in NAMED.items():
        table = TABLES[DECIDING[sector].rows]
        rows = tables[DECIDING[sector].rows].sample(frac=0.01, random_state=6)
        case = 10_000_000 * len(parts) + np.arange(len(rows))
        known = rows["time"].to_numpy() + rng.integers(DAY, 20 * DAY, len(rows))
        gone = np.where(rng.random(len(rows)) < 0.3, known + 5 * DAY, 2**62)
        parts += [
            pd.DataFrame(
                {
                    "partner": np.array(world.partners[sector])[rows[table.holders[0]]],
                    "case": case,
                    "form": "purchase",
                    "kind": kind,
                    "value": rows[kind].to_numpy(),
                    "known_at": known,
                    "withdrawn_at": gone,
                }
            )
            for kind in kinds
        ]
    labels = pd.concat([world.labels, *parts]).sort_values("known_at", ignore_index=True)
    return dataclasses.replace(world, tables=tables, labels=labels)


def features(world: World, sector: str, told: str | None = None) -> FeatureTable:
    """Describe the rows of a sector's first partner, with its own reports or everybody's."""
    everyone = [name for names in world.partners.values() for name in names]
    names = everyone if told == "all" else [world.partners[sector][0]]
    return DESCRIBE[sector](desk_view(world, sector, (0,), names))


def test_every_deciding_sector_is_described() -> None:
    assert tuple(DESCRIBE) == tuple(DECIDING) == (BANK, *SECTORS)


def without_future(world: World, day: int) -> World:
    tables = {
        name: rows[rows["time"] < day * DAY] if "time" in rows else rows
        for name, rows in world.tables.items()
    }
    labels = world.labels[world.labels["known_at"] < day * DAY]
    return dataclasses.replace(world, tables=tables, labels=labels)


@pytest.mark.parametrize("sector", SECTORS)
def test_every_value_lies_within_its_public_bounds(reported: World, sector: str) -> None:
    table = features(reported, sector, "all")
    assert table.sector == sector
    assert set(table.names) == set(BOUNDS[sector])
    assert np.isfinite(table.values).all()
    low, high = table.bounds[:, 0], table.bounds[:, 1]
    assert (table.values >= low - 1e-5).all()
    assert (table.values <= high + 1e-5).all()


@pytest.mark.parametrize("sector", SECTORS)
def test_forgetting_the_future_changes_no_feature(reported: World, sector: str) -> None:
    """Cut every table and the reports at day 60: the rows of the days before stay the same."""
    whole = features(reported, sector, "all")
    before = features(without_future(reported, 60), sector, "all")
    rows = whole.time < 60 * DAY
    np.testing.assert_array_equal(whole.event[rows], before.event)
    for name, ours, theirs in zip(whole.names, whole.values[rows].T, before.values.T, strict=True):
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    for kind, codes in whole.entities.items():
        np.testing.assert_array_equal(codes[rows], before.entities[kind], err_msg=kind)


@pytest.mark.parametrize("sector", SECTORS)
def test_renaming_every_identifier_and_shuffling_registers_changes_no_feature(
    reported: World, sector: str
) -> None:
    ours, theirs = features(reported, sector, "all"), features(renamed(reported), sector, "all")
    np.testing.assert_array_equal(ours.event, theirs.event)
    for name, one, other in zip(ours.names, ours.values.T, theirs.values.T, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)
    np.testing.assert_array_equal(ours.labelled(60 * DAY), theirs.labelled(60 * DAY))


def renamed(world: World) -> World:
    """Give every entity another code; the rows keep theirs."""
    codes: dict[str, Codes] = {}

    def another(entity: str, values: np.ndarray) -> np.ndarray:
        codes.setdefault(entity, Codes(Seeds(1), entity))
        return codes[entity](values)

    tables = {}
    for name, rows in world.tables.items():
        table = TABLES[name]
        named = {
            column: another(each.entity, rows[column].to_numpy())
            for column, each in table.columns.items()
            if each.entity is not None and column != table.event
        }
        rows = rows.assign(**named)
        tables[name] = rows if "time" in rows else rows.sample(frac=1, random_state=4)
    value = world.labels["value"].to_numpy().copy()
    events = {table.event for table in TABLES.values()}
    for kind, entity in KIND_ENTITY.items():
        here = (world.labels["kind"] == kind).to_numpy()
        if entity not in events:
            value[here] = another(entity, value[here])
    return dataclasses.replace(world, tables=tables, labels=world.labels.assign(value=value))


@pytest.mark.parametrize("sector", ["webshop", "psp", "exchange"])
def test_a_report_labels_a_row_from_its_arrival_until_it_is_withdrawn(
    reported: World, sector: str
) -> None:
    table, kind = features(reported, sector), NAMED[sector][0]
    mine = reported.labels["partner"] == reported.partners[sector][0]
    own = reported.labels[mine & (reported.labels["kind"] == kind)]
    assert len(own) > 0
    assert not table.labelled(0).any()
    for day in (30, 60, reported.days):
        stands = (own["known_at"] <= day * DAY) & (own["withdrawn_at"] > day * DAY)
        assert set(table.event[table.labelled(day * DAY)]) == set(own.loc[stands, "value"])


def test_a_report_about_a_seller_labels_the_contacts_of_two_weeks_once_it_arrives(
    reported: World,
) -> None:
    table = features(reported, "marketplace")
    mine = reported.labels["partner"] == reported.partners["marketplace"][0]
    own = reported.labels[mine & (reported.labels["kind"] == "seller")]
    once = own[~own["value"].duplicated(keep=False) & (own["withdrawn_at"] > 2**40)]
    labelled = 0
    for report in once.head(50).itertuples():
        rows = table.entities["seller"] == report.value
        waited = report.known_at - table.time
        meant = rows & (waited >= 0) & (waited <= BEFORE_REPORT)
        labelled += meant.sum()
        assert (table.labelled(report.known_at) & rows == meant).all()
        assert not (table.labelled(report.known_at - 1) & rows).any()
    assert labelled > 50


@pytest.mark.parametrize("sector", SECTORS)
def test_a_partner_alone_knows_only_the_reports_that_reached_it(
    reported: World, sector: str
) -> None:
    elsewhere = reported.labels["partner"] != reported.partners[sector][0]
    deaf = dataclasses.replace(reported, labels=reported.labels[~elsewhere])
    ours, theirs = features(reported, sector), features(deaf, sector)
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_array_equal(ours.reports.row, theirs.reports.row)


@pytest.mark.parametrize("sector", SECTORS)
def test_pooled_rows_are_the_rows_of_all_partners_with_everything_known_together(
    reported: World, sector: str
) -> None:
    information = InformationSets(reported, Seeds(1))
    desks = tuple(desk for desk in information.desks if desk.sector == sector)
    everyone = reported.coalition("all")
    pooled = information.pooled(desks, everyone)
    alone = [information.own(desk) for desk in desks]
    assert pooled.names == alone[0].names
    assert set(pooled.event) == set(np.concatenate([table.event for table in alone]))
    assert len(pooled.reports.row) >= sum(len(table.reports.row) for table in alone)
    first = pooled.partner == 0
    np.testing.assert_array_equal(pooled.event[first], alone[0].event)


def labels(kind: str, value: int, known_at: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "partner": ["bank_a"],
            "case": [7],
            "form": ["purchase"],
            "kind": [kind],
            "value": [value],
            "known_at": [known_at],
            "withdrawn_at": [2**62],
        }
    )


def small(**tables: dict[str, list[float]]) -> Sources:
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    nothing = labels(PAYMENT, 0, 0).head(0)
    return Sources(World(partners={}, days=100, tables=frames, labels=nothing))


def told(sources: Sources, kind: str, value: int) -> set[tuple[str, int]]:
    found = linked_labels(sources, labels(kind, value, 5000))
    assert (found["known_at"] == 5000).all()
    return set(zip(found["kind"], found["value"], strict=True))


def test_a_reported_payment_names_what_it_paid_for_and_nothing_else() -> None:
    sources = small(
        payments={
            "payment": [1, 2, 3],
            "payer": [5, 6, 5],
            "amount_eur": [10.0, 10.0, 70.0],
            "time": [900, 900, 2000],
            "device": [7, 8, 7],
        },
        checkouts={
            "checkout": [11, 12, 13, 14],
            "account": [5, 5, 5, 6],
            "amount_eur": [10.0, 10.5, 10.0, 10.0],
            "time": [900, 900, 900 + 2 * DAY, 900],
            "device": [7, 7, 7, 8],
        },
        transfers={
            "transfer": [31, 32, 33],
            "account": [5, 5, -1],
            "amount_eur": [70.0, 70.0, 70.0],
            "time": [2030, 1970, 2030],
        },
    )
    assert told(sources, PAYMENT, 1) == {(PAYMENT, 1), ("checkout", 11)}
    assert told(sources, PAYMENT, 3) == {(PAYMENT, 3), ("transfer", 31)}
    assert told(sources, "checkout", 14) == {("checkout", 14), (PAYMENT, 2)}
    assert told(sources, "transfer", 31) == {("transfer", 31), (PAYMENT, 3)}
    assert told(sources, "transfer", 33) == {("transfer", 33)}


def test_a_reported_account_names_the_seller_who_gave_it_before_the_report() -> None:
    given = {
        "contact": [1, 2, 3, 4],
        "seller": [21, 22, 23, 21],
        "account": [8, 9, 8, 8],
        "time": [1000, 1000, 9000, 1100],
    }
    assert told(small(contacts=given), PAYEE, 8) == {(PAYEE, 8), ("seller", 21)}
