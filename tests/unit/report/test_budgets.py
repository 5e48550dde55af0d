"""The section on privacy budgets: curves, lines and sentences that follow from the files alone."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from proeftuin.commandline.listing import curve_tables
from proeftuin.outcomes.budgets import decisions, points
from proeftuin.report.budgets import in_words
from proeftuin.report.page import write_reports
from proeftuin.settings.sweep import BudgetCurve

WriteRun = Callable[..., Path]
BUDGETS = {1.0: -0.05, 4.0: 0.02, 16.0: 0.066}
CURVE = BudgetCurve(
    regime="federated_line_busy",
    unit="record",
    without_noise="federated_line_busy",
    alone="federated_line_busy_alone",
    private={budget: f"federated_line_busy_record_{budget:g}" for budget in BUDGETS},
)
ARMS = {
    "silo": ("silo", None, 0.0),
    CURVE.without_noise: ("federated_line_busy", None, 0.06),
    "federated_line_busy_alone": ("federated_line_busy_alone", None, 0.06),
    **{CURVE.private[one]: ("federated_line_busy", one, gain) for one, gain in BUDGETS.items()},
    "centre": ("centre", None, 0.1),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, write_run: WriteRun) -> Path:
    """A run with a sweep: at 4 and above there is a gain, 16 keeps nine tenths of it."""
    place = write_run(tmp_path_factory.mktemp("sweep"), arms=ARMS, seeds=5)
    config = yaml.safe_load((place / "config.yaml").read_text("utf-8"))
    policy = {"unit": "record", "clip_norm": 3.0, "learning_rate": 5.0, "epsilon": None}
    config["tune"] = {"units": {"record": policy}}
    config["study"]["primary"] = "stopped_share"
    (place / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    outcomes = pd.read_parquet(place / "outcomes.parquet")
    told = points(outcomes, [CURVE], baseline="silo", ceiling="centre", confidence=0.95)
    told.to_parquet(place / "budgets.parquet")
    found = decisions(outcomes, [CURVE], baseline="silo", share=0.9, confidence=0.95)
    (place / "budget.json").write_text(json.dumps(found), "utf-8")
    return place


def test_the_sentences_say_what_was_decided(folder: Path) -> None:
    [(name, sentences)] = in_words(folder)
    assert name.endswith("(ε for one row of the training table)")
    assert "still shown at ε = 4, and at ε = 1 no longer" in sentences[0]
    assert "keeps 90% of it is ε = 16;" in sentences[1]
    alone = "Loss stopped: without noise, no gain over the same signals with each party learning"
    assert [one for one in sentences if one.startswith(alone)]


def test_both_pages_draw_the_curve_with_its_lines_and_declare_what_is_fixed(folder: Path) -> None:
    pages = {page.name.split(".")[1]: page.read_text("utf-8") for page in write_reports(folder)}
    for language, lines, fixed in (
        (
            "en",
            ("all pooled", "without noise", "each alone", "no sharing"),
            "must charge every try",
        ),
        (
            "nl",
            ("alles samen", "zonder ruis", "ieder alleen", "niets delen"),
            "elke poging meetellen",
        ),
    ):
        html = pages[language]
        section = html.partition('<section aria-labelledby="budgets">')[2].partition("<section")[0]
        assert all(f">{line}<" in section for line in lines), language
        assert fixed in section
        assert "clip_norm 3" in section
        assert section.count("<svg") == 3
        assert "ε = 16" in html.partition('id="answer"')[2].partition("</div>")[0]
        text = re.sub(r"<(style|svg).*?</\1>", "", html, flags=re.DOTALL)
        assert re.findall(r"\bnan\b|\bNone\b", text) == []
        named = re.findall(r"<h4>([^<]*)</h4>", html)
        assert not [heading for heading in named if "ε 4" in heading]  # budgets fill no panels


def test_the_terminal_shows_every_step_from_everything_to_nothing(folder: Path) -> None:
    (table,) = curve_tables(pd.read_parquet(folder / "budgets.parquet"), "silo")
    lines = table.splitlines()
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "centre", "federated_line_busy", "epsilon 16", "epsilon 4", "epsilon 1",
        "federated_line_busy_alone", "silo",
    ]  # fmt: skip
    assert max(map(len, lines)) <= 110
