"""The headline of a centre explained: the kinds of facts that carry the gain, and no other."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from proeftuin.instruments.base import FACT_KINDS
from proeftuin.outcomes.contribution import FACTS
from proeftuin.outcomes.contribution import contributions as shared_out
from proeftuin.outcomes.explained import explained
from proeftuin.report.explained import headline, table
from proeftuin.report.figures import Scene
from proeftuin.report.findings import Headline
from proeftuin.report.folder import COALITIONS, RunFolder, read_run_folder
from proeftuin.report.page import write_reports
from proeftuin.report.results import read_results
from tests.fixtures.run_folder import in_report

EN = in_report("en", "no sharing", "full pooling")
WriteRun = Callable[..., Path]
ARMS = {
    "silo": ("silo", None, 0.0),
    "line_busy": ("line_busy", None, 0.096),
    "centre": ("centre", None, 0.18),
}
WORTH = dict.fromkeys(FACT_KINDS, 0.0) | {"calls": 0.1, "payees": 0.08}
USUAL = Headline("As always.", ["And more."], None)


def write(place: Path, write_run: WriteRun, worth: dict[str, float]) -> Path:
    """A run whose centre gains what its kinds of facts are worth, with a little luck."""
    folder = write_run(place, arms=ARMS, seeds=6)
    rng = np.random.default_rng(5)
    rows = []
    for seed in range(6):
        luck = {kind: rng.normal(scale=0.003) for kind in worth}
        for size in range(len(worth) + 1):
            for some in combinations(sorted(worth), size):
                value = 0.3 + sum(worth[one] + luck[one] for one in some)
                rows.append(("centre", FACTS, seed, "+".join(some), "all", "stopped_share", value,
                             size))  # fmt: skip
    games = pd.DataFrame(rows, columns=list(COALITIONS))
    games.to_parquet(folder / "coalitions.parquet")
    shared_out(games, confidence=0.95).to_parquet(folder / "contributions.parquet")
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    alone = explained(games, outcomes, {"line_busy": frozenset({"calls"})},
                      share=0.9, confidence=0.95)  # fmt: skip
    alone.to_parquet(folder / "explained.parquet")
    config = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
    config["study"]["contributions"] = [{"arm": "centre", "players": FACTS, "share": 0.9}]
    (folder / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, write_run: WriteRun) -> Path:
    return write(tmp_path_factory.mktemp("explained"), write_run, WORTH)


def read(folder: Path) -> tuple[RunFolder, Scene]:
    from proeftuin.report.arms import read_arms

    run = read_run_folder(folder)
    return run, Scene(read_results(run), read_arms(run, EN), USUAL, {}, EN)


def test_the_headline_names_the_kinds_that_carry_the_gain_and_those_not_shown(
    folder: Path,
) -> None:
    run, scene = read(folder)
    told = headline(run, scene, USUAL)
    assert told.answer.startswith(
        "What “Everything pooled” adds to no sharing comes at least from facts about calls"
    )
    first, second = told.answer, told.support[1]
    assert "facts about calls 9.8 percentage points (" in told.support[0]
    assert "facts about the payee\N{RIGHT SINGLE QUOTATION MARK}s account" in first
    for kind in ("other banks", "reports to learn from", "lists of", "devices"):
        assert kind in second
        assert kind not in first
    assert told.support[-2:] == ["As always.", "And more."]


def test_the_mildest_form_and_a_kind_that_none_tells_are_in_headline_and_table(
    folder: Path,
) -> None:
    run, scene = read(folder)
    support = " ".join(headline(run, scene, USUAL).support)
    assert (
        "“Line-busy signal” is the mildest form of sharing that gives at least 90% of that: "
        in support
    )
    assert "the payee\N{RIGHT SINGLE QUOTATION MARK}s account add" in support
    assert "no form of sharing here tells only these" in support
    found = table(run, scene)
    assert found is not None
    ways = {row[0].text: row[3].text for row in found.rows}
    assert ways["Facts about calls"].startswith("“Line-busy signal”: ")
    assert (
        ways["Facts about the payee\N{RIGHT SINGLE QUOTATION MARK}s account"]
        == "no form tells only these"
    )
    assert ways["Reports to learn from"] == "no gain shown"


def test_a_gain_of_no_kind_is_not_claimed(tmp_path: Path, write_run: WriteRun) -> None:
    run, scene = read(write(tmp_path, write_run, dict.fromkeys(FACT_KINDS, 0.0)))
    assert headline(run, scene, USUAL).answer.startswith("No kind of facts has been shown to")


def test_a_study_without_kinds_of_facts_keeps_its_headline(
    tmp_path: Path, write_run: WriteRun
) -> None:
    run, scene = read(write_run(tmp_path, arms=ARMS, seeds=3))
    assert headline(run, scene, USUAL) is USUAL
    assert table(run, scene) is None


def test_both_pages_tell_it(folder: Path) -> None:
    english, dutch = (page.read_text("utf-8") for page in write_reports(folder))
    assert "comes at least from facts about calls" in english
    assert "komt in elk geval van gegevens over gesprekken" in dutch
    assert 'id="explained-table"' in english
