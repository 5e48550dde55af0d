"""Features know neither the future nor the meaning of an identifier."""

import dataclasses

import numpy as np
import pandas as pd

from proeftuin.features.bank import BOUNDS, NEVER, FeatureTable, bank_features
from proeftuin.features.telecom import CallBook, call_features
from proeftuin.views import bank_view
from synthetic_data.population import DAY
from synthetic_data.reports import CALLER, PAYEE, PAYMENT
from synthetic_data.seeds import Seeds
from synthetic_data.world import World

BANK = 2


def features(world: World) -> FeatureTable:
    return bank_features(bank_view(world, (BANK,), name="bank_c", with_police=False))


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
    cut = dataclasses.replace(
        world,
        payments=world.payments[world.payments["time"] < day],
        actions=world.actions[world.actions["time"] < day],
        labels=world.labels[world.labels["known_at"] < day],
    )
    whole, before = features(world), features(cut)
    rows = whole.time < day
    np.testing.assert_array_equal(whole.payment[rows], before.payment)
    np.testing.assert_array_equal(whole.values[rows], before.values)


def test_renaming_every_identifier_and_shuffling_accounts_changes_no_feature(world: World) -> None:
    rng = Seeds(1).rng("rename")

    def renamed(size: int) -> np.ndarray:
        return rng.permutation(size)

    size = 2 + max(int(world.payments[c].max()) for c in ("payment", "payer", "payee", "device"))
    account, payment, device, phone = (renamed(size) for _ in range(4))
    value = world.labels["value"].to_numpy()
    kind = world.labels["kind"].to_numpy()
    other = dataclasses.replace(
        world,
        payments=world.payments.assign(
            payment=payment[world.payments["payment"]],
            payer=account[world.payments["payer"]],
            payee=account[world.payments["payee"]],
            device=device[world.payments["device"]],
        ),
        accounts=world.accounts.assign(account=account[world.accounts["account"]]).sample(
            frac=1, random_state=4
        ),
        actions=world.actions.assign(account=account[world.actions["account"]]),
        labels=world.labels.assign(
            value=np.select(
                [kind == PAYMENT, kind == PAYEE, kind == CALLER],
                [payment[value % size], account[value % size], phone[value % size]],
            )
        ),
    )
    ours, theirs = features(world), features(other)
    np.testing.assert_array_equal(payment[ours.payment], theirs.payment)
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_array_equal(ours.known_at, theirs.known_at)


def test_labels_are_known_when_reported_and_not_otherwise(world: World) -> None:
    table = features(world)
    reports = world.labels[
        (world.labels["partner"] == "bank_c") & (world.labels["kind"] == PAYMENT)
    ]
    known = pd.Series(table.known_at, index=table.payment)
    assert (known != NEVER).sum() == reports["value"].nunique()
    assert (known.reindex(reports["value"]).to_numpy() <= reports["known_at"].to_numpy()).all()


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
    labels = pd.DataFrame({"kind": [CALLER], "value": [8], "known_at": [200_100]})
    when = np.array([999, 1300, 90_300, 200_050, 200_300])
    seen = call_features(CallBook(calls), labels, np.full(5, 4), when, unknown_days=90)
    assert seen["in_call"].tolist() == [0, 1, 1, 1, 1]
    assert seen["in_unknown_call"].tolist() == [0, 1, 0, 1, 1]
    assert seen["caller_reported"].tolist() == [0, 0, 0, 0, 1]
