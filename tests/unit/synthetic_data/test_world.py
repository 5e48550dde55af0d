"""What an expert would check first in a world: rates, rhythm, leaks, labels, reproducibility."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from proeftuin.settings import Settings
from scenarios.base import Phase
from synthetic_data.ledger import CallIntents, write_calls
from synthetic_data.population import DAY
from synthetic_data.reports import PAYMENT
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate

TABLES = ("payments", "accounts", "actions", "calls", "subscribers", "labels")


def fraud_rows(world: World, truth: Truth) -> np.ndarray:
    transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    return world.payments["payment"].isin(transfers).to_numpy()


def test_same_seed_gives_the_same_bits(settings: Settings, seeds: Seeds, world: World) -> None:
    again, _ = generate(settings.world, settings.scenario, seeds.child("world"))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(world, name), getattr(again, name), check_exact=True)


def test_another_seed_gives_another_world(settings: Settings, world: World) -> None:
    other, _ = generate(settings.world, settings.scenario, Seeds(12))
    assert not np.array_equal(
        world.payments["amount_eur"].head(500), other.payments["amount_eur"].head(500)
    )


def test_ordinary_life_does_not_change_when_fraud_does(settings: Settings, seeds: Seeds) -> None:
    """Twin worlds: streams of fraud and of ordinary life are apart (leak check L29)."""
    fewer = dataclasses.replace(
        settings.scenario,
        orientation=dataclasses.replace(settings.scenario.orientation, victims_per_1000_year=20.0),
    )
    _, truth_a = generate(settings.world, settings.scenario, seeds.child("world"))
    world_a, _ = generate(settings.world, settings.scenario, seeds.child("world"))
    world_b, truth_b = generate(settings.world, fewer, seeds.child("world"))

    def honest(world: World, truth: Truth) -> pd.DataFrame:
        rows = world.payments[~world.payments["payment"].isin(truth.payments["payment"])]
        return rows[["time", "payer", "payee"]].sort_values(["time", "payer"], ignore_index=True)

    pd.testing.assert_frame_equal(honest(world_a, truth_a), honest(world_b, truth_b))


def test_prevalence_is_what_the_settings_ask(settings: Settings, truth: Truth) -> None:
    victims = truth.cases["succeeded"].sum()
    asked = settings.scenario.orientation.victims_per_1000_year
    expected = asked / 1000 * truth.persons * truth.days / 365
    assert abs(victims - expected) < 4 * np.sqrt(expected)


def test_most_victims_are_old_as_the_police_report(settings: Settings, truth: Truth) -> None:
    victims = truth.cases[truth.cases["succeeded"]]
    share = (victims["age"] >= 70).mean()
    asked = settings.scenario.orientation.share_70_plus
    assert abs(share - asked) < 4 * np.sqrt(asked * (1 - asked) / len(victims))


def test_three_in_four_victims_pay_while_on_the_phone(
    settings: Settings, world: World, truth: Truth
) -> None:
    """[S] more than 75 %; calls over the internet are not in the call records."""
    accounts = world.accounts.set_index("account")["phone"]
    paid = world.payments[fraud_rows(world, truth)]
    paid = paid.assign(phone=accounts.reindex(paid["payer"]).to_numpy()).reset_index()
    calls = world.calls.assign(end=world.calls["time"] + world.calls["duration_s"])
    both = paid.merge(calls, left_on="phone", right_on="subscriber", suffixes=("", "_call"))
    during = both[(both["time_call"] < both["time"]) & (both["end"] >= both["time"])]
    share = during["payment"].nunique() / len(paid)
    seen = 1 - settings.scenario.contact.internet_call_share
    assert share == pytest.approx(settings.scenario.transfer.in_call_share * seen, abs=0.1)


def test_legitimate_payments_seldom_coincide_with_a_call(world: World, truth: Truth) -> None:
    """[D] 1 to 2 %: the base rate that decides what a line-busy signal is worth."""
    accounts = world.accounts.set_index("account")["phone"]
    paid = world.payments[~fraud_rows(world, truth)].iloc[::5]
    paid = paid.assign(phone=accounts.reindex(paid["payer"]).to_numpy()).reset_index()
    calls = world.calls.assign(end=world.calls["time"] + world.calls["duration_s"])
    both = paid.merge(calls, left_on="phone", right_on="subscriber", suffixes=("", "_call"))
    during = both[(both["time_call"] < both["time"]) & (both["end"] >= both["time"])]
    assert 0.005 < during["payment"].nunique() / len(paid) < 0.03


@pytest.mark.parametrize("column", ["payment", "payer", "payee", "device"])
def test_identifiers_and_row_order_do_not_tell_fraud(
    world: World, truth: Truth, column: str
) -> None:
    """Leak checks L1 and L2: an identifier is a random code, a row's place is its time."""
    fraud = fraud_rows(world, truth)
    error = 4 * np.sqrt(1 / (12 * fraud.sum()))
    assert abs(roc_auc_score(fraud, world.payments[column]) - 0.5) < max(error, 0.05)


def test_amounts_have_no_arithmetic_fingerprint(world: World, truth: Truth) -> None:
    """Leak check L8: cents of fraud look like cents of comparable honest payments."""
    fraud = fraud_rows(world, truth)
    large = world.payments["amount_eur"].to_numpy() > 100
    whole = (world.payments["amount_eur"] % 50 == 0).to_numpy()
    assert whole[fraud & large].mean() < 3 * whole[~fraud & large].mean()
    seconds = world.payments["time"].to_numpy() % 60
    assert abs(roc_auc_score(fraud, seconds) - 0.5) < 0.06


def test_no_simple_rule_isolates_fraud(world: World, truth: Truth) -> None:
    """Leak check L9: no leaf of a shallow tree on raw columns is (nearly) all fraud."""
    fraud = fraud_rows(world, truth)
    raw = world.payments[["amount_eur", "app"]].assign(hour=world.payments["time"] % DAY // 3600)
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=20).fit(raw, fraud)
    assert tree.predict_proba(raw)[:, 1].max() < 0.9


def test_nobody_knows_a_report_before_the_crime(world: World, truth: Truth) -> None:
    labels = world.labels[world.labels["kind"] == PAYMENT]
    times = world.payments.set_index("payment")["time"].reindex(labels["value"]).to_numpy()
    assert (labels["known_at"].to_numpy() > times).all()


def test_many_frauds_are_reported_late_or_never(world: World, truth: Truth) -> None:
    transfers = truth.payments[truth.payments["phase"] == Phase.TRANSFER]
    known = world.labels[world.labels["partner"].isin(world.banks)]
    told = transfers["payment"].isin(known.loc[known["kind"] == PAYMENT, "value"])
    assert 0.5 < told.mean() < 0.95


def test_no_account_pays_or_is_paid_before_it_opens(world: World) -> None:
    opened = world.accounts.set_index("account")["opened_day"]
    for side in ("payer", "payee"):
        first = opened.reindex(world.payments[side]).to_numpy() * DAY
        assert (world.payments["time"].to_numpy() >= first).all()


def test_fraud_accounts_also_live_an_ordinary_life(world: World, truth: Truth) -> None:
    """Leak check L4: mules and victims are people of the world, not extras."""
    fraud = fraud_rows(world, truth)
    staged = world.payments["payment"].isin(truth.payments["payment"])
    ordinary = world.payments[~staged]
    mules = world.payments.loc[fraud, "payee"].unique()
    assert np.isin(mules, ordinary[["payer", "payee"]].to_numpy()).mean() > 0.9


def test_a_busy_subscriber_takes_no_second_call() -> None:
    day = np.array([0, 50, 200, 90], dtype=np.int64)
    intents = CallIntents(
        time=day,
        subscriber=np.array([1, 1, 1, 2]),
        number=np.array([7, 8, 9, 7]),
        duration_s=np.array([100, 30, 10, 5]),
        incoming=np.zeros(4, dtype=np.int64),
        case=np.full(4, -1),
    )
    written = write_calls(intents, days=1)
    assert written["number"].tolist() == [7, 9, 7]
