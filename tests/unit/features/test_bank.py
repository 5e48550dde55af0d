"""Features know neither the future nor the meaning of an identifier."""

import dataclasses

import numpy as np
import pandas as pd

from proeftuin.features.bank import BOUNDS, bank_features
from proeftuin.features.table import FeatureTable
from proeftuin.features.telecom import CallBook, call_features
from proeftuin.features.views import desk_view
from synthetic_data.clock import DAY
from synthetic_data.codes import Codes
from synthetic_data.reports import CALLER, NEVER, PAYEE, PAYMENT
from synthetic_data.seeds import Seeds
from synthetic_data.world import World

BANK = 2


def features(world: World) -> FeatureTable:
    return bank_features(desk_view(world, "bank", (BANK,), ("bank_c",)))


def test_every_value_lies_within_its_public_bounds(world: World) -> None:
    table = features(world)
    assert set(table.names) == set(BOUNDS)
    assert np.isfinite(table.values).all()
    low, high = table.bounds[:, 0], table.bounds[:, 1]
    assert (table.values >= low - 1e-5).all()
    assert (table.values <= high + 1e-5).all()


def test_forgetting_the_future_changes_no_feature(world: World) -> None:
    """Cut every table at day 60: the features of the days before stay the same."""
    day = 60 * DAY
    earlier = {
        name: rows[rows["time"] < day] if "time" in rows else rows
        for name, rows in world.tables.items()
    }
    labels = world.labels[world.labels["known_at"] < day]
    cut = dataclasses.replace(world, tables=earlier, labels=labels)
    whole, before = features(world), features(cut)
    rows = whole.time < day
    np.testing.assert_array_equal(whole.event[rows], before.event)
    np.testing.assert_array_equal(whole.values[rows], before.values)


def test_renaming_every_identifier_and_shuffling_accounts_changes_no_feature(world: World) -> None:
    kinds = ("account", "device", "network", "phone")
    account, device, network, phone = (Codes(Seeds(1), kind) for kind in kinds)
    payments, accounts, actions = (world.tables[t] for t in ("payments", "accounts", "actions"))
    value, kind = world.labels["value"].to_numpy(), world.labels["kind"].to_numpy()
    tables = {
        "payments": payments.assign(
            payer=account(payments["payer"].to_numpy()),
            payee=account(payments["payee"].to_numpy()),
            device=device(payments["device"].to_numpy()),
            network=network(payments["network"].to_numpy()),
        ),
        "accounts": accounts.assign(account=account(accounts["account"].to_numpy())).sample(
            frac=1, random_state=4
        ),
        "actions": actions.assign(account=account(actions["account"].to_numpy())),
    }
    labels = world.labels.assign(
        value=np.select([kind == PAYEE, kind == CALLER], [account(value), phone(value)], value)
    )
    other = dataclasses.replace(world, tables={**world.tables, **tables}, labels=labels)
    ours, theirs = features(world), features(other)
    np.testing.assert_array_equal(ours.event, theirs.event)
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_array_equal(ours.labelled(60 * DAY), theirs.labelled(60 * DAY))


def test_a_report_labels_a_payment_from_its_arrival_until_it_is_withdrawn(world: World) -> None:
    table = features(world)
    own = world.labels[(world.labels["partner"] == "bank_c") & (world.labels["kind"] == PAYMENT)]
    assert len(table.reports.row) == len(own)
    assert not table.labelled(0).any()
    end = table.labelled(world.days * DAY)
    standing = own[own["withdrawn_at"] > world.days * DAY]
    assert set(table.event[end]) == set(standing["value"])
    report = own[own["withdrawn_at"] < NEVER].iloc[0]
    row = np.flatnonzero(table.event == report["value"])[0]
    assert table.labelled(int(report["withdrawn_at"]) - 1)[row]


def test_a_network_is_new_once_for_every_payer_and_counts_those_who_came_lately(
    world: World,
) -> None:
    payments = world.tables["payments"]
    own = payments[(payments["payer_bank"] == BANK) & payments["payer"].isin(_private(world))]
    payer = own["payer"].drop_duplicates().to_numpy()[:4]
    time = np.array([0, 2, 3, 3, 9, 10, 20]) * DAY
    rows = own.head(len(time)).assign(
        time=time, payer=payer[[0, 0, 1, 2, 0, 3, 3]], network=[5, 5, 5, 5, 5, 5, 6]
    )
    table = features(dataclasses.replace(world, tables={**world.tables, "payments": rows}))
    columns = dict(zip(table.names, table.values.T, strict=True))
    np.testing.assert_array_equal(columns["network_new"], [1, 0, 1, 1, 0, 1, 1])
    lately = np.expm1(columns["log_network_new_payers_7d"])
    np.testing.assert_allclose(lately, [0, 1, 1, 1, 2, 2, 0], atol=1e-5)


def _private(world: World) -> pd.Series:
    accounts = world.tables["accounts"]
    return accounts.loc[accounts["age"] >= 0, "account"]


def test_call_features_see_the_call_in_progress_and_no_later_one() -> None:
    calls = pd.DataFrame(
        {
            "time": [1000, 90_000, 200_000],
            "subscriber": [4, 4, 4],
            "number": [9, 9, 8],
            "duration_s": [600, 600, 600],
            "incoming": [1, 1, 1],
        }
    )
    labels = pd.DataFrame(
        {
            "case": [1],
            "kind": [CALLER],
            "value": [8],
            "known_at": [200_100],
            "withdrawn_at": [NEVER],
        }
    )
    when = np.array([999, 1300, 90_300, 200_050, 200_300])
    seen = call_features(CallBook(calls), labels, np.full(5, 4), when, unknown_days=90)
    assert seen["in_call"].tolist() == [0, 1, 1, 1, 1]
    assert seen["in_unknown_call"].tolist() == [0, 1, 0, 1, 1]
    assert seen["caller_reported"].tolist() == [0, 0, 0, 0, 1]


def test_a_call_that_lasts_is_seen_through_a_text_and_a_short_call_during_it() -> None:
    calls = pd.DataFrame(
        {
            "time": [1000, 1200, 1300],
            "subscriber": [4, 4, 4],
            "number": [9, 7, 8],
            "duration_s": [3000, 0, 30],
            "incoming": [1, 1, 1],
        }
    )
    book = CallBook(calls)
    assert book.number[book.in_progress(np.array([4]), np.array([2000]))].tolist() == [9]
    assert book.in_progress(np.array([4]), np.array([5000])).tolist() == [-1]
