"""The values of coalitions as a study writes them: nobody is paid for what nobody heard."""

from pathlib import Path

import pandas as pd
import pytest

from proeftuin.settings.compose import settings_for
from proeftuin.study import run as study
from proeftuin.study.record import RunRecord

pytestmark = pytest.mark.slow
TINY = (
    "regime=line_busy",
    "world=hamlet",
    "world.population.persons=1500",
    "scenario.forms.bank_helpdesk.orientation.enrichment=600.0",
    "detector.rounds=3",
    "repetitions=1",
    "study.contributions=[{arm: chosen, players: sectors, share: 0.9}]",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = [*TINY, f"output_dir={tmp_path_factory.mktemp('out')}"]
    settings = settings_for(chosen)
    record = RunRecord.of(settings, overrides=chosen, command="proeftuin run")
    return study.run_study(settings, record)


def test_a_sector_without_the_other_side_adds_nothing(folder: Path) -> None:
    coalitions = pd.read_parquet(folder / "coalitions.parquet")
    of_all = (coalitions["fraud_form"] == "all") & (coalitions["metric"] == "stopped_share")
    euros = coalitions[of_all].set_index("coalition")["value"]
    assert set(euros.index) == {"", "bank", "telecom", "bank+telecom"}
    assert euros["telecom"] == euros["bank"] == euros[""] > 0
    assert euros["bank+telecom"] != euros[""]
    fields = coalitions.drop_duplicates("coalition").set_index("coalition")["fields"]
    assert fields["telecom"] == fields["bank"] == fields[""] == 0 < fields["bank+telecom"]


def test_the_parts_of_all_players_add_up_to_what_they_gain_together(folder: Path) -> None:
    coalitions = pd.read_parquet(folder / "coalitions.parquet")
    parts = pd.read_parquet(folder / "contributions.parquet")
    key = ["fraud_form", "metric"]
    values = coalitions.set_index([*key, "coalition"])["value"].unstack()
    whole = "+".join(sorted(set(parts["player"])))
    gained = (values[whole] - values[""]).dropna()
    shared_out = parts.groupby(key)["part"].sum().loc[gained.index]
    pd.testing.assert_series_equal(shared_out, gained, check_names=False, atol=1e-9)
