"""A study's tables come out of one door, each under the name of its file."""

import dataclasses

import pandas as pd
import pytest

from proeftuin.metrics import COLUMNS
from proeftuin.outcomes.tables import study_tables
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings

ALWAYS = {"outcomes.parquet", "comparisons.parquet"}


def outcomes(settings: Settings) -> pd.DataFrame:
    """Every arm stops half of the loss in every world."""
    rows = [
        (arm, seed, "all", "all", "stopped_share", 0.5)
        for arm in settings.arms
        for seed in range(settings.repetitions)
    ]
    return pd.DataFrame(rows, columns=["arm", "seed", "partner", "fraud_form", "metric", "value"])


def coalitions() -> pd.DataFrame:
    rows = [
        ("chain", "sectors", seed, name, "all", "stopped_share", value, 1)
        for seed in range(3)
        for name, value in (("", 0.2), ("bank", 0.3), ("police", 0.2), ("bank+police", 0.3))
    ]
    columns = ["arm", "players", "seed", "coalition", "fraud_form", "metric", "value", "fields"]
    return pd.DataFrame(rows, columns=columns)


def test_outcomes_carry_the_study_and_are_compared_with_the_baseline() -> None:
    settings = settings_for(["study=demo"])
    tables = study_tables(outcomes(settings), None, settings)
    assert set(tables) == ALWAYS
    table, compared = tables["outcomes.parquet"], tables["comparisons.parquet"]
    assert isinstance(table, pd.DataFrame)
    assert isinstance(compared, pd.DataFrame)
    assert list(table.columns) == list(COLUMNS)
    assert set(table["study"]) == {"demo"}
    others = set(settings.arms) - {settings.study.baseline}
    assert set(compared["arm"]) == others


def test_gains_are_shared_out_where_coalitions_were_valued() -> None:
    settings = settings_for(["study=demo"])
    tables = study_tables(outcomes(settings), coalitions(), settings)
    assert set(tables) - ALWAYS == {"coalitions.parquet", "contributions.parquet", "smallest.json"}
    found = tables["contributions.parquet"]
    assert isinstance(found, pd.DataFrame)
    assert found.set_index("player")["part"].to_dict() == pytest.approx({"bank": 0.1, "police": 0})


def test_a_centre_is_explained_where_its_kinds_of_facts_were_valued() -> None:
    settings = settings_for(["study=centre_explained"])
    names = ("", "calls", "rows", "calls+rows")
    games = coalitions().assign(arm="centre", players="facts")
    games["coalition"] = games["coalition"].map(
        dict(zip(("", "bank", "police", "bank+police"), names, strict=True))
    )
    told = study_tables(outcomes(settings), games, settings)["explained.parquet"]
    assert isinstance(told, pd.DataFrame)
    assert told.set_index("kind")["alone"].to_dict() == pytest.approx({"calls": 0.1, "rows": 0})


def test_channels_are_told_apart_only_with_an_arm_for_all_eight() -> None:
    settings = settings_for(["study=value_of_sharing"])
    assert "decomposition.parquet" in study_tables(outcomes(settings), None, settings)
    seven = {name: arm for name, arm in settings.arms.items() if name != "federated"}
    fewer = dataclasses.replace(settings, arms=seven)
    assert "decomposition.parquet" not in study_tables(outcomes(fewer), None, fewer)


def test_a_sweep_has_its_budgets_judged() -> None:
    settings = settings_for(["study=tune", "tune.budgets=[8]"])
    tables = study_tables(outcomes(settings), None, settings)
    assert set(tables) - ALWAYS == {"budgets.parquet", "budget.json"}
    points = tables["budgets.parquet"]
    assert isinstance(points, pd.DataFrame)
    assert set(points["role"]) >= {"private", "without_noise"}
