"""Who adds what: bars and tables that say no more than the files of the run."""

import json
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from proeftuin.outcomes.contribution import contributions as shared_out
from proeftuin.outcomes.contribution import smallest as smallest_of
from proeftuin.report import contributions
from proeftuin.report.figures import Scene
from proeftuin.report.findings import Headline
from proeftuin.report.folder import COALITIONS, read_run_folder
from proeftuin.report.page import write_reports
from proeftuin.report.results import read_results
from tests.fixtures.run_folder import in_report

EN = in_report("en", "no sharing", "full pooling")
WriteRun = Callable[..., Path]
ARMS = {
    "silo": ("silo", None, 0.0),
    "line_busy": ("line_busy", None, 0.05),
    "centre": ("centre", None, 0.1),
}
WORTH = {"telecom": 0.06, "bank": 0.03, "police": 0.0}


def coalitions() -> pd.DataFrame:
    """The value of every coalition of three sectors in four worlds: their worths added up."""
    rng = np.random.default_rng(5)
    rows = []
    for seed in range(4):
        luck = {player: rng.normal(scale=0.003) for player in WORTH}
        for size in range(4):
            for some in combinations(sorted(WORTH), size):
                value = 0.3 + sum(WORTH[one] + luck[one] for one in some)
                rows.append(
                    ("line_busy", "sectors", seed, "+".join(some), "all", "stopped_share", value,
                     size)
                )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COALITIONS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, write_run: WriteRun) -> Path:
    """A run with every optional file."""
    place = write_run(tmp_path_factory.mktemp("parts"), arms=ARMS, seeds=4)
    games = coalitions()
    games.to_parquet(place / "coalitions.parquet")
    shared_out(games, confidence=0.95).to_parquet(place / "contributions.parquet")
    found = smallest_of(games, {("line_busy", "sectors"): 0.9}, confidence=0.95)
    (place / "smallest.json").write_text(json.dumps(found), "utf-8")
    pd.DataFrame(
        [("model", "all", "stopped_share", 0.01, -0.004, 0.02),
         ("signal", "all", "stopped_share", 0.05, 0.04, 0.06),
         ("label", "all", "stopped_share", 0.002, 0.001, 0.003)],
        columns=["channel", "fraud_form", "metric", "part", "low", "high"],
    ).to_parquet(place / "decomposition.parquet")  # fmt: skip
    return place


@pytest.fixture(scope="module")
def scene(folder: Path) -> Scene:
    from proeftuin.report.arms import read_arms

    run = read_run_folder(folder)
    return Scene(read_results(run), read_arms(run, EN), Headline("", [], None), {}, EN)


def test_the_bars_are_the_parts_of_the_file_largest_first(folder: Path, scene: Scene) -> None:
    run = read_run_folder(folder)
    (figure,) = contributions.figures(scene, run.contributions, run.coalitions)
    told = {row[0].text: row[1].text for row in figure.table.rows}
    part = run.contributions.set_index("player")["part"]
    assert told == {
        "Telecom operators": f"+{100 * part['telecom']:.1f}",
        "Banks": f"+{100 * part['bank']:.1f}",
        "The police": EN.change("stopped_share", part["police"]),
    }
    drawn = re.findall(r">(Telecom operators|Banks|The police)<", str(figure.drawings[0].svg))
    assert drawn == ["Telecom operators", "Banks", "The police"]
    assert figure.title.startswith("“Line-busy signal”: of 3 sectors, the part of 2 has")


def test_what_is_approximated_stands_beside_what_models_trained_anew_reach(
    folder: Path, scene: Scene
) -> None:
    run = read_run_folder(folder)
    (figure,) = contributions.figures(scene, run.contributions, run.coalitions)
    of_nobody = run.coalitions.groupby("coalition")["value"].mean()[""]
    silo, own = (scene.results.get(arm, "stopped_share").mean for arm in ("silo", "line_busy"))
    assert f"With it {100 * of_nobody:.0f}% of the loss is stopped when nobody" in figure.about
    told = f"reach {100 * silo:.0f}% with no sharing and {100 * own:.0f}% with “Line-busy signal”"
    assert told in figure.about


def test_the_smallest_coalition_and_the_gain_by_number_are_told(folder: Path, scene: Scene) -> None:
    run = read_run_folder(folder)
    table = contributions.smallest(scene, run.smallest)
    assert table is not None
    assert [row[3].text for row in table.rows] == [
        "parties, forms of sharing or kinds of facts",
        "facts per person",
    ]
    assert {row[4].text for row in table.rows} == {"banks and telecom operators"}
    assert {row[5].text for row in table.rows} == {"2"}
    gain = contributions.participation(scene, run.coalitions)
    assert gain is not None
    mean = run.coalitions.groupby("coalition")["value"].mean()
    three = mean["bank+police+telecom"] - mean[""]
    assert gain.rows[0][-1].text == f"+{100 * three:.1f}"


def test_the_channels_are_drawn_and_named_in_both_languages(folder: Path) -> None:
    english, dutch = (page.read_text("utf-8") for page in write_reports(folder))
    for page, names in ((english, "a joint model"), (dutch, "een gezamenlijk model")):
        assert names[1:] in page
        assert page.count('id="contributions"') == 1
        assert re.findall(r"\bnan\b|\bNone\b", re.sub(r"<style>.*?</style>", "", page)) == []


def test_a_section_without_data_does_not_appear(tmp_path: Path, write_run: WriteRun) -> None:
    for page in write_reports(write_run(tmp_path, arms=ARMS, seeds=1)):
        html = page.read_text("utf-8")
        for section in ("contributions", "necessity", "by_form"):
            assert f'id="{section}"' not in html
            assert f'href="#{section}"' not in html
