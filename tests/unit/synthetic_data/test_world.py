"""What an expert would check first in a world: rates, rhythm, leaks, labels, reproducibility."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from proeftuin.settings.study import Settings
from scenarios.base import Event, Phase
from synthetic_data.clock import DAY
from synthetic_data.journeys.collecting import OTHER_PHONE_SHARE
from synthetic_data.reports import PAYMENT
from synthetic_data.rows import CASH_OUT, SAVINGS_IN
from synthetic_data.schema import LABELS, TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.storing import write_world
from synthetic_data.world import Truth, World, generate
from tests.fixtures.frozen import frozen


def fraud_rows(world: World, truth: Truth) -> np.ndarray:
    transfers = truth.payments.loc[truth.payments["phase"] == Phase.TRANSFER, "payment"]
    return world.tables["payments"]["payment"].isin(transfers).to_numpy()


def test_same_seed_gives_the_same_bits(settings: Settings, seeds: Seeds, world: World) -> None:
    again, _ = generate(settings.world, settings.scenario, seeds.child("world"))
    assert again.tables.keys() == world.tables.keys()
    for name, rows in world.tables.items():
        pd.testing.assert_frame_equal(rows, again.tables[name], check_exact=True)
    pd.testing.assert_frame_equal(world.labels, again.labels)


def test_another_seed_gives_another_world(settings: Settings, world: World) -> None:
    other, _ = generate(settings.world, settings.scenario, Seeds(12))
    assert not np.array_equal(
        world.tables["payments"]["amount_eur"].head(500),
        other.tables["payments"]["amount_eur"].head(500),
    )


def test_ordinary_life_is_the_same_to_the_byte_when_fraud_is_switched_off(
    settings: Settings, seeds: Seeds, world: World, truth: Truth
) -> None:
    """Twin worlds: streams of fraud and of ordinary life are apart (leak check L29).

    The accounts of mules that banks freeze refuse some rows, and that is all.
    """
    calm = dataclasses.replace(settings.scenario, forms={})
    quiet, nothing = generate(settings.world, calm, seeds.child("world"))
    assert nothing.events.empty
    assert nothing.cases.empty
    for name, table in TABLES.items():
        if name not in world.tables or table.event is None:
            continue
        rows = world.tables[name]
        honest = rows[~rows[table.event].isin(truth.events["event"])].reset_index(drop=True)
        calm_rows = quiet.tables[name]
        kept = calm_rows[table.event].isin(honest[table.event])
        pd.testing.assert_frame_equal(
            honest, calm_rows[kept].reset_index(drop=True), check_exact=True
        )
        assert frozen(world, name, calm_rows[~kept]).all()


def test_prevalence_is_what_the_settings_ask(settings: Settings, truth: Truth) -> None:
    victims = truth.cases["succeeded"].sum()
    orientation = settings.scenario.forms["bank_helpdesk"].orientation
    asked = orientation.victims_per_1000_year * orientation.enrichment
    expected = asked / 1000 * truth.persons * truth.days / 365
    assert abs(victims - expected) < 4 * np.sqrt(expected)


def test_most_victims_are_old_as_the_police_report(settings: Settings, truth: Truth) -> None:
    victims = truth.cases[truth.cases["succeeded"]]
    share = (victims["age"] >= 70).mean()
    asked = settings.scenario.forms["bank_helpdesk"].orientation.share_70_plus
    assert abs(share - asked) < 4 * np.sqrt(asked * (1 - asked) / len(victims))


def test_three_in_four_victims_pay_while_on_the_phone(
    settings: Settings, world: World, truth: Truth
) -> None:
    """[S] more than 75 %; calls over the internet are not in the call records."""
    form = settings.scenario.forms["bank_helpdesk"]
    accounts = world.tables["accounts"].set_index("account")["phone"]
    paid = world.tables["payments"][fraud_rows(world, truth)]
    paid = paid.assign(phone=accounts.reindex(paid["payer"]).to_numpy()).reset_index()
    calls = world.tables["calls"].assign(
        end=world.tables["calls"]["time"] + world.tables["calls"]["duration_s"]
    )
    both = paid.merge(calls, left_on="phone", right_on="subscriber", suffixes=("", "_call"))
    during = both[(both["time_call"] < both["time"]) & (both["end"] >= both["time"])]
    share = during["payment"].nunique() / len(paid)
    call = next(step for step in form.steps() if step.event == Event.CALL)
    own_phone = 1 - OTHER_PHONE_SHARE
    assert share == pytest.approx(call.covers * (1 - call.hidden) * own_phone, abs=0.1)


def test_legitimate_payments_seldom_coincide_with_a_call(world: World, truth: Truth) -> None:
    """[D] 1 to 2 %: the base rate that decides what a line-busy signal is worth."""
    accounts = world.tables["accounts"].set_index("account")["phone"]
    paid = world.tables["payments"][~fraud_rows(world, truth)].iloc[::5]
    paid = paid.assign(phone=accounts.reindex(paid["payer"]).to_numpy()).reset_index()
    calls = world.tables["calls"].assign(
        end=world.tables["calls"]["time"] + world.tables["calls"]["duration_s"]
    )
    both = paid.merge(calls, left_on="phone", right_on="subscriber", suffixes=("", "_call"))
    during = both[(both["time_call"] < both["time"]) & (both["end"] >= both["time"])]
    assert 0.005 < during["payment"].nunique() / len(paid) < 0.03


@pytest.mark.parametrize("column", ["payment", "payer", "payee", "device"])
def test_identifiers_and_row_order_do_not_tell_fraud(
    world: World, truth: Truth, column: str
) -> None:
    """Leak checks L1 and L2: an identifier is a random code, a row's place is its time."""
    fraud = fraud_rows(world, truth)
    victims = world.tables["payments"].loc[fraud, "payer"].nunique()  # payments come in cases
    error = 4 * np.sqrt(1 / (12 * victims))
    assert abs(roc_auc_score(fraud, world.tables["payments"][column]) - 0.5) < max(error, 0.05)


def test_amounts_have_no_arithmetic_fingerprint(world: World, truth: Truth) -> None:
    """Leak check L8: cents of fraud look like cents of honest payments between private persons."""
    payments, accounts = world.tables["payments"], world.tables["accounts"]
    private = accounts.loc[accounts["age"] >= 0, "account"]
    between = payments["payer"].isin(private) & payments["payee"].isin(private)
    comparable = (between & (payments["amount_eur"] > 100)).to_numpy()
    whole = (payments["amount_eur"] % 50 == 0).to_numpy()
    fraud = fraud_rows(world, truth)
    ratio = whole[fraud & comparable].mean() / whole[~fraud & comparable].mean()
    assert 0.5 < ratio < 2
    seconds = world.tables["payments"]["time"].to_numpy() % 60
    assert abs(roc_auc_score(fraud, seconds) - 0.5) < 0.06


def test_no_simple_rule_isolates_fraud(world: World, truth: Truth) -> None:
    """Leak check L9: no leaf of a shallow tree on raw columns is (nearly) all fraud."""
    fraud = fraud_rows(world, truth)
    raw = world.tables["payments"][["amount_eur", "app"]].assign(
        hour=world.tables["payments"]["time"] % DAY // 3600
    )
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=20).fit(raw, fraud)
    assert tree.predict_proba(raw)[:, 1].max() < 0.9


def test_nobody_knows_a_report_before_the_crime(world: World, truth: Truth) -> None:
    labels = world.labels[world.labels["kind"] == PAYMENT]
    times = (
        world.tables["payments"].set_index("payment")["time"].reindex(labels["value"]).to_numpy()
    )
    assert (labels["known_at"].to_numpy() > times).all()


def test_many_frauds_are_reported_late_or_never(world: World, truth: Truth) -> None:
    transfers = truth.payments[truth.payments["phase"] == Phase.TRANSFER]
    known = world.labels[world.labels["partner"].isin(world.partners["bank"])]
    told = transfers["payment"].isin(known.loc[known["kind"] == PAYMENT, "value"])
    assert 0.5 < told.mean() < 0.95


def test_no_account_pays_or_is_paid_before_it_opens(world: World) -> None:
    opened = world.tables["accounts"].set_index("account")["opened_day"]
    for side in ("payer", "payee"):
        first = opened.reindex(world.tables["payments"][side]).to_numpy() * DAY
        assert (world.tables["payments"]["time"].to_numpy() >= first).all()


def test_fraud_accounts_also_live_an_ordinary_life(world: World, truth: Truth) -> None:
    """Leak check L4: mules and victims are people of the world, not extras."""
    fraud = fraud_rows(world, truth)
    staged = world.tables["payments"]["payment"].isin(truth.payments["payment"])
    ordinary = world.tables["payments"][~staged]
    mules = world.tables["payments"].loc[fraud, "payee"].unique()
    assert np.isin(mules, ordinary[["payer", "payee"]].to_numpy()).mean() > 0.9


def test_balances_reconcile_with_what_went_in_and_out(world: World) -> None:
    payments, actions = world.tables["payments"], world.tables["actions"]
    accounts = world.tables["accounts"].set_index("account")
    last = world.tables["statements"].sort_values("day").groupby("account").last()
    end = (last["day"].max() + 1) * DAY

    def cents(rows: pd.DataFrame, by: str) -> pd.Series:
        rows = rows[rows["time"] < end]
        total = (rows["amount_eur"] * 100).round().astype("int64").groupby(rows[by]).sum()
        return total.reindex(last.index, fill_value=0)

    kind = actions["kind"]
    expected = (
        (accounts["opening_eur"].reindex(last.index) * 100).round().astype("int64")
        + cents(payments, "payee")
        - cents(payments, "payer")
        + cents(actions[kind == SAVINGS_IN], "account")
        - cents(actions[kind == CASH_OUT], "account")
    )
    assert ((last["balance_eur"] * 100).round().astype("int64") == expected).all()


def test_written_files_hold_what_a_world_in_memory_holds(
    settings: Settings, seeds: Seeds, world: World, tmp_path: Path
) -> None:
    written = write_world(settings.world, settings.scenario, seeds.child("world"), tmp_path)
    assert written.rows == sum(len(rows) for rows in world.tables.values())
    for index, bank in enumerate(world.partners["bank"]):
        rows = world.tables["payments"]
        mine = rows[(rows["payer_bank"] == index) | (rows["payee_bank"] == index)]
        stored = pd.read_parquet(tmp_path / bank / "payments")
        pd.testing.assert_frame_equal(stored, mine.reset_index(drop=True), check_exact=True)


def test_every_partner_stores_the_documented_columns_and_nothing_else(
    settings: Settings, seeds: Seeds, tmp_path: Path
) -> None:
    write_world(settings.world, settings.scenario, seeds.child("world"), tmp_path)
    for sector in settings.world.market.present:
        for partner in settings.world.market.partners(sector):
            for place in (tmp_path / partner).iterdir():
                names = TABLES[place.name].columns if place.name in TABLES else LABELS
                assert pq.read_schema(next(place.iterdir())).names == list(names)


def test_no_row_comes_after_a_later_one(settings: Settings, seeds: Seeds) -> None:
    """Leak check L2: a chunk holds everything of its time, journeys of past months included.

    Chunks are so short that in some of them nothing happens in a table.
    """
    finer = dataclasses.replace(settings.world, days=42, events_per_chunk=1_000)
    world, _ = generate(finer, settings.scenario, seeds.child("world"))
    for name, rows in world.tables.items():
        if "time" in rows:
            assert rows["time"].is_monotonic_increasing, name


def test_memory_does_not_depend_on_chunks_but_totals_do_not_either(
    settings: Settings, seeds: Seeds, world: World
) -> None:
    """Chunks decide memory, not meaning: the law of the world stays the same."""
    finer = dataclasses.replace(settings.world, events_per_chunk=20_000)
    other, _ = generate(finer, settings.scenario, seeds.child("world"))
    for name in ("payments", "calls", "orders"):
        if name in world.tables:
            size = len(world.tables[name])
            assert len(other.tables[name]) == pytest.approx(size, abs=6 * np.sqrt(size))


def test_nobody_calls_or_befriends_oneself(world: World) -> None:
    calls, payments = world.tables["calls"], world.tables["payments"]
    assert (calls["subscriber"] != calls["number"]).all()
    assert (payments["payer"] != payments["payee"]).all()
