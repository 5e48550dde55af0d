"""Whole studies on small worlds: what a run leaves behind, and why its figures may be trusted."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from proeftuin.metrics import ALL, COLUMNS, METRICS
from proeftuin.privacy.accounting import guarantee
from proeftuin.privacy.ledger import Ledger
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study import run as study
from proeftuin.study.arm import run_arm
from proeftuin.study.record import RunRecord
from synthetic_data.clock import DAY
from synthetic_data.codes import Codes
from synthetic_data.reports import CALLER, PAYEE, PAYMENT
from synthetic_data.schema import TABLES
from synthetic_data.seeds import Seeds
from synthetic_data.world import Truth, World, generate

pytestmark = pytest.mark.slow
Prepare = Callable[..., tuple[Settings, RunRecord]]
CLOCK = "seconds"


@pytest.fixture(scope="module")
def finished(prepared: Prepare, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    settings, record = prepared(tmp_path_factory.mktemp("finished"))
    return settings, study.run_study(settings, record)


def outcomes(folder: Path) -> pd.DataFrame:
    rows = pd.read_parquet(folder / "outcomes.parquet")
    return rows[rows["metric"] != CLOCK].reset_index(drop=True)


def test_the_table_of_outcomes_is_complete(finished: tuple[Settings, Path]) -> None:
    settings, folder = finished
    rows = pd.read_parquet(folder / "outcomes.parquet")
    assert tuple(rows.columns) == COLUMNS
    assert set(rows["arm"]) == set(settings.arms)
    assert set(rows["seed"]) == {0, 1}
    assert set(rows["partner"]) == {*settings.world.market.bank, ALL}
    assert set(rows["metric"]) == set(METRICS)
    assert set(rows["fraud_form"]) == {*settings.scenario.forms, ALL}
    assert not rows.duplicated(["arm", "seed", "partner", "fraud_form", "metric"]).any()


def test_only_private_arms_claim_an_epsilon_and_it_is_within_budget(
    finished: tuple[Settings, Path],
) -> None:
    settings, folder = finished
    rows = outcomes(folder)
    epsilon = rows[rows["metric"] == "epsilon"].dropna(subset="value")
    assert set(epsilon["arm"]) == {"federated_dp"}
    assert epsilon["value"].max() <= settings.arms["federated_dp"].privacy.epsilon
    private = json.loads((folder / "privacy.json").read_text())
    assert len(private) == 2 * len(settings.world.market.bank)


def test_the_epsilon_reported_follows_from_the_ledger_on_disk_alone(
    finished: tuple[Settings, Path],
) -> None:
    settings, folder = finished
    place = folder / "arms" / "federated_dp" / "seed-0"
    reported = json.loads((place / "privacy.json").read_text())
    ledgers = json.loads((place / "ledgers.json").read_text())
    delta = settings.arms["federated_dp"].privacy.delta
    assert delta is not None
    noisy = [ledger for ledger in ledgers if ledger["neighbouring"] != "none"]
    assert 0 < len(noisy) < len(ledgers)  # what today's practice tells in clear is booked as well
    again = [guarantee(Ledger.from_dict(ledger), delta).epsilon for ledger in noisy]
    assert again == [each["epsilon"] for each in reported]


def test_silo_shares_nothing_and_the_centre_everything(finished: tuple[Settings, Path]) -> None:
    settings, folder = finished
    rows = outcomes(folder)
    rows = rows[rows["fraud_form"] == ALL]
    together = rows[rows["partner"] == ALL].groupby(["arm", "metric"])["value"].mean()
    assert together["silo", "persons_disclosed"] == 0
    assert together["silo", "bytes_moved"] == 0
    assert together["centre", "persons_disclosed"] == settings.world.population.persons
    assert together["federated", "persons_disclosed"] == 0
    assert together["federated", "bytes_moved"] > 0
    some, everyone = together["line_busy", "persons_disclosed"], settings.world.population.persons
    assert 0 < some < everyone


def test_arms_are_judged_on_the_same_payments(finished: tuple[Settings, Path]) -> None:
    _, folder = finished
    rows = outcomes(folder)
    for metric in ("loss_eur", "victims", "recall_ceiling"):
        per_world = rows[rows["metric"] == metric].groupby(["seed", "partner", "fraud_form"])[
            "value"
        ]
        assert (per_world.nunique(dropna=False) == 1).all()


def test_running_again_repeats_nothing(
    finished: tuple[Settings, Path], prepared: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, folder = finished
    before = outcomes(folder)

    def refuse(*_: object) -> None:
        raise AssertionError("a finished arm was run again")

    monkeypatch.setattr(study, "_run_world", refuse)
    record = prepared(folder.parents[1])[1]
    assert study.run_study(settings, record) == folder
    pd.testing.assert_frame_equal(before, outcomes(folder))


def test_a_killed_run_resumes_to_the_very_same_figures(
    finished: tuple[Settings, Path], prepared: Prepare, tmp_path: Path
) -> None:
    """Also: the same seed gives the same bits, whatever the number of jobs."""
    _, folder = finished
    settings, record = prepared(tmp_path, "jobs=1")
    record.write()
    names = list(settings.arms)
    study._run_world(settings, record.folder, 0, names[:2])
    unfinished = record.folder / "arms" / names[2] / ".seed-0.part"
    unfinished.mkdir(parents=True)
    (unfinished / "outcomes.parquet").write_text("half a file")
    again = study.run_study(settings, record)
    pd.testing.assert_frame_equal(outcomes(folder), outcomes(again), check_exact=True)


@pytest.fixture(scope="module")
def small(prepared: Prepare, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings, _ = prepared(tmp_path_factory.mktemp("small"))
    return settings


@pytest.fixture(scope="module")
def generated(small: Settings) -> tuple[World, Truth]:
    return generate(small.world, small.scenario, Seeds(21).child("world"))


def measured(settings: Settings, arm: str, world: World, truth: Truth) -> pd.Series:
    result = run_arm(
        settings.arms[arm], settings, InformationSets(world, Seeds(21)), truth, Seeds(22)
    )
    rows = result.outcomes[result.outcomes["metric"] != CLOCK]
    return rows.set_index(["partner", "fraud_form", "metric"])["value"]


def test_kept_scores_give_the_average_precision_of_every_bank(
    small: Settings, generated: tuple[World, Truth]
) -> None:
    keeping = dataclasses.replace(small.evaluation, keep_scores=True)
    settings, (world, truth) = dataclasses.replace(small, evaluation=keeping), generated
    information = InformationSets(world, Seeds(21))
    result = run_arm(settings.arms["silo"], settings, information, truth, Seeds(22))
    assert result.scores is not None
    told = result.outcomes[result.outcomes["metric"] == "average_precision"]
    for bank, rows in result.scores.dropna(subset="fraud").groupby("partner"):
        expected = average_precision_score(rows["fraud"].astype(bool), rows["score"])
        assert told.set_index("partner")["value"][bank] == pytest.approx(expected)


@pytest.mark.parametrize("arm", ["silo", "line_busy", "federated", "centre"])
def test_renaming_identifiers_and_shuffling_rows_changes_no_outcome(
    small: Settings, generated: tuple[World, Truth], arm: str
) -> None:
    world, truth = generated
    renamed_world, renamed_truth = renamed(world, truth)
    pd.testing.assert_series_equal(
        measured(small, arm, world, truth),
        measured(small, arm, renamed_world, renamed_truth),
        check_exact=True,
    )


def test_labels_moved_into_the_future_change_training(
    small: Settings, generated: tuple[World, Truth]
) -> None:
    """No peeking: reports after the end are as good as none, and late ones find less (L20)."""
    world, truth = generated

    def with_labels(labels: pd.DataFrame) -> pd.Series:
        return measured(small, "silo", dataclasses.replace(world, labels=labels), truth)

    def later(days: int) -> pd.DataFrame:
        return world.labels.assign(known_at=world.labels["known_at"] + days * DAY)

    pd.testing.assert_series_equal(
        with_labels(later(world.days)), with_labels(world.labels.iloc[:0]), check_exact=True
    )
    name = (ALL, ALL, "average_precision")
    # of the 70 days whose frauds could be reported in time, 6 are left
    assert with_labels(later(64))[name] < with_labels(world.labels)[name]


def test_shuffled_labels_find_nothing(small: Settings, generated: tuple[World, Truth]) -> None:
    """Guards the yardstick: labels on random payments give a detector no better than chance."""
    world, truth = generated
    rng = Seeds(4).rng("shuffle")
    payments = world.labels["kind"] == PAYMENT
    anywhere = rng.choice(world.tables["payments"]["payment"].to_numpy(), int(payments.sum()))
    value = world.labels["value"].to_numpy().copy()
    value[payments] = anywhere
    value[~payments] = -1
    senseless = dataclasses.replace(
        world, labels=world.labels[payments].assign(value=value[payments])
    )
    found = measured(small, "silo", senseless, truth)
    assert found[ALL, ALL, "recall_at_budget"] < 0.15


def renamed(world: World, truth: Truth) -> tuple[World, Truth]:
    """Give every account, device and phone another code and shuffle all rows."""
    seeds, rng = Seeds(2), Seeds(2).rng("shuffle")
    codes = {entity: Codes(seeds, entity) for entity in ("account", "device", "phone")}

    def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.iloc[rng.permutation(len(rows))].reset_index(drop=True)

    def changed(table: str, rows: pd.DataFrame) -> pd.DataFrame:
        entities = {
            name: codes[column.entity]
            for name, column in TABLES[table].columns.items()
            if column.entity in codes
        }
        return rows.assign(**{name: code(rows[name].to_numpy()) for name, code in entities.items()})

    kind, value = world.labels["kind"].to_numpy(), world.labels["value"].to_numpy()
    value = np.select(
        [kind == PAYEE, kind == CALLER], [codes["account"](value), codes["phone"](value)], value
    )
    other = dataclasses.replace(
        world,
        tables={table: shuffled(changed(table, rows)) for table, rows in world.tables.items()},
        labels=shuffled(world.labels.assign(value=value)),
    )
    entity, code = truth.links["entity"].to_numpy(), truth.links["code"].to_numpy()
    known = {kind: codes[kind](code) for kind in codes}
    code = np.select([entity == kind for kind in codes], [*known.values()], code)
    callers = {
        name: codes["phone"](truth.calls[name].to_numpy()) for name in ("subscriber", "number")
    }
    return other, dataclasses.replace(
        truth, links=truth.links.assign(code=code), calls=truth.calls.assign(**callers)
    )
